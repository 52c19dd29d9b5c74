"""The past of entities over HTTP (clauses 5.7.3, 5.7.4, 6.3.10), on every engine."""

from dataclasses import replace
from typing import Any

import pytest

from beffroi.kernel.problem import Problem, Unavailable
from beffroi.web.turns import Turns
from tests.broker.client import LD_JSON, Client, client_of
from tests.got import Got

ROOM = "urn:ngsi-ld:Room:1"
PAST = f"/temporal/entities/{ROOM}"
ALL = "timerel=after&timeAt=1970-01-01T00:00:00Z"


def measure(node: Client, value: object, observed_at: str, entity_id: str = ROOM, **more: object) -> None:
    body = {"temperature": {"value": value, "observedAt": observed_at, **more}}
    assert node.patch(f"/entities/{entity_id}/attrs", body).status == 204


def hour(n: int) -> str:
    return f"2026-03-01T{n:02}:00:00Z"


def made(node: Client, *values: object, entity_id: str = ROOM, **members: object) -> None:
    """An entity with these values of temperature, one an hour."""
    body = {
        "id": entity_id,
        "type": "Room",
        "temperature": {"type": "Property", "value": values[0], "observedAt": hour(0)},
        **members,
    }
    assert node.post("/entities", body).status == 201
    for n, value in enumerate(values[1:], 1):
        measure(node, value, hour(n), entity_id)


def values_of(body: Any, name: str = "temperature") -> list[object]:
    return [instance["value"] for instance in body[name]]


def test_every_value_that_an_attribute_had_is_an_instance(node: Client) -> None:
    made(node, 20, 21, 22, name="Hall")
    got = node.get(PAST)
    assert got.status == 200
    assert got.json["id"] == ROOM
    assert got.json["type"] == "Room"
    assert values_of(got.json) == [20, 21, 22]
    assert [i["observedAt"] for i in got.json["temperature"]] == [hour(0), hour(1), hour(2)]
    assert values_of(got.json, "name") == ["Hall"]
    ids = [i["instanceId"] for i in got.json["temperature"]]
    assert len(set(ids)) == 3
    assert [i["instanceId"] for i in node.get(PAST).json["temperature"]] == ids
    assert "createdAt" not in got.json["temperature"][0]
    shown = node.get(f"{PAST}?options=sysAttrs").json
    assert shown["temperature"][2]["createdAt"] == shown["createdAt"]
    assert shown["temperature"][2]["modifiedAt"] == shown["modifiedAt"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"timerel=before&timeAt={hour(2)}", [20, 21]),
        (f"timerel=after&timeAt={hour(2)}", [22, 23]),
        (f"timerel=between&timeAt={hour(1)}&endTimeAt={hour(3)}", [21, 22]),
        (f"timerel=between&timeAt=2026-03-01T02:00:00.000%2B01:00&endTimeAt={hour(2)}", [21]),
        ("lastN=2", [22, 23]),
        (f"timerel=before&timeAt={hour(3)}&lastN=1", [22]),
        (f"timerel=after&timeAt={hour(9)}", None),
    ],
)
def test_a_temporal_query_chooses_by_observed_at(
    node: Client, query: str, expected: list[int] | None
) -> None:
    made(node, 20, 21, 22, 23)
    got = node.get(f"{PAST}?{query}")
    assert got.status == 200
    assert (values_of(got.json) if "temperature" in got.json else None) == expected


def test_other_temporal_properties_are_those_of_the_node(node: Client) -> None:
    made(node, 20, 21, 22)
    shown = node.get(f"{PAST}?options=sysAttrs").json["temperature"]
    moments = [instance["modifiedAt"] for instance in shown]
    got = node.get(f"{PAST}?timeproperty=modifiedAt&timerel=after&timeAt={moments[1]}").json
    assert values_of(got) == [21, 22]
    assert [instance["modifiedAt"] for instance in got["temperature"]] == moments[1:]
    got = node.get(f"{PAST}?timeproperty=modifiedAt&timerel=before&timeAt={moments[2]}&lastN=1").json
    assert values_of(got) == [21]
    created = node.get(f"{PAST}?timeproperty=createdAt&timerel=before&timeAt={moments[1]}").json
    assert values_of(created) == [20, 21, 22]


