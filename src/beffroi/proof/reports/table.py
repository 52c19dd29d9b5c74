"""The report in the terminal: one requirement below another, with what was found and what repairs it."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from beffroi.proof.kept import Language
from beffroi.proof.reports.page import clean
from beffroi.proof.reports.words import SYMBOLS, silence_said, words
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
    """What `rich` prints for a report: a heading, the verdicts, the statement with its counts. Of an address
    that never answered: only that, and why.

    Texts from the checked server are plain text: they carry no markup and no control characters.
    """
    said = words(lang)
    family = report.family or said["no_family"]
    if report.recording.silence:
        why, advice = silence_said(report.recording.silence, lang)
        return Group(Text(f"{clean(report.url)}: {why}", style="bold red"), Text(advice))
    heading = Text(f"{clean(report.url)} – {family}", style="bold")
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for verdict in report.verdicts:
        table.add_row(*_cells(verdict, lang))
    return Group(heading, table, _statement(report, lang))


def _cells(verdict: Verdict, lang: Language) -> tuple[Text, Text]:
    said, style = words(lang), _STYLES[verdict.outcome]
    found = Text.assemble(
        (verdict.text.in_language(lang), "bold"),
        "\n",
        (f"{said[verdict.outcome]}{' :' if lang == 'fr' else ':'} ", style),
        clean(verdict.reason.in_language(lang)),
        f"\n→ {clean(verdict.repair.in_language(lang))}" if verdict.repair else "",
    )
    return Text.assemble((SYMBOLS[verdict.outcome], style), f" {verdict.requirement}"), found


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
