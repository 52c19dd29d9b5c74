"""Usage rows are rated before a bill and marked after it: in pieces, on rows as they are then, however often."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from beffroi.kernel.problem import Problem, Unavailable
from beffroi.kernel.record import Change, Commit, Key
from beffroi.market.operations.billing import bill_month
from beffroi.market.rules.access.usage_chain import usage_id
from beffroi.store.port import Decide, Store
from tests.market.prices import monthly, per_use, tiered
from tests.market.seller import seller_of
from tests.market.shop import everything, market, opened, product, put, usage

BILL, ROW, PRODUCT = "tmf:customerBill", "tmf:usage", "tmf:product"
Scenario = Callable[[Store], Coroutine[Any, Any, None]]


def play(scenario: Scenario) -> None:
    async def run() -> None:
        store = await opened()
        try:
            await scenario(store)
        finally:
            await store.close()

    asyncio.run(run())


def interrupted(store: Store, number: int, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do something once, right before the commit with this number, from 1."""
    kept, calls = store.transact, 0

    async def transact(reads: Sequence[Key], decide: Decide) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            await act()
        await kept(reads, decide)

    store.transact = transact  # type: ignore[method-assign]


async def states(store: Store) -> list[str]:
    return [row["status"] for row in await everything(store, ROW)]


def amounts(rows: list[Any]) -> list[float]:
    return [row["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"] for row in rows]


@pytest.mark.parametrize("count", [249, 250, 251, 500, 730])
def test_however_many_rows_there_are_each_is_billed_once_and_rated_through_its_tiers(count: int) -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", tiered((300, 2), (None, 1), amount=1)))
        await put(store, ROW, *usage("a", [{"requests": 2}] * count, hours=0.9))
        await bill_month(market(store), "2026-11")
        (bill,) = await everything(store, BILL)
        rows = await everything(store, ROW)
        owed = 600 + (2 * count - 300) if 2 * count > 300 else 4 * count
        assert bill["taxExcludedAmount"]["value"] == owed == sum(amounts(rows))
        assert {row["status"] for row in rows} == {"billed"}
        assert all(row["ratedProductUsage"][0]["isBilled"] for row in rows)

    play(scenario)


def test_a_row_that_is_rejected_in_the_instant_before_it_is_rated_is_not_billed() -> None:
    async def scenario(store: Store) -> None:
        rows = usage("a", [{"requests": 5}, {"requests": 6}])
        await put(store, PRODUCT, product("a", per_use(1, 1)))
        await put(store, ROW, *rows)
        interrupted(store, 1, lambda: reject(store, rows[1]))
        await bill_month(market(store), "2026-11")
        (bill,) = await everything(store, BILL)
        assert bill["taxExcludedAmount"]["value"] == 5
        assert await states(store) == ["billed", "rejected"]

    async def reject(store: Store, row: Any) -> None:
        await put(store, ROW, {**row, "status": "rejected"})

    play(scenario)


def test_a_run_that_ends_between_bill_and_marks_is_finished_by_the_next() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", monthly(30), per_use(1, 1)))
        await put(store, ROW, *usage("a", [{"requests": 5}, {"requests": 6}]))
        kept = store.transact

        async def stop() -> None:
            raise Problem(Unavailable, "The storage does not answer.")

        interrupted(store, 3, stop)
        (failed,) = await bill_month(market(store), "2026-11")
        assert failed.problem == "The storage does not answer."
        assert await states(store) == ["rated", "rated"]
        (bill,) = await everything(store, BILL)
        store.transact = kept  # type: ignore[method-assign]
        assert await bill_month(market(store), "2026-11") == []
        assert await states(store) == ["billed", "billed"]
        assert await everything(store, BILL) == [bill]

    play(scenario)


def test_rows_that_come_while_the_bill_is_made_wait_for_the_next() -> None:
    async def scenario(store: Store) -> None:
        rows = usage("a", [{"requests": 5}, {"requests": 6}])
        await put(store, PRODUCT, product("a", per_use(1, 1)))
        await put(store, ROW, rows[0])
        interrupted(store, 2, lambda: put(store, ROW, rows[1]))
        await bill_month(market(store), "2026-11")
        assert await states(store) == ["billed", "received"]
        await bill_month(market(store), "2026-11")
        first, second = await everything(store, BILL)
        assert [bill["taxExcludedAmount"]["value"] for bill in (first, second)] == [5, 6]
        assert await states(store) == ["billed", "billed"]

    play(scenario)


@pytest.mark.parametrize("missing", [2, 250, 251, 252])
def test_a_row_that_is_missing_between_others_stops_the_bill(missing: int) -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", per_use(1, 1)))
        await put(store, ROW, *usage("a", [{"requests": 1}] * 300))
        gone = Key("", ROW, usage_id("a", missing))
        await store.transact([], lambda _: Commit((Change(gone, None),)))
        (result,) = await bill_month(market(store), "2026-11")
        assert f"row {missing} is missing" in result.problem
        assert await everything(store, BILL) == []

    play(scenario)


def test_a_row_that_was_changed_in_a_later_piece_stops_the_bill() -> None:
    async def scenario(store: Store) -> None:
        rows = usage("a", [{"requests": 1}] * 300)
        rows[280]["meter"]["requests"] = 0  # type: ignore[index,call-overload]
        await put(store, PRODUCT, product("a", per_use(1, 1)))
        await put(store, ROW, *rows)
        (result,) = await bill_month(market(store), "2026-11")
        assert "does not hold at row 281" in result.problem
        assert await everything(store, BILL) == []
        assert set(await states(store)) == {"rated", "received"}

    play(scenario)


@pytest.mark.parametrize(
    ("state", "patch", "said"),
    [
        ("rated", {"status": "billed"}, "becomes 'billed' by a bill of the node, not by hand"),
        ("guided", {"status": "rated"}, "becomes 'rated' by a bill of the node, not by hand"),
        ("rated", {"ratedProductUsage": []}, "follows from the prices of its product"),
    ],
)
def test_nobody_says_by_hand_what_a_bill_says_of_a_row(
    state: str, patch: dict[str, Any], said: str, store: Store, run: Any
) -> None:
    seller = seller_of(store, run)
    (row,) = usage("a", [{"requests": 5}])
    run(put(store, ROW, {**row, "status": state, "ratedProductUsage": [{"isBilled": False}]}))
    refused = seller.patch("usage", str(row["id"]), patch)
    assert (refused.status, said in refused.json["message"]) == (409, True)
    assert seller.get("usage", str(row["id"])).json["status"] == state


def test_usage_of_other_origin_is_moved_by_hand(store: Store, run: Any) -> None:
    seller = seller_of(store, run)
    row = seller.make("usage", {"usageType": "calls"})
    for state in ("guided", "rated", "billed"):
        assert seller.patch("usage", row["id"], {"status": state}).status == 200


def test_what_an_operator_still_moves_of_a_metered_row(store: Store, run: Any) -> None:
    seller = seller_of(store, run)
    (row,) = usage("a", [{"requests": 5}])
    run(put(store, ROW, row))
    for state in ("rejected", "recycled", "guided"):
        assert seller.patch("usage", str(row["id"]), {"status": state}).status == 200


def test_a_row_that_is_rated_cannot_be_rejected(store: Store, run: Any) -> None:
    seller = seller_of(store, run)
    (row,) = usage("a", [{"requests": 5}])
    run(put(store, ROW, {**row, "status": "rated"}))
    refused = seller.patch("usage", str(row["id"]), {"status": "rejected"})
    assert (refused.status, "'rated'" in refused.json["message"]) == (409, True)