def test_what_was_deleted_is_told(node: Client) -> None:
    made(node, 20, name={"languageMap": {"en": "Hall"}}, owner={"object": "urn:x:1"}, scope="/town")
    node.send("DELETE", f"/entities/{ROOM}/attrs/name")
    node.send("DELETE", f"/entities/{ROOM}/attrs/owner")
    node.send("DELETE", f"/entities/{ROOM}/attrs/scope")
    got = node.get(f"{PAST}?timeproperty=deletedAt").json
    assert set(got) == {"id", "type", "name", "owner", "scope"}
    (name,), (owner,), (scope,) = got["name"], got["owner"], got["scope"]
    assert (name["type"], name["languageMap"]) == ("LanguageProperty", {"@none": "urn:ngsi-ld:null"})
    assert (owner["type"], owner["object"]) == ("Relationship", "urn:ngsi-ld:null")
    assert (scope["type"], scope["value"]) == ("Property", [])
    assert name["deletedAt"] < owner["deletedAt"] < scope["deletedAt"]


def test_one_of_several_datasets_is_deleted(node: Client) -> None:
    a, b = {"value": 1, "datasetId": "urn:d:a"}, {"value": 2, "datasetId": "urn:d:b"}
    made(node, 20, level=[a, b])
    node.send("DELETE", f"/entities/{ROOM}/attrs/level?datasetId=urn:d:a")
    measure(node, 21, hour(1))
    told = node.get(f"{PAST}?attrs=level").json["level"]
    assert [(i["datasetId"], i["value"]) for i in told] == [
        ("urn:d:a", 1),
        ("urn:d:b", 2),
        ("urn:d:a", "urn:ngsi-ld:null"),
    ]
    assert [i["value"] for i in node.get(f"{PAST}?attrs=level&datasetId=urn:d:b").json["level"]] == [2]


def test_the_past_of_a_deleted_entity_is_found_by_its_id_and_by_its_type(node: Client) -> None:
    made(node, 20, 21)
    made(node, 30, entity_id="urn:ngsi-ld:Room:2")
    assert node.send("DELETE", f"/entities/{ROOM}").status == 204
    got = node.get(f"{PAST}?options=sysAttrs").json
    assert values_of(got) == [20, 21, "urn:ngsi-ld:null"]
    assert got["createdAt"] < got["deletedAt"]
    every = node.get(f"/temporal/entities?type=Room&{ALL}&count=true")
    assert [entity["id"] for entity in every.json] == ["urn:ngsi-ld:Room:2", ROOM]
    assert every.headers["ngsild-results-count"] == "2"
    assert node.get(f"/temporal/entities?type=Car&{ALL}").json == []
    named = node.get(f"/temporal/entities?type=Room&id={ROOM}&{ALL}").json
    assert [entity["id"] for entity in named] == [ROOM]
    made(node, 50)
    assert values_of(node.get(PAST).json) == [20, 50, 21, "urn:ngsi-ld:null"]
    assert len(node.get(f"/temporal/entities?type=Room&{ALL}").json) == 2


def test_conditions_are_checked_against_the_time_asked_for(node: Client) -> None:
    made(node, 20, 25, 20, scope="/town/hall", location={"type": "Point", "coordinates": [3.0, 50.0]})
    asked = f"/temporal/entities?type=Room&timerel=before&timeAt={hour(1)}"
    assert node.get(f"{asked}&q=temperature%3E22").json == []
    assert len(node.get(f"{asked}&q=temperature==20").json) == 1
    later = f"/temporal/entities?type=Room&timerel=after&timeAt={hour(1)}"
    (found,) = node.get(f"{later}&q=temperature%3E22").json
    assert values_of(found) == [25, 20]
    near = "georel=near;maxDistance==1000&geometry=Point&coordinates="
    assert len(node.get(f"{later}&{near}[3.0,50.0]").json) == 1
    assert node.get(f"{later}&{near}[4.0,50.0]").json == []
    assert len(node.get(f"{later}&scopeQ=/town/%23").json) == 1
    assert node.get(f"{later}&scopeQ=/country").json == []
    assert node.get(f"{later}&attrs=pressure").json == []
    assert (
        node.get(f"/temporal/entities?type=Room&timerel=after&timeAt={hour(5)}&attrs=temperature").json == []
    )


def test_a_body_asks_the_same(node: Client) -> None:
    made(node, 20, 21, 22)
    made(node, 1, entity_id="urn:ngsi-ld:Room:2")
    body = {
        "type": "Query",
        "entities": [{"type": "Room"}],
        "q": "temperature>=20",
        "temporalQ": {"timerel": "after", "timeAt": hour(0), "lastN": 2},
        "pick": ["id", "temperature"],
    }
    (found,) = node.post("/temporal/entityOperations/query", body).json
    assert set(found) == {"id", "temperature"}
    assert values_of(found) == [21, 22]
    aggregated = {
        "type": "Query",
        "entities": [{"type": "Room", "id": ROOM}],
        "temporalQ": {"timerel": "after", "timeAt": hour(0)},
        "aggrParams": {"aggrMethods": ["min", "max"], "aggrPeriodDuration": "PT2H"},
    }
    (found,) = node.post("/temporal/entityOperations/query?format=aggregatedValues", aggregated).json
    assert found["temperature"]["max"] == [[21, hour(0), hour(2)], [22, hour(2), hour(4)]]
    assert found["temperature"]["min"] == [[20, hour(0), hour(2)], [22, hour(2), hour(4)]]
    assert node.post("/temporal/entityOperations/query", {"type": "Query"}).status == 400


