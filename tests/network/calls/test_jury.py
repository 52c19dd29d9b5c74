"""The jury, its conflicts and points, the ranking and the award."""

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.rules.calls import jury, steps
from beffroi.network.rules.calls.award import AWARD_KIND, PUBLISHED, Decision, award
from beffroi.network.rules.calls.call import criteria_in
from beffroi.network.rules.calls.ranking import Applied, Sheet, decimal, ranking
from tests.network.calls.calls import AFTER, APPLICATION, BEFORE, CALL, LATER

CRITERIA = criteria_in(CALL)
ROW: JsonObject = {"call": "c", "application": "a", "juror": "ana"}
ACCOUNTS = {"ana": "1", "bob": "2", "cyd": "3"}
ANA, BOB, EVE = jury.Juror("ana", "1"), jury.Juror("bob", "2"), jury.Juror("eve", "9")
INVITED = jury.invited(None, "c", ["ana", "bob"], ACCOUNTS, BEFORE)
SEATS = jury.answered(INVITED, ANA, BEFORE, accepts=True)
FREE: JsonObject = {"conflict": False}


def points(number: object, *criteria: str) -> dict[str, Any]:
    return {"scores": {name: {"points": number, "reason": "A simulated reason."} for name in criteria}}


def sheet() -> JsonObject:
    return jury.declared(None, ROW, FREE, AFTER)


def test_only_a_named_juror_acts_and_only_during_the_evaluation() -> None:
    jury.check_sits(SEATS, ANA, "evaluating")
    for who, state, sentence in (
        (EVE, "evaluating", "'eve' is not in the jury"),
        (BOB, "evaluating", "'bob' has not accepted"),
        (ANA, "closed", "The call is closed"),
        (ANA, "awarded", "The call is awarded"),
    ):
        with pytest.raises(Problem, match=sentence):
            jury.check_sits(SEATS, who, state)
    with pytest.raises(Problem, match="not in the jury"):
        jury.check_sits(None, ANA, "evaluating")


def test_who_got_the_name_of_an_account_that_is_gone_is_not_the_same_juror() -> None:
    later = jury.Juror("ana", "2027")
    for seats in (INVITED, SEATS):
        assert not jury.is_invited(seats, later)
        with pytest.raises(Problem, match="'ana' is not in the jury"):
            jury.check_sits(seats, later, "evaluating")
        with pytest.raises(Problem, match="'ana' is not in the jury"):
            jury.answered(seats, later, AFTER, accepts=True)
    again = jury.invited(SEATS, "c", ["ana", "bob"], {"ana": "2027", "bob": "2"}, AFTER)
    assert not jury.is_invited(again, later)
    assert jury.is_seated(again, ANA)


def test_who_has_no_account_is_no_juror() -> None:
    with pytest.raises(Problem, match="'eve' is no account with the role juror"):
        jury.invited(None, "c", ["ana", "eve"], {**ACCOUNTS, "eve": ""}, BEFORE)
    with pytest.raises(Problem, match="'ana' is not in the jury"):
        jury.check_sits(SEATS, jury.Juror("ana", ""), "evaluating")
    before_accounts_were_kept: JsonObject = {"call": "c", "jurors": ["ana"], "excused": {}, "at": BEFORE}
    with pytest.raises(Problem, match="'ana' is not in the jury"):
        jury.check_sits(before_accounts_were_kept, jury.Juror("ana", ""), "evaluating")
    anew = jury.invited(before_accounts_were_kept, "c", ["ana"], ACCOUNTS, AFTER)
    assert jury.is_invited(anew, ANA)


def test_an_invitation_is_answered_once_and_who_declines_does_not_count() -> None:
    assert jury.answered(SEATS, ANA, AFTER, accepts=True) is SEATS
    with pytest.raises(Problem, match=f"of 'ana' was accepted at {BEFORE} already"):
        jury.answered(SEATS, ANA, AFTER, accepts=False)
    assert jury.sitting(SEATS) == ["ana", "bob"]
    declined = jury.answered(SEATS, BOB, AFTER, accepts=False, reason=" No time. ")
    assert (jury.sitting(declined), jury.is_invited(declined, BOB)) == (["ana"], False)
    shown: dict[str, Any] = jury.shown(declined)
    assert shown["answers"]["bob"] == {"accepts": False, "at": AFTER, "reason": "No time."}
    assert "accounts" not in shown
    with pytest.raises(Problem, match="'bob' has not accepted"):
        jury.check_sits(declined, BOB, "evaluating")


def test_an_excused_juror_neither_acts_nor_counts() -> None:
    seats = jury.excused(SEATS, "bob", "Ill.", AFTER)
    assert jury.sitting(seats) == ["ana"]
    with pytest.raises(Problem, match="excused"):
        jury.check_sits(seats, BOB, "evaluating")
    with pytest.raises(Problem, match="with a reason"):
        jury.excused(SEATS, "bob", " ", AFTER)
    with pytest.raises(Problem, match="'eve' is not in the jury"):
        jury.excused(SEATS, "eve", "x", AFTER)


