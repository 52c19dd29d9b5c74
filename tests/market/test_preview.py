"""What an offering would cost, and how much of a quota is left."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.grant import Quota
from beffroi.kernel.problem import Problem
from beffroi.market.rules.access.consumption import consumption
from beffroi.market.rules.access.usage_chain import METRICS, specifications
from beffroi.market.rules.prices.preview import preview
from beffroi.market.rules.prices.pricing import plans_of
from tests.market.prices import NOVEMBER, at, monthly, once, per_use

PLANS = plans_of([once(50), monthly(30), per_use(2, 1000)], "The offering 'o'")


@given(st.integers(0, 10**7))
def test_expected_usage_is_spread_and_none_is_lost(requests: int) -> None:
    found = preview(plans_of([per_use(1, 1)], "o"), {"requests": requests}, NOVEMBER, at("2026-11-04T15"))
    assert sum(line.quantity for line in found.lines) == requests


def test_a_preview_is_the_bill_of_that_month() -> None:
    first = preview(PLANS, {"requests": 1500}, NOVEMBER, at("2026-11-01"))
    assert [str(line.net.amount) for line in first.lines] == ["50.00", "30.00", "3.00"]
    assert first.sums.gross.amount == Decimal("99.60")
    later = preview(PLANS, {"requests": 1500}, NOVEMBER, at("2026-10-01"))
    assert later.sums.net.amount == 33
    trial = plans_of([per_use(1, 1, trial={"days": 15})], "o")
    assert preview(trial, {"requests": 300}, NOVEMBER, at("2026-11-01")).sums.net.amount == 150


@pytest.mark.parametrize("expected", [{"requests": -1}, {"litres": 1}, {"bytes": 1 << 60}])
def test_usage_that_cannot_be_is_refused(expected: dict[str, int]) -> None:
    with pytest.raises(Problem, match="cannot be expected"):
        preview(PLANS, expected, NOVEMBER, at("2026-11-01"))


def test_buckets_say_what_is_left_and_until_when() -> None:
    quotas = [Quota("requests", 1000, "day"), Quota("bytes", 500, "month")]
    used = {"day": {"requests": 400}, "month": {"requests": 9000, "bytes": 700, "entities": 5}}
    found: dict[str, Any] = consumption("p", "Bikes", quotas, used, at("2026-11-22T13"))
    buckets = {bucket["usageType"]: bucket for bucket in found["bucketRefOrValue"]}
    assert buckets["requests"]["remainingValue"] == {"amount": 600, "units": "request"}
    assert buckets["requests"]["validFor"]["endDateTime"] == at("2026-11-23")
    assert buckets["bytes"]["remainingValue"]["amount"] == 0
    assert buckets["bytes"]["status"] == "used up"
    assert "remainingValue" not in buckets["entities"]
    assert buckets["entities"]["bucketCounter"][0]["value"] == {"amount": 5, "units": "entity"}
    assert buckets["notifications"]["bucketCounter"][0]["value"]["amount"] == 0


def test_the_specification_names_every_metric() -> None:
    found: dict[str, Any] = specifications()["metered-access"]
    assert [c["name"] for c in found["specCharacteristic"]] == list(METRICS)
