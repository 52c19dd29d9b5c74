"""The written clauses as one web page that needs nothing else and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from beffroi.proof.clauses.document import Block, clause_document
from beffroi.proof.clauses.pack import ClausePack
from beffroi.proof.kept import Language
from beffroi.proof.page_template import page_template
from beffroi.proof.register import Register


def clauses_html(pack: ClausePack, register: Register, langs: Sequence[Language]) -> str:
    """The page, one language after another; each part says which language it is in."""
    parts = [(lang, grouped(clause_document(pack, register, lang))) for lang in langs]
    return page_template("beffroi.proof.clauses").render(
        parts=parts, lang=langs[0], title=parts[0][1][0][0].text
    )


def grouped(blocks: Sequence[Block]) -> list[list[Block]]:
    """Neighbours that make one list on the page (facts, items) together; every other block alone.

    >>> [len(group) for group in grouped([Block("fact", "1"), Block("fact", "2"), Block("text", "x")])]
    [2, 1]
    """
    groups: list[list[Block]] = []
    for block in blocks:
        if groups and block.kind in {"fact", "item"} and groups[-1][0].kind == block.kind:
            groups[-1].append(block)
        else:
            groups.append([block])
    return groups