def test_a_juror_is_not_removed_in_silence() -> None:
    with pytest.raises(Problem, match="'ana' is named already"):
        jury.invited(SEATS, "c", ["bob"], ACCOUNTS, AFTER)
    assert jury.invited(SEATS, "c", ["ana", "bob", "cyd"], ACCOUNTS, AFTER)["jurors"] == ["ana", "bob", "cyd"]
    with pytest.raises(Problem, match="'ana' is named twice"):
        jury.invited(None, "c", ["ana", "ana"], ACCOUNTS, AFTER)


def test_without_a_declaration_no_points() -> None:
    with pytest.raises(Problem, match="Declare first"):
        jury.scored(None, points(5, "price"), list(CRITERIA), AFTER)


def test_points_are_given_once_and_with_reasons() -> None:
    scored: dict[str, Any] = jury.scored(sheet(), points(7, "price"), list(CRITERIA), AFTER)
    assert scored["scores"]["price"] == {"points": 7, "reason": "A simulated reason.", "at": AFTER}
    with pytest.raises(Problem, match=f"'price' was scored at {AFTER} already, with 7"):
        jury.scored(scored, points(9, "quality", "price"), list(CRITERIA), LATER)
    both: dict[str, Any] = jury.scored(scored, points(9, "quality"), list(CRITERIA), LATER)
    assert set(both["scores"]) == {"price", "quality"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (points(11, "price"), "'scores.price.points': 11"),
        (points(-1, "price"), "-1"),
        (points(7.5, "price"), "7.5"),
        ({"scores": {"price": {"points": 7}}}, "reason"),
        ({"scores": {"price": {"points": 7, "reason": "ok"}}}, "reason"),
        ({"scores": {"price": {"points": 7, "reason": " " * 20}}}, "reason"),
        (points(7, "beauty"), "no criterion 'beauty'"),
        ({"scores": {}}, "scores"),
    ],
)
def test_points_that_are_not_right_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        jury.scored(sheet(), given, list(CRITERIA), AFTER)


def test_who_is_in_conflict_gives_no_points_and_does_not_take_it_back() -> None:
    with pytest.raises(Problem, match="with its reason"):
        jury.declared(None, ROW, {"conflict": True}, AFTER)
    conflict = jury.declared(None, ROW, {"conflict": True, "reason": "My brother works there."}, AFTER)
    with pytest.raises(Problem, match="no points are given"):
        jury.scored(conflict, points(5, "price"), list(CRITERIA), AFTER)
    with pytest.raises(Problem, match="not taken back"):
        jury.declared(conflict, ROW, FREE, LATER)


def test_a_conflict_found_later_is_declared_and_the_points_stay_readable() -> None:
    scored = jury.scored(sheet(), points(7, "price"), list(CRITERIA), AFTER)
    late: dict[str, Any] = jury.declared(
        scored, ROW, {"conflict": True, "reason": "They hired my brother."}, LATER
    )
    assert late["declaration"]["conflict"] is True
    assert late["scores"] == scored["scores"]


def given_by(juror: str, application: str, *numbers: int, conflict: bool = False) -> Sheet:
    return Sheet(juror, application, conflict, dict(zip(CRITERIA, numbers, strict=False)))


APPLIED = [Applied("a", "2027-01-10"), Applied("b", "2027-01-11")]


def test_the_ranking_is_the_weighted_mean_worked_by_hand() -> None:
    rows = ranking(
        CRITERIA,
        APPLIED,
        ["ana", "bob"],
        [
            given_by("ana", "a", 8, 6, 4),
            given_by("bob", "a", 9, 6, 4),
            given_by("ana", "b", 7, 9, 9),
            given_by("bob", "b", 7, 9, 8),
        ],
    )
    assert [(row.rank, row.application, row.total) for row in rows] == [
        (1, "b", Fraction(79)),
        (2, "a", Fraction(137, 2)),
    ]
    assert rows[0].jurors == {"ana": Fraction(80), "bob": Fraction(78)}
    assert rows[0].spread == 2
    assert [judged.spread for judged in rows[0].criteria] == [0, 0, 1]
    assert rows[0].is_complete


def test_who_is_in_conflict_or_outside_the_jury_counts_for_nothing() -> None:
    rows = ranking(
        CRITERIA,
        APPLIED[:1],
        ["ana", "bob"],
        [
            given_by("ana", "a", 5, 5, 5),
            given_by("bob", "a", 10, 10, 10, conflict=True),
            given_by("eve", "a", 0, 0, 0),
        ],
    )
    assert rows[0].total == 50
    assert rows[0].conflicts == ("bob",)
    assert rows[0].is_complete


