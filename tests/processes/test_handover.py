"""Handing over a provider's credentials, step by step: repeated, late, cancelled, never looked at."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.conftest import Run
from tests.market.seller import BASE, Clock, Ids
from tests.processes.test_fulfilment import ordered, put, stored, the, trader

from beffroi.courier.outcome import Again, Done
from beffroi.kernel.instant import NO_INSTANT, plus_seconds
from beffroi.kernel.json import JsonObject, decode_object
from beffroi.kernel.record import Commit
from beffroi.market.operations.handover import Awaited, Handed
from beffroi.market.operations.holding import show_credentials
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.operations.writing import Asker, act_as_node, change
from beffroi.market.rules.access.handover import FORGET, LANE, TRIED_S, UNSEEN_S
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Written
from beffroi.outbound import Answer, Failed, Refused
from beffroi.processes.fulfilment import go_on
from beffroi.processes.handover import MOST_AT_ONCE, Handover
from beffroi.store.port import Indexer, Pending, Store
from beffroi.web.message import LOCAL

OPERATOR = Asker(LOCAL)
GIVEN = json.dumps({"credentials": {"apiKey": "k-1"}}).encode()


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def market(store: Store, clock: Clock) -> Market:
    return Market(store, clock, Ids(), BASE, allow_private=True)


class Firm:
    """A provider that answers as it is told, or waits until it may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer | Exception = Answer(200, {}, GIVEN, "")
        self.may = asyncio.Event()
        self.may.set()

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, **limits: Any
    ) -> Answer:
        self.asked.append(headers["Idempotency-Key"])
        await self.may.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def waiting(market: Market) -> tuple[str, str, str]:
    """An order whose provider is to be asked: the order, its product, and the firm that bought it."""
    city = await put(market, "organization", {"tradingName": "The city"})
    firm = await put(market, "organization", {"tradingName": "The firm"})
    said = {"endpointUrl": "https://a.example/", "access": "webhook", "credentialsUrl": "https://a.example/k"}
    listed: list[Any] = [
        {"name": name, "productSpecCharacteristicValue": [{"value": value}]} for name, value in said.items()
    ]
    parties: list[Any] = [{"id": city, "role": "seller"}]
    specification = await put(
        market, "productSpecification", {"name": "Keys", "productSpecCharacteristic": listed}
    )
    offering = await put(
        market,
        "productOffering",
        {
            "name": "Keys",
            "lifecycleStatus": "Active",
            "productSpecification": {"id": specification},
            "relatedParty": parties,
        },
    )
    order = await ordered(market, offering, firm)
    await go_on(market, order)
    (product,) = await stored(market, "tmf:product")
    assert product["status"] == "pendingActive"
    return order, str(product["id"]), firm


async def row(market: Market, prefix: str = LANE) -> Pending:
    """The first row of the outbox whose lane begins so."""
    lanes = await market.store.lanes(plus_seconds(market.now(), 2 * UNSEEN_S), 100)
    (lane,) = [each for each in lanes if each.startswith(prefix)]
    return (await market.store.pending(lane, 1))[0]


async def status(market: Market) -> str:
    (product,) = await stored(market, "tmf:product")
    return str(product["status"])


def test_what_was_handed_over_is_not_asked_for_again_after_a_crash(run: Run, market: Market) -> None:
    async def steps() -> None:
        order, product, firm = await waiting(market)
        service, event = Firm(), await row(market)
        for _ in range(2):  # the row comes again after a crash before it was settled
            assert await Handover(market, service).deliver([event]) == Done()
        assert len(service.asked) == 1
        await go_on(market, order)
        assert (await the(market, order))["state"] == "completed"
        shown = await show_credentials(market, product, trader(firm).actor)
        assert shown == Handed({"apiKey": "k-1"})
        assert await show_credentials(market, product, trader(firm).actor) == Awaited()

    run(steps())


