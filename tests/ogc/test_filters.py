"""Filters: each equals what one would say who reads every feature."""

import json
import re
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import shapely

from beffroi.kernel.json import Json, JsonObject
from tests.ogc.node import Node, ids_of, point

ITEMS = "/ogc/collections/Thing/items"
ZONES = ("Z", "+00:00", "+02:00", "-05:30")


def made_up(chance: Random, number: int) -> dict[str, Any]:
    """A thing with values of every sort, or without them."""
    hour, minute = chance.randint(0, 23), chance.choice([0, 30])
    entity: dict[str, Any] = {
        "id": f"urn:ngsi-ld:Thing:{number}",
        "type": chance.choice(["Thing", ["Thing", "Big"]]),
    }
    value = chance.choice(
        [0, 1, 20, 20.5, -3, "20", "true", "Élan", "a b&c=d", True, False, ["x", 20], {"deep": 1}]
    )
    attrs: dict[str, Any] = {
        "level": {"type": "Property", "value": value},
        "state": {"type": "Property", "value": chance.choice(["on", "off", "20"]), "unitCode": chance.choice(["C62", "CEL"])},
        "ref": {"type": "Relationship", "object": chance.choice(["urn:a:1", ["urn:a:1", "urn:a:2"]])},
        "title": {"type": "LanguageProperty", "languageMap": chance.choice([{"fr": "Gare", "en": "Station"}, {"en": "Gare"}])},
        "kind": {"type": "VocabProperty", "vocab": chance.choice(["bike", ["bike", "car"]])},
        "seen": {"type": "Property", "value": {"@type": "DateTime", "@value": f"2026-11-22T{hour:02}:{minute:02}:00{chance.choice(ZONES)}"}},
        "speed": {"type": "Property", "value": chance.randint(0, 3),
                  "observedAt": f"2026-11-22T{hour:02}:{minute:02}:00Z", "accuracy": {"type": "Property", "value": chance.randint(0, 2)}},
        "location": chance.choice([point(chance.uniform(-180, 180), chance.uniform(-90, 90)), line(chance), area(chance)]),
        "place": point(chance.uniform(-180, 180), chance.uniform(-90, 90)),
    }  # fmt: skip
    kept = {name: one for name, one in attrs.items() if chance.random() < 0.8}
    return {**entity, **kept}


def line(chance: Random) -> dict[str, Any]:
    west, south = chance.uniform(-170, 100), chance.uniform(-80, 40)
    ends = [[west, south], [west + chance.uniform(1, 70), south + chance.uniform(1, 40)]]
    return {"type": "GeoProperty", "value": {"type": "LineString", "coordinates": ends}}


def area(chance: Random) -> dict[str, Any]:
    west, south = chance.uniform(-170, 100), chance.uniform(-80, 40)
    ring = [[west, south], [west + 60, south], [west, south + 40], [west, south]]
    return {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [ring]}}


@pytest.fixture
def things(node: Node) -> list[Any]:
    chance = Random(3)
    node.add(*(made_up(chance, number) for number in range(120)))
    node.add({"id": "urn:ngsi-ld:Other:1", "type": "Other", "level": {"type": "Property", "value": 20}})
    return [feature for page in node.walk(f"{ITEMS}?limit=90") for feature in page]


def asked(node: Node, **parameters: str) -> list[str]:
    found = ids_of(node.json(f"{ITEMS}?{urlencode(parameters)}&limit=1000")["features"])
    paged = [f for page in node.walk(f"{ITEMS}?{urlencode(parameters)}&limit=60") for f in ids_of(page)]
    assert paged == found
    assert node.json(f"{ITEMS}?{urlencode(parameters)}&limit=1")["numberMatched"] == len(found)
    return found


def equals(value: Any, text: str) -> bool:
    if isinstance(value, list):
        return any(equals(one, text) for one in value)
    if isinstance(value, bool):
        return text == str(value).lower()
    if isinstance(value, int | float):
        try:
            return float(text) == value
        except ValueError:
            return False
    if not isinstance(value, str):
        return False
    try:
        return value == text or datetime.fromisoformat(value) == datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return False


