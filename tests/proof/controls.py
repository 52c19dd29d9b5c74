"""Control servers by the numbers of the notes: fake cities that must not pass, honest ones that must not fail.

Everything here is simulated and every value invented.
"""

from tests.proof.asking import (
    HOST,
    Asked,
    Control,
    InProcess,
    answer,
    as_json,
    asked,
    bad_request,
    not_found,
)
from tests.proof.ld_city import LD_TERMS, LdCity, bike_station, district
from tests.proof.lille_shaped import LilleShaped
from tests.proof.ogc_city import CORE, EXTENT, OgcCity, lamps, stations

from beffroi.proof.exchange import Answer

__all__ = [
    "CORE",
    "EXTENT",
    "HOST",
    "LD_TERMS",
    "Answer",
    "Asked",
    "Control",
    "InProcess",
    "LdCity",
    "LilleShaped",
    "OgcCity",
    "answer",
    "as_json",
    "asked",
    "bad_request",
    "bike_station",
    "district",
    "lamps",
    "not_found",
    "stations",
]


def n1_hello(_: Asked) -> Answer:
    return answer(200, "hello", "text/plain")


def n2_single_page(_: Asked) -> Answer:
    return answer(
        200, "<!doctype html><html><body><div id=app></div></body></html>", "text/html; charset=utf-8"
    )


def n3_lies() -> OgcCity:
    return OgcCity(obey_limit=False)


def n4_filter_ignored() -> OgcCity:
    return OgcCity(obey_filters=False)


def n5_swapped() -> OgcCity:
    return OgcCity(swap=True)


def n6_changing_ids() -> OgcCity:
    return OgcCity(changing_ids=True)


def n6_row_ids() -> OgcCity:
    return OgcCity(row_ids=True)


def n9_older_broker(request: Asked) -> Answer:
    """An NGSIv2 broker behind rewritten paths."""
    room = {"id": "Room1", "type": "Room", "temperature": {"type": "Number", "value": 23, "metadata": {}}}
    if request.path.endswith("/types"):
        return as_json([{"type": "Room", "attrs": {"temperature": {"types": ["Number"]}}, "count": 1}])
    if request.path.endswith("/entities"):
        return as_json([room])
    if "/entities/" in request.path:
        return as_json(room)
    return not_found()


def n13_overlap() -> OgcCity:
    return OgcCity(overlap=True)


def n14_endless() -> OgcCity:
    return OgcCity(endless=True)


def n15_key_required(_: Asked) -> Answer:
    return as_json({"title": "Unauthorized"}, 401, www_authenticate="Bearer")


def n16_rate_limited(_: Asked) -> Answer:
    return as_json({"title": "Too Many Requests"}, 429, retry_after="60")


def n17_multi_type() -> LdCity:
    return LdCity(entities=[*(bike_station(n, ["BikeStation", "PublicThing"]) for n in range(9)), district()])
