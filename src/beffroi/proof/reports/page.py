"""The report as one web page that needs nothing else and runs nothing: to read, print or send on."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from beffroi.proof.exchange import Exchange
from beffroi.proof.kept import Language
from beffroi.proof.page_template import page_template
from beffroi.proof.register import load_register
from beffroi.proof.reports.words import SYMBOLS, failure_said, words
from beffroi.proof.verdict import Judged, Level, Outcome, Report, Verdict

LONGEST_EXCERPT = 700
_SHOWN = (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.ATTEST, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the summary bar: an outcome, how often, and where it stands in per cent."""

    outcome: Outcome
    symbol: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    text: str
    outcome: Outcome
    symbol: str
    reason: str
    repair: str
    evidence: tuple[int, ...]
    ours: bool


@dataclass(frozen=True, slots=True)
class Defect:
    id: str
    reasons: tuple[str, ...]
    repair: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One exchange as a reader sees it."""

    number: int
    request: str
    status: str
    facts: tuple[tuple[str, str], ...]
    excerpt: str


def report_html(report: Report, lang: Language) -> str:
    """The page of a report in English (`en`) or French (`fr`), self-contained, without scripts."""
    said = words(lang)
    names = load_register(report.mim_set).names
    return page_template("beffroi.proof.reports").render(
        lang=lang,
        w=said,
        report=report,
        host=clean(report.url),
        when=_moment(report.recording.finished, lang),
        family=report.family or said["no_family"],
        also=[f"{found.family} ({found.base})" for found in report.found if not found.judged],
        stopped=said.get(f"stopped_{report.recording.stopped}", report.recording.stopped),
        level=said[f"level_{report.statement.level}"],
        summary=_summary(report, said),
        parts=bar_parts(report.verdicts),
        defects=_defects(report.defects, lang),
        mims=[
            (
                mim,
                name.in_language(lang),
                [_row(verdict, lang) for verdict in report.verdicts if verdict.mim == mim],
            )
            for mim, name in names.items()
        ],
        advice=[_row(verdict, lang) for verdict in report.advice],
        exchanges=[_shown(exchange, lang) for exchange in report.recording.exchanges],
    )


def bar_parts(verdicts: tuple[Verdict, ...]) -> list[Part]:
    """The summary bar: every outcome that occurs, with its share of the whole."""
    counts = [(outcome, sum(v.outcome is outcome for v in verdicts)) for outcome in _SHOWN]
    parts: list[Part] = []
    start = 0.0
    for outcome, count in counts:
        if count:
            width = 100 * count / len(verdicts)
            parts.append(Part(outcome, SYMBOLS[outcome], count, round(start, 2), round(width, 2)))
            start += width
    return parts


def clean(text: str) -> str:
    """A text without characters that steer the display, such as those that reverse its direction."""
    return "".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else "�" for c in text)


def _summary(report: Report, said: Mapping[str, str]) -> str:
    statement = report.statement
    if statement.level is Level.NONE:
        return said["summary_none"]
    return said["summary"].format(
        passed=statement.passed,
        testable=statement.testable,
        failed=statement.failed,
        inconclusive=statement.inconclusive,
        attest=statement.attest,
        not_applicable=statement.not_applicable,
    )


def _defects(findings: tuple[Judged, ...], lang: Language) -> list[Defect]:
    """One entry for each test that failed, however many collections it failed on."""
    entries: list[Defect] = []
    for test in dict.fromkeys(finding.id for finding in findings):
        of = [finding for finding in findings if finding.id == test]
        reasons = tuple(dict.fromkeys(clean(finding.reason.in_language(lang)) for finding in of))
        repair = next((finding.repair.in_language(lang) for finding in of if finding.repair), "")
        evidence = tuple(sorted({number for finding in of for number in finding.evidence}))
        more = (f"(+{len(reasons) - 4})",) if len(reasons) > 4 else ()
        entries.append(Defect(test, (*reasons[:4], *more), clean(repair), evidence))
    return entries


def _row(verdict: Verdict, lang: Language) -> Row:
    return Row(
        id=verdict.requirement,
        text=verdict.text.in_language(lang),
        outcome=verdict.outcome,
        symbol=SYMBOLS[verdict.outcome],
        reason=clean(verdict.reason.in_language(lang)),
        repair=clean(verdict.repair.in_language(lang)) if verdict.repair else "",
        evidence=verdict.evidence,
        ours=verdict.level_basis == "ours",
    )


def _shown(exchange: Exchange, lang: Language) -> Shown:
    said = words(lang)
    answer = exchange.answer
    facts = (
        (said["type"], answer.header("content-type") or "–"),
        (said["time"], exchange.at),
        (said["duration"], f"{answer.elapsed_ms} ms"),
        (said["sha"], exchange.sha256),
        (said["sent"], "; ".join(f"{name}: {value}" for name, value in exchange.request.headers)),
    )
    raw = answer.body[: 4 * LONGEST_EXCERPT].decode("utf-8", "replace")
    excerpt = raw[:LONGEST_EXCERPT] + ("…" if len(answer.body) > len(raw[:LONGEST_EXCERPT].encode()) else "")
    return Shown(
        number=exchange.number,
        request=clean(f"{exchange.request.method} {exchange.request.url}"),
        status=str(answer.status) if answer.status else failure_said(answer.failure or "", lang),
        facts=tuple((name, clean(value)) for name, value in facts),
        excerpt=clean(excerpt),
    )


def _moment(utc: str, lang: Language) -> str:
    """
    >>> _moment("2026-11-22T14:05:09.120Z", "fr")
    '22/11/2026 14:05 UTC'
    """
    day, _, clock = utc.partition("T")
    year, month, number = day.split("-")
    return f"{number}/{month}/{year} {clock[:5]} UTC" if lang == "fr" else f"{day} {clock[:5]} UTC"
