"""An attribute never takes the place of another member of an answer (clauses 4.5.1, 4.8, 4.18)."""

from typing import Any

import pytest

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.context.jsonld import CORE
from beffroi.broker.rules.context.reserved import ATTRIBUTE_URIS, ENTITY_URIS, KEYWORDS
from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.entity.expand import expand_attribute_name, expand_written_name
from beffroi.broker.rules.entity.values import compact_value
from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.representation.represent import feature, represent
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.ogc.rules.flat import Reader, properties
from tests.broker.client import LD_JSON, Client

LD = {"content-type": LD_JSON}
NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
DEFAULT = NGSI_LD + "default-context/"
PATH = "/entities/urn:x:1"
P: dict[str, Any] = {"type": "Property", "value": 1}
ROOM: dict[str, Any] = {"id": "urn:x:1", "type": "Room", "co2": P}
MEMBERS = {
    DEFAULT + "id": "id",
    DEFAULT + "type": "type",
    DEFAULT + "@context": "@context",
    **{NGSI_LD + m: m for m in ("scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt")},
    **{NGSI_LD + m: m for m in ("observedAt", "datasetId", "unitCode")},
}
SUB_MEMBERS = {
    DEFAULT + "type": "type",
    NGSI_LD + "hasValue": "value",
    NGSI_LD + "hasObject": "object",
    NGSI_LD + "hasLanguageMap": "languageMap",
    NGSI_LD + "observedAt": "observedAt",
    NGSI_LD + "unitCode": "unitCode",
}
WRITES = {
    "create": ("POST", "/entities", True),
    "replace": ("PUT", PATH, True),
    "merge": ("PATCH", PATH, True),
    "append": ("POST", PATH + "/attrs", False),
    "append without overwriting": ("POST", PATH + "/attrs?options=noOverwrite", False),
    "update": ("PATCH", PATH + "/attrs", False),
    "past": ("POST", "/temporal/entities", True),
    "more past": ("POST", "/temporal/entities/urn:x:1/attrs", False),
}


def test_every_reserved_uri_is_that_of_its_term() -> None:
    for uri, term in (ENTITY_URIS | ATTRIBUTE_URIS).items():
        if term not in KEYWORDS | {"id", "type", "ngsildproof"}:
            assert CORE.terms[term] == uri


def refuses(got: Any, *named: str) -> bool:
    detail = got.json.get("detail", "")
    return (
        got.status == 400 and got.json["type"].endswith("BadRequestData") and all(n in detail for n in named)
    )


@pytest.mark.parametrize("uri", MEMBERS)
@pytest.mark.parametrize("write", WRITES)
def test_an_attribute_that_means_a_member_is_refused(memory_node: Client, write: str, uri: str) -> None:
    method, path, whole = WRITES[write]
    if write not in {"create", "past"}:
        memory_node.post("/entities", ROOM)
    given = {"type": "Property", "value": 1, "observedAt": "2026-11-22T11:00:00Z"}
    # a query that names it is no write, and does not make the name writable
    memory_node.get(f"/entities?type=Room&attrs={uri}")
    for name, context in ((uri, {}), ("x", {"x": uri})):
        value = [given] if "past" in write else given
        body = {**({"id": "urn:x:1", "type": "Room"} if whole else {}), name: value, "@context": context}
        for _ in range(2):
            got = memory_node.send(method, path, body, LD)
            assert refuses(got, f"'{name}'", f"'{MEMBERS[uri]}'"), (got.status, got.json)


@pytest.mark.parametrize("operation", ["create", "upsert", "upsert?options=update", "update", "merge"])
def test_a_batch_refuses_it_and_takes_the_others(memory_node: Client, operation: str) -> None:
    if operation in {"update", "merge"}:
        memory_node.post("/entities", {**ROOM, "id": "urn:x:2"})
    body = [{"id": "urn:x:1", "type": "Room", NGSI_LD + "scope": P}, {**ROOM, "id": "urn:x:2"}]
    got = memory_node.post(f"/entityOperations/{operation}", body)
    assert got.status == 207
    (error,) = got.json["errors"]
    assert error["entityId"] == "urn:x:1"
    assert "'scope'" in error["error"]["detail"]
    assert memory_node.get(PATH).status == 404


