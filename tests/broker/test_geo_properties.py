"""location, observationSpace and operationSpace are GeoProperties (Table 5.2.4-1)."""

from typing import Any

import pytest

from tests.broker.client import LD_JSON, Client

PATH = "/entities/urn:x:1"
NULL = "urn:ngsi-ld:null"
POINT = {"type": "Point", "coordinates": [3, 50]}
ROOM: dict[str, Any] = {"id": "urn:x:1", "type": "Room"}
PLACED: dict[str, Any] = {**ROOM, "location": {"type": "GeoProperty", "value": POINT}}
NAMES = ["location", "observationSpace", "operationSpace"]
AT = "2026-11-22T11:00:00Z"
WRONG: dict[str, tuple[Any, str]] = {
    "a number": (5, "Property"),
    "a Property": ({"type": "Property", "value": 1}, "Property"),
    "a value": ({"value": "Lille"}, "Property"),
    "a Relationship": ({"type": "Relationship", "object": "urn:x:2"}, "Relationship"),
    "one of two instances": (
        [{"value": POINT}, {"type": "Property", "value": 1, "datasetId": "urn:d:1"}],
        "Property",
    ),
}


def refuses(got: Any, name: str, kind: str) -> bool:
    detail = got.json.get("detail", "")
    return (
        got.status == 400
        and got.json["type"].endswith("BadRequestData")
        and f"'{name}' is a {kind}; it must be a GeoProperty" in detail
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", WRONG)
def test_another_type_is_refused_in_every_write(memory_node: Client, case: str, name: str) -> None:
    value, kind = WRONG[case]
    assert refuses(memory_node.post("/entities", {**ROOM, name: value}), name, kind)
    memory_node.post("/entities", ROOM)
    for method, path in (
        ("PUT", PATH),
        ("PATCH", PATH),
        ("POST", f"{PATH}/attrs"),
        ("POST", f"{PATH}/attrs?options=noOverwrite"),
        ("PATCH", f"{PATH}/attrs"),
    ):
        assert refuses(memory_node.send(method, path, {name: value, "type": "Room"}), name, kind)
    assert memory_node.get(PATH).json == ROOM


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_another_type_is_refused_for_the_attribute_alone(memory_node: Client, method: str) -> None:
    memory_node.post("/entities", PLACED)
    assert refuses(memory_node.send(method, f"{PATH}/attrs/location", {"value": 1}), "location", "Property")
    body = {"type": "Property", "value": 1, "@context": {"x": "https://uri.etsi.org/ngsi-ld/location"}}
    got = memory_node.send(method, f"{PATH}/attrs/x", body, {"content-type": LD_JSON})
    assert refuses(got, "x", "Property")
    assert memory_node.get(PATH).json == PLACED


@pytest.mark.parametrize("operation", ["create", "upsert", "upsert?options=update", "update", "merge"])
def test_another_type_is_refused_in_a_batch(memory_node: Client, operation: str) -> None:
    if operation in {"update", "merge"}:
        memory_node.post("/entities", {**PLACED, "id": "urn:x:2"})
    body = [{**ROOM, "location": 5}, {**PLACED, "id": "urn:x:2"}]
    got = memory_node.post(f"/entityOperations/{operation}", body)
    assert got.status == 207
    (error,) = got.json["errors"]
    assert error["entityId"] == "urn:x:1"
    assert "must be a GeoProperty" in error["error"]["detail"]


def test_another_type_is_refused_in_the_past(memory_node: Client) -> None:
    wrong = {"type": "Property", "value": 1, "observedAt": AT}
    got = memory_node.post("/temporal/entities", {**ROOM, "location": [wrong]})
    assert refuses(got, "location", "Property")
    right = {"type": "GeoProperty", "value": POINT, "observedAt": AT}
    assert memory_node.post("/temporal/entities", {**ROOM, "location": [right]}).status == 201
    assert refuses(
        memory_node.post("/temporal/entities/urn:x:1/attrs", {"location": [wrong]}), "location", "Property"
    )
    (shown,) = [memory_node.get("/temporal/entities/urn:x:1").json["location"]]
    instance = (shown[0] if isinstance(shown, list) else shown)["instanceId"]
    path = f"/temporal/entities/urn:x:1/attrs/location/{instance}"
    assert refuses(memory_node.patch(path, wrong), "location", "Property")


REMOVALS: dict[str, tuple[str, str, Any]] = {
    "a merge": ("PATCH", PATH, {"location": NULL}),
    "a merge of a value": ("PATCH", PATH, {"location": {"value": NULL}}),
    "a merge of a Property": ("PATCH", PATH, {"location": {"type": "Property", "value": NULL}}),
    "a simplified merge": ("PATCH", f"{PATH}?format=simplified", {"location": NULL}),
    "an update": ("PATCH", f"{PATH}/attrs", {"location": NULL}),
    "a partial update": ("PATCH", f"{PATH}/attrs/location", {"type": "GeoProperty", "value": NULL}),
}


@pytest.mark.parametrize("case", REMOVALS)
def test_a_null_removes_it(memory_node: Client, case: str) -> None:
    method, path, body = REMOVALS[case]
    memory_node.post("/entities", PLACED)
    assert memory_node.send(method, path, body).status == 204
    assert memory_node.get(PATH).json == ROOM


def test_a_geometry_in_any_representation_is_taken(memory_node: Client) -> None:
    body = {**ROOM, "location": POINT, "operationSpace": {"value": POINT, "observedAt": AT}}
    assert memory_node.post("/entities", body).status == 201
    assert memory_node.patch(PATH, {"location": {"observedAt": AT}}).status == 204
    moved = {"type": "Point", "coordinates": [4, 51]}
    assert memory_node.patch(f"{PATH}?format=simplified", {"location": moved}).status == 204
    shown = memory_node.get(PATH).json["location"]
    assert shown == {"type": "GeoProperty", "value": moved, "observedAt": AT}


def test_a_sub_attribute_of_that_name_may_be_anything(memory_node: Client) -> None:
    body = {
        **ROOM,
        "co2": {"type": "Property", "value": 1, "location": {"type": "Property", "value": "roof"}},
    }
    assert memory_node.post("/entities", body).status == 201
