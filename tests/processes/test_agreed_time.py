"""A product whose agreed time is over ends by itself: once, with all that stands behind it, whatever clocks do."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from tests.conftest import Run
from tests.market import shop
from tests.market.prices import at, monthly, once, per_use
from tests.market.seller import BASE, Clock, Ids
from tests.processes.test_fulfilment import ordered, sold, stored, trader

from beffroi.kernel.instant import Instant, instant_of, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, document_of
from beffroi.market.operations.billing import bill_month, bill_now
from beffroi.market.operations.chaining import verify_audit
from beffroi.market.operations.credentials import make_credentials
from beffroi.market.operations.holding import end_product, show_credentials
from beffroi.market.operations.inventory import suspend, terminate
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.rules.access.credentials import Credentials
from beffroi.market.rules.access.grants import declared
from beffroi.market.rules.apis import RESOURCES
from beffroi.processes.agreed_time import MOST_AT_ONCE, end_products
from beffroi.processes.fulfilment import go_on
from beffroi.store.port import Indexer, Store
from beffroi.web.message import LOCAL

A_DAY = 86_400.0
TERMS = [
    {
        "@type": "DataUseTerm",
        "licence": {"spdxId": "ODbL-1.0"},
        "duration": {"amount": 1, "units": "day"},
    }
]


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def market(store: Store, clock: Clock) -> Market:
    return Market(store, clock, Ids(), BASE, allow_private=True)


async def bought(market: Market, **more: Any) -> tuple[Any, str, str, str]:
    """A product for a day, its offering, who sells it and who holds it."""
    offering, city, firm = await sold(market, productOfferingTerm=TERMS, **more)
    await go_on(market, await ordered(market, offering, firm))
    (product,) = await stored(market, "tmf:product")
    return product, offering, city, firm


async def the_product(market: Market, id: str) -> Any:
    key = RESOURCES["product"].key(id)
    return (await market.store.read([key]))[key].body


async def round_of(market: Market) -> tuple[int, int]:
    return await end_products(market, asyncio.Event())


def test_a_product_ends_when_its_agreed_time_does(run: Run, market: Market, clock: Clock) -> None:
    async def steps() -> None:
        product, offering, _, firm = await bought(market, orderLimit={"total": 1})
        id, end = product["id"], product["terminationDate"]
        clock.now = plus_seconds(clock.now, A_DAY - 1)
        assert await round_of(market) == (0, 0)
        with pytest.raises(Problem, match="sold out"):
            await ordered(market, offering, firm)
        clock.now = plus_seconds(clock.now, 3 * A_DAY)
        assert await round_of(market) == (1, 0)
        after = await the_product(market, id)
        assert (after["status"], after["terminationDate"]) == ("terminated", end)
        assert after["statusReason"] == "Its agreed time ended on 2026-11-23."
        (service,) = await stored(market, "tmf:service")
        assert (service["state"], service["isServiceEnabled"], service["endDate"]) == (
            "terminated",
            False,
            end,
        )
        (credential,) = await stored(market, "credential")
        assert credential["state"] == "revoked"
        entries = [each for each in await stored(market, "audit") if each["id"] == id]
        assert (entries[-1]["actor"], entries[-1]["reason"]) == ("node", after["statusReason"])
        assert (await verify_audit(market.store)).broken is None
        await ordered(market, offering, firm)  # its unit is free again
        written = len(await stored(market, "audit"))
        assert await round_of(market) == (0, 0)
        assert len(await stored(market, "audit")) == written

    run(steps())


def period(end: str) -> JsonObject:
    value: JsonObject = {"startDateTime": "2026-11-01T00:00:00Z", "endDateTime": end}
    return {"name": "period", "productSpecCharacteristicValue": [{"value": value}]}


@pytest.mark.parametrize(
    ("sold_until", "terms", "ends"),
    [
        ("2026-11-22T18:00:00Z", TERMS, "2026-11-22T18:00:00Z"),
        ("2026-11-25T18:00:00Z", TERMS, "2026-11-23T10:00:00Z"),
        ("2026-11-25T18:00:00Z", [], "2026-11-25T18:00:00Z"),
    ],
)
def test_of_the_agreed_time_and_the_period_that_was_sold_the_earlier_ends_it(
    run: Run, market: Market, clock: Clock, sold_until: str, terms: list[Any], ends: str
) -> None:
    async def steps() -> None:
        use = [period(sold_until)]
        offering, _, firm = await sold(market, productOfferingTerm=terms, prodSpecCharValueUse=use)
        await go_on(market, await ordered(market, offering, firm))
        (product,) = await stored(market, "tmf:product")
        end = instant_of(datetime.fromisoformat(ends))
        assert declared(product, str).until == end  # the gate closes then
        clock.now = plus_seconds(end, -1)
        assert await round_of(market) == (0, 0)
        clock.now = plus_seconds(end, 3600)
        with pytest.raises(Problem, match="The agreed time of the product"):
            await show_credentials(market, str(product["id"]), trader(firm).actor)
        assert await round_of(market) == (1, 0)
        after = await the_product(market, str(product["id"]))
        assert (after["status"], after["terminationDate"]) == ("terminated", ends)
        (service,) = await stored(market, "tmf:service")
        assert (service["state"], service["endDate"]) == ("terminated", ends)

    run(steps())


def test_the_very_moment_at_which_the_gate_closes_is_the_end(run: Run, market: Market, clock: Clock) -> None:
    async def steps() -> None:
        product, _, _, _ = await bought(market)
        clock.to(product["terminationDate"])
        assert await round_of(market) == (1, 0)

    run(steps())


def test_a_suspended_product_ends_too_and_its_pause_with_it(run: Run, market: Market, clock: Clock) -> None:
    async def steps() -> None:
        product, _, city, _ = await bought(market)
        await suspend(market, product["id"], "The bill is open.", trader(city))
        clock.now = plus_seconds(clock.now, 2 * A_DAY)
        assert await round_of(market) == (1, 0)
        after = await the_product(market, product["id"])
        assert after["status"] == "terminated"
        assert "endDateTime" in after["suspension"][0]

    run(steps())


def test_one_that_was_ended_by_hand_is_left_alone(run: Run, market: Market, clock: Clock) -> None:
    async def steps() -> None:
        product, _, city, _ = await bought(market)
        await terminate(market, product["id"], "The source is gone.", trader(city))
        clock.now = plus_seconds(clock.now, 2 * A_DAY)
        assert await round_of(market) == (0, 0)
        assert (await the_product(market, product["id"]))["statusReason"] == "The source is gone."

    run(steps())


def test_a_clock_that_jumps_back_ends_nothing_and_starts_nothing_again(
    run: Run, store: Store, clock: Clock
) -> None:
    async def steps() -> None:
        market = Market(store, clock, Ids(), BASE, allow_private=True)
        product, _, _, _ = await bought(market)
        begun = clock.now
        told = iter(
            [plus_seconds(begun, 2 * A_DAY)]
        )  # what the search is told, before the clock is put right
        jumping = Market(store, lambda: next(told, begun), market.new_id, BASE)
        assert await round_of(jumping) == (1, 0)
        assert (await the_product(market, product["id"]))["status"] == "active"
        clock.now = plus_seconds(begun, 2 * A_DAY)
        assert await round_of(market) == (1, 0)
        clock.now = begun
        assert await round_of(market) == (0, 0)
        assert (await the_product(market, product["id"]))["status"] == "terminated"

    run(steps())


def test_one_that_cannot_be_ended_keeps_no_other_from_its_end(run: Run, market: Market, clock: Clock) -> None:
    async def steps() -> None:
        first, offering, _, firm = await bought(market)
        await go_on(market, await ordered(market, offering, firm))
        service = RESOURCES["service"].key(first["realizingService"][0]["id"])
        broken: JsonObject = {"id": service.id}
        await market.store.transact([], lambda _: Commit((Change(service, document_of(broken)),)))
        clock.now = plus_seconds(clock.now, 2 * A_DAY)
        assert await round_of(market) == (2, 1)
        found = await stored(market, "tmf:product")
        assert [each["status"] for each in found] == ["active", "terminated"]

    run(steps())


def test_more_than_one_find_gives_end_in_one_round_unless_the_node_stops(
    run: Run, market: Market, clock: Clock
) -> None:
    async def steps() -> None:
        many = MOST_AT_ONCE + 5
        end = Instant("2026-11-23T10:00:00.000000Z")
        changes = [
            Change(
                RESOURCES["product"].key(f"p{n}"),
                document_of({"id": f"p{n}", "status": "active", "terminationDate": end}),
            )
            for n in range(many)
        ]
        await market.store.transact([], lambda _: Commit(tuple(changes)))
        clock.now = plus_seconds(end, 1)
        stopped = asyncio.Event()
        stopped.set()
        assert await end_products(market, stopped) == (0, 0)
        assert await round_of(market) == (many, 0)
        assert {each["status"] for each in await stored(market, "tmf:product")} == {"terminated"}

    run(steps())


def test_no_credentials_are_given_after_the_agreed_time(run: Run, market: Market, clock: Clock) -> None:
    async def steps() -> None:
        product, _, _, firm = await bought(market)
        id, holder = product["id"], trader(firm).actor
        assert isinstance(await show_credentials(market, id, holder), Credentials)
        clock.now = plus_seconds(clock.now, 2 * A_DAY)
        sentence = r"The agreed time of the product '.*' ended at 2026-11-23T10:00:00Z\."
        with pytest.raises(Problem, match=sentence):
            await show_credentials(market, id, holder)
        with pytest.raises(Problem, match=sentence):
            await make_credentials(market, id, LOCAL)
        with pytest.raises(Problem, match=sentence):
            await end_product(market, id, holder, "")

    run(steps())


PAUSED: JsonObject = {"status": "suspended", "suspension": [{"startDateTime": at("2026-11-05")}]}
PREPAID = monthly(30, "recurring-prepaid") | {"id": "prepaid"}


@pytest.mark.parametrize("price", [monthly(30), PREPAID, once(5), per_use(2, 1)])
@pytest.mark.parametrize("more", [{}, PAUSED])
@pytest.mark.parametrize("end", ["2026-11-11", "2026-11-11T14", "2026-12-01"])
@pytest.mark.parametrize("said_by", ["terminationDate", "period", "both"])
def test_its_bills_are_the_same_to_the_cent(
    run: Run, price: dict[str, Any], more: JsonObject, end: str, said_by: str
) -> None:
    value: JsonObject = {"name": "period", "value": {"endDateTime": at(end)}}
    lasts: dict[str, dict[str, Any]] = {
        "terminationDate": {"terminationDate": at(end)},
        "period": {"productCharacteristic": [value]},
        "both": {"productCharacteristic": [value], "terminationDate": at("2026-12-20")},
    }

    async def billed(said_by: str, *, ends: bool) -> list[Any]:
        """The amounts of a bill on demand before the end, and of the month after it."""
        store = await shop.opened()
        month: dict[str, Any] = {"startDate": at("2026-11-01"), **lasts[said_by], **more}
        await shop.put(store, "tmf:product", shop.product("a", price, **month))
        await shop.put(store, "tmf:usage", *shop.usage("a", [{"requests": 700}], at("2026-11-02")))
        await bill_now(shop.market(store, at("2026-11-08")), "firm", "")
        later = shop.market(store, at("2026-12-05"))
        if ends:
            assert await end_products(later, asyncio.Event()) == (1, 0)
            assert (await shop.everything(store, "tmf:product"))[0]["status"] == "terminated"
        for _ in range(2):
            await bill_month(later, "2026-11")
        return [
            (bill["taxExcludedAmount"], bill["taxIncludedAmount"])
            for bill in await shop.everything(store, "tmf:customerBill")
        ]

    async def steps() -> None:
        as_it_was = await billed("terminationDate", ends=False)
        assert await billed(said_by, ends=False) == as_it_was
        assert await billed(said_by, ends=True) == as_it_was
        assert as_it_was

    run(steps())
