"""What a check says on the clauses of a pack, and the evidence pack that is bound to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import orjson

from beffroi.proof.clauses.pack import ClausePack
from beffroi.proof.exchange import Json
from beffroi.proof.pack import report_document
from beffroi.proof.verdict import Outcome, Report, Verdict


class Standing(StrEnum):
    """Whether a verdict fulfils its clause: by itself, not at all, or not before the buyer decides."""

    FULFILLED = "fulfilled"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ClauseVerdict:
    """The verdict on one clause, and whether it fulfils the clause."""

    verdict: Verdict
    standing: Standing
    applies: bool


def clause_verdicts(report: Report, pack: ClausePack) -> tuple[ClauseVerdict, ...]:
    """The verdicts on the requirements of a pack, in the order of the register."""
    rules = {rule.id: rule for rule in pack.requirements}
    by_id = {verdict.requirement: verdict for verdict in (*report.verdicts, *report.advice)}
    return tuple(
        ClauseVerdict(verdict, standing(verdict.outcome, applies=rules[name].applies), rules[name].applies)
        for name, verdict in by_id.items()
        if name in rules
    )


def all_fulfilled(report: Report, pack: ClausePack) -> bool:
    """Whether every clause is fulfilled: what is open is not."""
    return all(one.standing is Standing.FULFILLED for one in clause_verdicts(report, pack))


def standing(outcome: Outcome, *, applies: bool) -> Standing:
    """Only PASS fulfils by itself, and N/A where the buyer has not said that the condition is met.

    >>> standing(Outcome.INCONCLUSIVE, applies=False).value, standing(Outcome.ADVICE, applies=False).value
    ('open', 'failed')
    """
    match outcome:
        case Outcome.PASS:
            return Standing.FULFILLED
        case Outcome.NOT_APPLICABLE:
            return Standing.OPEN if applies else Standing.FULFILLED
        case Outcome.FAIL | Outcome.ADVICE:
            return Standing.FAILED
        case Outcome.INCONCLUSIVE | Outcome.ATTEST:
            return Standing.OPEN


def bound_json(report: Report, pack: ClausePack) -> bytes:
    """The evidence pack of a report with a member `clauses` that names the clause pack it was made for."""
    clauses: Json = {
        "pack": pack.id,
        "verdicts": [
            {
                "requirement": one.verdict.requirement,
                "rule": one.verdict.rule,
                "outcome": str(one.verdict.outcome),
                "standing": str(one.standing),
            }
            for one in clause_verdicts(report, pack)
        ],
    }
    return orjson.dumps({**report_document(report), "clauses": clauses}, option=orjson.OPT_INDENT_2)
