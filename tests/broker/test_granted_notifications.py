"""What a product's subscriptions hear: what its grant covers at that moment, and nothing at all without one."""

import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from beffroi.broker.operations.notify import Notifier
from beffroi.broker.operations.services import granted
from beffroi.broker.routes import ROUTES
from beffroi.broker.wire.problems import problem_response
from beffroi.courier.courier import Courier
from beffroi.courier.http import HttpDelivery
from beffroi.kernel.grant import Grant
from beffroi.store.port import Store
from beffroi.web.routing import Table
from tests.conftest import Run
from tests.courier.city import City, a_city

CITY = "https://city.example/"
LOCATION = "https://uri.etsi.org/ngsi-ld/location"
PRODUCT = "urn:product:1"
GRANT = Grant(PRODUCT, types=frozenset({CITY + "Room"}), attributes=frozenset({CITY + "co2"}), live=True)
SQUARE = json.dumps({"type": "Polygon", "coordinates": [[[3, 50], [4, 50], [4, 51], [3, 51], [3, 50]]]})


class Ledger:
    """The holders of a test: what each product lets through now, and what was counted."""

    def __init__(self, grant: Grant | None = GRANT) -> None:
        self.now = grant
        self.room = 1_000
        self.counted: list[tuple[str, int, int]] = []

    async def heard(self, product: str, scope: str) -> Grant | None:
        return self.now if self.now is not None and self.now.product == product else None

    def may_notify(self, grant: Grant) -> bool:
        return len(self.counted) < self.room

    def notified(self, grant: Grant, entities: int, size: int) -> None:
        self.counted.append((grant.product, entities, size))


def prop(value: object) -> dict[str, object]:
    return {"type": "Property", "value": value}


def place(longitude: float) -> dict[str, object]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, 50.5]}}


def live(
    store: Store, run: Run, ledger: Ledger, steps: Callable[[City, City], Coroutine[Any, Any, None]]
) -> None:
    """`steps` get the city as its operator has it, and as the holder of the ledger's first grant has it."""

    async def work() -> None:
        async with a_city(store) as city:
            posts = Notifier(city.broker, HttpDelivery(city.client, city.clock).deliver, ledger).posts()
            city.courier = Courier(store, posts, city.clock, lambda: 1.0)
            assert ledger.now is not None
            table = Table()
            table.mount("/ngsi-ld/v1", ROUTES, granted(city.broker, ledger.now), problem_response)
            await steps(city, replace(city, table=table))

    run(work())


async def subscribed(buyer: City, **members: object) -> str:
    body = {
        "type": "Subscription",
        "entities": [{"type": "Room"}],
        "notification": {"endpoint": {"uri": buyer.url + "/notify"}},
        **members,
    }
    response = await buyer.done("POST", "subscriptions", body)
    return str(response.headers["location"]).rpartition("/")[2]


def said(received: list[Any]) -> list[dict[str, Any]]:
    return [
        {name: value["value"] for name, value in got.entity.items() if isinstance(value, dict)}
        for got in received
    ]


def test_a_notification_shows_what_is_granted(store: Store, run: Run) -> None:
    ledger = Ledger()

    async def steps(city: City, buyer: City) -> None:
        await subscribed(buyer)
        await city.room(co2=prop(1), label=prop("hidden"))
        await city.patch(label=prop("hidden still"))
        await city.patch(co2=prop(2))
        assert said(await city.received()) == [{"co2": 1}, {"co2": 2}]
        assert [entry[:2] for entry in ledger.counted] == [(PRODUCT, 1), (PRODUCT, 1)]
        assert ledger.counted[0][2] > 100

    live(store, run, ledger, steps)


@pytest.mark.parametrize("q", ["label", "label==%22hidden%22", "!co2"])
def test_a_condition_on_what_is_hidden_tells_nothing(q: str, store: Store, run: Run) -> None:
    async def steps(city: City, buyer: City) -> None:
        await subscribed(buyer, q=q)
        await subscribed(buyer, watchedAttributes=["label"])
        await city.room(co2=prop(1), label=prop("hidden"))
        await city.patch(label=prop("other"), co2=prop(2))
        assert await city.received() == []

    live(store, run, Ledger(), steps)


def test_what_leaves_the_area_is_deleted_and_what_enters_it_created(store: Store, run: Run) -> None:
    ledger = Ledger(replace(GRANT, area=SQUARE))

    async def steps(city: City, buyer: City) -> None:
        await subscribed(buyer, notificationTrigger=["entityCreated", "entityDeleted"])
        await city.room(co2=prop(1), location=place(8.0))
        await city.patch(location=place(3.5))
        await city.patch(location=place(8.0))
        got = await city.received()
        assert ["deletedAt" in each.entity for each in got] == [False, True]
        assert all("location" not in each.entity for each in got)

    live(store, run, ledger, steps)


