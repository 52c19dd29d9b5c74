"""A pack that somebody attached: judge it again without a network and say what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import TypedDict, cast
from urllib.parse import urlsplit, urlunsplit

from beffroi.proof.clauses.choosing import ClauseError
from beffroi.proof.clauses.evidence import clause_verdicts, standing
from beffroi.proof.clauses.pack import ClausePack
from beffroi.proof.exchange import Json, Recording
from beffroi.proof.judge import filled, gaps, judge
from beffroi.proof.kept import kept_table
from beffroi.proof.keys import without_keys
from beffroi.proof.pack import PackError, pack_document, recording_of
from beffroi.proof.register import Register
from beffroi.proof.verdict import Outcome, Report, Sentence

MOST_REMARKS = 50
_SLACK = timedelta(minutes=5)
"""How far two honest clocks may differ."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a pack; after a serious one it is not believed."""

    code: str
    serious: bool
    said: Sentence


@dataclass(frozen=True, slots=True)
class Expected:
    """What the buyer expects of a pack. `url` may be empty; `days` is the greatest age of a pack."""

    pack: ClausePack
    url: str
    now: datetime
    days: int


@dataclass(frozen=True, slots=True)
class Attached:
    """A pack as it was attached: its verdicts, those that its evidence leads to here, and the remarks.

    `report` is None when the evidence cannot be judged.
    """

    url: str
    finished: str
    claimed: Mapping[str, str]
    report: Report | None
    remarks: tuple[Remark, ...]


def look_at(raw: bytes, register: Register, expected: Expected) -> Attached:
    """Judge an attached pack again from its own evidence.

    Raises ClauseError when the bytes are no evidence pack at all.
    """
    try:
        document = pack_document(raw)
    except PackError as failure:
        raise ClauseError(f"This is no evidence pack: {failure}") from failure
    claimed = _claimed(document)
    remarks = [*_binding(document, expected), *_summary(document, expected.pack)]
    try:
        recording = recording_of(document)
    except PackError as failure:
        remarks.append(remark("unreadable", what=str(failure)))
        return Attached(
            _text(document, "url"), _text(document, "finished"), claimed, None, tuple(remarks[:MOST_REMARKS])
        )
    report = judge(register, recording)
    remarks.extend(_recorded(recording, expected))
    if report.family == "" or not any(one.judged for one in report.found):
        remarks.append(remark("nothing-judged"))
    remarks.extend(_changed(claimed, report, expected.pack))
    return Attached(recording.url, recording.finished, claimed, report, tuple(remarks[:MOST_REMARKS]))


def remark(code: str, **values: str) -> Remark:
    """A remark with its sentence filled in; values come from others and are cut to a length."""
    known = _remarks()[code]
    return Remark(code, known["serious"], filled(Sentence(known["en"], known["fr"]), values))


def plain_address(url: str) -> str:
    """An address as two packs can be compared by: no key, no slash at the end, host in small letters.

    >>> plain_address("https://City.Example/ogc/?key=1")
    'https://city.example/ogc'
    """
    try:
        parts = urlsplit(without_keys(url)[0])
    except ValueError:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.lower(), path=parts.path.rstrip("/"), fragment=""))


def _binding(document: Mapping[str, Json], expected: Expected) -> Iterator[Remark]:
    """Which clauses, which rules and which address the pack says it is for."""
    pack = expected.pack
    bound = document.get("clauses")
    named = _text(bound, "pack") if isinstance(bound, dict) else ""
    if not named:
        yield remark("not-bound")
    elif named != pack.id:
        yield remark("other-clauses", found=named, wanted=pack.id)
    rules = {_text(one, "rule") for one in _verdicts(document) if _text(one, "requirement") in pack.ids}
    wanted = {rule.rule for rule in pack.requirements}
    found = (_text(document, "mim_set"), _text(document, "register_version"))
    if found != (pack.mim_set, pack.register_version) or not rules <= wanted:
        yield remark(
            "other-rules",
            found=f"{' '.join(found)} ({', '.join(sorted(rules))})",
            wanted=f"{pack.mim_set} {pack.register_version} ({', '.join(sorted(wanted))})",
        )
    url = _text(document, "url")
    if expected.url and plain_address(expected.url) != plain_address(url):
        yield remark("other-address", found=url or "?", wanted=without_keys(expected.url)[0])