def test_a_property_filter_equals_reading_every_feature(node: Node, things: list[Any]) -> None:
    assert len(things) == 120
    texts = ["20", "20.0", "2e1", "0", "-3", "20.5", "true", "false", "on", "Élan", "a b&c=d", "x", "Gare", "Station",
             "bike", "car", "urn:a:1", "C62", "2", "nothing", "", "2026-11-22T12:00:00Z", "2026-11-22T14:00:00+02:00"]  # fmt: skip
    names = ["level", "state", "state.unitCode", "ref", "title", "title@fr", "title@en", "kind", "seen", "speed",
             "speed.observedAt", "speed.accuracy", "type", "modifiedAt"]  # fmt: skip
    hits = 0
    for name in names:
        for text in texts:
            naive = [f["id"] for f in things if equals(f["properties"].get(name), text)]
            hits += len(naive)
            if name in {"speed", "speed.accuracy"} and not re.fullmatch(r"-?[\d.]+(e\d)?", text):
                assert node.get(f"{ITEMS}?{urlencode({name: text})}").status == 400, (name, text)
            elif naive or len(text) % 4 == 1:
                page = node.json(f"{ITEMS}?{urlencode({name: text})}&limit=1000")
                assert ids_of(page["features"]) == naive, (name, text)
                assert page["numberMatched"] == len(naive)
    assert hits > 500


@pytest.mark.parametrize(
    ("query", "found"),
    [("open=1", ["urn:t:1"]), ("open=true", ["urn:t:1"]), ("open=0", ["urn:t:2"]), ("open=abc", None), ("open=2", None),
     ("open=", None), ("level=abc", None), ("level=true", None), ("level=1", ["urn:t:1"]), ("level=1e999", []),
     ("both=1", ["urn:t:1"]), ("both=true", ["urn:t:2"]), ("both=abc", None), ("name=1", []), ("name=x", ["urn:t:1"])],
)  # fmt: skip
def test_a_filter_is_of_the_type_that_the_openapi_document_declares(
    here: Node, query: str, found: list[str] | None
) -> None:
    things: list[tuple[Json, ...]] = [(True, 1, 1, "x"), (False, 2, True, "abc")]
    for number, values in enumerate(things, 1):
        named = zip(("open", "level", "both", "name"), values, strict=True)
        attributes: JsonObject = {name: {"type": "Property", "value": value} for name, value in named}
        here.add({"id": f"urn:t:{number}", "type": "Thing", **attributes})
    declared = {
        each["name"]: each["schema"]
        for each in here.json("/ogc/openapi")["paths"]["/collections/Thing/items"]["get"]["parameters"]
        if "name" in each
    }
    assert declared["open"] == {"type": "boolean"}
    assert declared["both"] == {"anyOf": [{"type": "boolean"}, {"type": "number"}]}
    answer = here.get(f"{ITEMS}?{query}")
    if found is None:
        assert (answer.status, query.partition("=")[0] in answer.json["detail"]) == (400, True)
    else:
        assert ids_of(answer.json["features"]) == found


def test_filters_are_all_to_hold(node: Node, things: list[Any]) -> None:
    naive = [
        f["id"] for f in things if f["properties"].get("state") == "on" and f["properties"].get("speed") == 2
    ]
    assert naive
    assert asked(node, state="on", speed="2") == naive


def test_a_bbox_equals_reading_every_geometry(node: Node, things: list[Any]) -> None:
    chance = Random(5)
    boxes: list[tuple[float, float, float, float]] = [
        (-180, -90, 180, 90),
        (170, -90, -170, 90),
        (0, 0, 0, 0),
        (100, 10, -100, 60),
        (-10, 40, 10, 40),
    ]
    for _ in range(25):
        south = chance.uniform(-90, 80)
        boxes.append((chance.uniform(-180, 180), south, chance.uniform(-180, 180), chance.uniform(south, 90)))
    for west, south, east, north in boxes:
        parts = [(west, east)] if west <= east else [(west, 180), (-180, east)]
        shapes = [shapely.box(w, south, e, north) for w, e in parts]
        naive = [
            f["id"]
            for f in things
            if f["geometry"] and any(shapely.from_geojson(_text(f)).intersects(shape) for shape in shapes)
        ]
        found = asked(node, bbox=f"{west},{south},{east},{north}")
        assert set(found) == set(naive), (west, south, east, north)


def _text(feature: Any) -> str:
    return json.dumps(feature["geometry"])


def test_a_datetime_looks_at_the_newest_observation_or_else_the_last_change(
    node: Node, things: list[Any]
) -> None:
    def time_of(feature: Any) -> datetime:
        shown = feature["properties"]
        return datetime.fromisoformat(shown.get("speed.observedAt", shown["modifiedAt"]))

    cases = {
        "2026-11-22T12:00:00Z": ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"),
        "2026-11-22T12:00:00Z/..": ("2026-11-22T12:00:00Z", "9999-01-01T00:00:00Z"),
        "2026-11-22T12:00:00Z/": ("2026-11-22T12:00:00Z", "9999-01-01T00:00:00Z"),
        "../2026-11-22T12:30:00Z": ("0001-01-01T00:00:00Z", "2026-11-22T12:30:00Z"),
        "/2026-11-22T12:30:00Z": ("0001-01-01T00:00:00Z", "2026-11-22T12:30:00Z"),
        "2026-11-22T11:00:00+01:00/2026-11-22T13:00:00Z": ("2026-11-22T10:00:00Z", "2026-11-22T13:00:00Z"),
        "2026-11-22": ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
        "2026-11-23/..": ("2026-11-23T00:00:00Z", "9999-01-01T00:00:00Z"),
    }
    for text, (first, last) in cases.items():
        low, high = datetime.fromisoformat(first), datetime.fromisoformat(last)
        naive = [f["id"] for f in things if low <= time_of(f) <= high]
        assert asked(node, datetime=text) == naive, text


