"""Set an attached pack beside a run of our own: every difference per requirement, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

from beffroi.proof.clauses.evidence import ClauseVerdict, Standing, clause_verdicts
from beffroi.proof.clauses.pack import ClausePack
from beffroi.proof.comparison.attached import Attached, Remark, remark
from beffroi.proof.exchange import Json
from beffroi.proof.interface import Change, breaking, changes, picture
from beffroi.proof.verdict import Report, Sentence

FORMAT = "beffroi-comparison/1"
MOST_CHANGES = 100


class Result(StrEnum):
    """What the buyer can say: the pack holds; it was honest but does not hold now; it is not believed."""

    HOLDS = "holds"
    DIFFERS = "differs"
    NOT_BELIEVED = "not-believed"


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement: what the pack claims, what its evidence leads to, what our own run found.

    `found` is empty when the evidence cannot be judged, `ours` when there was no own run.
    """

    requirement: str
    text: Sentence
    claimed: str
    found: str
    ours: str
    standing: Standing
    differs: bool
    theirs_because: Sentence
    ours_because: Sentence
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows, the remarks on the pack, what of the interface is other, and what follows."""

    pack: str
    url: str
    made: str
    repeated: str
    remarks: tuple[Remark, ...]
    rows: tuple[Row, ...]
    interface: tuple[Change, ...]

    @property
    def result(self) -> Result:
        if any(one.serious for one in self.remarks):
            return Result.NOT_BELIEVED
        return Result.DIFFERS if any(row.differs for row in self.rows) else Result.HOLDS

    @property
    def fulfilled(self) -> bool:
        """Whether every clause is fulfilled by what was judged here; what is open is not."""
        return bool(self.rows) and all(row.standing is Standing.FULFILLED for row in self.rows)


_NOTHING = Sentence("", "")


def compared(attached: Attached, pack: ClausePack, ours: Report | None) -> Comparison:
    """Set the verdicts side by side. The standing is that of our own run where there is one."""
    theirs = _by_id(attached.report, pack)
    own = _by_id(ours, pack)
    found: tuple[Change, ...] = ()
    remarks = attached.remarks
    if attached.report is not None and ours is not None:
        found = changes(picture(attached.report.recording), picture(ours.recording))
        if breaking(found):
            what = ", ".join(f"{one.where}: {one.name}" for one in breaking(found)[:5])
            remarks = (*remarks, remark("interface", what=what))
    return Comparison(
        pack=pack.id,
        url=attached.url,
        made=attached.finished,
        repeated=ours.recording.finished if ours else "",
        remarks=remarks,
        rows=tuple(_row(name, attached, theirs, own) for name in (own or theirs or dict.fromkeys(pack.ids))),
        interface=found[:MOST_CHANGES],
    )


def _by_id(report: Report | None, pack: ClausePack) -> dict[str, ClauseVerdict]:
    return {one.verdict.requirement: one for one in clause_verdicts(report, pack)} if report else {}


def _row(
    name: str, attached: Attached, theirs: Mapping[str, ClauseVerdict], own: Mapping[str, ClauseVerdict]
) -> Row:
    one, other = theirs.get(name), own.get(name)
    decides = other or one
    claimed = attached.claimed.get(name, "")
    seen = [str(each.verdict.outcome) for each in (one, other) if each]
    return Row(
        requirement=name,
        text=decides.verdict.text if decides else _NOTHING,
        claimed=claimed,
        found=str(one.verdict.outcome) if one else "",
        ours=str(other.verdict.outcome) if other else "",
        standing=decides.standing if decides else Standing.OPEN,
        differs=any(outcome != claimed for outcome in seen),
        theirs_because=one.verdict.reason if one else _NOTHING,
        ours_because=other.verdict.reason if other else _NOTHING,
        evidence=other.verdict.evidence if other else (),
    )


def comparison_json(comparison: Comparison) -> bytes:
    """The comparison as JSON, format `beffroi-comparison/1`."""
    return orjson.dumps(comparison_document(comparison), option=orjson.OPT_INDENT_2)


def comparison_document(comparison: Comparison) -> dict[str, Json]:
    """The comparison as a JSON value; the format is described in `docs/reference/clause-packs.md`."""
    return {
        "format": FORMAT,
        "clauses": comparison.pack,
        "url": comparison.url,
        "made": comparison.made,
        "repeated": comparison.repeated or None,
        "result": str(comparison.result),
        "fulfilled": comparison.fulfilled,
        "remarks": [
            {"code": one.code, "serious": one.serious, "said": one.said.both()} for one in comparison.remarks
        ],
        "rows": [
            {
                "requirement": row.requirement,
                "text": row.text.both(),
                "claimed": row.claimed or None,
                "evidence_says": row.found or None,
                "ours": row.ours or None,
                "standing": str(row.standing),
                "differs": row.differs,
                "theirs_because": row.theirs_because.both(),
                "ours_because": row.ours_because.both(),
                "our_evidence": list(row.evidence),
            }
            for row in comparison.rows
        ],
        "interface": [change_json(one) for one in comparison.interface],
    }


def change_json(one: Change) -> dict[str, Json]:
    """A change of an interface as JSON."""
    return {"kind": one.kind, "where": one.where, "name": one.name, "before": one.before, "after": one.after}
