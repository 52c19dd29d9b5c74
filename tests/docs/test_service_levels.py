"""The example of the page about service levels is what the rules come to."""

import json
import re
from decimal import Decimal
from pathlib import Path

from beffroi.market.rules.prices.money import Money
from beffroi.market.rules.service_level.promise import read_promise
from beffroi.market.rules.service_level.rollup import Tally, percent_of
from beffroi.market.rules.service_level.settle import owed

PAGE = (Path(__file__).parents[2] / "docs/reference/market-service-levels.md").read_text("utf-8")


def test_the_example_is_what_the_rules_come_to() -> None:
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found
    promise = read_promise(json.loads(found[1]))
    minutes, down, stale = 30 * 24 * 60, 500, 3_000
    assert f"{minutes:,} minutes" in PAGE
    tallies = {
        "availability": Tally(minutes - down, down),
        "freshness": Tally(minutes - down - stale, stale),
        "completeness": Tally(minutes - down, 0),
    }
    credits = owed(promise, tallies)
    for one in credits:
        row = f"| {one.objective.metric} | {percent_of(one.tally)} % | {one.percent} % |"
        assert row in PAGE
    paid = Money(Decimal("80.00"), "EUR")
    amounts = [paid.times(one.percent, 100).rounded().amount for one in credits if one.percent]
    assert f"billed\n{paid.amount} EUR, {amounts[0]} EUR and {amounts[1]} EUR come off" in PAGE
