"""Charges: each kind of price, parts of periods, tiers, trials and discounts."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.market.rules.prices.calendar import month_of
from beffroi.market.rules.prices.charging import remaining
from tests.market.prices import NOVEMBER, at, charged, euro, monthly, once, per_use, tiered, used


def nets(*prices: dict[str, Any], **more: Any) -> list[str]:
    return [str(charge.net.amount) for charge in charged(*prices, **more)]


def test_nothing_is_charged_for_what_is_free() -> None:
    assert nets({"id": "f", "priceType": "free"}, usage=used({"requests": 10**9})) == []


def test_a_one_time_price_falls_in_the_month_in_which_the_product_begins() -> None:
    assert nets(once(50), since="2026-11-30T23") == ["50.00"]
    assert nets(once(50), since="2026-10-31T23") == []
    assert nets(once(50), since="2026-12-01") == []


@pytest.mark.parametrize("kind", ["recurring-prepaid", "recurring-postpaid"])
def test_a_whole_month_costs_its_price(kind: str) -> None:
    assert nets(monthly("29.99", kind)) == ["29.99"]


@pytest.mark.parametrize("kind", ["recurring-prepaid", "recurring-postpaid"])
def test_a_first_part_of_a_month_costs_its_days(kind: str) -> None:
    assert nets(monthly(30, kind), since="2026-11-21T15") == ["10.00"]


def test_a_last_part_of_a_month_is_charged_if_it_was_not_paid_before() -> None:
    assert nets(monthly(30), until="2026-11-10T08") == ["10.00"]
    assert nets(monthly(30), until="2026-11-11") == ["10.00"]
    assert nets(monthly(30, "recurring-prepaid"), until="2026-11-10T08") == ["30.00"]


def test_a_product_that_ends_on_its_first_day_was_there_one_day() -> None:
    assert nets(monthly(30), since="2026-11-21T15", until="2026-11-21T16") == ["1.00"]
    assert nets(monthly(30), since="2026-11-21", until="2026-11-21") == ["1.00"]


@pytest.mark.parametrize("kind", ["recurring-prepaid", "recurring-postpaid"])
@pytest.mark.parametrize(
    ("since", "until"),
    [("2026-11-01T05", "2026-12-01T05"), ("2026-11-01T05", "2026-12-01T04"), ("2026-11-01", "2026-12-01")],
)
def test_a_month_from_the_order_on_costs_one_month(kind: str, since: str, until: str) -> None:
    lasts = {"since": since, "until": until}
    assert nets(monthly(30, kind), **lasts) == ["30.00"]
    assert nets(monthly(30, kind), **lasts, month="2026-12") == []


def test_the_day_of_its_end_counts_where_more_days_began_than_were_charged() -> None:
    assert nets(monthly(31), since="2026-11-01T05", until="2026-12-01T06", month="2026-12") == ["1.00"]
    days = {"since": "2026-11-10T15"}
    assert [nets(monthly(30), **days, until=f"2026-11-12T{hour}") for hour in ("14", "15", "16")] == [
        ["2.00"], ["2.00"], ["3.00"],
    ]  # fmt: skip


def test_days_of_suspension_are_not_charged_and_begun_days_are() -> None:
    assert nets(monthly(30), suspended=(("2026-11-05T12", "2026-11-08T12"),)) == ["28.00"]
    assert nets(monthly(30), suspended=(("2026-11-16", ""),)) == ["15.00"]
    assert nets(monthly(30), suspended=(("2026-10-01", ""),)) == []
    assert nets(monthly(30, "recurring-prepaid"), suspended=(("2026-10-20", "2026-11-16"),)) == ["15.00"]


def test_a_period_of_several_months_is_charged_at_its_end_or_its_begin() -> None:
    three: dict[str, Any] = {"recurringChargePeriodLength": 3}
    after, ahead = monthly(92, **three), monthly(92, "recurring-prepaid", **three)
    assert [nets(after, since="2026-10-01", month=m) for m in ("2026-10", "2026-11", "2026-12")] == [
        [],
        [],
        ["92.00"],
    ]
    assert [nets(ahead, since="2026-10-01", month=m) for m in ("2026-10", "2026-11", "2026-12")] == [
        ["92.00"],
        [],
        [],
    ]
    assert nets(after, since="2026-10-01", until="2026-11-02") == ["32.00"]


def test_weeks_run_from_the_products_first_day() -> None:
    weekly = monthly(7, recurringChargePeriodType="week")
    assert len(nets(weekly, since="2026-11-02")) == 4
    assert nets(weekly, since="2026-11-02", month="2026-12")[0] == "7.00"


def test_a_postpaid_period_that_goes_on_is_not_charged_yet() -> None:
    assert nets(monthly(30), now=at("2026-11-30T12")) == []
    assert nets(monthly(30, "recurring-prepaid"), now=at("2026-11-30T12")) == ["30.00"]
    assert nets(monthly(30), until="2026-11-10", now=at("2026-11-15")) == ["9.00"]


def test_usage_is_paid_for_as_far_as_it_goes() -> None:
    assert nets(per_use(2, 1000), usage=used({"requests": 1500}, {"requests": 250})) == ["3.50"]
    assert nets(per_use("0.4", 1, "MB"), usage=used({"bytes": 1_250_000})) == ["0.50"]
    assert nets(per_use(1, 1, "GB"), usage=used({"bytes": 1_004_999_999})) == ["1.00"]
    assert nets(per_use(1, 3, "entities"), usage=used({"entities": 5})) == ["1.67"]
    assert nets(per_use(1, 1, "notification"), usage=used({})) == []


def test_each_tier_is_charged_at_its_own_price() -> None:
    price = tiered((1000, "0.01"), (10_000, "0.005"), (None, "0.001"), amount=1)
    assert nets(price, usage=used({"requests": 1000})) == ["10.00"]
    assert nets(price, usage=used({"requests": 1001})) == ["10.00", "0.01"]
    assert nets(price, usage=used({"requests": 20_000})) == ["10.00", "45.00", "10.00"]


def test_a_trial_of_days_leaves_them_out() -> None:
    trial: dict[str, Any] = {"trial": {"days": 10}}
    assert nets(monthly(30, **trial), since="2026-11-01") == ["20.00"]
    assert nets(monthly(30, "recurring-prepaid", **trial), since="2026-11-01") == ["20.00"]
    assert nets(per_use(1, 1, **trial), since="2026-11-01", usage=used({"requests": 5})) == []
    assert nets(
        per_use(1, 1, **trial), since="2026-11-01", usage=used({"requests": 5}, day="2026-11-11")
    ) == ["5.00"]


def test_a_trial_of_a_quantity_counts_from_the_products_first_request() -> None:
    price = per_use(1, 1, trial={"quantity": {"amount": 100, "units": "request"}})
    assert nets(price, usage=used({"requests": 100})) == []
    assert nets(price, usage=used({"requests": 130})) == ["30.00"]
    assert nets(price, usage=used({"requests": 130}, before={"requests": 90})) == ["120.00"]


def test_discounts_come_off_each_charge_one_after_another() -> None:
    ten, five = ({"id": f"d{p}", "priceType": "discount", "percentage": p} for p in (10, 5))
    (charge,) = charged(monthly("33.33"), ten, five)
    assert (str(charge.gross.amount), str(charge.allowance.amount)) == ("33.33", "4.83")  # 3.33, then 1.50
    over = {
        "id": "d",
        "priceType": "discount",
        "percentage": 50,
        "validFor": {"endDateTime": "2026-11-01T00:00:00Z"},
    }
    assert nets(monthly(30), over) == ["30.00"]
    assert nets(monthly(30), over, month="2026-10") == ["15.00"]


def test_what_was_billed_is_not_billed_again() -> None:
    early = charged(tiered((10, 1), (None, 2), amount=1), usage=used({"requests": 12}))
    late = charged(tiered((10, 1), (None, 2), amount=1), usage=used({"requests": 15}))
    done = {c.key: (c.quantity, c.gross, c.allowance) for c in early}
    rest = [left for charge in late if (left := remaining(charge, done.get(charge.key)))]
    assert [(str(c.quantity), str(c.net.amount)) for c in rest] == [("3", "6.00")]
    assert all(remaining(charge, done.get(charge.key)) is None for charge in early)


# A slow, separate calculation: day by day and in fractions.


def to_cents(exact: Fraction) -> int:
    return (exact * 100 + Fraction(1, 2)).__floor__()


def slow_usage(steps: list[tuple[int | None, Fraction]], per: int, quantity: int) -> int:
    """Cents for a quantity: unit after unit, each at the price of where it stands."""
    sums = [Fraction(0)] * len(steps)
    for unit in range(1, quantity + 1):
        tier = next(n for n, (end, _) in enumerate(steps) if end is None or unit <= end)
        sums[tier] += steps[tier][1] / per
    return sum(map(to_cents, sums))


@given(
    st.lists(st.integers(1, 300), max_size=3, unique=True).map(sorted),
    st.lists(st.integers(0, 99_999), min_size=4, max_size=4),
    st.integers(1, 40),
    st.lists(st.integers(0, 200), max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_usage_comes_to_the_cent_of_the_slow_calculation(
    ends: list[int], prices: list[int], per: int, counts: list[int]
) -> None:
    steps = [(end, Fraction(price, 1000)) for end, price in zip([*ends, None], prices, strict=False)]
    price = tiered(
        *((end, str(Decimal(p) / 1000)) for (end, _), p in zip(steps, prices, strict=False)), amount=per
    )
    found = charged(price, usage=used(*({"requests": n} for n in counts)))
    assert sum(int(c.net.amount * 100) for c in found) == slow_usage(steps, per, sum(counts))


DAYS = st.integers(0, 200).map(lambda n: date(2026, 8, 15) + timedelta(days=n))


@given(
    DAYS, DAYS, st.lists(st.tuples(DAYS, st.integers(1, 40)), max_size=2), st.integers(1, 4), st.booleans(),
    st.integers(0, 40), st.integers(0, 10**6),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_postpaid_periods_come_to_the_cent_of_a_walk_through_the_days(
    begin: date, end: date, pauses: list[tuple[date, int]], length: int, weekly: bool, trial: int, price: int
) -> None:
    end = max(begin, end) + timedelta(days=1)
    stated = monthly(
        str(Decimal(price) / 100),
        trial={"days": trial},
        recurringChargePeriodType="week" if weekly else "month",
        recurringChargePeriodLength=length,
    )
    suspended = tuple((d.isoformat(), (d + timedelta(days=n)).isoformat()) for d, n in pauses)
    by_month = {
        month: sum(int(c.net.amount * 100) for c in charged(
            stated, since=begin.isoformat(), until=end.isoformat(), suspended=suspended, month=month))
        for month in ("2026-08", "2026-09", "2026-10", "2026-11", "2026-12", "2027-01", "2027-02", "2027-03")
    }  # fmt: skip
    paid: dict[date, tuple[list[date], int, date]] = {}
    day = begin
    while day < end:
        if weekly:
            first = begin + timedelta(days=(day - begin).days // (7 * length) * 7 * length)
            days = 7 * length
        else:
            months = (day.year - begin.year) * 12 + day.month - begin.month
            start = begin.year * 12 + begin.month - 1 + months // length * length
            first = date(start // 12, start % 12 + 1, 1)
            days = (date((start + length) // 12, (start + length) % 12 + 1, 1) - first).days
        counted, _, _ = paid.setdefault(first, ([], days, day))
        is_paused = any(d <= day < d + timedelta(days=n) for d, n in pauses)
        if day >= begin + timedelta(days=trial) and not is_paused:
            counted.append(day)
        paid[first] = (counted, days, day)
        day += timedelta(days=1)
    expected = dict.fromkeys(by_month, 0)
    for counted, days, last in paid.values():
        expected[last.isoformat()[:7]] += to_cents(Fraction(price, 100) * len(counted) / days)
    assert by_month == expected


def test_months_are_read_and_nothing_else() -> None:
    assert len(month_of("2028-02")) == 29
    assert NOVEMBER.last == date(2026, 11, 30)
    for text in ("2026-13", "2026-1", "26-11", "2026-11-01", "२०२६-११", ""):
        with pytest.raises(Exception, match="is no month"):
            month_of(text)


def test_prices_are_in_the_products_currency() -> None:
    assert charged(monthly(30) | {"price": {"unit": "ISK", "value": "1000.5"}})[0].net.amount == Decimal(1001)
    assert euro(1)["unit"] == "EUR"
