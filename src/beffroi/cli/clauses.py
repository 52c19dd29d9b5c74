"""`beffroi clauses`: the text for a tender, bound to the tests that decide it."""

from pathlib import Path
from typing import Annotated

import typer

from beffroi.cli.terminal import Terminal
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.proof.clauses.choosing import ClauseError, chosen
from beffroi.proof.clauses.pack import ClausePack, clause_pack, pack_json
from beffroi.proof.clauses.page import clauses_html
from beffroi.proof.clauses.terminal import clauses_text
from beffroi.proof.kept import Language
from beffroi.proof.register import Register, load_register

LANGUAGES: dict[str, tuple[Language, ...]] = {"en": ("en",), "fr": ("fr",), "both": ("fr", "en")}


def clauses(
    requirements: Annotated[
        list[str], typer.Argument(help="Ids such as 1.C1.R1.1, or a MIM such as MIM1 for all it requires.")
    ],
    lang: Annotated[str, typer.Option(help="fr, en or both.")] = "en",
    applies: Annotated[
        list[str] | None, typer.Option(help="An id whose condition is met here: N/A does not fulfil it.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the clause pack here, for checks.")] = None,
    docx: Annotated[Path | None, typer.Option(help="Write the clauses here as a document.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the clauses here as a page.")] = None,
) -> None:
    """Print clauses for a tender, with the tests that verify them at bid, at delivery and every year."""
    if lang not in LANGUAGES:
        raise Problem(BadRequestData, f"There is no language '{lang}'; there are fr, en and both.")
    register, langs = load_register(), LANGUAGES[lang]
    pack = _pack(register, requirements, applies or [])
    if json:
        json.write_bytes(pack_json(pack))
    if docx:
        from beffroi.proof.clauses.office import clauses_docx  # noqa: PLC0415 - large, seldom needed

        docx.write_bytes(clauses_docx(pack, register, langs))
    if html:
        html.write_text(clauses_html(pack, register, langs), "utf-8")
    console = Terminal()
    if json or docx or html:
        console.print(f"{len(pack.ids)} clauses, pack {pack.id}", soft_wrap=True)
    else:
        console.print(clauses_text(pack, register, langs))


def _pack(register: Register, names: list[str], applies: list[str]) -> ClausePack:
    try:
        condition_met = [one.id for one in chosen(register, applies)] if applies else []
        return clause_pack(register, chosen(register, names), condition_met)
    except ClauseError as failure:
        raise Problem(BadRequestData, str(failure)) from failure