def _summary(document: Mapping[str, Json], pack: ClausePack) -> Iterator[Remark]:
    """What the pack says of the clauses against its own verdicts."""
    bound = document.get("clauses")
    if not isinstance(bound, dict):
        return
    rules = {rule.id: rule for rule in pack.requirements}
    claimed = _claimed(document)
    rows = {_text(row, "requirement"): row for row in _rows(bound.get("verdicts"))}
    wrong = [
        name
        for name in pack.ids
        if _text(rows.get(name, {}), "outcome") != claimed.get(name, "")
        or _text(rows.get(name, {}), "standing") != _standing(claimed.get(name, ""), rules[name].applies)
    ]
    if wrong:
        yield remark("summary-changed", requirement=", ".join(wrong[:5]))


def _standing(outcome: str, applies: bool) -> str:  # noqa: FBT001 - a member of the rule
    return str(standing(Outcome(outcome), applies=applies)) if outcome in set(Outcome) else ""


def _changed(claimed: Mapping[str, str], report: Report, pack: ClausePack) -> Iterator[Remark]:
    """Verdicts of the pack that its own evidence does not lead to."""
    for one in clause_verdicts(report, pack):
        name, found = one.verdict.requirement, str(one.verdict.outcome)
        if name not in claimed:
            yield remark("verdict-missing", requirement=name, found=found)
        elif claimed[name] != found:
            yield remark("verdict-changed", requirement=name, claimed=claimed[name], found=found)


def _recorded(recording: Recording, expected: Expected) -> Iterator[Remark]:
    """Whether the exchanges are those of one whole check, made when the pack says."""
    found = gaps(recording)
    if found.never_asked:
        yield remark("never-asked", numbers=", ".join(map(str, found.never_asked[:10])))
    if found.not_recorded and not recording.stopped:
        url = found.not_recorded[0].url
        yield remark("not-recorded", count=str(len(found.not_recorded)), url=url)
    if [one.number for one in recording.exchanges] != list(range(1, len(recording.exchanges) + 1)):
        yield remark("numbers")
    yield from _times(recording, expected)
    if recording.earlier is not None:
        yield remark("own-earlier", found=recording.earlier.at[:16])
    if recording.stopped:
        yield remark("stopped", found=recording.stopped)


def _times(recording: Recording, expected: Expected) -> Iterator[Remark]:
    written = (recording.started, *(one.at for one in recording.exchanges), recording.finished)
    moments = [moment_of(text) for text in written]
    if any(moment is None for moment in moments):
        unread = next(text for text, moment in zip(written, moments, strict=True) if moment is None)
        yield remark("times", what=f"'{unread[:40]}'")
        return
    known = [moment for moment in moments if moment is not None]
    wrong = next((at for at, (one, other) in enumerate(pairwise(known)) if other < one), None)
    if wrong is not None:
        yield remark("times", what=f"{written[wrong + 1][:40]} < {written[wrong][:40]}")
    ended = known[-1]
    if ended > expected.now + _SLACK:
        yield remark("in-future", found=recording.finished[:16])
    if expected.now - ended > timedelta(days=expected.days):
        yield remark("too-old", found=recording.finished[:16], days=str(expected.days))


def moment_of(text: str) -> datetime | None:
    """The moment that a text names, with its zone; None when it names none.

    >>> moment_of("2026-11-22T12:00:00.000Z") is not None, moment_of("yesterday")
    (True, None)
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _claimed(document: Mapping[str, Json]) -> dict[str, str]:
    return {_text(one, "requirement"): _text(one, "outcome") for one in _verdicts(document)}


def _verdicts(document: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    return [one for part in ("verdicts", "advice") for one in _rows(document.get(part))]


def _rows(value: Json) -> list[Mapping[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(entry: Mapping[str, Json], key: str) -> str:
    value = entry.get(key)
    return value[:500] if isinstance(value, str) else ""


class _Known(TypedDict):
    serious: bool
    en: str
    fr: str


@cache
def _remarks() -> Mapping[str, _Known]:
    return cast("dict[str, _Known]", kept_table("beffroi.proof.comparison", "remarks.toml"))
