"""What an offering may promise, and what may become of a promise."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem
from beffroi.market.rules.service_level.promise import check_promise, promise_of, read_promise
from beffroi.market.rules.service_level.schema import SERVICE_LEVEL_SCHEMA
from tests.market.service_level.promises import AVAILABLE, COMPLETE, FRESH, START, term

WINDOW = {"startDateTime": "2026-11-12T01:00:00Z", "endDateTime": "2026-11-12T03:00:00Z"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "no 'objective'"),
        (term(), "no 'objective'"),
        (term({"metric": "beauty", "target": 99}), "'beauty' is none of"),
        (term(AVAILABLE, AVAILABLE), "promises 'availability' twice"),
        (term({**AVAILABLE, "target": 0}), "is 0, no percentage"),
        (term({**AVAILABLE, "target": 100.5}), "is 100.5, no percentage"),
        (term({**AVAILABLE, "target": 99.99999}), "at most 4 decimals"),
        (term({**AVAILABLE, "target": True}), "is no number"),
        (term({**AVAILABLE, "withinSeconds": 5}), "says nothing about availability"),
        (term({**FRESH, "withinSeconds": 0}), "is 0, no whole number"),
        (term({"metric": "freshness", "target": 9}), "is None, no whole number"),
        (term({**COMPLETE, "attributes": []}), "no list of 1 to 20 names"),
        (term({**COMPLETE, "attributes": [" "]}), "which is no name"),
        (term({**AVAILABLE, "credit": [{"below": 99.5, "percent": 5}]}), "above the 99 % that are promised"),
        (term({**AVAILABLE, "credit": [{"below": 95, "percent": 5}, {"below": 99, "percent": 6}]}), "do not fall"),
        (term({**AVAILABLE, "credit": [{"below": 95, "percent": -5}]}), "is -5, no percentage"),
        (term(AVAILABLE, greatestCredit=101), "is 101, no percentage"),
        (term(AVAILABLE, maintenance=[{}]), "no two date-times"),
        (term(AVAILABLE, maintenance=[WINDOW | {"endDateTime": "2026-11-13T01:00:01Z"}]), "up to 24 hours"),
        (term(AVAILABLE, maintenance=[WINDOW | {"endDateTime": "2026-11-12T01:00:00Z"}]), "up to 24 hours"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_promise_is_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Problem, match=said):
        read_promise(wrong)


def test_a_document_promises_once() -> None:
    with pytest.raises(Problem, match="has 2 terms of the type ServiceLevelTerm"):
        promise_of({"productOfferingTerm": [term(AVAILABLE), term(FRESH)]})
    assert promise_of({"productOfferingTerm": [{"@type": "DataUseTerm"}]}) is None


SHAPES = st.fixed_dictionaries(
    {"metric": st.sampled_from(["availability", "freshness", "completeness", "x"]),
     "target": st.sampled_from([0, 1, 99.5, 100, 101])},
    optional={
        "withinSeconds": st.sampled_from([0, 1, 600, 1.5, "1"]),
        "attributes": st.sampled_from([[], ["free"], "free", [1]]),
    },
)  # fmt: skip


VALIDATOR = jsonschema_rs.Draft202012Validator(SERVICE_LEVEL_SCHEMA)


@given(SHAPES)
def test_the_schema_allows_what_the_rule_reads(objective: dict[str, Any]) -> None:
    stated = term(objective)
    try:
        read = read_promise(stated).objectives[0].metric
    except Problem:
        read = ""
    assert VALIDATOR.is_valid(stated) == (read == objective["metric"])


def offering(**more: Any) -> dict[str, Any]:
    return {"productOfferingTerm": [term(AVAILABLE, **more)]}


def test_what_was_promised_to_buyers_stays() -> None:
    lower: dict[str, Any] = {"productOfferingTerm": [term({**AVAILABLE, "target": 98, "credit": []})]}
    check_promise(offering(), lower, START, sold=False)
    for after in (lower, {}, offering(greatestCredit=10)):
        with pytest.raises(Problem, match="does not change once it could be ordered"):
            check_promise(offering(), after, START, sold=True)


def test_maintenance_is_announced_a_day_before() -> None:
    after = offering(maintenance=[WINDOW])
    check_promise(offering(), after, Instant("2026-11-11T01:00:00.000000Z"), sold=True)
    with pytest.raises(Problem, match="announced less than 24 hours before"):
        check_promise(offering(), after, Instant("2026-11-11T01:00:00.000001Z"), sold=True)
    check_promise(after, after, Instant("2026-11-12T02:00:00.000000Z"), sold=True)


def window(since: str, until: str) -> dict[str, str]:
    return {"startDateTime": f"{since}:00Z", "endDateTime": f"{until}:00Z"}


def test_a_month_has_a_day_of_maintenance_and_no_more() -> None:
    nights = [window(f"2026-11-{day}T00:00", f"2026-11-{day}T06:00") for day in (20, 21, 22, 23)]
    more = window("2026-11-24T00:00", "2026-11-24T00:30")
    early, after = Instant("2026-11-11T00:00:00.000000Z"), offering(maintenance=[*nights, more])
    for sold in (True, False):
        check_promise(offering(), offering(maintenance=[*nights, nights[0]]), early, sold=sold)
        with pytest.raises(Problem, match=r"of 2026-11 comes to 24.5 hours; a calendar month has 24 at most"):
            check_promise(offering(), after, early, sold=sold)
    check_promise(after, after, early, sold=True)
    next_month = [
        window("2026-11-30T12:00", "2026-12-01T12:00"),
        window("2026-12-02T00:00", "2026-12-02T12:00"),
    ]
    check_promise(offering(), offering(maintenance=next_month), early, sold=True)
    end_of_time = [window("9999-12-30T12:00", "9999-12-31T12:00")]
    with pytest.raises(Problem, match="'9999-12' is no month"):
        check_promise(offering(), offering(maintenance=end_of_time), early, sold=True)


def test_maintenance_that_has_begun_stays_announced_in_its_month() -> None:
    before = offering(maintenance=[WINDOW])
    for now in ("2026-11-12T01:00:00.000000Z", "2026-11-30T23:59:59.000000Z"):
        with pytest.raises(Problem, match="of 2026-11-12T01:00:00Z has begun; it stays announced"):
            check_promise(before, offering(), Instant(now), sold=True)
    check_promise(before, offering(), Instant("2026-11-12T00:59:59.000000Z"), sold=True)
    check_promise(before, offering(), Instant("2026-12-01T00:00:00.000000Z"), sold=True)


def test_what_is_announced_beyond_the_day_of_a_month_counts_as_other_time_does() -> None:
    """Of an offering that was kept before that was checked."""
    days = [window(f"2026-11-{day}T00:00", f"2026-11-{day + 1}T00:00") for day in range(25, 30)]
    last = window("2026-11-30T00:00", "2026-12-01T00:00")
    promise = read_promise(
        term(AVAILABLE, maintenance=[*days, last, window("2026-12-01T00:00", "2026-12-02T00:00")])
    )
    excluded = [day for day in range(24, 31) if promise.excludes(Instant(f"2026-11-{day}T12:00:00.000000Z"))]
    assert excluded == [25]
    assert promise.excludes(Instant("2026-12-01T23:59:59.999999Z"))
    assert not promise.excludes(Instant("2026-12-02T00:00:00.000000Z"))
