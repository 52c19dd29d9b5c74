"""Where an offering is asked, and when a second question is needed."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from beffroi.market.rules.service_level.target import SAMPLE, entities_in, newer_address, target_of
from tests.market.service_level.promises import AVAILABLE, FRESH, START, promise

OWN, CONTEXT = "https://city.example", "https://city.example/contexts/city.jsonld"


def characteristics(**values: Any) -> list[dict[str, Any]]:
    return [
        {"name": name, "productSpecCharacteristicValue": [{"value": value}]} for name, value in values.items()
    ]


def asked(offering: dict[str, Any], **values: Any) -> Any:
    specification: Any = {"productSpecCharacteristic": characteristics(**values)}
    return target_of(offering, specification, OWN, CONTEXT, lambda name: f"https://x.example/{name}")


def test_data_of_this_node_is_asked_at_this_node_whatever_address_is_stated() -> None:
    offering = {"prodSpecCharValueUse": characteristics(endpointUrl="http://127.0.0.1:22/")}
    target = asked(offering, entityTypes=["A", "B"], tenant="port")
    assert target.is_own
    assert target.url.startswith(f"{OWN}/ngsi-ld/v1/entities?")
    assert parse_qs(urlsplit(target.url).query)["type"] == ["https://x.example/A,https://x.example/B"]
    assert target.headers["ngsild-tenant"] == "port"
    assert CONTEXT in target.headers["link"]


def test_a_service_is_asked_at_its_address_without_anything_of_ours() -> None:
    target = asked({}, endpointUrl="https://service.example/")
    assert (target.url, target.is_own, target.headers) == ("https://service.example/", False, {})
    assert asked({}) is None


def test_only_a_full_sample_without_anything_fresh_needs_a_second_question() -> None:
    target = asked({}, entityTypes=["A"])
    old: Any = [{"free": {"observedAt": "2026-11-10T07:49:59Z"}}] * SAMPLE
    new: Any = [*old[1:], {"free": {"observedAt": "2026-11-10T07:50:00Z"}}]
    fresh = promise(FRESH)
    address = newer_address(target, fresh, old, START)
    assert address is not None
    assert parse_qs(urlsplit(address).query)["q"] == ["modifiedAt>=2026-11-10T07:50:00Z"]
    assert newer_address(target, fresh, new, START) is None
    assert newer_address(target, fresh, old[1:], START) is None
    assert newer_address(target, promise(AVAILABLE), old, START) is None
    assert newer_address(asked({}, endpointUrl="https://a.example"), fresh, old, START) is None


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'[{"id": "a"}]', [{"id": "a"}]),
        (b"[]", []),
        (b'{"type": "FeatureCollection", "features": [{"properties": {"n": 1}}]}', [{"n": 1}]),
        (b'{"type": "FeatureCollection", "features": [{}]}', None),
        (b'{"type": "FeatureCollection"}', None),
        (b'{"id": "a"}', None),
        (b"[1]", None),
        (b"<html>", None),
    ],
)
def test_what_an_answer_shows(body: bytes, found: Any) -> None:
    assert entities_in(body) == found
