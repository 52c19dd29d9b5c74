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
