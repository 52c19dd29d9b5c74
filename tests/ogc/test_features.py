"""Features: everything that an entity says arrives, under names that a table can show."""

import csv
import io
from typing import Any

import jsonschema_rs
import pytest

from beffroi.broker.rules.context.context import Context
from beffroi.kernel.json import Json, JsonObject
from tests.ogc.node import Node, node_on, point, station

WHOLE: dict[str, Any] = {
    "id": "urn:ngsi-ld:Thing:1",
    "type": ["Thing", "Big"],
    "scope": ["/lille/centre"],
    "level": {
        "type": "Property",
        "value": 20.5,
        "unitCode": "CEL",
        "observedAt": "2026-11-22T11:00:00Z",
        "accuracy": {"type": "Property", "value": 0.5, "unitCode": "CEL"},
        "measuredBy": {"type": "Relationship", "object": "urn:ngsi-ld:Device:1"},
    },
    "several": [
        {"type": "Property", "value": 1},
        {"type": "Property", "value": 2, "datasetId": "urn:d:2", "unitCode": "C62"},
    ],
    "apart": {"type": "Property", "value": 3, "datasetId": "urn:d:3"},
    "title": {"type": "LanguageProperty", "languageMap": {"en": "Town hall", "fr": "Mairie"}},
    "kind": {"type": "VocabProperty", "vocab": "civic"},
    "list": {"type": "ListProperty", "valueList": [1, 2]},
    "ref": {"type": "Relationship", "object": "urn:a:1", "objectType": "Thing"},
    "refs": {"type": "ListRelationship", "objectList": ["urn:a:1", "urn:a:2"]},
    "raw": {"type": "JsonProperty", "json": {"a": [1]}},
    "seen": {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-11-22T12:00:00Z"}},
    "address": {"type": "Property", "value": {"streetAddress": "1 rue X"}},
    "place": point(3.1, 50.7),
    "location": {**point(3.0, 50.6), "observedAt": "2026-11-22T09:00:00Z"},
}
AT = "/ogc/collections/Thing/items"


def test_everything_that_an_entity_says_is_a_column(here: Node) -> None:
    here.add(WHOLE)
    (feature,) = here.json(AT)["features"]
    assert feature["id"] == "urn:ngsi-ld:Thing:1"
    assert feature["geometry"] == {"type": "Point", "coordinates": [3.0, 50.6]}
    assert feature["properties"] == {
        "type": ["Thing", "Big"],
        "scope": "/lille/centre",
        "level": 20.5,
        "level.unitCode": "CEL",
        "level.observedAt": "2026-11-22T11:00:00Z",
        "level.accuracy": 0.5,
        "level.accuracy.unitCode": "CEL",
        "level.measuredBy": "urn:ngsi-ld:Device:1",
        "several": 1,
        "several.datasets": [{"datasetId": "urn:d:2", "value": 2, "unitCode": "C62"}],
        "apart.datasets": [{"datasetId": "urn:d:3", "value": 3}],
        "title": "Mairie",
        "title@en": "Town hall",
        "title@fr": "Mairie",
        "kind": "civic",
        "list": [1, 2],
        "ref": "urn:a:1",
        "ref.objectType": "Thing",
        "refs": ["urn:a:1", "urn:a:2"],
        "raw": {"a": [1]},
        "seen": "2026-11-22T12:00:00Z",
        "address": {"streetAddress": "1 rue X"},
        "place": {"type": "Point", "coordinates": [3.1, 50.7]},
        "location.observedAt": "2026-11-22T09:00:00Z",
        "createdAt": "2026-11-22T13:00:00Z",
        "modifiedAt": "2026-11-22T13:00:00Z",
    }


def test_an_entity_of_two_types_is_in_two_collections(here: Node) -> None:
    here.add(WHOLE)
    assert [c["id"] for c in here.json("/ogc/collections")["collections"]] == ["Big", "Thing"]
    assert here.json("/ogc/collections/Big/items")["numberMatched"] == 1


def test_a_feature_without_location_has_its_first_geometry_or_none(here: Node) -> None:
    here.add(
        {"id": "urn:t:1", "type": "Thing", "z": point(1, 1), "a": point(2, 2)},
        {"id": "urn:t:2", "type": "Thing"},
    )
    one, two = here.json(AT)["features"]
    assert one["geometry"]["coordinates"] == [2, 2]
    assert one["properties"]["z"] == {"type": "Point", "coordinates": [1, 1]}
    assert two["geometry"] is None
    assert here.json(f"{AT}?bbox=0,0,3,3")["numberMatched"] == 1


@pytest.mark.parametrize(
    ("kind", "coordinates", "text"),
    [("Point", [3, 50, 100], "POINT Z (3 50 100)"), ("Point", [3.06, 50.63], "POINT (3.06 50.63)"),
     ("MultiPoint", [[3, 50, 1], [4, 50, 2]], "MULTIPOINT Z ((3 50 1), (4 50 2))"),
     ("LineString", [[3, 50, 1], [4, 50, 2]], "LINESTRING Z (3 50 1, 4 50 2)"),
     ("LineString", [[3, 50], [4, 50]], "LINESTRING (3 50, 4 50)"), ("LineString", [[3, 50, 1], [4, 50]], "LINESTRING (3 50, 4 50)"),
     ("MultiLineString", [[[3, 50, 1], [4, 50, 2]]], "MULTILINESTRING Z ((3 50 1, 4 50 2))"),
     ("Polygon", [[[3, 50, 1], [4, 50, 1], [3, 51, 1], [3, 50, 1]]], "POLYGON Z ((3 50 1, 4 50 1, 3 51 1, 3 50 1))"),
     ("MultiPolygon", [[[[3, 50, 1], [4, 50, 1], [3, 51, 1], [3, 50, 1]]]],
      "MULTIPOLYGON Z (((3 50 1, 4 50 1, 3 51 1, 3 50 1)))")],
)  # fmt: skip
def test_a_table_has_the_heights_of_its_geometries(
    here: Node, kind: str, coordinates: Json, text: str
) -> None:
    value: JsonObject = {"type": kind, "coordinates": coordinates}
    here.add({"id": "urn:t:1", "type": "Thing", "location": {"type": "GeoProperty", "value": value}})
    (row,) = csv.DictReader(io.StringIO(here.get(f"{AT}?f=csv").body.decode()))
    assert row["WKT"] == text


def test_members_that_geojson_does_not_know_stay_out_of_geometries(here: Node) -> None:
    value: JsonObject = {"type": "Point", "coordinates": [3, 50], "@srs": "EPSG:4326"}
    here.add({"id": "urn:t:1", "type": "Thing", "location": {"type": "GeoProperty", "value": value}})
    assert here.json(AT)["features"][0]["geometry"] == {"type": "Point", "coordinates": [3, 50]}


def test_the_schema_says_what_a_column_is(here: Node) -> None:
    here.add(WHOLE, station(1), station(2))
    schema = here.json("/ogc/collections/Thing/schema")
    assert here.get("/ogc/collections/Thing/schema").headers["content-type"] == "application/schema+json"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "http://node.test:1026/ogc/collections/Thing/schema"
    columns = schema["properties"]
    assert columns["geometry"] == {
        "title": "geometry", "x-ogc-role": "primary-geometry", "format": "geometry-point",
    }  # fmt: skip
    assert columns["level"] == {
        "title": "level",
        "type": "number",
        "x-ogc-unit": "CEL",
        "x-ogc-unitLang": "UN/CEFACT Recommendation 20",
        "x-ogc-definition": "https://uri.etsi.org/ngsi-ld/default-context/level",
    }
    assert columns["level.observedAt"]["format"] == "date-time"
    assert columns["ref"]["format"] == "uri"
    assert columns["type"] == {
        "title": "type", "type": "array", "description": "Short name of the entity type.", "items": {"type": ["string"]},
    }  # fmt: skip
    assert set(columns) == {"geometry", *here.json(AT)["features"][0]["properties"]}


def test_every_feature_is_valid_by_the_schema(here: Node) -> None:
    here.add(WHOLE, {"id": "urn:t:1", "type": "Thing", "level": {"type": "Property", "value": "high"}})
    validator = jsonschema_rs.validator_for(here.json("/ogc/collections/Thing/schema"))
    for feature in here.json(AT)["features"]:
        validator.validate(feature["properties"])


def test_units_that_differ_are_no_unit_of_the_column(here: Node) -> None:
    for number, unit in enumerate(("CEL", "FAH")):
        level: JsonObject = {"type": "Property", "value": 1.5, "unitCode": unit}
        here.add({"id": f"urn:t:{number}", "type": "Thing", "level": level})
    assert "x-ogc-unit" not in here.json("/ogc/collections/Thing/schema")["properties"]["level"]


def test_queryables_are_what_filters_take(here: Node) -> None:
    here.add(WHOLE)
    body = here.json("/ogc/collections/Thing/queryables")
    assert body["additionalProperties"] is False
    assert "geometry" in body["properties"]
    assert not {"raw", "address", "several.datasets", "place"} & set(body["properties"])
    for name in body["properties"].keys() - {"geometry"}:
        value = {"number": "1", "boolean": "1"}.get(str(body["properties"][name]["type"]), "x")
        assert here.get(f"{AT}?{name.replace('@', '%40')}={value}").status == 200, name
    for name in ("raw", "address", "several.datasets", "place"):
        assert here.get(f"{AT}?{name}=x").status == 400, name


def test_a_new_column_is_known_at_once(here: Node) -> None:
    here.add(station(1))
    items = "/ogc/collections/BikeHireDockingStation/items"
    assert here.get(f"{items}?colour=red").status == 400
    here.add(station(2, colour={"type": "Property", "value": "red"}))
    assert here.json(f"{items}?colour=red")["numberMatched"] == 1


def test_names_come_from_the_context_of_the_node(here: Node) -> None:
    room, level = "https://example.org/Room", "https://example.org/level"
    entity: JsonObject = {
        "id": "urn:t:1", "type": room, level: {"type": "Property", "value": 1, "unitCode": "CEL"},
    }  # fmt: skip
    here.add(entity, {"id": "urn:t:2", "type": "Room"})
    assert [c["id"] for c in here.json("/ogc/collections")["collections"]] == ["Room", "Room-bb494a72"]
    assert here.json("/ogc/collections/Room-bb494a72/items")["features"][0]["properties"][level] == 1
    words = {"Salle": room, "niveau": level}
    context = Context("", words, {uri: word for word, uri in words.items()})
    named = node_on(here.ogc.broker.store, here.run, context=context)
    assert [c["id"] for c in named.json("/ogc/collections")["collections"]] == ["Room", "Salle"]
    (feature,) = named.json("/ogc/collections/Salle/items?niveau=1")["features"]
    assert feature["properties"]["niveau.unitCode"] == "CEL"
    assert feature["properties"]["type"] == "Salle"
    assert named.get("/ogc/collections/Room-bb494a72").status == 404


def test_what_has_expired_is_not_shown_any_more(node: Node) -> None:
    """NGSI-LD clause 4.22, also before it is removed from the store."""
    past = "2020-01-01T00:00:00Z"
    thing: JsonObject = {
        "id": "urn:ngsi-ld:Thing:1",
        "type": "Thing",
        "level": {"type": "Property", "value": 1},
    }
    node.add(
        {**thing, "gone": {"type": "Property", "value": 2, "expiresAt": past}},
        {**thing, "id": "urn:ngsi-ld:Thing:2", "expiresAt": past},
    )
    assert [feature["id"] for feature in node.json(AT)["features"]] == [thing["id"]]
    assert node.get(f"{AT}/urn:ngsi-ld:Thing:2").status == 404
    shown = node.json(f"{AT}/{thing['id']}")["properties"]
    assert shown["level"] == 1
    assert "gone" not in shown
