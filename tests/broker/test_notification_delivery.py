"""Notifications reach receivers that misbehave, restarts and all (reliability targets 9 to 11, 27)."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from beffroi.courier.letters import dead_letters, replay
from beffroi.courier.outcome import Postponed
from beffroi.store.port import Store
from tests.conftest import Run
from tests.courier.city import OK, City, a_city, until
from tests.outbound.hostile import Behaviour, answering, drips, drips_headers, hangs, listening, resets

SLOW = {"timeout": 300}


def scenario(store: Store, run: Run, steps: Callable[[City], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        async with a_city(store) as city:
            await steps(city)

    run(live())


def to(city: City, path: str, **more: object) -> dict[str, object]:
    return {"endpoint": {"uri": city.url + path, **more}}


def test_a_condition_that_cannot_be_decided_counts_as_failed_and_holds_up_nobody(
    store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        slow = await city.subscribe(q="name~=(a?){50}(a?){50}b", notification=to(city, "/slow"))
        await city.subscribe(notification=to(city, "/good"))
        await city.room(name={"type": "Property", "value": "a" * 200_000 + "b"})
        assert len(await city.received("/good")) == 1
        assert await city.received("/slow") == []
        counts = (await city.subscription(slow))["notification"]
        assert (counts["status"], counts["timesFailed"]) == ("failed", 1)
        await city.patch(name="ab")
        assert len(await city.received("/slow")) == 1
        assert (await city.subscription(slow))["notification"]["status"] == "ok"

    scenario(store, run, steps)


FAILING: dict[str, Behaviour] = {
    "500": answering("500 Internal Server Error"),
    "404": answering("404 Not Found"),
    "429": answering("429 Too Many Requests", {"Retry-After": "1"}),
    "redirects": answering("307 Temporary Redirect", {"Location": "/elsewhere"}),
    "hangs": hangs,
    "drips headers": drips_headers,
    "resets": resets,
}
WORKING: dict[str, Behaviour] = {
    "200": answering("200 OK", body=b"thanks"),
    "201": answering("201 Created"),
    "204": answering("204 No Content"),
    "299": answering("299 Whatever"),
    "drips a body": drips,
}


@pytest.mark.parametrize("receiver", FAILING)
def test_a_receiver_that_fails_gets_all_in_order_when_it_works_and_delays_nobody(
    receiver: str, store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        city.behaviours["/bad"] = FAILING[receiver]
        bad = await city.subscribe(notification=to(city, "/bad", **SLOW))
        good = await city.subscribe(notification=to(city, "/good"))
        for value in range(5):
            await (city.patch(co2=value) if value else city.room(co2={"type": "Property", "value": 0}))
        assert [got.entity["co2"]["value"] for got in await city.received("/good")] == [0, 1, 2, 3, 4]
        tried = await city.received("/bad")
        assert {got.entity["co2"]["value"] for got in tried} == {0}, "the first one holds its lane"
        counts = (await city.subscription(bad))["notification"]
        assert (counts["status"], counts["timesFailed"]) == ("failed", len(tried))
        assert "lastSuccess" not in counts
        assert (await city.subscription(bad))["status"] == "active", "never paused silently"

        city.behaviours["/bad"] = OK
        for _ in range(8):
            city.clock.forward(60)
            await city.courier.drain()
        delivered = await city.received("/bad")
        # On a busy machine one may come late, and comes again: it is the same notification then.
        told = {got.body["id"]: got.entity["co2"]["value"] for got in delivered[len(tried) :]}
        assert list(told.values()) == [0, 1, 2, 3, 4]
        assert {got.body["id"] for got in tried} == {delivered[len(tried)].body["id"]}, "the id is stable"
        assert (await city.subscription(bad))["notification"]["status"] == "ok"
        assert (await city.subscription(good))["notification"]["timesSent"] == 5
        assert await city.received("/elsewhere") == []

    scenario(store, run, steps)


@pytest.mark.parametrize("receiver", WORKING)
def test_any_2xx_is_a_delivery(receiver: str, store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        city.behaviours["/notify"] = WORKING[receiver]
        subscription = await city.subscribe()
        await city.room(co2={"type": "Property", "value": 0})
        assert len(await city.received()) == 1
        city.clock.forward(60)
        assert len(await city.received()) == 1
        counts = (await city.subscription(subscription))["notification"]
        assert counts["lastNotification"] == counts["lastSuccess"] == "2026-11-22T13:49:00Z"
        assert (counts["timesSent"], counts["status"]) == (1, "ok")
        assert "timesFailed" not in counts

    scenario(store, run, steps)


def test_a_receiver_that_refuses_connections_is_tried_again(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        async with listening(OK) as (gone, _):
            pass
        subscription = await city.subscribe(notification={"endpoint": {"uri": gone + "/x"}})
        await city.subscribe()
        await city.room(co2={"type": "Property", "value": 0})
        assert len(await city.received()) == 1
        counts = (await city.subscription(subscription))["notification"]
        assert (counts["status"], counts["timesSent"], counts["timesFailed"]) == ("failed", 1, 1)
        assert await city.store.next_due() is not None

    scenario(store, run, steps)


def test_while_one_receiver_hangs_others_are_served(store: Store, run: Run) -> None:
    """No clock is watched: the good receiver gets all while the bad one still hangs."""

    async def steps(city: City) -> None:
        released = asyncio.Event()

        async def waiting(*arguments: Any) -> None:
            await released.wait()
            await OK(*arguments)

        city.behaviours["/bad"] = waiting
        await city.subscribe(notification=to(city, "/bad", timeout=60_000))
        await city.subscribe()
        async with asyncio.TaskGroup() as group:
            group.create_task(city.courier.run())
            for room in range(20):
                await city.room(room, co2={"type": "Property", "value": room})
            await until(lambda: sum(b" /notify " in seen for seen in city.seen) == 20)
            assert not released.is_set()
            released.set()
            city.behaviours["/bad"] = OK
            city.courier.stop()

    scenario(store, run, steps)


def test_a_cooldown_spares_a_receiver_after_a_failure(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        city.behaviours["/bad"] = FAILING["500"]
        subscription = await city.subscribe(notification=to(city, "/bad", cooldown=30_000))
        for room in range(20):
            await city.room(room, co2={"type": "Property", "value": room})
        first = len(await city.received("/bad"))
        for _ in range(14):
            city.clock.forward(2)
            assert len(await city.received("/bad")) == first
        city.clock.forward(60)
        assert len(await city.received("/bad")) > first
        counts = (await city.subscription(subscription))["notification"]
        assert counts["timesFailed"] == len(await city.received("/bad")), "what was not sent is not counted"

    scenario(store, run, steps)


@pytest.mark.parametrize("receiver", ["500", "resets"])
def test_a_cooldown_is_that_of_its_subscription_alone(receiver: str, store: Store, run: Run) -> None:
    """Clause 5.2.15: another subscription, in whatever tenant, has the same URI and no cooldown."""

    async def steps(city: City) -> None:
        city.behaviours["/shared"] = FAILING[receiver]
        patient = {
            "type": "Subscription",
            "id": "urn:ngsi-ld:Subscription:patient",
            "entities": [{"type": "Room"}],
            "notification": to(city, "/shared", cooldown=3_500_000),
        }
        room = {"id": "urn:ngsi-ld:Room:1", "type": "Room", "co2": {"type": "Property", "value": 1}}
        other = {"ngsild-tenant": "other"}
        await city.done("POST", "subscriptions", patient, **other)
        here = await city.subscribe(notification=to(city, "/shared"))
        await city.done("POST", "entities", room, **other)
        await city.courier.drain()
        await city.room(co2={"type": "Property", "value": 2})
        assert city.seen
        city.behaviours["/shared"], failed = OK, len(await city.received("/shared"))
        for _ in range(60):
            city.clock.forward(55)
            await city.courier.drain()
        (got,) = (await city.received("/shared"))[failed:]
        assert got.body["subscriptionId"] == here
        assert await dead_letters(city.store, "", 10) == []
        for _ in range(10):
            city.clock.forward(55)
            await city.courier.drain()
        assert (await city.received("/shared"))[-1].body["subscriptionId"] == patient["id"]

    scenario(store, run, steps)


def test_after_the_window_a_notification_is_a_dead_letter_that_can_be_replayed(
    store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        city.behaviours["/notify"] = FAILING["500"]
        await city.subscribe()
        await city.room(co2={"type": "Property", "value": 7})
        for _ in range(90):
            city.clock.forward(60)
            await city.courier.drain()
        assert await city.store.next_due() is None
        (letter,) = await dead_letters(city.store, "", 10)
        assert "answers with status 500" in str(letter.body["reason"])
        tried = len(await city.received())
        city.behaviours["/notify"] = OK
        await replay(city.store, "", letter.key.id, city.clock.now)
        got = await city.received()
        assert len(got) == tried + 1
        assert (got[-1].entity["co2"]["value"], got[-1].body["id"]) == (7, got[0].body["id"])
        assert await dead_letters(city.store, "", 10) == []

    scenario(store, run, steps)


def test_what_was_committed_before_a_crash_is_notified_after_it(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe()
        await city.room(co2={"type": "Property", "value": 0})
        for value in range(1, 10):
            await city.patch(co2=value)
        assert city.seen == [], "nothing is sent inside a request"
        city.restarted()
        assert [got.entity["co2"]["value"] for got in await city.received()] == list(range(10))

    scenario(store, run, steps)


def test_a_crash_before_answers_are_noted_repeats_their_notifications_with_their_ids(
    store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        crashed = asyncio.Event()

        async def last_words(*arguments: Any) -> None:
            if len(city.seen) == 4:
                crashing.cancel()
                crashed.set()
                return
            await OK(*arguments)

        city.behaviours["/notify"] = last_words
        await city.subscribe()
        await city.room(co2={"type": "Property", "value": 0})
        for value in range(1, 8):
            await city.patch(co2=value)
        crashing = asyncio.get_running_loop().create_task(city.courier.run())
        with pytest.raises(asyncio.CancelledError):
            await crashing
        assert crashed.is_set()
        city.restarted()
        got = await city.received()
        assert [g.entity["co2"]["value"] for g in got] == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7]
        assert len({g.body["id"] for g in got}) == 8

    scenario(store, run, steps)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_a_name_that_leads_inside_is_refused_at_delivery(address: str, store: Store, run: Run) -> None:
    def look_up(host: str, port: int, family: int, kind: int, /) -> list[Any]:
        assert host == "inside.example"
        return socket.getaddrinfo(address, port, family, kind)

    async def steps(city: City) -> None:
        port = city.url.rpartition(":")[2]
        endpoint = {"uri": f"http://inside.example:{port}/notify"}
        await city.subscribe(notification={"endpoint": endpoint})
        await city.room(co2={"type": "Property", "value": 0})
        assert await city.received() == []
        (fact,) = [fact for fact in city.told if isinstance(fact, Postponed)]
        assert f"{address} is n" in fact.reason

    async def live() -> None:
        async with a_city(store, allow_private=False, look_up=look_up) as city:
            await steps(city)

    run(live())


def test_a_node_that_stops_being_private_sends_nothing_inside_any_more(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe()
        await city.room(co2={"type": "Property", "value": 0})
        async with a_city(store, allow_private=False) as public:
            await public.courier.drain()
        assert city.seen == []

    scenario(store, run, steps)


def test_a_period_that_fails_is_tried_again_and_the_next_one_comes_all_the_same(
    store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        await city.room(co2={"type": "Property", "value": 1})
        city.behaviours["/notify"] = FAILING["500"]
        subscription = await city.subscribe(timeInterval=3600)
        city.clock.forward(3600)
        failed = len(await city.received())
        assert failed == 1
        city.behaviours["/notify"] = OK
        for _ in range(4):
            city.clock.forward(60)
            await city.courier.drain()
        assert len(await city.received()) == failed + 1
        city.clock.forward(3600)
        assert len(await city.received()) == failed + 2
        counts = (await city.subscription(subscription))["notification"]
        assert (counts["timesSent"], counts["timesFailed"]) == (3, 1)

    scenario(store, run, steps)


def test_a_period_tells_of_more_entities_than_one_notification_holds(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        rooms = [{"id": f"urn:ngsi-ld:Room:{n}", "type": "Room", "co2": n} for n in range(1_001)]
        await city.done("POST", "entityOperations/create", rooms)
        await city.subscribe(timeInterval=10)
        city.clock.forward(10)
        assert [len(got.body["data"]) for got in await city.received()] == [1_000, 1]

    scenario(store, run, steps)
