"""The monitor asks a real server: one that answers, fails, hangs, or shows what is old."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.market.prices import monthly
from tests.market.service_level.promises import AVAILABLE, COMPLETE, FRESH, term
from tests.market.shop import everything, product, put
from tests.outbound.hostile import Behaviour, answering, hangs, listening

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.billing import bill_month
from beffroi.market.operations.hubs import create_listener
from beffroi.market.operations.levels import breaches_of_offering, breaches_of_product, levels
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.operations.settling import settle_months
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.prices.calendar import Days, day_of
from beffroi.outbound import Client, Policy
from beffroi.processes import monitoring
from beffroi.processes.monitoring import Monitor, keep_monitoring, monitor_once
from beffroi.store.opening import open_store
from beffroi.store.port import Find, Store
from beffroi.web.message import LOCAL, Actor

START = Instant("2026-11-10T08:00:00.000000Z")
LATER = Instant("2026-12-01T06:00:00.000000Z")
READER = frozenset({"read"})


@dataclass
class World:
    """A store with one offering of a service at `address`, and a monitor of it whose clock is moved by hand."""

    store: Store
    address: str
    client: Client
    now: Instant = START
    behaviour: Behaviour = field(default_factory=lambda: answering("200 OK", body=b"[]"))

    @property
    def market(self) -> Market:
        ids = itertools.count()
        seed = f"{time.monotonic_ns()}"
        return Market(self.store, lambda: self.now, lambda: f"{seed}-{next(ids)}", "http://127.0.0.1:9")

    @property
    def monitor(self) -> Monitor:
        async def nothing() -> str:
            return ""

        return Monitor(
            self.market, "http://127.0.0.1:9", "http://127.0.0.1:9/c", str, nothing, self.client.get,
            self.client.get, time.monotonic, 60,
        )  # fmt: skip

    async def offer(self, id: str = "o", url: str = "", **more: Any) -> None:
        terms = [term(*more.pop("objectives", [AVAILABLE]))]
        endpoint = {"name": "endpointUrl", "productSpecCharacteristicValue": [{"value": url or self.address}]}
        offering = {
            "id": id, "name": "Bikes", "lifecycleStatus": "Active", "productOfferingTerm": terms,
            "prodSpecCharValueUse": [endpoint], "relatedParty": [{"id": "city", "role": "seller"}], **more,
        }  # fmt: skip
        await put(self.store, "tmf:productOffering", offering)

    async def rounds(self, many: int, seconds: float = 60) -> None:
        for _ in range(many):
            await monitor_once(self.monitor)
            self.now = plus_seconds(self.now, seconds)

    async def probes(self) -> list[Any]:
        return [probe for record in await everything(self.store, "probe") for probe in record["probes"]]


@asynccontextmanager
async def a_world(url: str = "memory:", policy: Policy | None = None) -> AsyncIterator[World]:
    store = await open_store(url, INDEXERS)
    box = list[World]()

    async def behave(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await box[0].behaviour(head, reader, writer)

    try:
        async with listening(behave) as (address, _), Client(policy or Policy(allow_private=True)) as client:
            box.append(World(store, address, client))
            yield box[0]
    finally:
        await store.close()


def live(
    scenario: Callable[[World], Awaitable[None]], url: str = "memory:", policy: Policy | None = None
) -> None:
    async def run() -> None:
        async with a_world(url, policy) as world:
            await scenario(world)

    asyncio.run(run())


def bikes(observed: Instant, **more: Any) -> Behaviour:
    entity = {"id": "a", "free": {"value": 3, "observedAt": observed}, "location": {"value": {}}, **more}
    return answering("200 OK", {"Content-Type": "application/json"}, json.dumps([entity]).encode())


def test_an_outage_becomes_a_breach_with_its_evidence() -> None:
    async def scenario(world: World) -> None:
        await world.offer()
        await world.rounds(5)
        world.behaviour = answering("503 Service Unavailable", body=b"broken")
        await world.rounds(3)
        world.behaviour = answering("200 OK", body=b"[]")
        await world.rounds(3)
        (breach,) = await everything(world.store, "breach")
        assert (breach["from"], breach["to"]) == (plus_seconds(START, 300), plus_seconds(START, 480))
        assert (breach["missed"], breach["measured"]) == (3, 72.7272)
        assert {(p["status"], len(p["sha256"])) for p in breach["evidence"]} == {(503, 64)}
        entries = [e for e in await everything(world.store, "audit") if e["resource"] == "breach"]
        assert [(e["what"], e["actor"]) for e in entries] == [("create", "node"), ("end", "node")]
        (objective,) = await everything(world.store, "tmf:serviceLevelObjective")
        assert (objective["conformanceTarget"], objective["measured"]["percent"]) == ("99", 72.7272)

    live(scenario)


def test_a_server_that_hangs_does_not_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "PROBE_SECONDS", 0.2)

    async def scenario(world: World) -> None:
        world.behaviour = hangs
        await world.offer()
        await world.rounds(1)
        (probe,) = await world.probes()
        assert (probe["status"], "does not answer within 0.2 s" in probe["reason"]) == (0, True)

    live(scenario)


def test_old_observations_and_missing_attributes_are_seen() -> None:
    async def scenario(world: World) -> None:
        await world.offer(objectives=[AVAILABLE, FRESH, COMPLETE])
        world.behaviour = bikes(plus_seconds(START, -60))
        await world.rounds(1)
        world.behaviour = bikes(plus_seconds(START, -3600), location=None)
        await world.rounds(3)
        turned = {b["objective"]: b for b in await everything(world.store, "breach")}
        assert set(turned) == {"freshness", "completeness"}
        assert turned["freshness"]["promised"] == {"metric": "freshness", "target": 90, "withinSeconds": 600}
        assert turned["freshness"]["evidence"][0]["newest"] == plus_seconds(START, -3600)
        assert turned["completeness"]["evidence"][0]["lacking"] == {"location": 1}

    live(scenario)


def test_no_private_address_is_asked_on_the_word_of_a_stranger() -> None:
    asked = list[bytes]()

    async def scenario(world: World) -> None:
        async def behave(head: bytes, _: object, __: object) -> None:
            asked.append(head)

        world.behaviour = behave
        await world.offer()
        await world.offer("named", url=world.address.replace("127.0.0.1", "localhost"))
        await world.rounds(1)
        seen = await world.probes()
        assert [probe["status"] for probe in seen] == [0, 0]
        assert "The address 127.0.0.1 is not public" in seen[0]["reason"]

    live(scenario, policy=Policy())
    assert asked == []


def test_a_restart_goes_on_where_it_stopped(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'm.db'}"

    async def before(world: World) -> None:
        await world.offer(url="http://127.0.0.1:9/")
        await world.rounds(2)

    async def after(world: World) -> None:
        world.now = plus_seconds(START, 120)
        await world.rounds(1)
        (breach,) = await everything(world.store, "breach")
        assert (breach["from"], breach["missed"]) == (START, 3)
        await monitor_once(replace(world.monitor, market=world.market))
        assert len(await world.probes()) == 4

    live(before, url)
    live(after, url)


def test_what_is_not_due_is_not_asked_again() -> None:
    async def scenario(world: World) -> None:
        await world.offer()
        await world.rounds(6, seconds=20)
        assert len(await world.probes()) == 2

    live(scenario)


def test_only_what_is_or_was_sold_and_promises_something_is_watched() -> None:
    async def scenario(world: World) -> None:
        await world.offer("draft", lifecycleStatus="In design")
        await world.offer("retired", lifecycleStatus="Retired")
        await world.offer("silent", productOfferingTerm=[])
        await world.offer("broken", productOfferingTerm=[term()])
        await world.rounds(1)
        assert [watch["last"] for watch in await everything(world.store, "watch")] == [START]
        assert len(await everything(world.store, "tmf:serviceLevelSpecification")) == 1

    live(scenario)


@pytest.mark.parametrize("state", ["Obsolete", "In test", "In study", "In design", "Rejected", "Banana"])
def test_what_somebody_still_pays_for_is_watched_in_every_state(state: str) -> None:
    async def scenario(world: World) -> None:
        for id in ("held", "suspended", "ended", "unsold"):
            await world.offer(id, lifecycleStatus=state)
        sold = {"held": "active", "suspended": "suspended", "ended": "terminated"}
        for id, status in sold.items():
            bought = product(f"p-{id}", monthly(30), status=status, productOffering={"id": id})
            await put(world.store, "tmf:product", bought)
        await monitor_once(world.monitor)
        watched = (await world.store.find(Find("", "watch", limit=None))).records
        assert sorted(each.key.id for each in watched) == ["held", "suspended"]

    live(scenario)


def test_one_host_with_many_offerings_leaves_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitoring, "MOST_OF_HOST", 2)

    async def scenario(world: World) -> None:
        for number in range(5):
            await world.offer(f"a{number}")
        await world.offer("z", url="http://127.0.0.1:9/")
        await monitor_once(world.monitor)
        assert len(await everything(world.store, "watch")) == 3
        await monitor_once(world.monitor)
        await monitor_once(world.monitor)
        assert len(await everything(world.store, "watch")) == 6

    live(scenario)


def test_it_ends_while_a_server_hangs() -> None:
    async def scenario(world: World) -> None:
        world.behaviour = hangs
        await world.offer()
        stopped = asyncio.Event()
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            group.create_task(keep_monitoring(world.monitor, stopped))
            await asyncio.sleep(0.1)
            stopped.set()
        assert await world.probes() == []

    live(scenario)


def test_a_problem_of_the_store_is_said_as_it_is() -> None:
    async def scenario(world: World) -> None:
        await world.store.close()
        with pytest.raises(Problem):
            await keep_monitoring(world.monitor, asyncio.Event())

    live(scenario)


def test_a_missed_month_comes_off_the_bill_once() -> None:
    async def scenario(world: World) -> None:
        await world.offer()
        sold: JsonObject = {"productOffering": {"id": "o"}}
        await put(world.store, "tmf:product", {**product("p", monthly(30)), **sold})
        await world.rounds(17)
        world.behaviour = answering("500 Oops")
        await world.rounds(3)
        world.now = LATER
        results = await bill_month(world.market, "2026-11")
        bill: Any = results[0].bill
        assert bill["taxExcludedAmount"] == {"unit": "EUR", "value": 24}
        (credit,) = await everything(world.store, "credit")
        assert (credit["percent"], credit["state"]) == (20, "used")
        assert credit["used"] == [{"bill": bill["id"], "amount": {"unit": "EUR", "value": 6}}]
        (breach,) = await breaches_of_product(world.market, "p", Actor("f", READER, party="firm"))
        assert (breach["credit"], breach["id"]) == (credit, credit["breach"])
        before = [await everything(world.store, kind) for kind in ("credit", "breach", "watch", "audit")]
        assert await settle_months(world.market) == []
        await bill_month(world.market, "2026-11")
        assert before == [
            await everything(world.store, kind) for kind in ("credit", "breach", "watch", "audit")
        ]

    live(scenario)


def test_a_credit_after_the_bill_comes_off_the_next_one() -> None:
    async def scenario(world: World) -> None:
        await world.offer()
        sold: JsonObject = {**product("p", monthly(30)), "productOffering": {"id": "o"}}
        await put(world.store, "tmf:product", sold)
        world.now = LATER
        await bill_month(world.market, "2026-11")
        world.now, world.behaviour = START, answering("500 Oops")
        await world.rounds(3)
        world.now = Instant("2027-01-01T06:00:00.000000Z")
        (result,) = await bill_month(world.market, "2026-12")
        assert result.bill is not None
        assert result.bill["taxExcludedAmount"] == {"unit": "EUR", "value": 24}

    live(scenario)


def test_both_parties_see_a_breach_and_others_do_not() -> None:
    async def scenario(world: World) -> None:
        await world.offer()
        await put(
            world.store, "tmf:product", {**product("p", monthly(30)), "productOffering": {"id": "o"}},
            {**product("late", monthly(30)), "productOffering": {"id": "o"}, "startDate": "2026-11-20T00:00:00Z"},
        )  # fmt: skip
        world.behaviour = answering("500 Oops")
        await world.rounds(3)
        world.behaviour = answering("200 OK", body=b"[]")
        await world.rounds(3)
        buyer, seller = Actor("f", READER, party="firm"), Actor("c", READER, party="city")
        stranger = Actor("s", READER, party="other")
        for actor in (buyer, seller, LOCAL):
            assert len(await breaches_of_product(world.market, "p", actor)) == 1
            assert await breaches_of_product(world.market, "late", actor) == []
        assert len(await breaches_of_offering(world.market, "o", seller)) == 1
        with pytest.raises(Problem, match="There is no product 'p'"):
            await breaches_of_product(world.market, "p", stranger)
        with pytest.raises(Problem, match="shown to its provider"):
            await breaches_of_offering(world.market, "o", buyer)
        today = day_of(START)
        found = await levels(world.market, "o", Days(today, today), stranger)
        assert found.objectives == [{"metric": "availability", "target": 99, "measured": 50}]
        assert [hour["probes"] for hour in found.hours] == [0] * 8 + [6]

    live(scenario)


def test_a_listener_hears_of_a_breach() -> None:
    async def scenario(world: World) -> None:
        await create_listener(
            world.market,
            RESOURCES["serviceLevelObjective"].api,
            {"callback": "https://listener.example/l"},
            LOCAL,
        )
        await world.offer()
        world.behaviour = answering("500 Oops")
        await world.rounds(3)
        found = [
            json.loads(one.body)
            for lane in await world.store.lanes(world.now, 10)
            for one in await world.store.pending(lane, 9)
        ]
        types = [one["event"]["eventType"] for one in found]
        assert types == [
            "ServiceLevelObjectiveCreateEvent",
            "ServiceLevelSpecificationCreateEvent",
            "ServiceLevelObjectiveAttributeValueChangeEvent",
        ]

    live(scenario)
