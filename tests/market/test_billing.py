"""Bills of a month: once, to the cent, one commit for each account, numbers without gaps."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import Problem, Unavailable
from beffroi.kernel.record import Key
from beffroi.market.operations.billing import bill_month, bill_now
from beffroi.market.operations.demand import bill_demanded
from beffroi.market.operations.writing import Asker, create
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL_ON_DEMAND
from beffroi.market.rules.bills.credit import credit
from beffroi.market.rules.bills.on_demand import LANE
from beffroi.market.rules.prices.money import Money
from beffroi.store.port import Decide, Pending, Store
from beffroi.web.message import Actor
from tests.market.prices import at, monthly, once, per_use, tiered
from tests.market.shop import everything, market, opened, product, put, usage
from tests.market.test_charging import to_cents

BILL, RATE, ROW, PRODUCT = (
    f"tmf:{n}" for n in ("customerBill", "appliedCustomerBillingRate", "usage", "product")
)
PAID_FIRST = monthly(30) | {"priceType": "recurring-prepaid"}
Scenario = Callable[[Store], Coroutine[Any, Any, None]]


def play(scenario: Scenario, url: str = "memory:") -> None:
    async def run() -> None:
        store = await opened(url)
        try:
            await scenario(store)
        finally:
            await store.close()

    asyncio.run(run())


async def november(store: Store) -> list[Any]:
    await bill_month(market(store), "2026-11")
    return await everything(store, BILL)


@pytest.mark.parametrize("engine", ["memory", "sqlite"])
def test_a_month_is_billed_once(engine: str, tmp_path: Path) -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", monthly(30), per_use(2, 1000)), product("b", once(5)))
        await put(store, ROW, *usage("a", [{"requests": 700}, {"requests": 800}]))
        (bill,) = await november(store)
        assert bill["billNo"] == "2026-000001"
        assert bill["taxExcludedAmount"] == {"unit": "EUR", "value": 33}
        assert bill["taxIncludedAmount"] == {"unit": "EUR", "value": 39.6}
        assert bill["taxItem"][0]["taxAmount"] == {"unit": "EUR", "value": 6.6}
        rates = await everything(store, RATE)
        assert [rate["taxExcludedAmount"]["value"] for rate in rates] == [30, 3]
        assert {rate["bill"]["id"] for rate in rates} == {bill["id"]}
        rows = await everything(store, ROW)
        assert [row["status"] for row in rows] == ["billed", "billed"]
        assert [row["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"] for row in rows] == [1.4, 1.6]
        before = [
            await everything(store, kind) for kind in (BILL, RATE, ROW, "billing", "bill-number", "credit")
        ]
        assert await bill_month(market(store, at("2026-12-24")), "2026-11") == []
        assert before == [
            await everything(store, k) for k in (BILL, RATE, ROW, "billing", "bill-number", "credit")
        ]

    play(scenario, "memory:" if engine == "memory" else f"sqlite:{tmp_path / 'b.db'}")


def test_a_month_that_goes_on_is_not_billed() -> None:
    async def scenario(store: Store) -> None:
        with pytest.raises(Problem, match="2026-12 is not over; it ends with 2026-12-31"):
            await bill_month(market(store), "2026-12")

    play(scenario)


def test_each_account_gets_its_own_bill_and_each_seller_its_own_numbers() -> None:
    async def scenario(store: Store) -> None:
        await put(
            store, PRODUCT, product("a", monthly(30)), product("b", monthly(30), buyer="school"),
            product("c", monthly(30), seller="port"), product("d", monthly(30), billingAccount={"id": "second"}),
            product("e", monthly(30) | {"price": {"unit": "CHF", "value": 9}}),
            product("f", monthly(8, tax=[{"taxCategory": "O"}])),
        )  # fmt: skip
        bills = await november(store)
        parties = {(b["relatedParty"][0]["id"], b["billNo"]) for b in bills}
        assert parties == {("city", f"2026-00000{n}") for n in range(1, 6)} | {("port", "2026-000001")}
        assert [b["billingAccount"]["id"] for b in bills if "billingAccount" in b] == ["second"]
        assert sum(b["taxIncludedAmount"]["unit"] == "CHF" for b in bills) == 1
        assert [b["taxIncludedAmount"]["value"] for b in bills if b["taxItem"][0]["taxCategory"] == "O"] == [
            8
        ]

    play(scenario)


def test_a_bill_says_which_of_its_parties_is_an_individual() -> None:
    async def scenario(store: Store) -> None:
        await put(store, "tmf:individual", {"id": "anne", "familyName": "Simulée"})
        await put(store, PRODUCT, product("a", monthly(30), buyer="anne"), product("b", monthly(30)))
        bills = await november(store)
        for document in (*bills, *await everything(store, RATE)):
            kinds = {party["id"]: party["@referredType"] for party in document["relatedParty"]}
            buyer = kinds.keys() - {"city"}
            expected = {"anne": "Individual"} if buyer == {"anne"} else dict.fromkeys(buyer, "Organization")
            assert kinds == {"city": "Organization", **expected}
        assert {party["id"] for bill in bills for party in bill["relatedParty"]} > {"anne", "city"}

    play(scenario)


def test_what_cannot_be_billed_is_said_and_stops_nobody_else() -> None:
    async def scenario(store: Store) -> None:
        nobody = product("x", monthly(30)) | {"relatedParty": []}
        broken = product("y", per_use(2, 1), buyer="school")
        await put(store, PRODUCT, nobody, broken, product("a", monthly(30)))
        rows = usage("y", [{"requests": 5}, {"requests": 6}])
        rows[0]["meter"]["requests"] = 4  # type: ignore[index,call-overload]
        await put(store, ROW, *rows)
        results = await bill_month(market(store), "2026-11")
        assert [(r.subject, r.bill is not None) for r in results] == [
            ("x", False),
            ("school", False),
            ("firm", True),
        ]
        assert "names no seller" in results[0].problem
        assert "does not hold at row 1" in results[1].problem
        assert {row["status"] for row in await everything(store, ROW)} == {"received"}

    play(scenario)


def test_a_product_that_never_began_and_usage_of_other_months_cost_nothing() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", once(9), per_use(1, 1), status="pendingActive"))
        await put(store, PRODUCT, product("b", per_use(1, 1)))
        await put(store, ROW, *usage("b", [{"requests": 5}], at("2026-10-31T23")))
        assert await november(store) == []

    play(scenario)


def test_rejected_usage_is_not_billed() -> None:
    async def scenario(store: Store) -> None:
        rows = usage("a", [{"requests": 5}, {"requests": 6}])
        rows[1]["status"] = "rejected"
        await put(store, PRODUCT, product("a", per_use(1, 1)))
        await put(store, ROW, *rows)
        (bill,) = await november(store)
        assert bill["taxExcludedAmount"]["value"] == 5
        assert [row["status"] for row in await everything(store, ROW)] == ["billed", "rejected"]

    play(scenario)


def test_usage_that_comes_late_gets_a_bill_of_its_own() -> None:
    async def scenario(store: Store) -> None:
        rows = usage("a", [{"requests": 8}, {"requests": 6}])
        await put(store, PRODUCT, product("a", monthly(30), tiered((10, 1), (None, 3), amount=1)))
        await put(store, ROW, rows[0])
        await november(store)
        await put(store, ROW, rows[1])
        first, second = await november(store)
        assert (first["taxExcludedAmount"]["value"], second["taxExcludedAmount"]["value"]) == (38, 14)
        assert (first["billNo"], second["billNo"]) == ("2026-000001", "2026-000002")

    play(scenario)


def test_a_bill_on_demand_and_the_months_bill_come_to_the_month() -> None:
    async def scenario(store: Store) -> None:
        prices = monthly(30, "recurring-prepaid"), tiered((10, 1), (None, 3), amount=1)
        await put(store, PRODUCT, product("a", *prices), product("b", once(1), buyer="school"))
        rows = usage("a", [{"requests": 8}, {"requests": 6}], hours=24)
        await put(store, ROW, rows[0])
        (result,) = await bill_now(market(store, at("2026-11-02T01")), "firm", "")
        assert result.bill is not None
        assert result.bill["runType"] == "offCycle"
        await put(store, ROW, rows[1])
        early, rest = await november(store)
        assert (early["taxExcludedAmount"]["value"], rest["taxExcludedAmount"]["value"]) == (38, 14)
        assert await bill_now(market(store, at("2026-11-02T01")), "nobody", "") == []
        again = await bill_now(market(store, at("2026-11-30T23")), "firm", "")
        assert [(one.bill, one.last) for one in again] == [(None, rest["id"])]

    play(scenario)


def test_a_demand_is_answered_with_its_bill_however_often_the_step_runs() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", monthly(30, "recurring-prepaid")))
        shop = market(store, at("2026-11-02T01"))
        asker = Asker(Actor("operator", frozenset({"read", "write", "operate"})))
        given: JsonObject = {"relatedParty": {"id": "firm", "role": "buyer"}}
        await put(store, "tmf:organization", {"id": "firm", "tradingName": "Firm"})
        made = await create(shop, CUSTOMER_BILL_ON_DEMAND, given, asker)
        assert made["state"] == "inProgress"
        (event,) = await store.pending(LANE, 9)
        for _ in range(2):
            await bill_demanded(shop, [event])
        (demand,) = await everything(store, "tmf:customerBillOnDemand")
        (bill,) = await everything(store, BILL)
        assert (demand["state"], demand["customerBill"]["id"]) == ("done", bill["id"])
        refused = await create(shop, CUSTOMER_BILL_ON_DEMAND, {}, asker)
        assert (refused["state"], refused["description"]) == (
            "rejected",
            "The demand names no buyer as relatedParty.",
        )
        await put(store, "tmf:billingAccount", {"id": "second", "relatedParty": [{"id": "firm"}]})
        account: JsonObject = {"billingAccount": {"id": "second"}}
        buyer = Asker(Actor("buyer", frozenset({"read", "write"}), party="firm"))
        with pytest.raises(Problem, match="only if 'relatedParty' names 'firm'"):
            await create(shop, CUSTOMER_BILL_ON_DEMAND, account, buyer)
        assert (await create(shop, CUSTOMER_BILL_ON_DEMAND, account, asker))["state"] == "inProgress"

    play(scenario)


def test_a_demand_that_cannot_be_met_says_why() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", per_use(1, 1)))
        rows = usage("a", [{"requests": 5}])
        rows[0]["meter"]["requests"] = 4  # type: ignore[index,call-overload]
        await put(store, ROW, *rows)
        shop = market(store, at("2026-11-02T01"))
        body: JsonObject = {"id": "d", "state": "inProgress", "relatedParty": {"id": "firm"}}
        await put(store, "tmf:customerBillOnDemand", body)
        await bill_demanded(shop, [Pending(1, LANE, encode({"id": "d"}), at("2026-11-02"), 0)])
        (demand,) = await everything(store, "tmf:customerBillOnDemand")
        assert demand["state"] == "terminatedWithError"
        assert "does not hold at row 1" in demand["description"]

    play(scenario)


def test_a_run_that_was_cut_off_goes_on() -> None:
    """The store refuses the second account, as after a crash; the next run does what is left."""

    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, *(product(n, monthly(30), buyer=n) for n in "abc"))
        kept, calls = store.transact, 0

        async def failing(reads: Sequence[Key], decide: Decide) -> None:
            nonlocal calls
            calls += 1
            if calls > 1:
                raise Problem(Unavailable, "The storage does not answer.")
            await kept(reads, decide)

        store.transact = failing  # type: ignore[method-assign]
        results = await bill_month(market(store), "2026-11")
        assert [bool(r.problem) for r in results] == [False, True, True]
        store.transact = kept  # type: ignore[method-assign]
        bills = await november(store)
        assert [b["billNo"] for b in bills] == ["2026-000001", "2026-000002", "2026-000003"]
        assert len({b["relatedParty"][1]["id"] for b in bills}) == 3

    play(scenario)


def test_two_runs_at_once_bill_once() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, *(product(n, monthly(30), buyer=n) for n in "abcd"))
        await asyncio.gather(*(bill_month(market(store), "2026-11") for _ in range(4)))
        bills = await everything(store, BILL)
        assert sorted(b["billNo"] for b in bills) == [f"2026-00000{n}" for n in range(1, 5)]

    play(scenario)


def owed(id: str, worth: Money | Decimal, month: str = "2026-11", of: str = "a") -> dict[str, Any]:
    return credit(
        id, of, f"{month}-03T00:00:00Z", f"{month}-04T00:00:00Z", worth, "Not available", "breach-1"
    )


def test_a_credit_comes_off_and_never_below_zero() -> None:
    async def scenario(store: Store) -> None:
        await put(
            store, PRODUCT, product("a", monthly(30)), product("b", monthly(10, tax=[{"taxCategory": "Z"}]))
        )
        await put(store, "credit", owed("1", Money(Decimal(65), "EUR")), owed("2", Decimal(10)))
        (bill,) = await november(store)
        assert bill["amountDue"]["value"] == 0
        assert [(a["credit"], a["amount"]["value"], a["tax"]["taxCategory"]) for a in bill["allowance"]] == [
            ("1", 30, "S"), ("1", 10, "Z"),
        ]  # fmt: skip
        one, two = await everything(store, "credit")
        assert (one["state"], two["state"], two["worth"]["value"]) == ("open", "open", 3)
        await bill_month(market(store, at("2027-01-01")), "2026-12")
        bill = (await everything(store, BILL))[-1]
        assert bill["billNo"] == "2027-000001"
        assert bill["taxExcludedAmount"]["value"] == 12  # 40 - 25 - 3
        assert [body["state"] for body in await everything(store, "credit")] == ["used", "used"]

    play(scenario)


def test_a_percentage_is_of_what_was_billed_for_the_month_of_the_breach() -> None:
    async def scenario(store: Store) -> None:
        discount = {"id": "d", "priceType": "discount", "percentage": 50}
        await put(store, PRODUCT, product("a", monthly(31), once(100), discount, startDate=at("2026-10-01")))
        await bill_month(market(store, at("2026-11-01")), "2026-10")
        await put(store, "credit", owed("1", Decimal(10), "2026-10"), owed("2", Decimal(10), "2026-12"))
        bill = (await november(store))[-1]
        assert [a["amount"]["value"] for a in bill["allowance"]] == [6.55]  # of 15.50 + 50

    play(scenario)


def test_a_percentage_grows_with_what_is_billed_later_for_its_month() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", PAID_FIRST, per_use(1, 1)))
        rows = usage("a", [{"requests": 50}, {"requests": 100}], at("2026-11-02"), hours=24)
        await put(store, ROW, rows[0])
        await bill_now(market(store, at("2026-11-10")), "firm", "")
        await put(store, "credit", owed("1", Decimal(10)))
        (demanded,) = await everything(store, BILL)
        await bill_now(market(store, at("2026-12-02")), "firm", "")
        (early,) = [each for each in await everything(store, BILL) if each["id"] != demanded["id"]]
        assert [a["amount"]["value"] for a in early["allowance"]] == [8]  # of 30 + 50, off December's
        await put(store, ROW, rows[1])
        late = (await november(store))[-1]
        assert [a["amount"]["value"] for a in late["allowance"]] == [10]  # of the 100 more
        (credit,) = await everything(store, "credit")
        assert (credit["state"], credit["worth"]["value"]) == ("used", 18)

    play(scenario)


def test_a_month_is_billed_once_whatever_account_the_product_moves_to() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", PAID_FIRST))
        await bill_now(market(store, at("2026-11-10")), "firm", "")
        await put(store, PRODUCT, product("a", PAID_FIRST, billingAccount={"id": "second"}))
        assert len(await november(store)) == 1
        await bill_month(market(store, at("2027-01-01")), "2026-12")
        bills = await everything(store, BILL)
        assert [each.get("billingAccount", {}).get("id") for each in bills] == [None, "second"]

    play(scenario)


MOVE = st.one_of(
    st.tuples(st.just("use"), st.integers(1, 500)),
    st.tuples(st.just("demand"), st.integers(0, 0)),
    st.tuples(st.just("account"), st.integers(0, 2)),
)


@given(st.lists(MOVE, max_size=8), st.integers(1, 100), st.integers(0, 9_999), st.integers(0, 50))
@settings(max_examples=60, deadline=None)
def test_any_bills_on_demand_and_accounts_come_to_the_month_and_its_credit_to_the_cent(
    moves: list[tuple[str, int]], percent: int, price: int, discount: int
) -> None:
    prices: list[dict[str, Any]] = [monthly(str(Decimal(price) / 100)), per_use("0.37", 1)]
    if discount:
        prices.append({"id": "d", "priceType": "discount", "percentage": discount})

    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", *prices))
        counts: list[dict[str, int]] = []
        for day, (move, number) in enumerate(moves, 2):
            if move == "use":
                counts.append({"requests": number})
                await put(store, ROW, *_unstored(await everything(store, ROW), usage("a", counts, hours=24)))
            elif move == "demand":
                await bill_now(market(store, at(f"2026-11-{day + 10:02d}")), "firm", "")
            else:
                account: dict[str, Any] = {"billingAccount": {"id": f"account-{number}"}} if number else {}
                await put(store, PRODUCT, product("a", *prices, **account))
        await put(store, "credit", owed("1", Decimal(percent)))
        bills = await november(store)
        rates = await everything(store, RATE)
        net = sum(to_cents(Fraction(str(each["taxExcludedAmount"]["value"]))) for each in rates)
        parts = [to_cents(Fraction(price, 100)), sum(each["requests"] for each in counts) * 37]
        expected = sum(cents - to_cents(Fraction(cents * discount, 10_000)) for cents in parts)
        assert net == expected
        (credit,) = await everything(store, "credit")
        assert credit["state"] == "open" or expected
        taken = sum(
            to_cents(Fraction(str(a["amount"]["value"]))) for each in bills for a in each["allowance"]
        )
        worth = to_cents(Fraction(expected * percent, 10_000))
        last = (
            sum(
                to_cents(Fraction(str(each["taxExcludedAmount"]["value"])))
                for each in rates
                if each["bill"]["id"] == bills[-1]["id"]
            )
            if bills and bills[-1]["runType"] == "onCycle"
            else 0
        )
        assert taken == min(worth, last)

    play(scenario)


def _unstored(known: list[Any], rows: list[Any]) -> list[Any]:
    return [row for row in rows if row["id"] not in {each["id"] for each in known}]


def test_a_void_credit_and_one_in_another_currency_do_not_count() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", monthly(30)))
        foreign = owed("1", Money(Decimal(5), "CHF"))
        await put(store, "credit", foreign, owed("2", Decimal(10)) | {"state": "void"})
        (bill,) = await november(store)
        assert bill["amountDue"]["value"] == 36
        assert bill["allowance"] == []

    play(scenario)


# A slow, separate calculation: in fractions, unit by unit through the tiers.


def slow_bill(parts: list[tuple[str, dict[str, Any]]]) -> int:
    """Cents with tax of one account; each part is a rate of tax and what is sold under it."""
    bases: dict[int, int] = {}
    for rate, part in parts:
        cents = to_cents(Fraction(part["monthly"], 100))
        done, price_before = 0, Fraction(0)
        for end, price in part["tiers"]:
            inside = max(min(part["used"], end if end is not None else part["used"]) - done, 0)
            cents += to_cents(Fraction(price, 10_000) * inside / part["per"])
            done += inside
            price_before += price
        bases[int(rate)] = bases.get(int(rate), 0) + cents
    return sum(base + to_cents(Fraction(base * rate, 10_000)) for rate, base in bases.items())


PART = st.fixed_dictionaries({
    "monthly": st.integers(0, 99_999), "per": st.integers(1, 1000), "prices": st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
    "ends": st.lists(st.integers(1, 5000), min_size=2, max_size=2, unique=True).map(sorted),
    "rows": st.lists(st.integers(0, 3000), max_size=4), "rate": st.sampled_from(["20", "10", "5"]),
})  # fmt: skip


@given(st.lists(PART, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_bills_come_to_the_cent_of_the_slow_calculation(parts: list[dict[str, Any]]) -> None:
    async def scenario(store: Store) -> None:
        told: list[tuple[str, dict[str, Any]]] = []
        for number, part in enumerate(parts):
            tax = [{"taxCategory": "S", "taxRate": float(part["rate"])}]
            tiers = list(zip([*part["ends"], None], part["prices"], strict=True))
            price = tiered(*((end, str(Decimal(p).scaleb(-4))) for end, p in tiers), amount=part["per"])
            flat = monthly(str(Decimal(part["monthly"]).scaleb(-2)))
            await put(store, PRODUCT, product(str(number), flat | {"tax": tax}, price | {"tax": tax}))
            await put(store, ROW, *usage(str(number), [{"requests": n} for n in part["rows"]]))
            told.append((part["rate"], {**part, "tiers": tiers, "used": sum(part["rows"])}))
        bills = await november(store)
        due = sum(round(Decimal(str(bill["amountDue"]["value"])) * 100) for bill in bills)
        assert due == slow_bill(told)

    play(scenario)


@pytest.mark.slow
def test_a_hundred_thousand_rows_come_to_the_cent(tmp_path: Path) -> None:
    async def scenario(store: Store) -> None:
        expected: dict[str, int] = {}
        for number in range(100):
            counts = [{"requests": (number * 7919 + hour * 104_729) % 1000} for hour in range(1000)]
            tiers = [(100_000, 12), (400_000, 7), (None, 3)]
            price = tiered(*((end, str(Decimal(p).scaleb(-4))) for end, p in tiers), amount=1)
            await put(store, PRODUCT, product(f"p{number}", monthly("12.34"), price, buyer=f"b{number}"))
            await put(store, ROW, *usage(f"p{number}", counts, hours=0.7))
            part = {"monthly": 1234, "tiers": tiers, "per": 1, "used": sum(c["requests"] for c in counts)}
            expected[f"b{number}"] = slow_bill([("20", part)])
        bills = await november(store)
        due = {b["relatedParty"][1]["id"]: round(Decimal(str(b["amountDue"]["value"])) * 100) for b in bills}
        assert due == expected
        assert {row["status"] for row in await everything(store, ROW)} == {"billed"}

    play(scenario, f"sqlite:{tmp_path / 'b.db'}")
