"""The judge: counts and levels, advice that never fails, and no answer that breaks it."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.proof import controls
from tests.proof.checking import checked
from tests.proof.controls import Control, LdCity, LilleShaped, OgcCity

from beffroi.proof import replay, report_json
from beffroi.proof.statement import state
from beffroi.proof.verdict import Level, Outcome, Verdict

SAMPLE = checked(OgcCity()).verdicts[0]


def verdicts(*outcomes: Outcome) -> tuple[Verdict, ...]:
    return tuple(replace(SAMPLE, outcome=outcome) for outcome in outcomes)


@pytest.mark.parametrize(
    ("outcomes", "level"),
    [
        ([], Level.NONE),
        ([Outcome.INCONCLUSIVE, Outcome.ATTEST], Level.NONE),
        ([Outcome.PASS, Outcome.NOT_APPLICABLE], Level.FULL),
        ([Outcome.PASS, Outcome.ATTEST], Level.PARTIAL),
        ([Outcome.PASS, Outcome.INCONCLUSIVE], Level.PARTIAL),
        ([Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE], Level.INITIAL),
        ([Outcome.FAIL], Level.INITIAL),
    ],
)
def test_the_level_follows_from_the_counts(outcomes: list[Outcome], level: Level) -> None:
    assert state(verdicts(*outcomes)).level is level


@pytest.mark.parametrize(
    ("control", "path"), [(OgcCity(obey_filters=False), "/ogc"), (LilleShaped(), "/data/ogcapi")]
)
def test_advice_never_fails_a_check(control: Control, path: str) -> None:
    report = checked(control, path)
    assert all(verdict.outcome is not Outcome.FAIL for verdict in report.advice)
    assert all(verdict.level == "SHALL" for verdict in report.verdicts)
    counted = report.statement.testable + report.statement.attest + report.statement.not_applicable
    assert counted == len(report.verdicts)


def test_every_verdict_has_a_reason_in_both_languages() -> None:
    for control, path in ((OgcCity(), "/ogc"), (LdCity(), "/ngsi-ld/v1"), (controls.n15_key_required, "/")):
        report = checked(control, path)
        assert all(v.reason.en and v.reason.fr for v in (*report.verdicts, *report.advice))


def test_a_failure_always_names_its_evidence() -> None:
    for control, path in ((controls.n4_filter_ignored(), "/ogc"), (LilleShaped(), "/data/ogcapi")):
        failed = [v for v in checked(control, path).verdicts if v.outcome is Outcome.FAIL]
        assert all(
            v.evidence and v.decided_by for v in failed if v.requirement not in {"2.C1.R3", "7.C3.R3.1"}
        )


ODD: list[Any] = [
    None,
    True,
    -1,
    1e300,
    "",
    "\u202e",
    "{x}",
    [],
    {},
    [[]],
    {"type": 1},
    [1, "a", None],
    10**30,
]


def mutated(value: Any, chance: random.Random) -> Any:
    """The same JSON with one or more of its parts replaced by odd ones."""
    if chance.random() < 0.04:
        return chance.choice(ODD)
    if isinstance(value, dict):
        kept = {k: mutated(v, chance) for k, v in value.items() if chance.random() > 0.03}
        return {**kept, **({"@id": 3} if chance.random() < 0.02 else {})}
    if isinstance(value, list):
        return [mutated(v, chance) for v in value]
    return value


def damaged(control: Control, seed: int) -> Control:
    chance = random.Random(seed)

    def answer(request: controls.Asked) -> controls.Answer:
        answered = control(request)
        try:
            body = json.dumps(mutated(json.loads(answered.body), chance)).encode()
        except ValueError:
            body = answered.body
        status = chance.choice([200, 204, 404, 500]) if chance.random() < 0.05 else answered.status
        return controls.Answer(status, answered.headers, body)

    return answer


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
@example(269)
@example(561)
@example(667)
def test_no_damaged_answer_breaks_a_check_or_its_replay(seed: int) -> None:
    for control, path in ((OgcCity(), "/ogc"), (LdCity(), "/ngsi-ld/v1"), (LilleShaped(), "/data/ogcapi")):
        report = checked(damaged(control, seed), path)
        assert len(report.recording.exchanges) <= 60
        assert replay(report_json(report)).report == report