def test_pages_of_entities_do_not_overlap(node: Client) -> None:
    ids = [f"urn:ngsi-ld:Room:{n}" for n in range(5)]
    for n, entity_id in enumerate(ids):
        made(node, n, entity_id=entity_id)
    node.send("DELETE", f"/entities/{ids[1]}")
    seen: list[str] = []
    for offset in range(0, 6, 2):
        got = node.get(f"/temporal/entities?type=Room&{ALL}&limit=2&offset={offset}&count=true")
        assert got.headers["ngsild-results-count"] == "5"
        assert ('rel="next"' in got.headers.get("link", "")) == (offset < 4)
        seen += [entity["id"] for entity in got.json]
    assert seen == [ids[0], ids[2], ids[3], ids[4], ids[1]]
    down = node.get(f"/temporal/entities?type=Room&{ALL}&orderBy=id;desc&limit=3")
    assert [entity["id"] for entity in down.json] == ids[:1:-1]


def test_a_long_answer_is_cut_and_can_be_read_on(node: Client) -> None:
    made(node, *range(10))
    small = client_of(replace(node.broker, most_instances=4), node.run)
    seen, at = set[object](), hour(0)
    for _ in range(9):
        got = small.get(f"{PAST}?timerel=after&timeAt={at}")
        seen.update(values_of(got.json))
        if got.status == 200:
            break
        assert got.status == 206
        unit, _, rest = got.headers["content-range"].partition(" ")
        assert (unit, rest.startswith(at), rest.endswith("/*")) == ("date-time", True, True)
        at = rest.removeprefix(at + "-").removesuffix("/*")
    assert seen == set(range(10))


def test_the_last_ones_are_read_backwards(node: Client) -> None:
    made(node, *range(10))
    small = client_of(replace(node.broker, most_instances=4), node.run)
    assert small.get(f"{PAST}?lastN=4").status == 200
    got = small.get(f"{PAST}?timerel=before&timeAt={hour(9)}&lastN=7")
    assert got.status == 206
    assert values_of(got.json) == [5, 6, 7, 8]
    assert got.headers["content-range"] == f"date-time {hour(9)}-{hour(5)}/7"
    assert values_of(small.get(f"{PAST}?timerel=before&timeAt={hour(5)}&lastN=7").json) == [1, 2, 3, 4]


def test_entities_of_one_answer_are_cut_at_one_moment(node: Client) -> None:
    made(node, *range(6))
    made(node, 10, 11, 12, 13, entity_id="urn:ngsi-ld:Room:2", level={"value": 1, "observedAt": hour(9)})
    small = client_of(replace(node.broker, most_instances=3), node.run)
    got = small.get(f"/temporal/entities?type=Room&timerel=after&timeAt={hour(0)}")
    assert got.status == 206
    first, second = got.json
    assert (values_of(first), values_of(second)) == ([0, 1, 2], [10, 11, 12])
    assert second["level"] == []
    assert got.headers["content-range"] == f"date-time {hour(0)}-{hour(2)}/*"


def test_instances_of_one_moment_are_not_torn_apart(node: Client) -> None:
    many: dict[str, Any] = {f"a{n}": {"value": n, "observedAt": hour(0)} for n in range(5)}
    made(node, 1, 2, 3, **many)
    small = client_of(replace(node.broker, most_instances=2), node.run)
    got = small.get(f"{PAST}?timerel=after&timeAt={hour(0)}")
    assert got.status == 206
    assert len([name for name in got.json if name.startswith("a")]) == 5
    assert got.headers["content-range"] == f"date-time {hour(0)}-{hour(1)}/*"


