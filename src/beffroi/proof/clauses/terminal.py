"""The written clauses in the terminal, and the verdicts of a check on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from beffroi.proof.clauses.document import Block, Kind, clause_document
from beffroi.proof.clauses.evidence import Standing, clause_verdicts
from beffroi.proof.clauses.pack import ClausePack
from beffroi.proof.clauses.texts import words
from beffroi.proof.kept import Language
from beffroi.proof.register import Register
from beffroi.proof.reports import words as reports
from beffroi.proof.reports.page import clean
from beffroi.proof.verdict import Report

_STYLES: Final[dict[Kind, str]] = {
    "title": "bold underline",
    "section": "bold cyan",
    "part": "bold",
    "clause": "bold green",
    "note": "dim",
}
_STANDINGS: Final = {Standing.FULFILLED: "green", Standing.FAILED: "bold red", Standing.OPEN: "yellow"}
_HEADINGS: Final = frozenset({"title", "section", "part", "clause"})


def clauses_text(pack: ClausePack, register: Register, langs: Sequence[Language]) -> Group:
    """What `rich` prints, one language after another."""
    lines = [_shown(block, lang) for lang in langs for block in clause_document(pack, register, lang)]
    return Group(*lines)


def clause_table(report: Report, pack: ClausePack, lang: Language) -> Group:
    """What `rich` prints for a check of clauses: the pack, one row for each clause, and how many hold."""
    said, report_said = words(lang), reports.words(lang)
    found = clause_verdicts(report, pack)
    table = Table(expand=True)
    table.add_column(said["clause"], no_wrap=True)
    table.add_column(report_said["verdict"], no_wrap=True)
    table.add_column(said["standing"], no_wrap=True)
    table.add_column(report_said["reason"], ratio=1)
    for one in found:
        table.add_row(
            Text(one.verdict.requirement),
            Text(f"{reports.SYMBOLS[one.verdict.outcome]} {report_said[one.verdict.outcome]}"),
            Text(said[f"standing_{one.standing}"], _STANDINGS[one.standing]),
            Text(clean(one.verdict.reason.in_language(lang))),
        )
    count = sum(one.standing is Standing.FULFILLED for one in found)
    return Group(
        Text(clean(report.url), "bold"),
        Text(f"{said['identity']} {pack.id}"),
        table,
        Text(said["fulfilled"].format(fulfilled=count, count=len(found)), "bold"),
    )


def _shown(block: Block, lang: Language) -> Padding:
    label = f"{block.label}{' :' if lang == 'fr' else ':'} " if block.label else ""
    mark = "• " if block.kind == "item" else ""
    text = Text.assemble((label, "bold"), f"{mark}{block.text}", style=_STYLES.get(block.kind, ""))
    return Padding(text, (1 if block.kind in _HEADINGS else 0, 0, 0, 4 if block.kind == "item" else 0))
