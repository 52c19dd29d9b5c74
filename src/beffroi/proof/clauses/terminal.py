"""The written clauses in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from beffroi.proof.clauses.document import Block, Kind, Language, clause_document
from beffroi.proof.clauses.pack import ClausePack
from beffroi.proof.register import Register

_STYLES: Final[dict[Kind, str]] = {
    "title": "bold underline",
    "section": "bold cyan",
    "part": "bold",
    "clause": "bold green",
    "note": "dim",
}
_HEADINGS: Final = frozenset({"title", "section", "part", "clause"})


def clauses_text(pack: ClausePack, register: Register, langs: Sequence[Language]) -> Group:
    """What `rich` prints, one language after another."""
    lines = [_shown(block, lang) for lang in langs for block in clause_document(pack, register, lang)]
    return Group(*lines)


def _shown(block: Block, lang: Language) -> Padding:
    label = f"{block.label}{' :' if lang == 'fr' else ':'} " if block.label else ""
    mark = "• " if block.kind == "item" else ""
    text = Text.assemble((label, "bold"), f"{mark}{block.text}", style=_STYLES.get(block.kind, ""))
    return Padding(text, (1 if block.kind in _HEADINGS else 0, 0, 0, 4 if block.kind == "item" else 0))