@pytest.mark.parametrize(
    "answer",
    [
        Failed("'https://a.example' does not answer."),
        Answer(503, {"retry-after": "7"}, b"", ""),
        Answer(202, {"retry-after": "7"}, b"", ""),
        Answer(200, {}, b"", ""),
    ],
)
def test_what_passes_is_tried_again_for_twenty_hours(
    run: Run, market: Market, clock: Clock, answer: Answer | Exception
) -> None:
    async def steps() -> None:
        order, _, _ = await waiting(market)
        service, event = Firm(), await row(market)
        service.answer = answer
        outcome = await Handover(market, service).deliver([event])
        assert isinstance(outcome, Again)
        assert (outcome.tried, outcome.wait_s) == (True, 7.0 if "503" in outcome.reason else outcome.wait_s)
        assert "is asked until" in (await the(market, order))["productOrderItem"][0]["message"]
        clock.now = plus_seconds(clock.now, TRIED_S + 1)
        assert await Handover(market, service).deliver([event]) == Done()
        await go_on(market, order)
        found = await the(market, order)
        assert (found["state"], await status(market)) == ("failed", "aborted ")
        assert "did not hand over the credentials" in found["note"][0]["text"]

    run(steps())


@pytest.mark.parametrize("answer", [Refused("The address is not public."), Answer(404, {}, b"", "")])
def test_what_does_not_pass_fails_the_order_at_once(
    run: Run, market: Market, answer: Answer | Exception
) -> None:
    async def steps() -> None:
        order, _, _ = await waiting(market)
        service, event = Firm(), await row(market)
        service.answer = answer
        assert await Handover(market, service).deliver([event]) == Done()
        await go_on(market, order)
        assert (await the(market, order))["state"] == "failed"

    run(steps())


def test_an_order_that_is_cancelled_meanwhile_gets_nothing(run: Run, market: Market) -> None:
    async def steps() -> None:
        order, _, _ = await waiting(market)
        event = await row(market)
        for state in ("assessingCancellation", "pendingCancellation", "cancelled"):

            def to(body: JsonObject, state: str = state) -> JsonObject:
                return {**body, "state": state}

            await change(market, RESOURCES["productOrder"], order, to, OPERATOR)
        assert await Handover(market, Firm()).deliver([event]) == Done()
        assert await status(market) == "cancelled"
        assert await stored(market, "handover") == []

    run(steps())


def test_a_provider_that_hangs_holds_up_no_more_than_its_share(run: Run, market: Market) -> None:
    async def steps() -> None:
        await waiting(market)
        service, event = Firm(), await row(market)
        service.may.clear()
        handover = Handover(market, service)
        async with asyncio.TaskGroup() as group:
            hanging = [group.create_task(handover.deliver([event])) for _ in range(MOST_AT_ONCE)]
            while len(service.asked) < MOST_AT_ONCE:
                await asyncio.sleep(0)
            outcome = await handover.deliver([event])
            assert isinstance(outcome, Again)
            assert not outcome.tried
            service.may.set()
        assert all(each.result() == Done() for each in hanging)
        assert len(service.asked) == MOST_AT_ONCE

    run(steps())


def test_credentials_that_nobody_looks_at_are_forgotten(run: Run, market: Market) -> None:
    async def steps() -> None:
        _, _, _ = await waiting(market)
        service = Firm()
        handover = Handover(market, service)
        await handover.deliver([await row(market)])
        (kept,) = await stored(market, "handover")
        assert kept["state"] == "ready"
        due = await row(market, FORGET)
        assert due.due == plus_seconds(market.now(), UNSEEN_S)
        outcome = await handover.forget([due])
        await market.store.transact(list(outcome.reads), outcome.note)
        (kept,) = await stored(market, "handover")
        assert (kept["state"], kept["sealed"]) == ("shown", "")

    run(steps())


def test_a_choice_that_changes_is_told(run: Run, market: Market) -> None:
    async def steps() -> None:
        _, product, _ = await waiting(market)
        event = await row(market)
        await Handover(market, Firm()).deliver([event])
        await market.store.transact([], lambda _: Commit(settled=(event.number,)))

        key = PRODUCT.key(product)

        def anew(scene: Scene) -> Outcome:
            body = scene.records[key].body
            said = [*body["productCharacteristic"], {"name": "seats", "value": 3}]  # type: ignore[misc]
            after: JsonObject = {**body, "productCharacteristic": said}
            return Outcome(after, (Written(PRODUCT.name, product, after),))

        await act_as_node(market, lambda _: [key], anew, "An order chooses anew.")
        told = decode_object((await row(market)).body)
        assert (told["what"], told["since"]) == ("changed", market.now())

    run(steps())


def test_rows_of_what_is_gone_are_done(run: Run, market: Market) -> None:
    async def steps() -> None:
        body = b'{"product": "gone", "what": "ended", "id": "1"}'
        event = Pending(1, f"{LANE}gone", body, NO_INSTANT, 0)
        assert await Handover(market, Firm()).deliver([event]) == Done()

    run(steps())
