"""A comparison in the terminal."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from beffroi.proof.clauses.evidence import Standing
from beffroi.proof.comparison.comparing import Comparison, Result, Row
from beffroi.proof.comparison.words import counts_said, result_said, words
from beffroi.proof.kept import Language
from beffroi.proof.reports.page import clean

_STYLES = {Standing.FULFILLED: "green", Standing.FAILED: "bold red", Standing.OPEN: "yellow"}
_RESULTS = {Result.HOLDS: "bold green", Result.DIFFERS: "bold yellow", Result.NOT_BELIEVED: "bold red"}


def comparison_table(comparison: Comparison, lang: Language) -> Group:
    """What `rich` prints: the result, the remarks, one row for each requirement, the interface.

    Texts of others are plain text: they carry no markup and no control characters.
    """
    said = words(lang)
    table = Table(expand=True)
    for name in ("requirement", "claimed", "found", "ours", "standing"):
        table.add_column(said[name], no_wrap=name == "requirement")
    table.add_column(said["because"], ratio=1)
    for row in comparison.rows:
        table.add_row(*_cells(row, lang))
    remarks = [
        Text(
            f"{'!' if one.serious else '·'} {clean(one.said.in_language(lang))}", "red" if one.serious else ""
        )
        for one in comparison.remarks
    ]
    return Group(
        Text(clean(comparison.url), "bold"),
        Text(said[f"result_{comparison.result}"], _RESULTS[comparison.result]),
        Text(result_said(comparison, lang)),
        *remarks,
        table,
        Text(counts_said(comparison, lang), "bold"),
        *([] if comparison.repeated else [Text(said["not_repeated"], "dim")]),
    )


def _cells(row: Row, lang: Language) -> tuple[Text, ...]:
    said = words(lang)
    nothing = said["nothing"]
    because = (row.ours_because if row.ours else row.theirs_because).in_language(lang)
    return (
        Text(row.requirement),
        Text(clean(row.claimed) or nothing, "bold red" if row.differs else ""),
        Text(row.found or nothing),
        Text(row.ours or nothing),
        Text(said[f"standing_{row.standing}"], _STYLES[row.standing]),
        Text(clean(because)),
    )