def test_simplified_values_stand_beside_their_moments(node: Client) -> None:
    made(
        node,
        20,
        21,
        says={"languageMap": {"en": "yes"}, "observedAt": hour(0)},
        owner={"object": "urn:x:1", "observedAt": hour(0)},
        kind={"vocab": "Hall", "observedAt": hour(0)},
        raw={"json": {"a": [1]}, "observedAt": hour(0)},
        list={"valueList": [1, 2], "observedAt": hour(0)},
        staff={"objectList": ["urn:x:1"], "observedAt": hour(0)},
        location={
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [3, 50]},
            "observedAt": hour(0),
        },
    )
    got = node.get(f"{PAST}?format=temporalValues&timerel=after&timeAt={hour(0)}").json
    assert got["temperature"] == {"type": "Property", "values": [[20, hour(0)], [21, hour(1)]]}
    assert got["says"] == {
        "type": "LanguageProperty",
        "languageMaps": [[{"languageMap": {"en": "yes"}}, hour(0)]],
    }
    assert got["owner"] == {"type": "Relationship", "objects": [["urn:x:1", hour(0)]]}
    assert got["kind"] == {"type": "VocabProperty", "vocabs": [[{"vocab": "Hall"}, hour(0)]]}
    assert got["raw"] == {"type": "JsonProperty", "jsons": [[{"json": {"a": [1]}}, hour(0)]]}
    assert got["list"] == {"type": "ListProperty", "valueLists": [[[1, 2], hour(0)]]}
    assert got["staff"] == {"type": "ListRelationship", "objectLists": [[["urn:x:1"], hour(0)]]}
    assert got["location"]["values"] == [[{"type": "Point", "coordinates": [3, 50]}, hour(0)]]
    french = node.get(f"{PAST}?format=temporalValues&attrs=says&lang=fr").json
    assert french["says"] == {"type": "Property", "values": [["yes", hour(0)]]}


def test_members_are_picked_and_omitted(node: Client) -> None:
    made(node, 20, name="Hall")
    assert set(node.get(f"{PAST}?pick=temperature").json) == {"temperature"}
    assert set(node.get(f"{PAST}?pick=id,temperature").json) == {"id", "temperature"}
    assert set(node.get(f"{PAST}?omit=type,temperature").json) == {"id", "name"}
    assert set(node.get(f"{PAST}?attrs=name").json) == {"id", "type", "name"}
    assert node.get(f"{PAST}?pick=unknown").status == 404
    assert node.get(f"{PAST}?omit=id,type,temperature,name").status == 404
    concise = node.get(f"{PAST}?options=concise&pick=temperature").json["temperature"]
    assert set(concise[0]) == {"value", "observedAt", "instanceId"}


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("timerel=after", "BadRequestData"),
        ("timerel=before&timeAt=", "BadRequestData"),
        (f"timerel=between&timeAt={hour(0)}", "BadRequestData"),
        (f"timerel=around&timeAt={hour(0)}", "BadRequestData"),
        (f"timeAt={hour(0)}", "BadRequestData"),
        ("timerel=after&timeAt=2026-03-01", "BadRequestData"),
        (f"timerel=after&timeAt={hour(0)}&endTimeAt={hour(1)}", "BadRequestData"),
        ("timeproperty=expiresAt", "BadRequestData"),
        ("lastN=0", "BadRequestData"),
        ("lastN=1.5", "BadRequestData"),
        ("format=aggregatedValues", "BadRequestData"),
        ("format=aggregatedValues&aggrMethods=median", "BadRequestData"),
        ("format=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=1h", "BadRequestData"),
        ("format=aggregatedValues&aggrMethods=avg&attrs=name", "InvalidRequest"),
        ("options=temporalValues,aggregatedValues", "InvalidRequest"),
        ("format=simplified", "InvalidRequest"),
        ("join=flat", "InvalidRequest"),
        ("pick=owner{name}", "BadRequestData"),
        ("pick=a&omit=a", "BadRequestData"),
        ("attrs=a&pick=b", "BadRequestData"),
    ],
)
def test_a_question_that_is_not_clear_is_refused(memory_node: Client, query: str, kind: str) -> None:
    made(memory_node, 20, name="Hall")
    got = memory_node.get(f"{PAST}?{query}")
    assert got.status == 400
    assert got.json["type"].endswith("/" + kind)


@pytest.mark.parametrize(
    "query",
    ["type=Room", ALL, f"id={ROOM}&{ALL}", f"type=Room&{ALL}&orderBy=name", f"type=Room&{ALL}&q=a{{b.c}}==1"],
)
def test_a_query_needs_a_time_and_something_that_narrows_it(memory_node: Client, query: str) -> None:
    got = memory_node.get(f"/temporal/entities?{query}")
    assert (got.status, got.json["type"].rpartition("/")[2]) == (400, "BadRequestData")