def test_missing_points_are_shown() -> None:
    rows = ranking(
        CRITERIA, APPLIED[:1], ["ana", "bob"], [given_by("ana", "a", 5, 5, 5), given_by("bob", "a", 5)]
    )
    assert rows[0].missing == (("bob", "price"), ("bob", "open"))
    assert not rows[0].is_complete
    assert rows[0].jurors == {"ana": Fraction(50)}


def test_ties_are_broken_by_the_weightiest_criterion_then_by_receipt() -> None:
    rows = ranking(CRITERIA, APPLIED, ["ana"], [given_by("ana", "a", 5, 5, 5), given_by("ana", "b", 8, 0, 5)])
    assert [row.application for row in rows] == ["b", "a"]
    assert rows[1].tie == "The totals are equal; the mean of 'quality' is lower."
    rows = ranking(
        CRITERIA,
        list(reversed(APPLIED)),
        ["ana"],
        [given_by("ana", "a", 5, 5, 5), given_by("ana", "b", 5, 5, 5)],
    )
    assert [row.application for row in rows] == ["a", "b"]
    assert rows[1].tie.endswith("received later.")


@given(st.lists(st.lists(st.integers(0, 10), min_size=3, max_size=3), min_size=1, max_size=5), st.randoms())
def test_the_total_is_the_mean_of_the_jurors_totals_whatever_their_order(
    numbers: list[list[int]], chance: random.Random
) -> None:
    names = [f"j{n}" for n in range(len(numbers))]
    sheets = [given_by(name, "a", *row) for name, row in zip(names, numbers, strict=True)]
    (one,) = ranking(CRITERIA, APPLIED[:1], names, sheets)
    chance.shuffle(sheets)
    chance.shuffle(names)
    (other,) = ranking(CRITERIA, APPLIED[:1], names, sheets)
    by_hand = sum(Fraction(50 * q + 30 * p + 20 * o, 10) for q, p, o in numbers) / len(numbers)
    assert one.total == other.total == by_hand
    assert abs(Fraction(decimal(one.total)) - one.total) <= Fraction(1, 200)


FULL = [given_by("ana", "a", 8, 6, 4), given_by("ana", "b", 7, 9, 9)]
CONTENTS = {
    "a": {**APPLICATION, "firm": "Losing firm", "summary": "SECRET"},
    "b": {**APPLICATION, "firm": "Winning firm"},
}


def document() -> JsonObject:
    call = steps.evaluating(steps.opened(steps.begun(CALL), BEFORE), AFTER)
    return {"id": "did:web:bourgneuf.example/calls/1", "content": call}


def test_an_award_publishes_the_ranking_and_nothing_that_losing_firms_wrote() -> None:
    rows = ranking(CRITERIA, APPLIED, ["ana"], FULL)
    content: dict[str, Any] = AWARD_KIND.valid(
        award(document(), rows, CONTENTS, Decision("b", "Best by far."), LATER)
    )
    assert content["winner"] == {"firm": "Winning firm", "rank": 1}
    assert content["published"] == PUBLISHED
    assert "firm" not in content["ranking"][1]
    assert "SECRET" not in str(content)
    assert "ana" not in str(content["ranking"])
    agreed = {**CONTENTS, "a": {**CONTENTS["a"], "publishName": True}}
    named: dict[str, Any] = award(document(), rows, agreed, Decision("b", "Best."), LATER)
    assert named["ranking"][1]["firm"] == "Losing firm"


@pytest.mark.parametrize(
    ("decision", "sheets", "sentence"),
    [
        (Decision("z", "x"), FULL, "no application 'z'"),
        (Decision("b", " "), FULL, "with reasons"),
        (Decision("a", "x"), FULL, "number 2 of the ranking; say why not the first"),
        (Decision("b", "x"), FULL[1:], "3 points are missing: ana on 'quality' of number 2"),
        (Decision("b", "x"), [given_by("ana", "a", conflict=True), FULL[1]], "scored by nobody"),
    ],
)
def test_an_award_without_what_it_needs_is_refused(
    decision: Decision, sheets: list[Sheet], sentence: str
) -> None:
    with pytest.raises(Problem, match=sentence):
        award(document(), ranking(CRITERIA, APPLIED, ["ana"], sheets), CONTENTS, decision, LATER)


def test_another_than_the_first_is_chosen_in_the_open() -> None:
    rows = ranking(CRITERIA, APPLIED, ["ana"], FULL)
    content: dict[str, Any] = award(
        document(), rows, CONTENTS, Decision("a", "Fits.", "The first withdrew."), LATER
    )
    assert content["winner"]["rank"] == 2
    assert content["whyNotFirst"] == "The first withdrew."
