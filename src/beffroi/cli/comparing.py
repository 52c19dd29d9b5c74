"""`beffroi compare`: judge the pack of a bidder again, and repeat the check."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from beffroi.cli.checking import checked, clause_pack_of, language_of, own_clock
from beffroi.cli.own_network import is_own_network
from beffroi.cli.terminal import Terminal
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.proof.clauses.choosing import ClauseError
from beffroi.proof.clauses.evidence import bound_json
from beffroi.proof.clauses.pack import ClausePack
from beffroi.proof.clauses.texts import general
from beffroi.proof.comparison.attached import Attached, Expected, look_at
from beffroi.proof.comparison.comparing import Result, compared, comparison_json
from beffroi.proof.comparison.page import comparison_html
from beffroi.proof.comparison.table import comparison_table
from beffroi.proof.pack import LARGEST_PACK
from beffroi.proof.register import load_register

OLDEST_DAYS = general().days["evidence"]


def compare(
    pack: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The bidder's evidence pack.")],
    clauses: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="Your clause pack, from beffroi clauses --json.")
    ],
    again: Annotated[
        bool, typer.Option("--again", help="Run the same check now, on the same address.")
    ] = False,
    url: Annotated[str, typer.Option(help="The address that was offered; with a key if it needs one.")] = "",
    days: Annotated[int, typer.Option(min=0, help="The greatest age of the pack.")] = OLDEST_DAYS,
    json: Annotated[Path | None, typer.Option(help="Write the comparison here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the comparison here as a page.")] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Write the evidence pack of the own run here.")
    ] = None,
    lang: Annotated[str, typer.Option(help="en or fr.")] = "en",
    private: Annotated[
        bool, typer.Option(help="Allow names that lead to this machine or its network.")
    ] = False,
) -> None:
    """Compare a bidder's pack with its own evidence, and with --again with a run of your own.

    Ends with 0 only when the pack holds and every clause is fulfilled.
    """
    language, wanted = language_of(lang), clause_pack_of(clauses)
    attached = _attached(pack, wanted, url, days)
    area = attached.report.recording.area if attached.report else None
    ours = None
    if again:
        allowed = private or _own_network(url, attached.url)
        ours = asyncio.run(checked(url or attached.url, area, None, private=allowed))
    comparison = compared(attached, wanted, ours)
    Terminal().print(comparison_table(comparison, language))
    if json:
        json.write_bytes(comparison_json(comparison))
    if html:
        html.write_text(comparison_html(comparison, language), "utf-8")
    if evidence and ours:
        evidence.write_bytes(bound_json(ours, wanted))
    raise typer.Exit(0 if comparison.result is Result.HOLDS and comparison.fulfilled else 1)


def _attached(file: Path, wanted: ClausePack, url: str, days: int) -> Attached:
    size = file.stat().st_size
    if size > LARGEST_PACK:
        raise Problem(
            BadRequestData, f"'{file}' has {size} bytes; an evidence pack of at most {LARGEST_PACK} is read."
        )
    try:
        return look_at(file.read_bytes(), load_register(), Expected(wanted, url, own_clock(), days))
    except ClauseError as failure:
        raise Problem(BadRequestData, f"'{file}': {failure}") from failure


def _own_network(typed: str, in_pack: str) -> bool:
    """Whether the own network may be asked: only if its address was typed, never because a pack says so."""
    if typed:
        return is_own_network(typed)
    if is_own_network(in_pack):
        raise Problem(
            BadRequestData,
            f"The pack was made on '{in_pack[:200]}', an address of this machine's network; "
            "name the address that was offered with --url.",
        )
    return False
