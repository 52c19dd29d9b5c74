"""What a call is, its calendar, and the steps that it takes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.instant import Instant, instant_of
from beffroi.kernel.problem import Problem
from beffroi.network.rules.calls import steps
from beffroi.network.rules.calls.call import CALL_KIND, check_complete, criteria_in
from tests.network.calls.calls import AFTER, BEFORE, CALL, DURING, LATER


def opened() -> dict[str, Any]:
    return steps.opened(steps.begun(CALL), BEFORE)


def weights(*numbers: float) -> list[dict[str, Any]]:
    return [{"id": f"c{n}", "name": "x", "weight": weight} for n, weight in enumerate(numbers)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"criteria": weights(50, 40)}, "add up to 90, not to 100: c0 50, c1 40"),
        ({"criteria": weights(60, 60)}, "add up to 120"),
        ({"criteria": weights(100, 0)}, "'criteria.1.weight': 0"),
        ({"criteria": weights(50.5, 49.5)}, "50.5"),
        ({"criteria": [*weights(50), *weights(50)]}, "criterion 'c0' is there 2 times"),
        ({"calendar": {**CALL["calendar"], "zone": "Europe/Lille"}}, "'Europe/Lille' is no time zone"),
        ({"calendar": {**CALL["calendar"], "zone": "../etc/passwd"}}, "no time zone"),
        (
            {"calendar": {**CALL["calendar"], "questions": "2027-03-02T12:00:00+01:00"}},
            "'closes' .2027-03-01.* before 'questions'",
        ),
        ({"calendar": {**CALL["calendar"], "closes": "2027-03-01"}}, "'calendar.closes'"),
        ({"calendar": {**CALL["calendar"], "closes": "2027-02-30T12:00:00Z"}}, "2027-02-30"),
        ({"budget": {"currency": "EUR", "from": "9", "to": "8"}}, "least is above the most"),
        ({"cities": [CALL["cities"][0], CALL["cities"][0]]}, "is there 2 times"),
        ({"requirements": {"rules": "dev", "ids": []}}, "'requirements.ids'"),
    ],
)
def test_a_call_that_is_not_right_is_refused_with_the_value(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        CALL_KIND.valid({**CALL, **change})


@given(st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_weights_are_taken_exactly_if_they_add_up_to_a_hundred(numbers: list[int]) -> None:
    content = {**CALL, "criteria": weights(*numbers)}
    if sum(numbers) == 100:
        assert list(criteria_in(CALL_KIND.valid(content)).values()) == numbers
    else:
        with pytest.raises(Problem, match=f"add up to {sum(numbers)},"):
            CALL_KIND.valid(content)


def test_a_draft_may_lack_what_a_call_needs_to_open() -> None:
    draft: dict[str, Any] = {name: CALL[name] for name in ("title", "language", "challenge", "domain")}
    CALL_KIND.valid(draft)
    with pytest.raises(
        Problem, match="no cities, no criteria, no calendar, no budget, no eligibility, no requirements"
    ):
        check_complete(draft)


def test_a_call_goes_its_way_and_each_step_is_dated() -> None:
    call: dict[str, Any] = steps.awarded(steps.evaluating(opened(), AFTER), "did:web:a/awards/1", LATER)
    assert [(row["step"], row["at"]) for row in call["steps"]] == [
        ("opened", BEFORE),
        ("closed", AFTER),
        ("evaluating", AFTER),
        ("awarded", LATER),
    ]
    CALL_KIND.valid(call)


STEPS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "open": lambda call: steps.opened(call, BEFORE),
    "close": lambda call: steps.closed(call, AFTER),
    "evaluate": lambda call: steps.evaluating(call, AFTER),
    "award": lambda call: steps.awarded(call, "did:web:a/awards/1", LATER),
    "cancel": lambda call: steps.cancelled(call, "No money.", LATER),
}
ALLOWED = {
    "draft": {"open", "cancel"},
    "open": {"close", "evaluate", "cancel"},
    "closed": {"evaluate", "cancel"},
    "evaluating": {"award", "cancel"},
    "awarded": set(),
    "cancelled": set(),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=8))
def test_no_sequence_of_steps_leaves_the_table_or_changes_what_was_noted(names: list[str]) -> None:
    call: dict[str, Any] = steps.begun(CALL)
    for name in names:
        before = call
        if name in ALLOWED[call["stage"]]:
            call = STEPS[name](call)
            assert call["steps"][: len(before["steps"])] == before["steps"]
        else:
            with pytest.raises(Problem):
                STEPS[name](call)
            assert call == before


def test_a_call_does_not_close_before_its_time() -> None:
    with pytest.raises(
        Problem, match=r"takes applications until 2027-03-01T12:00:00.01:00; it is 2027-01-10"
    ):
        steps.closed(opened(), DURING)


def test_an_open_call_is_closed_by_the_clock_even_if_nobody_says_so() -> None:
    assert steps.stage_at(opened(), DURING) == "open"
    assert steps.stage_at(opened(), AFTER) == "closed"


def test_a_call_whose_close_is_past_does_not_open() -> None:
    with pytest.raises(Problem, match="which is past"):
        steps.opened(steps.begun(CALL), AFTER)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_call_is_cancelled_with_a_reason_only(reason: str) -> None:
    with pytest.raises(Problem, match="with a reason"):
        steps.cancelled(opened(), reason, DURING)


def test_texts_of_an_open_call_are_corrected_and_nothing_else() -> None:
    call = opened()
    assert steps.changed(call, {**call, "challenge": "Corrected."}, DURING)["challenge"] == "Corrected."
    changes: dict[str, Any] = {
        "criteria": weights(100),
        "budget": {**CALL["budget"], "to": "90000"},
        "eligibility": ["x"],
        "cities": [],
    }
    for name, value in changes.items():
        with pytest.raises(Problem, match=f"'{name}' does not change any more"):
            steps.changed(call, {**call, name: value}, DURING)
    with pytest.raises(Problem, match="nothing of it changes"):
        steps.changed(call, {**call, "title": "Other"}, AFTER)


@pytest.mark.parametrize("member", ["stage", "steps", "award", "clonedFrom"])
def test_nobody_writes_a_step_by_hand(member: str) -> None:
    members: dict[str, Any] = {
        "stage": "awarded",
        "steps": [],
        "award": "did:web:a/awards/1",
        "clonedFrom": {},
    }
    forged = members[member]
    with pytest.raises(Problem, match=f"'{member}' is written by the steps"):
        steps.begun({**CALL, member: forged})
    call = opened()
    with pytest.raises(Problem, match="written by the steps"):
        steps.changed(call, {**call, member: forged if member != "steps" else []}, DURING)


def later(**moments: str) -> dict[str, Any]:
    return {**CALL["calendar"], **moments}


def test_a_deadline_moves_to_later_with_a_reason_and_is_noted() -> None:
    calendar = later(closes="2027-03-15T12:00:00+01:00")
    call: dict[str, Any] = steps.prolonged(opened(), calendar, "A holiday.", DURING)
    assert call["calendar"] == calendar
    assert call["steps"][-1] == {"step": "prolonged", "at": DURING, "reason": "A holiday."}
    assert call["stage"] == "open"
    assert not steps.is_over(call, AFTER)


@pytest.mark.parametrize(
    ("calendar", "at", "sentence"),
    [
        (later(closes="2027-02-28T12:00:00+01:00"), DURING, "'closes' moves only to later"),
        (later(opens="2027-01-05T09:00:00+01:00"), DURING, "'opens' is past"),
        (later(closes="2027-04-02T12:00:00+01:00"), DURING, "'decides' .* before 'closes'"),
        (later(closes="2027-03-15T12:00:00+01:00"), AFTER, "closed at 2027-03-01"),
        (CALL["calendar"], DURING, "has already"),
    ],
)
def test_a_deadline_moves_neither_back_nor_after_the_close(
    calendar: dict[str, Any], at: Instant, sentence: str
) -> None:
    with pytest.raises(Problem, match=sentence):
        steps.prolonged(opened(), calendar, "A reason.", at)


@given(st.datetimes(timezones=st.timezones()))
def test_an_application_is_taken_from_the_opening_to_the_close_and_told_both_times(moment: datetime) -> None:
    try:
        at = instant_of(moment)
    except OverflowError:
        return
    if "2027-01-04T08:00:00.000000Z" <= at < AFTER:
        steps.check_takes(opened(), at)
    else:
        with pytest.raises(Problem, match=at):
            steps.check_takes(opened(), at)
