"""The past that was bought: whoever reads it sees no more than the product covers, on no path."""

import random
from dataclasses import replace
from typing import Any

import pytest

from beffroi.broker.operations.services import granted
from beffroi.broker.rules.entity.entity import entity_key
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import encode
from beffroi.store.port import Past
from tests.broker.client import Client, client_of
from tests.got import Got

HOME = "https://uri.etsi.org/ngsi-ld/default-context/"
ROOM, CAR = "urn:ngsi-ld:Room:1", "urn:ngsi-ld:Car:1"
INSIDE, OUTSIDE = [3.1, 50.6], [9.0, 40.0]
LILLE = {
    "type": "Polygon",
    "coordinates": [[[3.0, 50.5], [3.2, 50.5], [3.2, 50.7], [3.0, 50.7], [3.0, 50.5]]],
}
AREA = encode(LILLE).decode()
BOUGHT = Grant("urn:product:1", types=frozenset({HOME + "Room"}), history=True)
ALL = "timerel=after&timeAt=1970-01-01T00:00:00Z&timeproperty=modifiedAt"
SECRET = "HIDDEN"


def holder(node: Client, **terms: Any) -> Client:
    return client_of(granted(node.broker, replace(BOUGHT, **terms)), node.run)


def room(node: Client, entity_id: str = ROOM, kind: str = "Room", **attributes: object) -> None:
    assert node.post("/entities", {"id": entity_id, "type": kind, **attributes}).status == 201


def change(node: Client, entity_id: str = ROOM, **attributes: object) -> None:
    assert node.post(f"/entities/{entity_id}/attrs", attributes).status == 204


def at(place: list[float]) -> dict[str, object]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}}


def asked(client: Client, entity_id: str = ROOM) -> list[Got]:
    """Every way to ask for the past of one entity."""
    body = {"type": "Query", "entities": [{"type": "Room,Car", "id": entity_id}], "temporalQ": {}}
    when: dict[str, object] = {
        "timerel": "after", "timeAt": "1970-01-01T00:00:00Z", "timeproperty": "modifiedAt",
    }  # fmt: skip
    gone = {**when, "timeproperty": "deletedAt"}
    return [
        client.get(f"/temporal/entities/{entity_id}"),
        client.get(f"/temporal/entities/{entity_id}?options=sysAttrs&lastN=9"),
        client.get(f"/temporal/entities/{entity_id}?timeproperty=deletedAt"),
        client.get(f"/temporal/entities/{entity_id}?format=temporalValues&timeproperty=modifiedAt"),
        client.get(f"/temporal/entities/{entity_id}?format=aggregatedValues&aggrMethods=max,totalCount"),
        client.get(f"/temporal/entities?type=Room,Car&{ALL}&count=true&options=sysAttrs"),
        client.get(f"/temporal/entities?id={entity_id}&local=true&{ALL}&count=true"),
        client.get(f"/temporal/entities?attrs=level,secret&{ALL}&count=true"),
        client.get(f"/temporal/entities?q=secret&{ALL}&count=true"),
        client.get(f"/temporal/entities?type=*&{ALL}&orderBy=id&count=true"),
        client.post("/temporal/entityOperations/query", {**body, "temporalQ": when}),
        client.post("/temporal/entityOperations/query", {**body, "temporalQ": gone}),
    ]


def shows_nothing(got: Got, entity_id: str = ROOM) -> bool:
    return SECRET not in got.text.decode() and (got.status == 404 or (got.status == 200 and got.json == []))


def test_without_the_past_in_the_product_there_is_none(node: Client) -> None:
    room(node, level=1)
    change(node, level=2)
    client = holder(node, history=False)
    for entity_id in (ROOM, CAR):
        for got in asked(client, entity_id):
            assert got.status == 403
            assert got.json["detail"] == "What was bought does not include the past."
    assert node.run(client.broker.store.history(entity_key("", ROOM), Past(9))) == []
    assert node.run(client.broker.store.ended("", "entity", after="", limit=9)) == []


