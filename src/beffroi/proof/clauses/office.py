"""The written clauses as a .docx document: real headings and lists, every text marked with its language."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final, Protocol, cast

from docx import Document
from docx.document import Document as Written
from docx.oxml import OxmlElement  # pyright: ignore[reportUnknownVariableType]
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from beffroi.proof.clauses.document import Block, Kind, clause_document
from beffroi.proof.clauses.pack import ClausePack
from beffroi.proof.kept import Language
from beffroi.proof.register import Register

STYLES: Final[dict[Kind, str]] = {
    "title": "Title",
    "section": "Heading 1",
    "part": "Heading 2",
    "clause": "Heading 3",
    "item": "List Bullet",
}
"""The styles of what is not plain text."""
LOCALES: Final[dict[Language, str]] = {"en": "en-GB", "fr": "fr-FR"}


def clauses_docx(pack: ClausePack, register: Register, langs: Sequence[Language]) -> bytes:
    """The document, one language after another, each on a new page."""
    written = Document()
    properties = written.core_properties
    properties.language = LOCALES[langs[0]]
    properties.subject, properties.author = pack.id, "Beffroi"
    # to look a style up takes python-docx ten milliseconds, at each paragraph that is given one by its name
    styles = {kind: written.styles[name].style_id for kind, name in STYLES.items()}
    for number, lang in enumerate(langs):
        blocks = clause_document(pack, register, lang)
        if number == 0:
            properties.title = blocks[0].text
        for block in blocks:
            _add(written, block, lang, styles.get(block.kind))
        written.paragraphs[-len(blocks)].paragraph_format.page_break_before = number > 0
    file = io.BytesIO()
    written.save(file)
    return file.getvalue()


def _add(written: Written, block: Block, lang: Language, style: str | None) -> None:
    paragraph = written.add_paragraph()
    if style is not None:
        cast(Styled, paragraph.paragraph_format.element).style = style
    if block.label:
        _say(paragraph, f"{block.label}{' :' if lang == 'fr' else ':'} ", lang).bold = True
    said = _say(paragraph, block.text, lang)
    if block.kind == "note":
        said.italic = True


def _say(paragraph: Paragraph, text: str, lang: Language) -> Run:
    """Add text that says which language it is in (ECMA-376 part 1, 17.3.2.20)."""
    run = paragraph.add_run(text)
    mark = cast(Element, OxmlElement("w:lang"))
    mark.set(qn("w:val"), LOCALES[lang])
    cast(Element, run.element.get_or_add_rPr()).append(mark)
    return run


class Styled(Protocol):
    """A paragraph's element, which is given a style by its id."""

    style: str


class Element(Protocol):
    """What is used here of an element of lxml, which brings no types."""

    def set(self, key: str, value: str) -> None: ...
    def append(self, element: Element) -> None: ...
