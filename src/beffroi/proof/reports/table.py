"""The report as a table in the terminal."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from beffroi.proof.kept import Language
from beffroi.proof.reports.page import clean
from beffroi.proof.reports.words import SYMBOLS, words
from beffroi.proof.verdict import Level, Outcome, Report, Verdict

_STYLES = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.INCONCLUSIVE: "yellow",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.ATTEST: "magenta",
    Outcome.ADVICE: "yellow",
}


def report_table(report: Report, lang: Language) -> Group:
    """What `rich` prints for a report: a heading, the verdicts, the statement with its counts.

    Texts from the checked server are plain text: they carry no markup and no control characters.
    """
    said = words(lang)
    family = report.family or said["no_family"]
    heading = Text(f"{clean(report.url)} – {family}", style="bold")
    table = Table(show_lines=False, expand=True)
    table.add_column("MIM", no_wrap=True)
    table.add_column(said["requirement"], ratio=2)
    table.add_column(said["verdict"], no_wrap=True)
    table.add_column(said["reason"], ratio=3)
    for verdict in report.verdicts:
        table.add_row(*_cells(verdict, lang))
    return Group(heading, table, _statement(report, lang))


def _cells(verdict: Verdict, lang: Language) -> tuple[Text, Text, Text, Text]:
    said = words(lang)
    repair = f"\n→ {clean(verdict.repair.in_language(lang))}" if verdict.repair else ""
    return (
        Text(verdict.requirement),
        Text(verdict.text.in_language(lang)),
        Text(f"{SYMBOLS[verdict.outcome]} {said[verdict.outcome]}", style=_STYLES[verdict.outcome]),
        Text(clean(verdict.reason.in_language(lang)) + repair),
    )


def _statement(report: Report, lang: Language) -> Text:
    said, statement = words(lang), report.statement
    if statement.level is Level.NONE:
        return Text(f"{said[f'level_{statement.level}']}. {said['summary_none']}", style="bold")
    counts = said["summary"].format(
        passed=statement.passed,
        testable=statement.testable,
        failed=statement.failed,
        inconclusive=statement.inconclusive,
        attest=statement.attest,
        not_applicable=statement.not_applicable,
    )
    return Text(f"{said[f'level_{statement.level}']}. {counts}", style="bold")