def test_attributes_that_were_not_bought_have_no_past(node: Client) -> None:
    room(node, level=1, secret=SECRET)
    change(node, secret=SECRET + "2", scope="/" + SECRET)
    change(node, level=2)
    node.send("DELETE", f"/entities/{ROOM}/attrs/secret")
    client = holder(node, attributes=frozenset({HOME + "level"}))
    for got in asked(client):
        assert SECRET not in got.text.decode()
        assert "secret" not in got.text.decode()
        assert "scope" not in got.text.decode()
    seen = client.get(f"/temporal/entities/{ROOM}").json
    assert [instance["value"] for instance in seen["level"]] == [1, 2]
    node.send("DELETE", f"/entities/{ROOM}")
    for got in asked(client):
        assert "secret" not in got.text.decode()
        assert "scope" not in got.text.decode()
    gone = client.get(f"/temporal/entities/{ROOM}?timeproperty=deletedAt").json
    assert set(gone) == {"id", "type", "level"}


def test_what_went_of_the_part_that_was_bought_is_found(node: Client) -> None:
    room(node, level=1, secret=SECRET)
    change(node, secret=SECRET)
    before = node.run(node.broker.store.history(entity_key("", ROOM), Past(1)))[0].at
    node.send("DELETE", f"/entities/{ROOM}/attrs/level")
    change(node, scope="/a")
    bought = frozenset({HOME + "level", "https://uri.etsi.org/ngsi-ld/scope"})
    since = f"timerel=after&timeAt={before}"
    client = holder(node, attributes=bought)
    (gone,) = client.get(f"/temporal/entities?type=Room&{since}&timeproperty=deletedAt").json
    assert gone["level"][0]["value"] == "urn:ngsi-ld:null"
    (found,) = client.get(f"/temporal/entities?type=Room&{since}&timeproperty=modifiedAt").json
    assert [instance["value"] for instance in found["scope"]] == ["/a"]


def test_other_types_do_not_exist(node: Client) -> None:
    room(node, CAR, "Car", level=SECRET)
    client = holder(node)
    assert all(shows_nothing(got, CAR) for got in asked(client, CAR))
    node.send("DELETE", f"/entities/{CAR}")
    assert all(shows_nothing(got, CAR) for got in asked(client, CAR))


def test_what_it_was_as_another_type_stays_hidden(node: Client) -> None:
    room(node, kind="Car", level=SECRET)
    room_now = {"type": ["Car", "Room"], "level": 2}
    assert node.post(f"/entities/{ROOM}/attrs", room_now).status == 204
    client = holder(node)
    for got in asked(client):
        assert SECRET not in got.text.decode()
        assert "Car" not in got.text.decode()
    seen = client.get(f"/temporal/entities/{ROOM}").json
    assert (seen["type"], [instance["value"] for instance in seen["level"]]) == ("Room", [2])


def test_what_was_of_another_type_to_the_last_is_not_seen(node: Client) -> None:
    room(node, level=SECRET)
    assert node.send("PUT", f"/entities/{ROOM}", {"type": "Car", "level": 2}).status == 204
    client = holder(node)
    assert all(shows_nothing(got) for got in asked(client))
    node.send("DELETE", f"/entities/{ROOM}")
    assert all(shows_nothing(got) for got in asked(client))


def test_only_what_happened_since_it_came_into_the_area_is_seen(node: Client) -> None:
    room(node, level=1, location=at(INSIDE))
    change(node, level=SECRET, location=at(OUTSIDE))
    client = holder(node, area=AREA)
    assert all(shows_nothing(got) for got in asked(client))
    change(node, level=SECRET + "2")
    change(node, location=at(INSIDE))
    change(node, level=5)
    for got in asked(client):
        assert SECRET not in got.text.decode()
    seen = client.get(f"/temporal/entities/{ROOM}").json
    assert [instance["value"] for instance in seen["level"]] == [5]
    assert [instance["value"]["coordinates"] for instance in seen["location"]] == [INSIDE]
    change(node, location=at([3.11, 50.61]))
    change(node, level=6)
    seen = client.get(f"/temporal/entities/{ROOM}").json
    assert [instance["value"] for instance in seen["level"]] == [5, 6]
    change(node, location=at(OUTSIDE))
    assert all(shows_nothing(got) for got in asked(client))


