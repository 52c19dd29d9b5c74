"""Members that mean the same are refused, and both are named: one of them would be lost (JSON-LD, 4.5.1)."""

from typing import Any

import pytest

from tests.broker.client import LD_JSON, Client

PATH = "/entities/urn:x:1"
BATCH = "/entityOperations/"
ROOM: dict[str, Any] = {"id": "urn:x:1", "type": "Room", "co2": {"type": "Property", "value": 400}}
ALIASES = {
    "kind": "@type",
    "sort": "kind",
    "name_of": "@id",
    "a": "https://a.example/x",
    "b": "https://a.example/x",
}
P = {"type": "Property", "value": 1}

ENTITIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "two types": ({**ROOM, "@type": "House"}, "type", "@type"),
    "the same type twice": ({"@type": "Room", **ROOM}, "type", "@type"),
    "two ids": ({**ROOM, "@id": "urn:x:2"}, "id", "@id"),
    "an alias of the type": ({**ROOM, "kind": "House"}, "type", "kind"),
    "an alias of the type's keyword": (
        {"id": "urn:x:1", "@type": "Room", "kind": "House"},
        "@type",
        "kind",
    ),
    "two aliases": ({"id": "urn:x:1", "kind": "Room", "sort": "House"}, "kind", "sort"),
    "an alias of the id": ({**ROOM, "name_of": "urn:x:2"}, "id", "name_of"),
    "two names of an attribute": ({**ROOM, "a": P, "b": P}, "a", "b"),
    "a name and its URI": ({**ROOM, "https://a.example/x": P, "b": P}, "https://a.example/x", "b"),
    "two types of an attribute": (
        {**ROOM, "p": {**P, "@type": "Relationship"}},
        "type",
        "@type",
    ),
    "an alias in an attribute": ({**ROOM, "p": {**P, "kind": "Relationship"}}, "type", "kind"),
    "two names of a sub-attribute": ({**ROOM, "p": {**P, "a": P, "b": P}}, "a", "b"),
    "two types of a sub-attribute": ({**ROOM, "p": {**P, "q": {**P, "@type": "Property"}}}, "type", "@type"),
    "two types of an instance": (
        {**ROOM, "p": [P, {**P, "datasetId": "urn:d:1", "@type": "Property"}]},
        "type",
        "@type",
    ),
}
"""Entities, and the two members that mean the same, in the order in which they are named."""


def with_context(body: dict[str, Any]) -> dict[str, Any]:
    return {"@context": ALIASES, **body}


def names_both(detail: str, first: str, second: str) -> bool:
    return f"'{first}' and '{second}'" in detail


@pytest.mark.parametrize("case", ENTITIES)
def test_an_entity_with_two_members_for_one_thing_is_refused(memory_node: Client, case: str) -> None:
    body, first, second = ENTITIES[case]
    got = memory_node.post("/entities", with_context(body), Content_Type=LD_JSON)
    assert got.status == 400
    assert got.json["type"].endswith("/BadRequestData")
    assert names_both(got.json["detail"], first, second)
    assert memory_node.get(PATH).status == 404


@pytest.mark.parametrize("operation", ["create", "upsert", "upsert?options=update", "update", "merge"])
@pytest.mark.parametrize("case", ENTITIES)
def test_in_a_batch_it_fails_alone(memory_node: Client, case: str, operation: str) -> None:
    body, first, second = ENTITIES[case]
    well = {"id": "urn:x:well", "type": "Room", "co2": P}
    if operation in {"update", "merge"}:
        for one in (ROOM, well):
            assert memory_node.post("/entities", one).status == 201
    got = memory_node.post(
        f"{BATCH}{operation}", [with_context(body), with_context(well)], Content_Type=LD_JSON
    )
    assert got.status == 207
    (error,) = got.json["errors"]
    assert names_both(error["error"]["detail"], first, second)
    assert got.json["success"] == ["urn:x:well"]


@pytest.mark.parametrize("case", ENTITIES)
def test_in_updates_merges_and_replacements_too(memory_node: Client, case: str) -> None:
    body, first, second = ENTITIES[case]
    assert memory_node.post("/entities", ROOM).status == 201
    before = memory_node.get(f"{PATH}?options=sysAttrs").json
    ways = [("PUT", PATH), ("PATCH", PATH), ("POST", f"{PATH}/attrs"), ("PATCH", f"{PATH}/attrs")]
    for method, path in ways:
        got = memory_node.send(method, path, with_context(body), {"content-type": LD_JSON})
        assert got.status == 400, (method, path)
        assert names_both(got.json["detail"], first, second)
    assert memory_node.get(f"{PATH}?options=sysAttrs").json == before


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_in_one_attribute_too(memory_node: Client, method: str) -> None:
    assert memory_node.post("/entities", ROOM).status == 201
    got = memory_node.send(method, f"{PATH}/attrs/co2", {"type": "Property", "@type": "Property", "value": 1})
    assert got.status == 400
    assert names_both(got.json["detail"], "type", "@type")
    assert memory_node.get(PATH).json["co2"]["value"] == 400


def test_in_what_is_provided_of_the_past_too(memory_node: Client) -> None:
    instance = {**P, "observedAt": "2026-01-01T00:00:00Z"}
    for more, first, second in (
        ({"@type": "House"}, "type", "@type"),
        ({"@id": "urn:x:2"}, "id", "@id"),
        ({"kind": "House"}, "type", "kind"),
        ({"a": [instance], "b": [instance]}, "a", "b"),
        ({"p": [{**instance, "@type": "Property"}]}, "type", "@type"),
    ):
        body = with_context({"id": "urn:x:1", "type": "Room", "n": [instance], **more})
        got = memory_node.post("/temporal/entities", body, Content_Type=LD_JSON)
        assert got.status == 400
        assert names_both(got.json["detail"], first, second)


def test_one_of_two_members_is_enough(memory_node: Client) -> None:
    body = {"@id": "urn:x:1", "@type": "Room", "p": {"@type": "Property", "value": 1, "a": P}}
    assert memory_node.post("/entities", with_context(body), Content_Type=LD_JSON).status == 201
    found = memory_node.get(PATH).json
    assert (found["id"], found["type"], found["p"]["type"]) == ("urn:x:1", "Room", "Property")
    assert memory_node.send("PUT", PATH, {"@id": "urn:x:1", "@type": "Room", "n": P}).status == 204
    assert memory_node.get(PATH).json["n"]["value"] == 1


def test_members_of_a_value_are_the_clients_own(memory_node: Client) -> None:
    """Nothing of them is read, so nothing is lost."""
    value = {"id": 1, "@id": "urn:y:1", "type": "T", "@type": "U"}
    assert memory_node.post("/entities", {**ROOM, "j": {"type": "JsonProperty", "json": value}}).status == 201
    assert memory_node.get(PATH).json["j"]["json"] == value
