"""Where the NGSI-LD Null may stand (clauses 5.5.4, 5.5.8, 5.5.12), and that it is never stored."""

import json
from typing import Any

import pytest

from tests.broker.client import Client

NULL = "urn:ngsi-ld:null"
PATH = "/entities/urn:x:1"
BATCH = "/entityOperations/"
STORED: dict[str, Any] = {
    "p": {"type": "Property", "value": {"a": 1}},
    "l": {"type": "LanguageProperty", "languageMap": {"fr": "oui", "nl": "ja"}},
    "j": {"type": "JsonProperty", "json": {"a": 1}},
}
INSIDE: list[dict[str, Any]] = [
    {"type": "Property", "value": {"a": NULL}},
    {"type": "Property", "value": 1, "sub": {"type": "Property", "value": {"a": NULL}}},
    {"type": "LanguageProperty", "languageMap": {"fr": NULL, "nl": "ja"}},
    {"type": "JsonProperty", "json": {"a": NULL}},
]
NEVER: list[dict[str, Any]] = [
    {"type": "ListProperty", "valueList": [1, NULL]},
    {"type": "ListRelationship", "objectList": ["urn:a:1", NULL]},
    {"type": "Relationship", "object": ["urn:a:1", NULL]},
    {"type": "VocabProperty", "vocab": ["open", NULL]},
    {"type": "Relationship", "object": "urn:a:1", "objectType": ["A", NULL]},
    {"type": "Property", "value": 1, "datasetId": NULL},
    {"type": "Property", "value": [1, NULL]},
    {"type": "Property", "value": {"a": [{"b": NULL}]}},
    {"type": "JsonProperty", "json": {"a": [NULL]}},
]
ON_CREATE: list[Any] = [
    NULL,
    [NULL],
    {"a": NULL},
    {"type": "Property", "value": NULL},
    {"type": "JsonProperty", "json": NULL},
    {"type": "LanguageProperty", "languageMap": {"@none": NULL}},
    {"type": "Property", "value": 1, "unitCode": NULL},
    {"type": "Property", "value": 1, "valueType": NULL},
    {"type": "Property", "value": 1, "observedAt": NULL},
    {"type": "Relationship", "object": "urn:a:1", "objectType": NULL},
    {"type": "Property", "value": 1, "sub": NULL},
]


@pytest.fixture
def stored(memory_node: Client) -> Client:
    assert memory_node.post("/entities", {"id": "urn:x:1", "type": "T", **STORED}).status == 201
    return memory_node


def refused(node: Client, method: str, path: str, body: object) -> None:
    before = node.get(f"{PATH}?options=sysAttrs").json
    for raw in (json.dumps(body), json.dumps(body).replace(NULL, "urn:ngsi-ld:nul\\u006c")):
        got = node.send(method, path, raw=raw.encode())
        if path.startswith(BATCH):
            assert (got.status, got.json["success"]) == (207, []), got.text
            kind = got.json["errors"][0]["error"]["type"]
        else:
            assert got.status == 400, got.text
            kind = got.json["type"]
        assert kind.endswith("BadRequestData")
    assert node.get(f"{PATH}?options=sysAttrs").json == before
    assert node.get("/entities?local=true&count=true").headers["ngsild-results-count"] == "1"


@pytest.mark.parametrize("members", [{"id": NULL, "type": "T"}, {"id": "urn:x:2", "type": ["T", NULL]}])
def test_5_5_4_null_is_no_id_and_no_type(stored: Client, members: dict[str, Any]) -> None:
    refused(stored, "POST", "/entities", members)
    for operation in ("create", "upsert", "upsert?options=update", "update", "merge"):
        refused(stored, "POST", BATCH + operation, [{**members, "p": 1}])
    here = members if members["id"] == NULL else {**members, "id": "urn:x:1"}
    refused(stored, "PUT", PATH, here)
    refused(stored, "PATCH", PATH, {**here, "p": 1})
    refused(stored, "PATCH", f"{PATH}/attrs", {**here, "p": 1})
    refused(stored, "POST", f"{PATH}/attrs", {**here, "p": 1})


@pytest.mark.parametrize("attribute", [*ON_CREATE, *INSIDE, *NEVER], ids=str)
def test_5_5_4_nothing_that_is_new_as_a_whole_holds_null(stored: Client, attribute: Any) -> None:
    entity = {"id": "urn:x:2", "type": "T", "p": attribute}
    refused(stored, "POST", "/entities", entity)
    refused(stored, "PUT", PATH, {**entity, "id": "urn:x:1"})
    refused(stored, "POST", f"{PATH}/attrs", {"p": attribute})
    for operation in ("create", "upsert", "upsert?options=update"):
        refused(stored, "POST", BATCH + operation, [entity])
    refused(stored, "POST", f"{BATCH}update", [{**entity, "id": "urn:x:1"}])


