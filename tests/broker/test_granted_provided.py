"""What was provided of the past: the holder of a product sees of it what they see of all the past, and no more."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from beffroi.broker.operations import granted_past
from beffroi.broker.operations.provided import read_provided
from beffroi.broker.operations.services import granted
from beffroi.broker.rules.entity.entity import LOCATION, Instance
from beffroi.broker.rules.granted_past import placed_trace
from beffroi.broker.rules.provided.provided import part_key
from beffroi.kernel.instant import Instant
from beffroi.kernel.record import Key, Record
from tests.broker.client import Client, client_of
from tests.broker.test_granted_past import (
    AREA,
    BOUGHT,
    HOME,
    INSIDE,
    OUTSIDE,
    ROOM,
    SECRET,
    asked,
    at,
    change,
    holder,
    room,
    shows_nothing,
)

PAST = f"/temporal/entities/{ROOM}"


def then(value: object, n: int) -> dict[str, object]:
    return {"type": "Property", "value": value, "observedAt": f"2025-01-{n:02}T00:00:00Z"}


def was_at(place: list[float], n: int) -> dict[str, object]:
    return {**at(place), "observedAt": f"2025-01-{n:02}T00:00:00Z"}


def provide(node: Client, entity_id: str = ROOM, kind: object = "Room", **attributes: object) -> None:
    got = node.post("/temporal/entities", {"id": entity_id, "type": kind, **attributes})
    assert got.status in {201, 204}, got.text


def values(client: Client, name: str = "level") -> list[object]:
    got = client.get(PAST)
    return [each["value"] for each in got.json[name]] if got.status == 200 and name in got.json else []


@pytest.mark.parametrize("is_there", [True, False])
def test_what_was_bought_is_seen(node: Client, is_there: bool) -> None:
    if is_there:
        room(node, level=3)
    provide(node, level=[then(1, 1), then(2, 2)], secret=[then(SECRET, 1)], scope=f"/{SECRET}")
    provide(node, "urn:ngsi-ld:Car:1", "Car", level=[then(SECRET, 1)])
    client = holder(node, attributes=frozenset({HOME + "level"}))
    for got in asked(client):
        assert SECRET not in got.text.decode()
        assert "secret" not in got.text.decode()
        assert "scope" not in got.text.decode()
    assert values(client) == ([1, 2, 3] if is_there else [1, 2])
    every = client.get("/temporal/entities?type=Room&timerel=before&timeAt=2026-01-01T00:00:00Z&count=true")
    assert [each["id"] for each in every.json] == [ROOM]
    assert every.headers["ngsild-results-count"] == "1"
    assert client.get("/temporal/entities/urn:ngsi-ld:Car:1").status == 404
    for got in asked(holder(node, history=False)):
        assert got.status == 403


def in_and_out(node: Client) -> None:
    """A thousand places inside, in several parts, and one outside at last."""
    many = [{**at(INSIDE), "observedAt": f"2025-01-02T{n // 60:02}:{n % 60:02}:00Z"} for n in range(1_000)]
    provide(node, level=[then(1, 1), then(3, 3), then(9, 9)], location=[*many, was_at(OUTSIDE, 4)])


def test_places_are_gone_through_once_for_all_that_is_read(
    memory_node: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = memory_node
    in_and_out(node)
    provide(node, location=[was_at(INSIDE, 5)])
    seen = list[bytes]()

    def counted(place: Instance) -> bytes:
        seen.append(placed_trace(place))
        return seen[-1]

    monkeypatch.setattr(granted_past, "placed_trace", counted)
    client = holder(node, area=AREA)
    assert values(client) == [9]
    assert len(seen) == 2
    assert values(client) == [9]
    assert len(seen) == 2
    provide(node, location=[was_at(OUTSIDE, 6)])
    assert values(client) == []
    provide(node, location=[was_at(INSIDE, 7)])
    assert values(client) == [9]


def test_no_place_is_passed_over_while_others_are_written(
    memory_node: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, store = memory_node, memory_node.broker.store
    in_and_out(node)
    provided = node.run(read_provided(store, "", ROOM))
    assert provided is not None
    (places,) = provided.named(LOCATION)
    newest = part_key("", ROOM, places.parts[-1].number)
    read, replaced = store.read, [newest]

    async def replacing(keys: Sequence[Key]) -> dict[Key, Record]:
        """As if another part had taken the place of one just now."""
        return {} if list(keys) == replaced and replaced.pop() else await read(keys)

    monkeypatch.setattr(store, "read", replacing)
    assert shows_nothing(holder(node, area=AREA).get(PAST))
    assert not replaced


def test_types_that_were_not_bought_are_not_seen(node: Client) -> None:
    provide(node, kind=["Room", SECRET], level=[then(1, 1)])
    client = holder(node)
    for got in asked(client):
        assert SECRET not in got.text.decode()
    assert values(client) == [1]
    assert (
        client.get(f"/temporal/entities?type={SECRET}&timerel=before&timeAt=2026-01-01T00:00:00Z").json == []
    )
    provide(node, "urn:ngsi-ld:Car:1", "Car", level=[then(SECRET, 1)])
    room(node, "urn:ngsi-ld:Car:1", "Car")
    provide(node, "urn:ngsi-ld:Car:1", "Room", level=[then(SECRET, 2)])
    assert all(shows_nothing(got, "urn:ngsi-ld:Car:1") for got in asked(client, "urn:ngsi-ld:Car:1")[:5])


def test_what_is_hidden_of_the_past_is_hidden_from_the_holder(node: Client) -> None:
    room(node, level=SECRET)
    change(node, level=2)
    client = holder(node)
    first = node.get(PAST).json["level"][0]["instanceId"]
    assert node.send("DELETE", f"{PAST}/attrs/level/{first}").status == 204
    assert values(client) == [2]
    newest = node.get(PAST).json["level"][0]["instanceId"]
    assert node.patch(f"{PAST}/attrs/level/{newest}", then(5, 5)).status == 204
    assert values(client) == [5]
    assert node.send("DELETE", PAST).status == 204
    assert all(shows_nothing(got) for got in asked(client))


def test_only_what_stands_since_it_came_into_the_area_is_seen(node: Client) -> None:
    client = holder(node, area=AREA)
    provide(node, level=[then(SECRET, 1), then(2, 3), then(3, 5)])
    assert all(shows_nothing(got) for got in asked(client))
    provide(node, location=[was_at(OUTSIDE, 2), was_at(INSIDE, 3), was_at(INSIDE, 4)])
    assert values(client) == [2, 3]
    for got in asked(client):
        assert SECRET not in got.text.decode()
    provide(node, location=[was_at(OUTSIDE, 6)])
    assert all(shows_nothing(got) for got in asked(client))


def test_where_a_living_entity_was_before_it_came_in_is_not_seen(node: Client) -> None:
    room(node, level=SECRET, location=at(OUTSIDE))
    change(node, location=at(INSIDE))
    change(node, level=7)
    provide(node, level=[then(SECRET, 1), then(SECRET, 2)], location=[was_at(INSIDE, 1)])
    client = holder(node, area=AREA)
    for got in asked(client):
        assert SECRET not in got.text.decode()
    assert values(client) == [7]


def test_what_was_provided_of_what_never_moved_is_seen_where_its_place_was_provided(node: Client) -> None:
    room(node, level=7, location=at(INSIDE))
    provide(node, level=[then(SECRET, 1), then(6, 3)])
    client = holder(node, area=AREA)
    assert values(client) == [7]
    provide(node, location=[was_at(INSIDE, 2)])
    assert values(client) == [6, 7]


def test_a_place_that_was_taken_out_counts_as_outside(node: Client) -> None:
    room(node, level=1, location=at(INSIDE))
    change(node, location=at(OUTSIDE))
    change(node, level=SECRET)
    change(node, location=at(INSIDE))
    change(node, level=5)
    client = holder(node, area=AREA)
    assert values(client) == [5]
    outside = node.get(PAST).json["location"][1]["instanceId"]
    assert node.send("DELETE", f"{PAST}/attrs/location/{outside}").status == 204
    assert values(client) == [5]
    assert node.send("DELETE", f"{PAST}/attrs/location").status == 204
    for got in asked(client):
        assert SECRET not in got.text.decode()


def test_the_agreed_period_bounds_what_was_provided(node: Client) -> None:
    provide(node, level=[then(SECRET, 1), then(2, 20)])
    client = holder(node, past=Instant("2025-01-10T00:00:00.000000Z"))
    for got in asked(client):
        assert SECRET not in got.text.decode()
    assert values(client) == [2]


def test_a_holder_writes_no_past(node: Client) -> None:
    provide(node, level=[then(1, 1)])
    (instance,) = (each["instanceId"] for each in node.get(PAST).json["level"])
    client = client_of(granted(node.broker, replace(BOUGHT, live=True)), node.run)
    for method, path, body in (
        ("POST", "/temporal/entities", {"id": ROOM, "type": "Room", "level": [then(9, 9)]}),
        ("POST", f"{PAST}/attrs", {"level": [then(9, 9)]}),
        ("PATCH", f"{PAST}/attrs/level/{instance}", then(9, 9)),
        ("DELETE", f"{PAST}/attrs/level/{instance}", None),
        ("DELETE", f"{PAST}/attrs/level", None),
        ("DELETE", PAST, None),
    ):
        assert client.send(method, path, body).status == 403
    assert client.send("DELETE", f"/entities/{ROOM}/attrs/level").status == 403
    assert values(node) == [1]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_provided_of_what_was_not_bought_changes_no_answer(memory_node: Client, seed: int) -> None:
    chance, node = random.Random(seed), memory_node
    client = holder(node, attributes=frozenset({HOME + "level"}))
    room(node, level=0)
    provide(node, level=[then(1, 1)])
    before = [(got.status, got.text) for got in asked(client)]
    for n in range(30):
        name = chance.choice(["secret", "hidden"])
        known: dict[str, Any] = node.get(PAST).json
        match chance.randrange(5):
            case 0:
                more: dict[str, Any] = {name: [then(f"{SECRET}{n}", 1 + n % 28)], "scope": f"/{SECRET}{n}"}
                provide(node, **more)
            case 1:
                provide(
                    node, f"urn:ngsi-ld:Car:{n}", chance.choice(["Car", ["Car", "Tree"]]), level=[then(n, 1)]
                )
            case 2:
                change(node, **{name: f"{SECRET}{n}"})
            case 3 if name in known:
                instance = chance.choice(known[name])["instanceId"]
                assert node.send("DELETE", f"{PAST}/attrs/{name}/{instance}").status == 204
            case _ if name in known:
                assert node.send("DELETE", f"{PAST}/attrs/{name}?deleteAll=true").status == 204
            case _:
                again: dict[str, Any] = {name: [then(n, 2)]}
                provide(node, kind=["Room", f"Kind{n}"], **again)
    assert [(got.status, got.text) for got in asked(client)] == before
