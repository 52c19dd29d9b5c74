"""Writing to the past of entities over HTTP (clauses 5.6.11 to 5.6.16), on every engine."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from beffroi.broker.operations.erasing import erase, keep_erasing
from beffroi.broker.operations.provided import read_provided
from beffroi.broker.operations.provision import provide_evolution
from beffroi.broker.operations.shelving import forget_provided
from beffroi.broker.operations.temporal import retrieve_evolution
from beffroi.broker.rules.entity.entity import entity_key
from beffroi.broker.rules.provided.provided import PART, provided_key
from beffroi.broker.rules.provided.temporal_entity import TemporalEntity, read_temporal_entity
from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.broker.rules.temporal.temporal_view import TemporalView
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, StorageFull
from beffroi.kernel.record import Key
from beffroi.store.port import Decide, Find, Past, Store
from tests.broker.client import Client, client_of

METER = "urn:ngsi-ld:Meter:1"
PAST = f"/temporal/entities/{METER}"
ALL = "timerel=after&timeAt=1970-01-01T00:00:00Z"
NULL = "urn:ngsi-ld:null"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def day(n: int) -> str:
    return f"2025-01-{n:02}T00:00:00Z"


def reading(value: Any, n: int, **more: Any) -> JsonObject:
    return {"type": "Property", "value": value, "observedAt": day(n), **more}


def provide(node: Client, *readings: JsonObject, entity_id: str = METER, **more: object) -> int:
    body = {"id": entity_id, "type": "Meter", "energy": list(readings), **more}
    return node.post("/temporal/entities", body).status


def live(node: Client, value: object, n: int) -> None:
    """A change of what is there now, which makes the entity at first."""
    attrs = {"energy": reading(value, n)}
    if node.get(f"/entities/{METER}").status == 404:
        assert node.post("/entities", {"id": METER, "type": "Meter", **attrs}).status == 201
    else:
        assert node.patch(f"/entities/{METER}/attrs", attrs).status == 204


def told(node: Client, query: str = "", name: str = "energy") -> list[object]:
    got = node.get(PAST + query)
    assert got.status in {200, 206}, got.text
    return [each["value"] for each in got.json.get(name, [])]


def ids(node: Client, name: str = "energy") -> list[str]:
    return [each["instanceId"] for each in node.get(PAST).json[name]]


def traces_of(node: Client) -> bytes:
    """All that the history says of the meter."""
    found = node.run(node.broker.store.history(entity_key("", METER), Past(1_000)))
    return b"\n".join(trace.body for trace in found)


def parts(node: Client) -> int:
    return len(node.run(node.broker.store.find(Find("", PART, limit=None))).records)


def test_a_past_is_provided_for_an_entity_that_does_not_exist(node: Client) -> None:
    got = node.post(
        "/temporal/entities", {"id": METER, "type": "Meter", "energy": [reading(2, 2), reading(1, 1)]}
    )
    assert got.status == 201
    assert got.headers["location"] == f"/ngsi-ld/v1/temporal/entities/{METER}"
    assert node.get(f"/entities/{METER}").status == 404
    assert node.get("/entities?type=Meter").json == []
    assert told(node) == [1, 2]
    (found,) = node.get(f"/temporal/entities?type=Meter&{ALL}&count=true").json
    assert [each["value"] for each in found["energy"]] == [1, 2]
    assert found["type"] == "Meter"
    assert node.get(f"/temporal/entities?type=Car&{ALL}").json == []
    shown = node.get(f"{PAST}?options=sysAttrs").json
    assert shown["createdAt"] == shown["energy"][0]["createdAt"]


def test_what_is_provided_stands_among_what_changes_left(node: Client) -> None:
    live(node, 30, 3)
    live(node, 50, 5)
    assert provide(node, reading(10, 1), reading(40, 4), reading(60, 6)) == 204
    assert told(node) == [10, 30, 40, 50, 60]
    assert told(node, f"?timerel=between&timeAt={day(3)}&endTimeAt={day(5)}") == [30, 40]
    assert told(node, "?lastN=2") == [50, 60]
    assert told(node, f"?timerel=before&timeAt={day(5)}&lastN=3") == [10, 30, 40]
    assert node.get(f"/entities/{METER}").json["energy"]["value"] == 50
    live(node, 70, 7)
    assert told(node, "?lastN=2") == [60, 70]
    (found,) = node.get(f"/temporal/entities?type=Meter&timerel=before&timeAt={day(2)}").json
    assert [each["value"] for each in found["energy"]] == [10]
    aggregate = "format=aggregatedValues&aggrMethods=sum,totalCount"
    assert node.get(f"{PAST}?{aggregate}&timerel=after&timeAt={day(1)}").json["energy"]["sum"][0][0] == 260
    assert node.get(f"/temporal/entities?type=Meter&{ALL}&q=energy==40").json
    assert not node.get(f"/temporal/entities?type=Meter&{ALL}&q=energy==41").json


def test_the_same_moment_is_provided_once(node: Client) -> None:
    assert provide(node, reading(1, 1), reading(2, 2), reading(9, 2, datasetId="urn:d:a")) == 201
    before = ids(node)
    assert provide(node, reading(1, 1), reading(20, 2)) == 204
    assert told(node) == [1, 9, 20]
    assert set(ids(node)) == set(before)
    assert provide(node, {"type": "Property", "value": 5, "observedAt": "2025-01-01T00:00:00,000Z"}) == 204
    assert told(node) == [5, 9, 20]


def test_instances_are_added_to_a_past_that_there_is(node: Client) -> None:
    assert node.post(f"{PAST}/attrs", {"energy": [reading(1, 1)]}).status == 404
    provide(node, reading(1, 1))
    assert node.post(f"{PAST}/attrs", {"energy": reading(2, 2), "power": [reading(3, 3)]}).status == 204
    assert told(node) == [1, 2]
    assert told(node, name="power") == [3]
    added = {"type": ["Meter", "Device"], "energy": [reading(4, 4)]}
    assert node.post(f"{PAST}/attrs", added).status == 204
    assert node.get(PAST).json["type"] == ["Meter", "Device"]
    assert len(node.get(f"/temporal/entities?type=Device&{ALL}").json) == 1
    assert node.post(f"{PAST}/attrs", {"id": "urn:x:2", "energy": [reading(1, 1)]}).status == 400


def test_types_of_a_past_are_found_beside_those_of_the_entity(node: Client) -> None:
    live(node, 1, 1)
    node.post("/temporal/entities", {"id": METER, "type": "Device", "energy": [reading(2, 2)]})
    assert node.get(PAST).json["type"] == ["Meter", "Device"]
    for kind in ("Meter", "Device", "(Meter;Device)"):
        found = node.get(f"/temporal/entities?type={kind}&{ALL}&count=true")
        assert [each["id"] for each in found.json] == [METER]
        assert found.headers["ngsild-results-count"] == "1"
    named = node.get(f"/temporal/entities?type=Device&id={METER}&{ALL}").json
    assert [each["id"] for each in named] == [METER]
    assert node.get(f"/entities/{METER}").json["type"] == "Meter"


def test_the_simplified_temporal_representation_is_read(node: Client) -> None:
    body = {
        "id": METER,
        "type": "Meter",
        "energy": {"type": "Property", "values": [[1, day(1)], [2, day(2)]]},
        "name": {"type": "LanguageProperty", "languageMaps": [[{"en": "Hall"}, day(1)]]},
        "owner": [{"type": "Relationship", "datasetId": "urn:d:a", "objects": [["urn:x:1", day(1)]]}],
        "scope": "/town",
    }
    assert node.post("/temporal/entities", body).status == 201
    values = node.get(f"{PAST}?format=temporalValues").json
    assert values["energy"]["values"] == [[1, day(1)], [2, day(2)]]
    assert values["owner"] == {
        "type": "Relationship",
        "datasetId": "urn:d:a",
        "objects": [["urn:x:1", day(1)]],
    }
    assert node.post("/temporal/entities", {**values, "id": "urn:ngsi-ld:Meter:2"}).status == 201
    again = node.get("/temporal/entities/urn:ngsi-ld:Meter:2?format=temporalValues").json
    assert {**again, "id": METER, "scope": values["scope"]} == values


def test_a_deletion_is_provided_as_the_null_of_the_past(node: Client) -> None:
    assert provide(node, reading(1, 1), reading(NULL, 2)) == 201
    shown = node.get(f"{PAST}?{ALL}").json["energy"]
    assert [(each["value"], "deletedAt" in each) for each in shown] == [(1, False), (NULL, True)]


@pytest.mark.parametrize(
    ("body", "kind", "named"),
    [
        ({"type": "Meter", "energy": [reading(1, 1)]}, "BadRequestData", "no id"),
        ({"id": "meter", "type": "Meter", "energy": [reading(1, 1)]}, "BadRequestData", "meter"),
        ({"id": METER, "energy": [reading(1, 1)]}, "BadRequestData", "no type"),
        ({"id": METER, "type": "Meter"}, "BadRequestData", "no instance"),
        ({"id": METER, "type": "Meter", "energy": 5}, "BadRequestData", "energy"),
        ({"id": METER, "type": "Meter", "energy": [5]}, "BadRequestData", "energy"),
        ({"id": METER, "type": "Meter", "energy": [{"type": "Property"}]}, "BadRequestData", "energy"),
        (
            {"id": METER, "type": "Meter", "energy": [{"value": 1, "observedAt": "now"}]},
            "BadRequestData",
            "now",
        ),
        (
            {"id": METER, "type": "Meter", "expiresAt": NULL, "energy": [reading(1, 1)]},
            "BadRequestData",
            "expiresAt",
        ),
        (
            {"id": METER, "type": "Meter", "energy": [reading(1, 1, expiresAt=day(9))]},
            "BadRequestData",
            "expiresAt",
        ),
        (
            {"id": METER, "type": "Meter", "energy": {"type": "Property", "values": [[1]]}},
            "BadRequestData",
            "pairs",
        ),
        ({"id": METER, "type": "Meter", "inv(alid": [reading(1, 1)]}, "BadRequestData", "inv(alid"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_stored(
    memory_node: Client, body: dict[str, Any], kind: str, named: str
) -> None:
    got = memory_node.post("/temporal/entities", body)
    assert got.status == 400
    assert got.json["type"] == ERRORS + kind
    assert named in got.json["detail"]
    assert memory_node.get(PAST).status == 404
    assert parts(memory_node) == 0


def test_parameters_that_there_are_not_are_refused(memory_node: Client) -> None:
    provide(memory_node, reading(1, 1))
    (instance,) = ids(memory_node)
    for method, path, body in (
        ("POST", "/temporal/entities", {"id": METER, "type": "Meter", "energy": [reading(1, 1)]}),
        ("POST", f"{PAST}/attrs", {"energy": [reading(1, 1)]}),
        ("DELETE", f"{PAST}/attrs/energy", None),
        ("PATCH", f"{PAST}/attrs/energy/{instance}", {"energy": [reading(1, 1)]}),
        ("DELETE", f"{PAST}/attrs/energy/{instance}", None),
        ("DELETE", PAST, None),
    ):
        got = memory_node.send(method, f"{path}?nonsense=1", body)
        assert (got.status, got.json["type"]) == (400, ERRORS + "InvalidRequest")
    assert told(memory_node) == [1]


def test_a_provided_instance_is_corrected_and_keeps_its_id(node: Client) -> None:
    provide(node, reading(1, 1), reading(2, 2), reading(3, 3))
    before = ids(node)
    created = node.get(f"{PAST}?options=sysAttrs").json["energy"][1]["createdAt"]
    assert node.patch(f"{PAST}/attrs/energy/{before[1]}", reading(20, 2)).status == 204
    assert told(node) == [1, 20, 3]
    assert ids(node) == before
    shown = node.get(f"{PAST}?options=sysAttrs").json["energy"][1]
    assert shown["createdAt"] == created < shown["modifiedAt"]
    moved = {"energy": [reading(40, 9)]}
    assert node.patch(f"{PAST}/attrs/energy/{before[0]}", moved).status == 204
    assert told(node) == [20, 3, 40]
    assert ids(node) == [before[1], before[2], before[0]]
    assert provide(node, reading(1, 1)) == 204
    assert told(node) == [1, 20, 3, 40]
    assert len(set(ids(node))) == 4
    assert node.patch(f"{PAST}/attrs/energy/{before[0]}", reading(41, 9)).status == 204
    assert told(node) == [1, 20, 3, 41]
    assert (
        node.patch(f"{PAST}/attrs/energy/{before[0]}", {"energy": [reading(1, 1), reading(2, 2)]}).status
        == 400
    )
    assert node.patch(f"{PAST}/attrs/energy/{before[0]}", {"power": [reading(1, 1)]}).status == 400


def test_a_provided_instance_is_deleted(node: Client) -> None:
    provide(node, reading(1, 1), reading(2, 2))
    first, second = ids(node)
    assert node.send("DELETE", f"{PAST}/attrs/energy/{first}").status == 204
    assert told(node) == [2]
    assert node.send("DELETE", f"{PAST}/attrs/energy/{first}").status == 404
    assert node.send("DELETE", f"{PAST}/attrs/energy/{second}").status == 204
    assert node.get(PAST).status == 404
    assert parts(node) == 0
    assert node.run(node.broker.store.read([provided_key("", METER)])) == {}


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_instances_that_there_are_not_cannot_be_written(node: Client, method: str) -> None:
    provide(node, reading(1, 1))
    live(node, 2, 2)
    first, _ = ids(node)
    body = reading(5, 5) if method == "PATCH" else None
    for path in (
        f"/temporal/entities/urn:x:none/attrs/energy/{first}",
        f"{PAST}/attrs/power/{first}",
        f"{PAST}/attrs/energy/urn:ngsi-ld:Instance:none",
        f"{PAST}/attrs/energy/{first}0",
    ):
        got = node.send(method, path, body)
        assert (got.status, got.json["type"]) == (404, ERRORS + "ResourceNotFound")
    for path in (
        f"{PAST}/attrs/en(ergy/{first}",
        f"{PAST}/attrs/energy/none",
        f"/temporal/entities/x/attrs/e/{first}",
    ):
        assert node.send(method, path, body).status == 400
    assert told(node) == [1, 2]


def test_what_a_change_left_is_corrected_and_taken_out_of_its_trace(node: Client) -> None:
    live(node, 111, 1)
    live(node, 222, 2)
    live(node, 333, 3)
    before = ids(node)
    created = node.get(f"{PAST}?options=sysAttrs").json["energy"][1]["createdAt"]
    assert node.patch(f"{PAST}/attrs/energy/{before[1]}", reading(20, 2)).status == 204
    assert told(node) == [111, 20, 333]
    assert ids(node) == before
    assert node.get(f"{PAST}?options=sysAttrs").json["energy"][1]["createdAt"] == created
    assert b"222" not in traces_of(node)
    assert node.send("DELETE", f"{PAST}/attrs/energy/{before[0]}").status == 204
    assert told(node) == [20, 333]
    assert b"111" not in traces_of(node)
    assert node.send("DELETE", f"{PAST}/attrs/energy/{before[1]}").status == 204
    assert node.send("DELETE", f"{PAST}/attrs/energy/{before[1]}").status == 404
    assert told(node) == [333]


def test_what_is_long_is_taken_out_of_its_trace(node: Client) -> None:
    for n, letter in enumerate("abc", 1):
        live(node, letter * 2_000, n)
    first = ids(node)[0]
    assert node.send("DELETE", f"{PAST}/attrs/energy/{first}").status == 204
    assert b"aaa" not in traces_of(node)
    assert node.send("DELETE", f"{PAST}/attrs/energy").status == 204
    assert b"bbb" not in traces_of(node)
    provided = node.run(read_provided(node.broker.store, "", METER))
    assert provided is not None
    assert not provided.erasing


def test_what_is_there_now_is_hidden_from_the_past_alone(node: Client) -> None:
    live(node, 1, 1)
    live(node, 2, 2)
    _, newest = ids(node)
    assert node.send("DELETE", f"{PAST}/attrs/energy/{newest}").status == 204
    assert told(node) == [1]
    assert node.get(f"/entities/{METER}").json["energy"]["value"] == 2
    assert node.patch(f"/entities/{METER}", {"name": "Hall"}).status == 204
    assert told(node) == [1]
    live(node, 3, 3)
    assert told(node) == [1, 3]
    assert [each["id"] for each in node.get(f"/temporal/entities?type=Meter&{ALL}").json] == [METER]


def test_one_dataset_of_several_is_corrected_where_traces_repeat_it(node: Client) -> None:
    a, b = reading("first", 1, datasetId="urn:d:a"), reading("other", 1, datasetId="urn:d:b")
    node.post("/entities", {"id": METER, "type": "Meter", "energy": [a, b]})
    node.patch(f"/entities/{METER}/attrs", {"energy": reading("third", 2, datasetId="urn:d:b")})
    node.patch(f"/entities/{METER}/attrs", {"energy": reading("fourth", 3, datasetId="urn:d:a")})
    (first,) = (each for each in node.get(PAST).json["energy"] if each["value"] == "first")
    assert traces_of(node).count(b"first") == 2
    assert node.send("DELETE", f"{PAST}/attrs/energy/{first['instanceId']}").status == 204
    assert told(node) == ["other", "third", "fourth"]
    assert b"first" not in traces_of(node)


def test_a_deletion_is_deleted(node: Client) -> None:
    live(node, 1, 1)
    node.send("DELETE", f"/entities/{METER}/attrs/energy")
    gone = node.get(f"{PAST}?timeproperty=deletedAt").json["energy"]
    assert node.send("DELETE", f"{PAST}/attrs/energy/{gone[0]['instanceId']}").status == 204
    assert told(node) == [1]
    node.run(erase(node.broker, "", METER))
    assert told(node) == [1]


def test_an_attribute_is_deleted_from_the_past(node: Client) -> None:
    live(node, 111, 1)
    live(node, 222, 2)
    provide(node, reading(5, 5), reading(6, 6, datasetId="urn:d:a"), power=[reading(7, 7)])
    path = f"{PAST}/attrs/energy"
    assert node.send("DELETE", f"{path}?datasetId=urn:d:b").status == 404
    assert node.send("DELETE", path).status == 204
    assert told(node) == [6]
    assert told(node, name="power") == [7]
    assert b"111" not in traces_of(node)
    assert b"222" not in traces_of(node)
    assert node.send("DELETE", path).status == 404
    live(node, 333, 3)
    assert told(node) == [333, 6]
    assert node.send("DELETE", f"{path}?deleteAll=true").status == 204
    assert told(node) == []
    assert node.get(f"/entities/{METER}").json["energy"]["value"] == 333
    assert parts(node) == 1
    assert node.send("DELETE", f"{PAST}/attrs/nothing").status == 404
    assert node.send("DELETE", "/temporal/entities/urn:x:none/attrs/energy").status == 404
    assert node.send("DELETE", f"{PAST}/attrs/power?datasetId=5").status == 400


def test_scopes_have_a_past_that_is_provided_and_deleted(node: Client) -> None:
    scopes = [
        {"type": "Property", "value": "/a", "observedAt": day(1)},
        {"value": ["/b", "/c"], "observedAt": day(2)},
    ]
    provide(node, reading(1, 1), scope=scopes)
    shown = node.get(PAST).json["scope"]
    assert [(each["value"], each["observedAt"]) for each in shown] == [("/a", day(1)), (["/b", "/c"], day(2))]
    assert len(node.get(f"/temporal/entities?type=Meter&{ALL}&scopeQ=/a").json) == 1
    assert node.get(f"/temporal/entities?type=Meter&{ALL}&scopeQ=/d").json == []
    assert node.send("DELETE", f"{PAST}/attrs/scope/{shown[0]['instanceId']}").status == 204
    assert told(node, name="scope") == [["/b", "/c"]]
    assert node.send("DELETE", f"{PAST}/attrs/scope").status == 204
    assert told(node, name="scope") == []


def test_a_past_is_deleted_and_what_is_there_stays(node: Client) -> None:
    live(node, 111, 1)
    live(node, 222, 2)
    provide(node, reading(5, 5))
    assert node.send("DELETE", PAST).status == 204
    assert node.get(PAST).status == 404
    assert node.send("DELETE", PAST).status == 404
    assert node.get(f"/temporal/entities?type=Meter&{ALL}").json == []
    assert traces_of(node) == b""
    assert parts(node) == 0
    assert node.get(f"/entities/{METER}").json["energy"]["value"] == 222
    live(node, 333, 3)
    assert told(node) == [333]
    assert provide(node, reading(4, 1)) == 204
    assert told(node) == [4, 333]


def test_of_a_deleted_entity_nothing_is_left_when_its_past_is_deleted(node: Client) -> None:
    live(node, 1, 1)
    node.send("DELETE", f"/entities/{METER}")
    assert told(node) == [1, NULL]
    assert node.send("DELETE", PAST).status == 204
    assert node.get(PAST).status == 404
    assert node.get(f"/temporal/entities?type=Meter&{ALL}").json == []
    assert node.run(node.broker.store.read([provided_key("", METER)])) == {}
    assert provide(node, reading(2, 2)) == 201
    assert told(node) == [2]
    live(node, 3, 3)
    assert told(node) == [2, 3]
    node.send("DELETE", f"/entities/{METER}")
    assert told(node, f"?{ALL}") == [2, 3]


def test_the_past_that_was_provided_outlives_the_entity(node: Client) -> None:
    live(node, 1, 1)
    provide(node, reading(2, 2))
    node.send("DELETE", f"/entities/{METER}")
    assert told(node, f"?{ALL}") == [1, 2]
    assert [each["id"] for each in node.get(f"/temporal/entities?type=Meter&{ALL}").json] == [METER]


def test_an_attribute_of_a_past_alone_ends_where_it_is_deleted_from_the_entity(node: Client) -> None:
    """The official suite wants it (020_17 to 020_20, docs/doubts.md)."""
    provide(node, reading(1, 1), scope="/a", name=[{"type": "LanguageProperty", "languageMap": {"en": "x"}}])
    for name in ("energy", "scope", "name"):
        assert node.send("DELETE", f"/entities/{METER}/attrs/{name}").status == 204
    gone = node.get(f"{PAST}?timeproperty=deletedAt").json
    assert gone["energy"][0]["value"] == NULL
    assert gone["scope"][0]["value"] == []
    assert gone["name"][0]["languageMap"] == {"@none": NULL}
    assert node.send("DELETE", f"/entities/{METER}/attrs/nothing").status == 404
    live(node, 2, 2)
    assert node.send("DELETE", f"/entities/{METER}/attrs/name").status == 404


def test_tenants_have_each_their_past(node: Client) -> None:
    other = {"NGSILD-Tenant": "other"}
    body = {"id": METER, "type": "Meter", "energy": [reading(1, 1)]}
    assert node.send("DELETE", PAST, headers=other).status == 404
    assert node.post("/temporal/entities", body, **other).status == 201
    assert node.get(PAST).status == 404
    assert node.get(f"/temporal/entities?type=Meter&{ALL}").json == []
    assert provide(node, reading(2, 2)) == 201
    (instance,) = ids(node)
    for method, path in (
        ("DELETE", f"{PAST}/attrs/energy/{instance}"),
        ("PATCH", f"{PAST}/attrs/energy/{instance}"),
    ):
        assert node.send(method, path, reading(9, 9) if method == "PATCH" else None, other).status == 404
    assert node.send("DELETE", PAST, headers=other).status == 204
    assert told(node) == [2]
    assert node.send("GET", PAST, headers=other).status == 404


def test_many_instances_are_parted_and_read_page_by_page(node: Client) -> None:
    def moment(n: int) -> str:
        return f"2025-01-{1 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00Z"

    many: list[JsonObject] = [{"value": n, "observedAt": moment(n)} for n in range(3_000)]
    assert provide(node, *reversed(many)) == 201
    assert parts(node) > 5
    (part,) = node.get(f"{PAST}?timerel=between&timeAt={moment(1234)}&endTimeAt={moment(1236)}").json[
        "energy"
    ][:1]
    assert part["value"] == 1234
    assert told(node, "?lastN=3") == [2_997, 2_998, 2_999]
    few = client_of(replace(node.broker, most_instances=400), node.run)
    seen: list[object] = []
    since, status = moment(0), 206
    while status == 206:
        got = few.get(f"{PAST}?timerel=after&timeAt={since}")
        values = [each["value"] for each in got.json["energy"]]
        seen += values[1:] if seen else values
        status, since = got.status, got.json["energy"][-1]["observedAt"]
    assert seen == list(range(3_000))
    more: list[JsonObject] = [{"value": -n, "observedAt": moment(n)} for n in range(0, 3_000, 50)]
    assert provide(node, *more) == 204
    expected = [-n if n % 50 == 0 else n for n in range(3_000)]
    whole = client_of(replace(node.broker, most_instances=5_000), node.run)
    assert told(whole) == expected
    written = few.get(f"{PAST}?{ALL}&timeproperty=modifiedAt")
    assert written.status == 206
    assert 400 <= len(written.json["energy"]) < 500
    instance = whole.get(PAST).json["energy"][1_700]["instanceId"]
    assert node.send("DELETE", f"{PAST}/attrs/energy/{instance}").status == 204
    assert told(whole) == [*expected[:1_700], *expected[1_701:]]
    assert node.send("DELETE", f"{PAST}/attrs/energy").status == 204
    assert parts(node) == 0


def test_a_request_provides_a_bounded_number(memory_node: Client) -> None:
    many = [{"value": n, "observedAt": f"2025-01-01T00:00:00.{n:06}Z"} for n in range(10_001)]
    body = {"id": METER, "type": "Meter", "energy": many}
    got = memory_node.post("/temporal/entities", body)
    assert got.status == 413
    assert "10000" in got.json["detail"]
    assert memory_node.get(PAST).status == 404


class Failing:
    """A store that writes once, and is full from then on."""

    def __init__(self, store: Store) -> None:
        self.store, self.left = store, 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        self.left -= 1
        if self.left < 0:
            raise Problem(StorageFull, "The disk is full.")
        await self.store.transact(reads, decide)


@pytest.mark.parametrize("path", [f"{PAST}/attrs/energy?deleteAll=true", PAST])
def test_what_was_interrupted_is_hidden_and_goes_on_in_the_background(node: Client, path: str) -> None:
    live(node, 111, 1)
    live(node, 222, 2)
    provide(node, reading(5, 5))
    full = Failing(node.broker.store)
    assert (
        client_of(replace(node.broker, store=cast("Store", full)), node.run).send("DELETE", path).status
        == 204
    )
    assert node.get(f"{PAST}?attrs=energy").status == 404
    assert b"111" in traces_of(node)
    assert parts(node) == 1

    async def for_a_while() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_erasing(node.broker, stop, pause_s=0.01))
            for _ in range(1_000):
                await asyncio.sleep(0.01)
                if not (await node.broker.store.find(Find("", PART))).records:
                    break
            await asyncio.sleep(0.1)
            stop.set()

    node.run(for_a_while())
    assert parts(node) == 0
    assert b"111" not in traces_of(node)
    assert b"222" not in traces_of(node)
    assert node.get(f"{PAST}?attrs=energy").status == 404
    assert node.get(f"/entities/{METER}").json["energy"]["value"] == 222


def test_the_name_of_the_attribute_is_needed_to_correct(memory_node: Client) -> None:
    provide(memory_node, reading(1, 1))
    (instance,) = ids(memory_node)
    assert memory_node.patch(f"{PAST}/attrs//{instance}", reading(2, 2)).status == 405
    assert memory_node.send("DELETE", f"{PAST}/attrs//{instance}").status == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"value": 5, "observedAt": day(1)}, 204),
        ({"energy": {"value": 5, "observedAt": day(1)}}, 204),
        ({"type": ["Property"], "value": 5}, 400),
        ({"type": {}, "value": 5}, 400),
        ({"observedAt": day(1)}, 400),
        ({"power": [reading(5, 1)]}, 400),
        ({"energy": []}, 400),
        ({"type": "Property", "value": 5, "observedAt": day(1), "expiresAt": day(2)}, 400),
    ],
)
def test_a_correction_is_one_instance(memory_node: Client, body: object, status: int) -> None:
    provide(memory_node, reading(1, 1))
    (instance,) = ids(memory_node)
    assert memory_node.patch(f"{PAST}/attrs/energy/{instance}", body).status == status
    assert told(memory_node) == [5 if status == 204 else 1]


def test_a_scope_is_corrected_to_a_scope(memory_node: Client) -> None:
    provide(memory_node, reading(1, 1), scope="/a")
    (instance,) = ids(memory_node, "scope")
    path = f"{PAST}/attrs/scope/{instance}"
    assert memory_node.patch(path, {"type": "Property", "value": 5}).status == 400
    assert memory_node.patch(path, {"type": "Property", "value": ["/b"]}).status == 204
    assert told(memory_node, name="scope") == ["/b"]


@pytest.mark.parametrize(
    "moment", ["99991231T235959999999Z", "20259999T000000000000Z", "00000101T000000000000Z", ""]
)
def test_an_instance_id_may_say_any_moment(node: Client, moment: str) -> None:
    live(node, 1, 1)
    path = f"{PAST}/attrs/energy/urn:ngsi-ld:Instance:{moment}-0a"
    assert node.send("DELETE", path).status == 404
    assert told(node) == [1]


def test_what_is_provided_tells_nobody_and_changes_nothing_that_is_there(memory_node: Client) -> None:
    node = memory_node
    live(node, 1, 1)
    before = node.get(f"/entities/{METER}?options=sysAttrs").json
    subscription = {"type": "Subscription", "entities": [{"type": "Meter"}]}
    endpoint = {"notification": {"endpoint": {"uri": "https://listener.example/notify"}}}
    assert node.post("/subscriptions", {**subscription, **endpoint}).status == 201
    provide(node, reading(5, 5))
    node.send("DELETE", PAST)
    assert node.run(node.broker.store.lanes(Instant("9999-01-01T00:00:00.000000Z"), 9)) == []
    assert node.get(f"/entities/{METER}?options=sysAttrs").json == before


def test_an_ended_type_is_not_ended_by_another(memory_node: Client) -> None:
    provide(memory_node, reading(1, 1))
    assert memory_node.send("DELETE", f"/entities/{METER}/attrs/energy?type=Car").status == 404
    assert told(memory_node) == [1]


def test_many_write_to_one_past_at_once(node: Client) -> None:
    context = node.run(node.broker.contexts.load(None))

    def asked(n: int) -> TemporalEntity:
        body: JsonObject = {
            "id": METER,
            "type": "Meter",
            "energy": [reading(n, 1 + k % 28) for k in range(n, n + 3)],
        }
        return read_temporal_entity(body, context)

    async def scenario() -> None:
        await asyncio.gather(*(provide_evolution(node.broker, "", asked(n)) for n in range(60)))

    node.run(scenario())
    assert len(told(node)) == 28


def test_who_reads_while_others_write_misses_nothing(node: Client) -> None:
    """A part that is replaced between two reads makes the reader begin again."""
    days = range(1, 29)
    provide(node, *(reading(0, n) for n in days))
    context = node.run(node.broker.contexts.load(None))
    counts: list[int] = []

    async def write() -> None:
        for n in range(1, 25):
            body: JsonObject = {"id": METER, "type": "Meter", "energy": [reading(n, day) for day in days]}
            await provide_evolution(node.broker, "", read_temporal_entity(body, context))

    async def read() -> None:
        view = TemporalView(View())
        for _ in range(25):
            answer = await retrieve_evolution(node.broker, "", METER, TemporalQuery(), view)
            counts.append(len(answer.evolved[0].placed))

    async def scenario() -> None:
        await asyncio.gather(write(), read(), read())

    node.run(scenario())
    assert counts == [28] * 50


def test_what_was_provided_long_ago_is_forgotten(node: Client) -> None:
    provide(node, reading(1, 1), reading(2, 2), power=[reading(3, 3)])
    before = node.broker.now()
    provide(node, reading(20, 2), reading(4, 4))
    assert node.run(forget_provided(node.broker, "", Instant("2000-01-01T00:00:00.000000Z"))) == 0
    assert node.run(forget_provided(node.broker, "", before)) == 1
    assert node.run(forget_provided(node.broker, "", before)) == 0
    assert told(node) == [20, 4]
    assert told(node, name="power") == []
    assert node.run(forget_provided(node.broker, "", node.broker.now())) == 1
    assert node.get(PAST).status == 404
    assert parts(node) == 0
    assert node.run(node.broker.store.read([provided_key("", METER)])) == {}