def test_the_grant_counts_as_it_is_when_the_notification_is_made(store: Store, run: Run) -> None:
    ledger = Ledger()

    async def steps(city: City, buyer: City) -> None:
        await subscribed(buyer)
        await city.room(co2=prop(1))
        assert len(await city.received()) == 1
        ledger.now = None
        await city.patch(co2=prop(2))
        assert len(await city.received()) == 1, "suspended"
        ledger.now = replace(GRANT, live=False)
        await city.patch(co2=prop(3))
        assert len(await city.received()) == 1, "no longer live"
        ledger.now = replace(GRANT, attributes=frozenset({CITY + "label"}))
        await city.patch(co2=prop(4))
        assert len(await city.received()) == 1, "another attribute"
        ledger.now = GRANT
        await city.patch(co2=prop(5))
        assert said(await city.received())[1:] == [{"co2": 5}]

    live(store, run, ledger, steps)


def test_what_waits_when_a_product_is_suspended_is_not_sent(store: Store, run: Run) -> None:
    ledger = Ledger()

    async def steps(city: City, buyer: City) -> None:
        await subscribed(buyer)
        await city.room(co2=prop(1))
        lanes = await store.lanes(city.clock(), 10)
        assert lanes
        ledger.now = None
        assert await city.received() == []

    live(store, run, ledger, steps)


def test_a_spent_quota_ends_notifications(store: Store, run: Run) -> None:
    ledger = Ledger()
    ledger.room = 1

    async def steps(city: City, buyer: City) -> None:
        await subscribed(buyer)
        await city.room(co2=prop(1))
        await city.patch(co2=prop(2))
        assert len(await city.received()) == 1
        assert len(ledger.counted) == 1

    live(store, run, ledger, steps)


def test_periodic_notifications_are_cut_too(store: Store, run: Run) -> None:
    async def steps(city: City, buyer: City) -> None:
        await city.room(co2=prop(1), label=prop("hidden"))
        await subscribed(buyer, timeInterval=60)
        city.clock.forward(61)
        assert said(await city.received()) == [{"co2": 1}]

    live(store, run, Ledger(), steps)


def test_joined_entities_are_cut_too(store: Store, run: Run) -> None:
    ledger = Ledger(replace(GRANT, attributes=frozenset({CITY + "co2", CITY + "inside"})))

    async def steps(city: City, buyer: City) -> None:
        await city.done("POST", "entities", {"id": "urn:ngsi-ld:Car:1", "type": "Car", "co2": prop(9)})
        notification = {"endpoint": {"uri": buyer.url + "/notify"}, "join": "inline"}
        await subscribed(buyer, notification=notification)
        await city.room(co2=prop(1), inside={"type": "Relationship", "object": "urn:ngsi-ld:Car:1"})
        (got,) = await city.received()
        assert "entity" not in got.entity["inside"]

    live(store, run, ledger, steps)


def test_subscriptions_of_others_do_not_exist(store: Store, run: Run) -> None:
    async def steps(city: City, buyer: City) -> None:
        foreign = await city.subscribe()
        own = await subscribed(buyer)
        listed = json.loads((await buyer.done("GET", "subscriptions?count=true")).body)
        assert [each["id"] for each in listed] == [own]
        for method, body in (("GET", None), ("PATCH", {"description": "mine"}), ("DELETE", None)):
            assert (await buyer.ask(method, f"subscriptions/{foreign}", body)).status == 404
        given = {
            "id": foreign,
            "type": "Subscription",
            "entities": [{"type": "Room"}],
            "notification": {"endpoint": {"uri": buyer.url + "/notify"}},
        }
        assert (await buyer.ask("POST", "subscriptions", given)).status == 400
        assert (await buyer.ask("POST", "subscriptions", {**given, "id": "urn:x:new"})).status == 400
        await buyer.done("PATCH", f"subscriptions/{own}", {"description": "mine"})
        await buyer.done("DELETE", f"subscriptions/{own}")
        assert (await city.ask("GET", f"subscriptions/{foreign}")).status == 200

    live(store, run, Ledger(), steps)


def test_a_change_by_the_operator_leaves_the_owner(store: Store, run: Run) -> None:
    async def steps(city: City, buyer: City) -> None:
        own = await subscribed(buyer)
        await city.done("PATCH", f"subscriptions/{own}", {"description": "looked at"})
        await city.room(co2=prop(1), label=prop("hidden"))
        assert said(await city.received()) == [{"co2": 1}]

    live(store, run, Ledger(), steps)


def test_nothing_else_can_be_written(store: Store, run: Run) -> None:
    async def steps(city: City, buyer: City) -> None:
        await city.room(co2=prop(1))
        room = "entities/urn:ngsi-ld:Room:1"
        for method, path, body in (
            ("POST", "entities", {"id": "urn:ngsi-ld:Room:2", "type": "Room"}),
            ("PATCH", room, {"co2": 3}),
            ("DELETE", room, None),
            ("POST", "entityOperations/delete", ["urn:ngsi-ld:Room:1"]),
        ):
            assert (await buyer.ask(method, path, body)).status == 403, path
        tenant = {"ngsild-tenant": "other"}
        assert (await buyer.ask("GET", room, headers=tenant)).status == 404
        subscription = {
            "type": "Subscription",
            "entities": [{"type": "Room"}],
            "notification": {"endpoint": {"uri": buyer.url}},
        }
        assert (await buyer.ask("POST", "subscriptions", subscription, tenant)).status == 404
        assert json.loads((await city.done("GET", room)).body)["co2"]["value"] == 1

    live(store, run, Ledger(), steps)
