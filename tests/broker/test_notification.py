"""Notifications: when they are sent and what is in them (clauses 5.3.1, 5.8.6, 6.3.8)."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pytest

from beffroi.broker.rules.entity.entity import KIND
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.kernel.instant import plus_seconds
from beffroi.store.port import Indexer, Store
from tests.conftest import Run
from tests.courier.city import CONTEXT, START, City, a_city

ROOM = "urn:ngsi-ld:Room:1"
NULL = "urn:ngsi-ld:null"
CITY = "https://city.example/"


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return {KIND: ENTITY_INDEX}


def scenario(store: Store, run: Run, steps: Callable[[City], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        async with a_city(store) as city:
            await steps(city)

    run(live())


def number(value: float, **more: object) -> dict[str, object]:
    return {"type": "Property", "value": value, **more}


def test_a_notification_has_the_members_of_5_3_1_and_a_link_to_its_context(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        subscription = await city.subscribe()
        await city.room(co2=number(400, unitCode="59"))
        (got,) = await city.received()
        assert got.body == {
            "id": got.body["id"],
            "type": "Notification",
            "subscriptionId": subscription,
            "notifiedAt": "2026-11-22T13:49:00Z",
            "data": [{"id": ROOM, "type": "Room", "co2": number(400, unitCode="59")}],
        }
        assert got.body["id"].startswith("urn:")
        assert got.headers["content-type"] == "application/json"
        relation = '"http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
        assert got.headers["link"] == f"<{CONTEXT}>; rel={relation}"

    scenario(store, run, steps)


TRIGGERED = {
    "entityCreated": {"create"},
    "entityDeleted": {"delete"},
    "attributeCreated": {"create", "add"},
    "attributeUpdated": {"update"},
    "attributeDeleted": {"remove", "delete"},
    "entityUpdated": {"create", "add", "update", "remove", "delete"},
    None: {"create", "add", "update"},
}


@pytest.mark.parametrize("trigger", TRIGGERED)
def test_each_trigger_is_pulled_by_its_changes_and_by_no_other(
    trigger: str | None, store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(notificationTrigger=None if trigger is None else [trigger])
        happened = set[str]()

        async def note(what: str) -> None:
            if len(await city.received()) > seen:
                happened.add(what)

        seen = 0
        for what, method, path, body in (
            ("create", "POST", "entities", {"id": ROOM, "type": "Room", "co2": number(1)}),
            ("same", "PATCH", f"entities/{ROOM}/attrs", {"co2": number(1)}),
            ("add", "POST", f"entities/{ROOM}/attrs", {"label": {"type": "Property", "value": "a"}}),
            ("update", "PATCH", f"entities/{ROOM}/attrs/co2", {"value": 2}),
            ("type", "PATCH", f"entities/{ROOM}/attrs", {"type": "Car"}),
            ("remove", "DELETE", f"entities/{ROOM}/attrs/label", None),
            ("delete", "DELETE", f"entities/{ROOM}", None),
        ):
            seen = len(await city.received())
            await city.done(method, path, body)
            await note(what)
        assert happened == TRIGGERED[trigger]

    scenario(store, run, steps)


def test_true_in_the_place_of_one_is_an_update(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.room(co2=number(1))
        await city.subscribe(notificationTrigger=["attributeUpdated"])
        city.clock.forward(1)
        await city.done("PATCH", f"entities/{ROOM}/attrs/co2", {"value": True})
        (got,) = await city.received()
        assert got.body["data"][0]["co2"]["value"] is True

    scenario(store, run, steps)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "entities/{id}", {"co2": 1}),
        ("PATCH", "entities/{id}/attrs", {"co2": number(1)}),
        ("PATCH", "entities/{id}/attrs/co2", {"value": 1}),
        ("POST", "entities/{id}/attrs", {"co2": number(1)}),
        ("PUT", "entities/{id}", {"type": "Room", "co2": number(1)}),
        ("PUT", "entities/{id}/attrs/co2", number(1)),
        ("POST", "entityOperations/upsert", [{"id": ROOM, "type": "Room", "co2": number(1)}]),
        ("POST", "entityOperations/update", [{"id": ROOM, "type": "Room", "co2": number(1)}]),
    ],
)
def test_what_changes_nothing_notifies_nobody(
    method: str, path: str, body: object, store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        await city.room(co2=number(1))
        await city.subscribe(notificationTrigger=["entityUpdated", "entityCreated", "entityDeleted"])
        city.clock.forward(1)
        await city.done(method, path.format(id=ROOM), body)
        assert await city.received() == []

    scenario(store, run, steps)


def test_only_watched_attributes_notify(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.room(co2=number(1), label=number(1))
        await city.subscribe(watchedAttributes=["co2"])
        await city.subscribe("/any", entities=None, watchedAttributes=["label"])
        await city.patch(label=number(2))
        assert await city.received() == []
        await city.patch(co2=number(2))
        (got,) = await city.received()
        assert got.entity["label"]["value"] == 2, "all attributes are in it, not only those watched"
        assert len(await city.received("/any")) == 1

    scenario(store, run, steps)


@pytest.mark.parametrize(
    ("members", "matches"),
    [
        ({"entities": [{"type": "Room"}]}, True),
        ({"entities": [{"type": "Car"}]}, False),
        ({"entities": [{"type": "Car|Room"}]}, True),
        ({"entities": [{"type": "(Room;Car)"}]}, False),
        ({"entities": [{"type": "*"}]}, True),
        ({"entities": [{"type": "Car"}, {"type": "Room"}]}, True),
        ({"entities": [{"type": "Room", "id": ROOM}]}, True),
        ({"entities": [{"type": "Car", "id": ROOM}]}, False),
        ({"entities": [{"type": "Room", "id": [ROOM, "urn:x:2"]}]}, True),
        ({"entities": [{"type": "Room", "id": "urn:x:2", "idPattern": ".*"}]}, False),
        ({"entities": [{"type": "Room", "idPattern": "Room:[0-9]$"}]}, True),
        ({"entities": [{"type": "Room", "idPattern": "^Room"}]}, False),
        ({"q": "co2>400"}, True),
        ({"q": "co2>500"}, False),
        ({"q": 'co2>400;label=="hall"'}, True),
        ({"scopeQ": "/lille/#"}, True),
        ({"scopeQ": "/bruges"}, False),
        (
            {"geoQ": {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": [3.06, 50.63]}},
            True,
        ),
        (
            {"geoQ": {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": "[3.0,50.6]"}},
            False,
        ),
        ({"localOnly": True, "entities": None}, True),
    ],
)
def test_an_entity_must_meet_the_conditions(
    members: dict[str, Any], matches: bool, store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(**members)
        place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.061, 50.631]}}
        await city.room(
            co2=number(450), label={"type": "Property", "value": "hall"}, scope="/lille/a", location=place
        )
        assert len(await city.received()) == matches

    scenario(store, run, steps)


def test_a_condition_may_follow_a_relationship(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.room(2, co2=number(300))
        await city.room(3, co2=number(900))
        await city.subscribe(q="inside{Room:co2}>500", watchedAttributes=["inside"])
        for room, inside in ((4, 2), (5, 3), (6, 99)):
            await city.room(room, inside={"type": "Relationship", "object": f"urn:ngsi-ld:Room:{inside}"})
        assert [got.entity["id"] for got in await city.received()] == ["urn:ngsi-ld:Room:5"]

    scenario(store, run, steps)


def test_a_paused_or_expired_subscription_is_silent(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        paused = await city.subscribe("/paused", isActive=False)
        await city.subscribe("/expiring", expiresAt=plus_seconds(START, 10))
        await city.room(co2=number(1))
        assert await city.received("/paused") == []
        assert len(await city.received("/expiring")) == 1
        city.clock.forward(10)
        await city.done("PATCH", f"subscriptions/{paused}", {"isActive": True})
        await city.patch(co2=number(2))
        assert len(await city.received("/paused")) == 1
        assert len(await city.received("/expiring")) == 1

    scenario(store, run, steps)


def test_an_update_of_a_subscription_holds_from_the_next_change_on(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        subscription = await city.subscribe(q="co2>400")
        await city.room(co2=number(450))
        assert len(await city.received()) == 1
        await city.done("PATCH", f"subscriptions/{subscription}", {"q": "co2>1000"})
        await city.patch(co2=number(500))
        assert len(await city.received()) == 1
        await city.patch(co2=number(1500))
        assert len(await city.received()) == 2
        await city.done("DELETE", f"subscriptions/{subscription}")
        await city.patch(co2=number(2500))
        assert len(await city.received()) == 2

    scenario(store, run, steps)


def test_what_waits_for_a_deleted_subscription_is_dropped(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        subscription = await city.subscribe()
        await city.room(co2=number(1))
        await city.done("DELETE", f"subscriptions/{subscription}")
        assert await city.received() == []
        assert await city.store.next_due() is None

    scenario(store, run, steps)


def test_tenants_are_notified_of_their_own_changes_only(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        asked = {
            "id": "urn:s:1", "type": "Subscription", "entities": [{"type": "Room"}],
            "notification": {"endpoint": {"uri": city.url + "/lille"}},
        }  # fmt: skip
        await city.ask("POST", "subscriptions", asked, {"ngsild-tenant": "lille"})
        room = {"id": ROOM, "type": "Room", "co2": number(1)}
        for tenant in ("bruges", "lille"):
            assert (await city.ask("POST", "entities", room, {"ngsild-tenant": tenant})).status == 201
        await city.room(co2=number(1))
        assert len(await city.received("/lille")) == 1

    scenario(store, run, steps)


def test_a_batch_notifies_of_each_entity_in_its_order(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe()
        rooms = [{"id": f"urn:ngsi-ld:Room:{n}", "type": "Room", "co2": number(n)} for n in range(250)]
        await city.done("POST", "entityOperations/create", rooms)
        again = [{**room, "co2": number(n + 1000)} for n, room in enumerate(rooms)]
        await city.done("POST", "entityOperations/upsert", again)
        got = [(g.entity["id"], g.entity["co2"]["value"]) for g in await city.received()]
        assert len(got) == 500
        by_room: dict[str, list[float]] = {}
        for room, value in got:
            by_room.setdefault(room, []).append(value)
        assert all(values == [values[0], values[0] + 1000] for values in by_room.values())

    scenario(store, run, steps)


def test_every_entity_of_many_changes_is_notified_in_order(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe()
        await city.room(1, co2=number(0))
        await city.room(2, co2=number(0))
        for value in range(1, 30):
            await city.patch(1, co2=number(value))
            await city.patch(2, co2=number(-value))
        seen = [g.entity["co2"]["value"] for g in await city.received()]
        assert [v for v in seen if v > 0] == list(range(1, 30))
        assert [v for v in seen if v < 0] == [-v for v in range(1, 30)]

    scenario(store, run, steps)


@pytest.mark.parametrize("seconds", [2, 0.5])
def test_throttling_spaces_notifications_out(seconds: float, store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(throttling=seconds)
        await city.room(co2=number(0))
        for value in range(1, 10):
            city.clock.forward(seconds / 4)
            await city.patch(co2=number(value))
            await city.received()
        assert [got.entity["co2"]["value"] for got in await city.received()] == [0, 4, 8]

    scenario(store, run, steps)


@pytest.mark.parametrize("jump", [-3600, 3600])
def test_throttling_is_not_upset_by_a_clock_that_jumps(jump: float, store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(throttling=5)
        await city.room(co2=number(0))
        await city.received()
        city.clock.forward(jump)
        await city.patch(co2=number(1))
        city.clock.forward(1)
        await city.patch(co2=number(2))
        city.clock.forward(5)
        await city.patch(co2=number(3))
        assert [got.entity["co2"]["value"] for got in await city.received()] == [0, 1, 3]

    scenario(store, run, steps)


def test_a_period_notifies_of_all_matching_entities_regardless_of_changes(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(timeInterval=10, q="co2>1")
        for room in (1, 2, 3):
            await city.room(room, co2=number(room))
        assert await city.received() == []
        city.clock.forward(10)
        (first,) = await city.received()
        assert [entity["id"][-1] for entity in first.body["data"]] == ["2", "3"]
        assert len(await city.received()) == 1
        city.restarted()
        city.clock.forward(10)
        assert len(await city.received()) == 2
        city.clock.forward(3600)
        assert len(await city.received()) == 3, "periods that were missed are not made up for"
        city.clock.forward(10)
        assert len(await city.received()) == 4

    scenario(store, run, steps)


def test_periods_stop_and_start_with_their_subscription(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.room(co2=number(1))
        subscription = await city.subscribe(timeInterval=10)
        await city.done("PATCH", f"subscriptions/{subscription}", {"isActive": False})
        city.clock.forward(10)
        assert await city.received() == []
        city.clock.forward(1)
        await city.done("PATCH", f"subscriptions/{subscription}", {"isActive": True, "timeInterval": 2})
        for _ in range(3):
            city.clock.forward(2)
            await city.received()
        assert len(await city.received()) == 3
        await city.done("DELETE", f"subscriptions/{subscription}")
        city.clock.forward(10)
        assert len(await city.received()) == 3
        assert await city.store.next_due() is None

    scenario(store, run, steps)


def test_a_period_without_matching_entities_is_silent(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(timeInterval=10)
        city.clock.forward(10)
        assert await city.received() == []
        await city.room(co2=number(1))
        city.clock.forward(10)
        assert len(await city.received()) == 1

    scenario(store, run, steps)
