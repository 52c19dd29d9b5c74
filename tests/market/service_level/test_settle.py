"""What a missed month costs: tiers, the greatest credit, only the hours in which a product ran."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from beffroi.market.rules.prices.calendar import month_of
from beffroi.market.rules.service_level.rollup import Tally
from beffroi.market.rules.service_level.settle import Month, credits_of, owed, whole_month_breaches
from tests.market.prices import at, monthly
from tests.market.service_level.promises import AVAILABLE, FRESH, Watched, down, promise, up
from tests.market.shop import product

NOVEMBER = month_of("2026-11")
STALE = {**FRESH, "credit": [{"below": 90, "percent": 30}]}


def month(watched: Watched, **breaches: str) -> Month:
    return Month(NOVEMBER, watched.of("level"), breaches, watched.watch["samples"])


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 100))
def test_the_credit_is_that_of_the_lowest_tier_and_never_above_the_greatest(
    met: int, missed: int, most: int
) -> None:
    asked = promise(AVAILABLE, STALE, greatestCredit=most)
    tally = Tally(met, missed)
    found = owed(asked, {"availability": tally, "freshness": tally})
    whole = met + missed
    percent = Decimal(100 * met) / whole if whole else Decimal(100)
    first = 20 if percent < 95 else 5 if percent < 99 else 0
    second = 30 if percent < 90 else 0
    assert [one.percent for one in found] == [min(first, most), min(second, most - min(first, most))]


def sold(**more: Any) -> Any:
    return {**product("p", monthly(30)), "productOffering": {"id": "o"}, **more}


def test_a_credit_names_the_month_the_measure_and_the_breach() -> None:
    watched = Watched(AVAILABLE)
    watched.see([*map(up, range(48)), down(48), down(49)])
    (credit,) = credits_of(watched.subject.promise, sold(), month(watched, availability="b1"))
    assert credit["id"] == "2026-11-p-availability"
    assert (credit["percent"], credit["breach"], credit["state"]) == (5, "b1", "open")
    assert credit["reason"] == "Service level of 2026-11: availability 96.0000 %, promised 99 %"
    assert credit["period"] == {"startDateTime": at("2026-11-01"), "endDateTime": at("2026-12-01")}


def test_only_the_hours_in_which_a_product_ran_count() -> None:
    watched = Watched(AVAILABLE)
    watched.see([*map(down, range(59)), *map(up, range(60, 150))])
    asked = watched.subject.promise
    whole = month(watched, availability="b1")
    later = sold(startDate="2026-11-10T09:00:00Z")
    before = sold(startDate="2026-10-01T00:00:00Z", terminationDate="2026-11-10T08:30:00Z")
    assert credits_of(asked, later, whole) == []
    assert credits_of(asked, before, whole)[0]["percent"] == 20
    assert credits_of(asked, sold(startDate="2026-12-01T00:00:00Z"), whole) == []


def test_who_pays_nothing_and_what_never_ran_get_nothing() -> None:
    watched = Watched(AVAILABLE)
    watched.see(map(down, range(50)))
    whole = month(watched, availability="b1")
    for other in (sold(status="pendingActive"), sold(productPrice=[]), sold(startDate=None)):
        assert credits_of(watched.subject.promise, other, whole) == []


def test_a_month_that_was_missed_here_and_there_is_a_breach_as_a_whole() -> None:
    watched = Watched(AVAILABLE)
    watched.see(probe for n in range(0, 90, 3) for probe in (down(n), up(n + 1), up(n + 2)))
    asked = watched.subject.promise
    breaches: list[Any] = [*whole_month_breaches(watched.subject.offering, asked, month(watched))]
    (breach,) = breaches
    assert (breach["from"], breach["to"], breach["state"]) == (at("2026-11-01"), at("2026-12-01"), "ended")
    assert breach["measured"] == 66.6666
    assert len(breach["evidence"]) == 10
    assert whole_month_breaches(watched.subject.offering, asked, month(watched, availability="b1")) == []