@pytest.mark.parametrize("uri", SUB_MEMBERS)
def test_a_sub_attribute_that_means_a_member_is_refused(memory_node: Client, uri: str) -> None:
    memory_node.post("/entities", ROOM)
    got = memory_node.send("PATCH", PATH + "/attrs/co2", {**P, uri: P})
    assert refuses(got, f"'{uri}'", "'co2'", f"'{SUB_MEMBERS[uri]}'")
    deep = {**ROOM, "id": "urn:x:2", "co2": {**P, "accuracy": {**P, uri: P}}}
    assert refuses(memory_node.post("/entities", deep), f"'{uri}'", "'accuracy'")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_an_attribute_in_the_address_that_means_a_member_is_refused(memory_node: Client, method: str) -> None:
    memory_node.post("/entities", ROOM)
    body = {**P, "@context": {"x": NGSI_LD + "createdAt"}}
    assert refuses(memory_node.send(method, PATH + "/attrs/x", body, LD), "'x'", "'createdAt'")


def test_what_is_stored_from_before_can_be_asked_for_and_deleted() -> None:
    assert expand_attribute_name(NGSI_LD + "createdAt", CORE) == NGSI_LD + "createdAt"
    with pytest.raises(Problem, match="'createdAt'"):
        expand_written_name(NGSI_LD + "createdAt", CORE)


def test_attributes_of_other_meanings_are_taken(memory_node: Client) -> None:
    taken = {
        "value": P,
        "title": P,
        "status": P,
        "name": P,
        "datasets": P,
        "co2": {**P, "scope": P, "title": P},
    }
    assert memory_node.post("/entities", {**ROOM, **taken}).status == 201
    shown = memory_node.get(PATH).json
    assert {name: shown[name] for name in taken} == taken


def stored() -> Entity:
    attrs: Any = {uri: [{"type": "Property", "value": 1}] for uri in MEMBERS}
    attrs[DEFAULT + "co2"] = [
        {
            "type": "Property",
            "value": 400,
            "attrs": {u: [{"type": "Property", "value": 2}] for u in [*SUB_MEMBERS, DEFAULT + "datasets"]},
        }
    ]
    at = "2026-01-01T00:00:00.000000Z"
    return Entity(
        id="urn:x:1", type=[DEFAULT + "Room"], scope=["/a"], createdAt=at, modifiedAt=at, attrs=attrs
    )


@pytest.mark.parametrize("form", ["normalized", "concise", "simplified"])
@pytest.mark.parametrize("sys_attrs", [False, True])
def test_what_was_stored_before_is_shown_by_its_uri(form: Any, sys_attrs: bool) -> None:
    body: Any = represent(stored(), View(form=form, sys_attrs=sys_attrs), CORE)
    assert (body["id"], body["type"], body["scope"]) == ("urn:x:1", "Room", "/a")
    assert body.get("createdAt") == ("2026-01-01T00:00:00Z" if sys_attrs else None)
    assert set(MEMBERS) <= body.keys()
    assert "@context" not in body
    if form != "simplified":
        assert body["co2"]["value"] == 400
        assert set(SUB_MEMBERS) <= body["co2"].keys()
    shown: Any = feature(stored(), View(form=form, sys_attrs=sys_attrs), CORE)
    assert (shown["id"], shown["properties"]["type"], shown["properties"]["scope"]) == (
        "urn:x:1",
        "Room",
        "/a",
    )


def test_columns_of_a_feature_are_none_twice() -> None:
    shown = properties(stored(), Reader(CORE, ""))
    assert (shown["type"], shown["scope"], shown["createdAt"]) == ("Room", "/a", "2026-01-01T00:00:00Z")
    assert (shown["co2"], shown[f"co2.{NGSI_LD}unitCode"], shown[f"co2.{DEFAULT}datasets"]) == (400, 2, 2)


def test_a_key_of_a_value_is_shown_by_no_keyword() -> None:
    value: JsonObject = {DEFAULT + "id": 1, "id": 2, DEFAULT + "@value": 3, DEFAULT + "speed": 4}
    assert compact_value(value, Context("", {}, {})) == {
        DEFAULT + "id": 1,
        "id": 2,
        DEFAULT + "@value": 3,
        "speed": 4,
    }
