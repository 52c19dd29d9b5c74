"""What a check concludes: findings of tests, verdicts on requirements, advice, one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from beffroi.proof.exchange import Json, Recording


class Outcome(StrEnum):
    PASS = "PASS"  # noqa: S105
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_APPLICABLE = "N/A"
    ATTEST = "ATTEST"
    ADVICE = "ADVICE"


class Level(StrEnum):
    """Initial, Partial and Full as in `docs/checker.md`; NONE when nothing could be judged."""

    NONE = "NONE"
    INITIAL = "INITIAL"
    PARTIAL = "PARTIAL"
    FULL = "FULL"


@dataclass(frozen=True, slots=True)
class Sentence:
    """The same sentence in the two languages of the reports."""

    en: str
    fr: str

    def both(self) -> dict[str, Json]:
        """The member of a document that holds it."""
        return {"en": self.en, "fr": self.fr}

    def in_language(self, lang: str) -> str:
        return self.fr if lang == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Finding:
    """What one test saw: the test and the case name its sentence and outcome in the register.

    `evidence` holds the numbers of the exchanges it rests on.
    """

    test: str
    case: str
    evidence: tuple[int, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with its outcome and sentences filled in."""

    id: str
    case: str
    rule: str
    outcome: Outcome
    reason: Sentence
    repair: Sentence | None
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one requirement. `decided_by` names the findings that it rests on."""

    requirement: str
    mim: str
    mim_set: str
    level: str
    level_basis: str
    how: str
    rule: str
    text: Sentence
    outcome: Outcome
    reason: Sentence
    repair: Sentence | None
    evidence: tuple[int, ...]
    decided_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """Initial, Partial or Full, never without the counts behind it (all of SHALL requirements)."""

    level: Level
    testable: int
    passed: int
    failed: int
    inconclusive: int
    not_applicable: int
    attest: int


@dataclass(frozen=True, slots=True)
class Found:
    """An interface family that a server shows; `judged` says whether this report judges it."""

    family: str
    base: str
    judged: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One check of one address: verdicts, advice, findings, and the recording they follow from."""

    url: str
    mim_set: str
    register_version: str
    family: str
    base: str
    found: tuple[Found, ...]
    statement: Statement
    verdicts: tuple[Verdict, ...]
    advice: tuple[Verdict, ...]
    findings: tuple[Judged, ...]
    recording: Recording

    @property
    def defects(self) -> tuple[Judged, ...]:
        """The findings that a failed requirement rests on, each with a stable id."""
        decisive = {test for v in self.verdicts if v.outcome is Outcome.FAIL for test in v.decided_by}
        return tuple(f for f in self.findings if f.outcome is Outcome.FAIL and f.id in decisive)