def test_heights_count_where_a_geometry_has_them(here: Node) -> None:
    places: list[Json] = [[3, 50], [3, 50, 10], [3, 50, 100]]
    for number, place in enumerate(places):
        value: JsonObject = {"type": "Point", "coordinates": place}
        here.add(
            {"id": f"urn:t:{number}", "type": "Thing", "location": {"type": "GeoProperty", "value": value}}
        )
    assert asked(here, bbox="2,49,0,4,51,50") == ["urn:t:0", "urn:t:1"]
    assert asked(here, bbox="2,49,50,4,51,500") == ["urn:t:0", "urn:t:2"]


def test_longitudes_may_go_on_around_the_world(here: Node) -> None:
    here.add({"id": "urn:t:1", "type": "Thing", "location": point(-179, 10)})
    for box in ("170,0,190,20", "-190,0,-170,20", "170,0,-170,20", "-200,0,200,20", "-180,-90,180,90"):
        assert asked(here, bbox=box) == ["urn:t:1"], box
    assert asked(here, bbox="-170,0,170,20") == []


@pytest.mark.parametrize(
    "query",
    ["bbox=", "bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=1,2,3,4,5,6,7", "bbox=a,b,c,d", "bbox=nan,0,1,1", "bbox=inf,0,1,1",
     "bbox=0,10,1,5", "bbox=0,-91,1,5", "bbox=0,0,1,91", "bbox=0,0,700000,50", "bbox=1_0,0,20,5", "bbox=0,0,9,1,1,1",
     "bbox=" + "1," * 100_000, "datetime=", "datetime=yesterday", "datetime=2026-13-01T00:00:00Z", "datetime=2026-02-30",
     "datetime=2026-11-22T12:00:00", "datetime=2026-11-22T12:00:00Z/2026-11-22T11:00:00Z", "datetime=..", "datetime=a/b/c",
     "datetime=../..", "datetime=/", "datetime=../", "datetime=/..",
     "datetime=" + "/" * 10_000, "unknown=1", "Level=20", "level'; DROP TABLE record;--=1", "place=1", "f=html", "f=xml",
     "after=-1", "after=x", "after=" + "1" * 300, "offset=3", "level=" + "x" * 2_000, "properties=", "properties=unknown",
     "properties=" + "level," * 1_000, "bbox-crs=EPSG:2154", "level=1&level=2", "%ff=1", "level=%ff", "level=%00%01",
     "id=urn:t:1", "&".join(f"level{n}=1" for n in range(1_500))],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_a_reason(here: Node, query: str) -> None:
    here.add({"id": "urn:t:1", "type": "Thing", "level": {"type": "Property", "value": 20}, "place": point(3, 50),
              "location": point(3, 50)})  # fmt: skip
    answer = here.get(f"{ITEMS}?{query}")
    assert answer.status == 400, answer.body[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["code"] in {"BadRequestData", "InvalidRequest"}
    assert 10 < len(answer.json["detail"]) < 1_000


def test_other_addresses_have_no_parameters(here: Node) -> None:
    here.add({"id": "urn:t:1", "type": "Thing"})
    for path in ("", "/conformance", "/openapi", "/collections", "/collections/Thing", "/collections/Thing/schema",
                 "/collections/Thing/queryables", "/collections/Thing/items/urn:t:1"):  # fmt: skip
        assert here.get(f"/ogc{path}?f=json").status == 200, path
        assert here.get(f"/ogc{path}?limit=3").status == 400, path
        assert here.get(f"/ogc{path}?f=yaml").status == 400, path
        assert here.get(f"/ogc{path}", {"accept": "image/png"}).status == 406, path
        assert here.get(f"/ogc{path}", {"accept": "text/html,*/*;q=0.8"}).status == 200, path


def test_only_the_properties_asked_for_are_sent(here: Node) -> None:
    here.add(
        {"id": "urn:t:1", "type": "Thing", "level": {"type": "Property", "value": 20, "unitCode": "CEL"}}
    )
    (feature,) = here.json(f"{ITEMS}?properties=level,{quote('level.unitCode')}")["features"]
    assert feature["properties"] == {"level": 20, "level.unitCode": "CEL"}
    assert here.get(f"{ITEMS}?properties=level&f=csv").body == b"id,level,WKT\r\nurn:t:1,20,\r\n"