def test_what_was_deleted_is_seen_where_it_was_last_in_the_area(node: Client) -> None:
    other = "urn:ngsi-ld:Room:2"
    room(node, level=1, location=at(INSIDE))
    room(node, other, level=SECRET, location=at(OUTSIDE))
    for entity_id in (ROOM, other):
        node.send("DELETE", f"/entities/{entity_id}")
    client = holder(node, area=AREA)
    assert all(shows_nothing(got, other) for got in asked(client, other)[:5])
    listed = client.get(f"/temporal/entities?type=Room&{ALL}&count=true")
    assert [entity["id"] for entity in listed.json] == [ROOM]
    assert listed.headers["ngsild-results-count"] == "1"
    assert client.get(f"/temporal/entities/{ROOM}").json["level"][0]["value"] == 1
    never = "urn:ngsi-ld:Room:9"
    missing, unseen = client.get(f"/temporal/entities/{never}"), client.get(f"/temporal/entities/{other}")
    assert unseen.text.replace(other.encode(), never.encode()) == missing.text


def test_where_it_was_before_the_history_begins_is_not_guessed(node: Client) -> None:
    room(node, level=SECRET, location=at(OUTSIDE))
    change(node, level=SECRET)
    change(node, location=at(INSIDE))
    newest = node.run(node.broker.store.history(entity_key("", ROOM), Past(1)))[0]
    node.run(node.broker.store.forget_traces(Instant(newest.at), 1))
    for got in asked(holder(node, area=AREA)):
        assert SECRET not in got.text.decode()


def test_the_agreed_period_bounds_the_past(node: Client) -> None:
    room(node, level=SECRET)
    change(node, level={"type": "Property", "value": 2, "observedAt": "2026-11-22T09:00:00Z"})
    change(node, level={"type": "Property", "value": SECRET, "observedAt": "2020-01-01T00:00:00Z"})
    moment = node.run(node.broker.store.history(entity_key("", ROOM), Past(2)))[1].at
    client = holder(node, past=moment)
    for got in asked(client):
        assert SECRET not in got.text.decode()
    seen = client.get(f"/temporal/entities/{ROOM}").json
    assert [instance["value"] for instance in seen["level"]] == [2]


def test_another_tenant_does_not_exist(node: Client) -> None:
    assert (
        node.post("/entities", {"id": ROOM, "type": "Room", "level": 1}, ngsild_tenant="town").status == 201
    )
    room(node, level=1)
    client = holder(node)
    assert client.get(f"/temporal/entities/{ROOM}", ngsild_tenant="town").status == 404
    assert client.get(f"/temporal/entities?type=Room&{ALL}", ngsild_tenant="town").status == 404
    assert client.get(f"/temporal/entities/{ROOM}").status == 200


@pytest.mark.parametrize("seed", range(8))
def test_a_hidden_history_changes_no_answer(memory_node: Client, seed: int) -> None:
    """Whatever happens to what was not bought, the holder is answered the same as without it."""
    chance, node = random.Random(seed), memory_node
    node.post("/entities", {"id": "urn:ngsi-ld:Room:0", "type": "Room"})
    client = holder(node, attributes=frozenset({HOME + "level"}))
    room(node, level=0)
    before = [(got.status, got.text) for got in asked(client)]
    for n in range(30):
        match chance.randrange(4):
            case 0:
                change(node, **{chance.choice(["secret", "scope"]): f"/{SECRET}{n}"})
            case 1:
                room(node, f"urn:ngsi-ld:Car:{n}", "Car", level=n)
            case 2:
                room(node, f"urn:ngsi-ld:Tree:{n}", "Tree", secret=n)
                node.send("DELETE", f"/entities/urn:ngsi-ld:Tree:{n}")
            case _:
                node.send("DELETE", f"/entities/{ROOM}/attrs/secret")
    assert [(got.status, got.text) for got in asked(client)] == before


def test_long_hidden_histories_do_not_end_a_page_early(node: Client) -> None:
    room(node, level=0)
    for n in range(60):
        written: dict[str, Any] = {"secret" if n % 20 else "level": n}
        change(node, **written)
    client = holder(node, attributes=frozenset({HOME + "level"}))
    seen = node.run(client.broker.store.history(entity_key("", ROOM), Past(2)))
    assert [b"level" in trace.body for trace in seen] == [True, True]
    values = client.get(f"/temporal/entities/{ROOM}?attrs=level").json["level"]
    assert [instance["value"] for instance in values] == [0, 0, 20, 40]