def test_headers_are_those_of_other_reads(memory_node: Client) -> None:
    made(memory_node, 20)
    assert memory_node.get("/temporal/entities/urn:ngsi-ld:Room:9").status == 404
    assert memory_node.get("/temporal/entities/nonsense").status == 400
    assert memory_node.get(PAST, accept="application/geo+json").status == 406
    got = memory_node.get(PAST, accept=LD_JSON)
    assert got.headers["content-type"] == LD_JSON
    assert "@context" in got.json
    assert "json-ld#context" in memory_node.get(PAST).headers["link"]
    other = memory_node.get(PAST, ngsild_tenant="town")
    assert (other.status, other.json["type"].rpartition("/")[2]) == (404, "NonexistentTenant")
    assert memory_node.post("/entities", {"id": ROOM, "type": "Room"}, ngsild_tenant="town").status == 201
    assert set(memory_node.get(PAST, ngsild_tenant="town").json) == {"id", "type"}


def test_values_that_came_in_one_batch_are_all_told(node: Client) -> None:
    batch = [
        {"id": ROOM, "type": "Room", "temperature": {"type": "Property", "value": n, "observedAt": hour(n)}}
        for n in (2, 0, 1)
    ]
    assert node.post("/entityOperations/upsert", batch).status == 201
    assert values_of(node.get(PAST).json) == [0, 1, 2]


def test_the_past_goes_on_where_traces_are_forgotten(node: Client) -> None:
    made(node, 20, 21, name="Hall")
    latest = node.get(f"{PAST}?options=sysAttrs").json["temperature"][1]["modifiedAt"]
    assert node.run(node.broker.store.forget_traces(latest, 100)) == 1
    got = node.get(PAST).json
    assert (values_of(got), values_of(got, "name")) == ([21], ["Hall"])


def test_attributes_that_an_entity_never_had_are_not_found(node: Client) -> None:
    made(node, 20, name="Hall")
    node.send("DELETE", f"/entities/{ROOM}/attrs/name")
    assert node.get(f"{PAST}?attrs=pressure").status == 404
    assert node.get(f"{PAST}?attrs=name&timerel=after&timeAt={hour(0)}").json == {"id": ROOM, "type": "Room"}


def test_of_what_was_cut_off_the_type_is_left(node: Client) -> None:
    made(node, 1, 2, 3, owner={"object": "urn:x:1", "observedAt": hour(9)})
    small = client_of(replace(node.broker, most_instances=2), node.run)
    got = small.get(f"{PAST}?timerel=after&timeAt={hour(0)}&format=temporalValues")
    assert got.status == 206
    assert got.json["owner"] == {"type": "Relationship", "objects": []}
    assert small.get(f"{PAST}?timerel=after&timeAt={hour(0)}").json["owner"] == []


def test_large_values_make_short_answers(node: Client) -> None:
    made(node, *("x" * 1_500_000 for _ in range(16)))
    got = node.get(f"{PAST}?timerel=after&timeAt={hour(0)}")
    assert got.status == 206
    assert 5 <= len(got.json["temperature"]) <= 11
    assert len(got.text) < 17_000_000
    for n in range(2, 6):
        made(node, *("x" * 1_500_000 for _ in range(7)), entity_id=f"urn:ngsi-ld:Room:{n}")
    page = node.get(f"/temporal/entities?type=Room&timerel=before&timeAt={hour(7)}&count=true")
    shown = [entity["id"] for entity in page.json]
    assert 1 <= len(shown) < 5
    assert page.headers["ngsild-results-count"] == "5"
    assert f"offset={len(shown)}" in page.headers["link"]


@pytest.mark.parametrize(
    "path", [PAST, f"/temporal/entities?type=Room&{ALL}", "/temporal/entityOperations/query"]
)
def test_questions_about_the_past_take_turns_and_others_do_not_wait(memory_node: Client, path: str) -> None:
    made(memory_node, 20, 21)
    turns = Turns(at_once=1, waiting=0)
    node = client_of(replace(memory_node.broker, past_turns=turns), memory_node.run)
    body = {
        "type": "Query",
        "entities": [{"type": "Room"}],
        "temporalQ": {"timerel": "after", "timeAt": "1970-01-01T00:00:00Z"},
    }

    def ask() -> Got:
        return node.post(path, body) if path.endswith("query") else node.get(path)

    entered = turns.turn(Problem(Unavailable, ""))
    node.run(entered.__aenter__())
    refused = ask()
    assert (refused.status, refused.headers["retry-after"]) == (429, "5")
    assert node.get(f"/entities/{ROOM}").status == 200
    node.run(entered.__aexit__(None, None, None))
    assert ask().status == 200
    assert ask().status == 200