@pytest.mark.parametrize("attribute", [*INSIDE, *NEVER], ids=str)
def test_5_5_4_an_update_does_not_go_into_values(stored: Client, attribute: Any) -> None:
    refused(stored, "PATCH", f"{PATH}/attrs", {"p": attribute})
    refused(stored, "PATCH", f"{PATH}/attrs", {"new": attribute})
    name = {"LanguageProperty": "l", "JsonProperty": "j"}.get(attribute["type"], "p")
    refused(stored, "PATCH", f"{PATH}/attrs/{name}", attribute)


@pytest.mark.parametrize("attribute", NEVER, ids=str)
def test_5_5_4_a_merge_stores_no_null_where_it_does_not_go_into(stored: Client, attribute: Any) -> None:
    refused(stored, "PATCH", PATH, {"new": attribute})
    refused(stored, "POST", f"{BATCH}merge", [{"id": "urn:x:1", "new": attribute}])


def test_5_5_12_what_a_merge_adds_has_no_nulls(stored: Client) -> None:
    fragment = {
        "p2": {"type": "Property", "value": {"a": NULL, "b": {"c": NULL}}},
        "l2": {"type": "LanguageProperty", "languageMap": {"fr": NULL, "nl": "ja"}},
        "j2": {"type": "JsonProperty", "json": {"a": NULL, "b": 2}},
        "p3": {"value": 1, "sub": {"type": "LanguageProperty", "languageMap": {"fr": NULL}}},
        "l3": {"type": "LanguageProperty", "languageMap": {"fr": NULL}},
        "l": {"type": "LanguageProperty", "languageMap": {"nl": NULL}},
        "j": {"type": "JsonProperty", "json": {"a": NULL, "b": 1}},
        "p": {"type": "JsonProperty", "json": {"a": NULL, "b": 1}},
    }
    after = {
        "id": "urn:x:1",
        "type": "T",
        "p2": {"type": "Property", "value": {"b": {}}},
        "p3": {"type": "Property", "value": 1},
        "l2": {"type": "LanguageProperty", "languageMap": {"nl": "ja"}},
        "j2": {"type": "JsonProperty", "json": {"b": 2}},
        "l": {"type": "LanguageProperty", "languageMap": {"fr": "oui"}},
        "j": {"type": "JsonProperty", "json": {"b": 1}},
        "p": {"type": "JsonProperty", "json": {"b": 1}},
    }
    assert stored.patch(PATH, fragment).status == 204
    assert stored.get(PATH).json == after


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("p", {"type": "Property", "value": NULL}),
        ("p", {"value": NULL}),
        ("l", {"type": "LanguageProperty", "languageMap": {"@none": NULL}}),
        ("j", {"type": "JsonProperty", "json": NULL}),
    ],
)
def test_5_5_8_null_removes_a_whole_attribute(stored: Client, name: str, gone: dict[str, Any]) -> None:
    for path, body in [(f"/attrs/{name}", gone), ("/attrs", {name: gone}), ("", {name: gone})]:
        assert stored.patch(PATH + path, body).status == 204
        assert name not in stored.get(PATH).json
        assert stored.post(f"{PATH}/attrs", {name: STORED[name]}).status == 204


def test_5_5_8_null_removes_members_and_sub_attributes_of_an_instance(stored: Client) -> None:
    whole = {"type": "Property", "value": 1, "unitCode": "CEL", "sub": {"type": "Property", "value": 2}}
    assert stored.post(f"{PATH}/attrs", {"p": whole}).status == 204
    assert stored.patch(f"{PATH}/attrs/p", {"unitCode": NULL, "sub": NULL}).status == 204
    assert stored.get(PATH).json["p"] == {"type": "Property", "value": 1}


def test_5_6_8_an_upsert_that_updates_removes_by_null(stored: Client) -> None:
    gone: dict[str, Any] = {
        "p": {"type": "Property", "value": NULL},
        "l": NULL,
        "scope": NULL,
        "expiresAt": NULL,
    }
    assert stored.patch(PATH, {"scope": "/a", "expiresAt": "2036-01-01T00:00:00Z"}).status == 204
    for _ in range(2):
        got = stored.post(f"{BATCH}upsert?options=update", [{"id": "urn:x:1", "type": "T", "n": 1, **gone}])
        assert got.status == 204, got.text
        left = {"id": "urn:x:1", "type": "T", "j": STORED["j"], "n": {"type": "Property", "value": 1}}
        assert stored.get(PATH).json == left
    for name, null in gone.items():
        refused(stored, "POST", f"{BATCH}upsert?options=update", [{"id": "urn:x:2", "type": "T", name: null}])
    new = [{"id": "urn:x:2", "type": "T", "n": "\u00e9"}]
    assert stored.post(f"{BATCH}upsert?options=update", new).status == 201
    assert stored.get("/entities/urn:x:2").json["n"]["value"] == "\u00e9"
