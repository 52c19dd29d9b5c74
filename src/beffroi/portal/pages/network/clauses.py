"""Clauses for a tender: choose requirements, read the text and take it along, compare a bidder's pack."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlencode

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, OperationNotSupported, Problem
from beffroi.network.rules.kind import ROOT
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.portal.words.buying import (
    RESULT_CLASSES,
    STANDING_CLASSES,
    change_name,
    clause_standing,
    result_name,
)
from beffroi.portal.words.verdicts import OUTCOME_CLASSES, outcome_name
from beffroi.processes.buying import pack_of
from beffroi.proof.clauses.choosing import MOST_NAMES
from beffroi.proof.clauses.document import Block, clause_document
from beffroi.proof.clauses.pack import ClausePack
from beffroi.proof.clauses.page import grouped
from beffroi.proof.clauses.texts import clause_texts
from beffroi.proof.kept import Language
from beffroi.proof.register import load_register
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

PICK: Final = "pick."
_BY_HAND: Final = frozenset({"M", "S/M", "S"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A requirement that can be chosen: in a sentence, as a clause, and whether a program decides it."""

    id: str
    text: str
    deliver: str
    by_hand: bool
    advised: bool
    chosen: bool


async def choose(visit: Visit, _: Arguments) -> Response:
    """All requirements by MIM, to be ticked; what was ticked leads to the text."""
    picked = [name.removeprefix(PICK) for name in visit.request.parameters if name.startswith(PICK)]
    if picked:
        query = urlencode({"requirement": ",".join(picked)})
        return see_other(f"{visit.home()}network/clauses/text?{query}")
    register, code = load_register(), visit.language.code
    texts, chosen = clause_texts(register.mim_set), frozenset(_named(visit))
    choices = [
        (
            one.mim,
            Choice(
                one.id,
                one.text.in_language(code),
                texts[one.id].deliver.in_language(code),
                one.how in _BY_HAND,
                one.level != "SHALL",
                one.id in chosen,
            ),
        )
        for one in register.requirements
    ]
    values: dict[str, object] = {
        **places(visit, "clauses"),
        "mims": [
            (mim, name.in_language(code), [one for of, one in choices if of == mim])
            for mim, name in register.names.items()
        ],
        "mim_set": register.mim_set,
        "may_compare": may(visit, "steer"),
        "empty": "choose" in visit.request.parameters,
    }
    return visit.page("network/clauses.html", visit.say("Clauses for a tender"), values)


async def text(visit: Visit, _: Arguments) -> Response:
    """The clauses of a choice, in both languages, to read, to copy and to download."""
    names = _named(visit)
    pack = await asyncio.to_thread(pack_of, names, [])
    langs: Sequence[Language] = ("fr", "en") if visit.language.code == "fr" else ("en", "fr")
    register = load_register()
    documents: list[tuple[Language, list[Block]]] = [
        (lang, clause_document(pack, register, lang)) for lang in langs
    ]
    asked = ",".join(pack.ids)
    values: dict[str, object] = {
        **places(visit, "clauses"),
        "pack": pack,
        "parts": [(lang, _below(blocks)) for lang, blocks in documents],
        "plain": [(lang, as_text(blocks, lang)) for lang, blocks in documents],
        "language_name": {"fr": visit.say("French"), "en": visit.say("English")},
        "heading": {"fr": visit.say("The text in French"), "en": visit.say("The text in English")},
        "files": [(form, name, _file(asked, form)) for form, name in _forms(visit)],
        "again": f"{visit.home()}network/clauses?{urlencode({'requirement': asked})}",
        "may_buy": may(visit, "steer"),
        "asked": asked,
    }
    trail = ((f"{visit.home()}network/clauses", visit.say("Clauses")),)
    return visit.page("network/clause-text.html", visit.say("The clauses"), values, trail=trail)


async def compare_form(visit: Visit, _: Arguments) -> Response:
    return show_comparison(visit)


async def compare(visit: Visit, _: Arguments) -> Response:
    """Judge the pack that was sent again, and if asked to, repeat the check."""
    fields = visit.uploads()
    url = fields.get("url", b"").decode("utf-8", "replace").strip()
    buying = visit.portal.network.buying
    if buying is None:
        raise Problem(OperationNotSupported, "This node runs no checks.")
    try:
        if not fields.get("evidence") or not fields.get("clauses"):
            raise Problem(BadRequestData, "Choose both files: the evidence and the clause pack.")
        again = bool(fields.get("again"))
        found = await buying.compare(fields["evidence"], fields["clauses"], url, again=again)
    except Problem as problem:
        return show_comparison(visit, url=url, mistake=problem.detail)
    return show_comparison(visit, url=url, found=found)


def show_comparison(
    visit: Visit,
    *,
    url: str = "",
    mistake: str = "",
    found: JsonObject | None = None,
    place: str = "network/clauses/compare",
) -> Response:
    """The page that compares packs; `place` is where it can be read again."""
    language = visit.language
    values: dict[str, object] = {
        **places(visit, "clauses"),
        "url": url,
        "mistake": mistake,
        "found": found,
        "outcome_name": partial(outcome_name, language),
        "outcome_class": OUTCOME_CLASSES,
        "standing_name": partial(clause_standing, language),
        "standing_class": STANDING_CLASSES,
        "result_name": partial(result_name, language),
        "result_class": RESULT_CLASSES,
        "change_name": partial(change_name, language),
    }
    trail = ((f"{visit.home()}network/clauses", visit.say("Clauses")),)
    title = visit.say("Compare a bidder's pack")
    status = 422 if mistake else 200
    return visit.page("network/compare.html", title, values, trail=trail, status=status, place=place)


def as_text(blocks: Sequence[Block], lang: Language) -> str:
    """Clauses as plain text, to be pasted into any document."""
    lines = list[str]()
    for block in blocks:
        label = f"{block.label}{' :' if lang == 'fr' else ':'} " if block.label else ""
        mark = "– " if block.kind == "item" else ""
        gap = "\n" if block.kind in {"section", "part", "clause"} else ""
        lines.append(f"{gap}{mark}{label}{block.text}".rstrip())
    return "\n".join(lines)


def _below(blocks: Sequence[Block]) -> list[list[Block]]:
    """The blocks behind the title, which the page has already."""
    return [group for group in grouped(blocks) if group[0].kind != "title"]


def _named(visit: Visit) -> list[str]:
    names = visit.request.parameters.get("requirement", "").split(",")
    return [name for name in names if name][: MOST_NAMES + 1]


def _forms(visit: Visit) -> tuple[tuple[str, str], ...]:
    return (
        ("docx", visit.say("Document (.docx)")),
        ("html", visit.say("Web page (.html)")),
        ("json", visit.say("Clause pack (.json), for the tests")),
    )


def _file(asked: str, form: str) -> str:
    return f"{ROOT}/clauses?{urlencode({'requirement': asked, 'format': form, 'lang': 'both'})}"


def pack_for(names: Sequence[str]) -> ClausePack:
    """The clause pack for names that were typed. Raises Problem(BadRequestData)."""
    return pack_of([name for name in names if name], [])


CLAUSE_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/clauses", choose, "nothing"),
    ("GET", "/network/clauses/text", text, "nothing"),
    ("GET", "/network/clauses/compare", compare_form, "steer"),
    ("POST", "/network/clauses/compare", compare, "steer"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
