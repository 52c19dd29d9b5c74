"""`beffroi check`: judge a city's endpoint against the Minimal Interoperability Mechanisms."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from beffroi.cli.own_network import is_own_network
from beffroi.cli.terminal import Terminal, styled
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.proof.check import check as run_check
from beffroi.proof.clauses.choosing import ClauseError
from beffroi.proof.clauses.evidence import all_fulfilled, bound_json
from beffroi.proof.clauses.pack import ClausePack, read_clause_pack, require_same_rules
from beffroi.proof.clauses.terminal import clause_table
from beffroi.proof.exchange import Area, Request, Sightings, area_of_text
from beffroi.proof.fetch import LOCAL, PUBLIC, guarded_fetch
from beffroi.proof.kept import Language
from beffroi.proof.pack import replay as replay_pack
from beffroi.proof.pack import report_json, sightings_of_pack
from beffroi.proof.register import load_register
from beffroi.proof.reports.page import report_html
from beffroi.proof.reports.table import report_table
from beffroi.proof.verdict import Report


def check(
    url: Annotated[str, typer.Argument(help="Any address of the portal or broker.")] = "",
    json: Annotated[Path | None, typer.Option(help="Write the evidence pack here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page here.")] = None,
    lang: Annotated[str, typer.Option(help="en or fr.")] = "en",
    area: Annotated[str, typer.Option(help="The city's box, W,S,E,N in degrees.")] = "",
    private: Annotated[
        bool, typer.Option(help="Allow names that lead to this machine or its network.")
    ] = False,
    earlier: Annotated[
        Path | None, typer.Option(exists=True, help="The pack of a visit a day ago or more: do ids last?")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(exists=True, help="Judge an evidence pack again, without network.")
    ] = None,
    clauses: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Judge this clause pack, and bind the evidence to it."
        ),
    ] = None,
) -> None:
    """Check an endpoint with at most 60 GET requests; or judge an evidence pack again.

    With --clauses it judges exactly the requirements of a clause pack. It ends with 0 when nothing fails (of
    clauses: when all are fulfilled), with 1 when something does, with 2 when nothing answers at the address
    or it is none that can be checked.
    """
    language = language_of(lang)
    wanted = clause_pack_of(clauses) if clauses else None
    console = Terminal()
    differences: tuple[str, ...] = ()
    if replay:
        report, differences = _replayed(replay)
    else:
        box, sightings = _area(area), _sightings(earlier)
        try:
            report = asyncio.run(checked(url, box, sightings, private=private or is_own_network(url)))
        except Problem as problem:  # nothing was judged: no verdict, and not the code of one
            Terminal(stderr=True).print(styled(("Not checked.", "bold red"), f" {problem.detail}"))
            raise typer.Exit(2) from problem
    console.print(clause_table(report, wanted, language) if wanted else report_table(report, language))
    if json:
        json.write_bytes(bound_json(report, wanted) if wanted else report_json(report))
    if html:
        html.write_text(report_html(report, language), "utf-8")
    for difference in differences:
        console.print(styled(("The pack says otherwise:", "bold red"), f" {difference}"))
    missed = not all_fulfilled(report, wanted) if wanted else bool(report.statement.failed)
    silent = 2 if report.recording.silence and not wanted else 0
    raise typer.Exit(1 if missed or differences else silent)


def language_of(lang: str) -> Language:
    """The language of a report. Raises Problem(BadRequestData)."""
    if lang not in {"en", "fr"}:
        raise Problem(BadRequestData, f"There is no language '{lang}'; there are en and fr.")
    return "fr" if lang == "fr" else "en"


def clause_pack_of(file: Path) -> ClausePack:
    """A clause pack from its file, that this checker has the rules of. Raises Problem(BadRequestData)."""
    try:
        pack = read_clause_pack(file.read_bytes())
        require_same_rules(pack, load_register())
    except ClauseError as failure:
        raise Problem(BadRequestData, f"'{file}': {failure}") from failure
    return pack


async def checked(url: str, area: Area | None, earlier: Sightings | None, *, private: bool) -> Report:
    """Check an address and show on standard error what is asked. Raises Problem(BadRequestData)."""
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=Terminal(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(number: int, request: Request) -> None:
            progress.update(task, description=f"{number:2} {request.method} {request.url[:90]}")

        async with guarded_fetch(LOCAL if private else PUBLIC) as fetch:
            try:
                return await run_check(
                    url, fetch=fetch, area=area, now=own_clock, on_progress=tell, earlier=earlier
                )
            except ValueError as failure:
                raise Problem(BadRequestData, str(failure)) from failure


def _replayed(pack: Path) -> tuple[Report, tuple[str, ...]]:
    try:
        judged = replay_pack(pack.read_bytes())
    except ValueError as failure:
        raise Problem(BadRequestData, f"'{pack}' is no evidence pack: {failure}") from failure
    return judged.report, judged.differences


def _sightings(pack: Path | None) -> Sightings | None:
    try:
        return sightings_of_pack(pack.read_bytes()) if pack else None
    except ValueError as failure:
        raise Problem(BadRequestData, f"'{pack}' is no evidence pack: {failure}") from failure


def _area(text: str) -> Area | None:
    try:
        return area_of_text(text) if text else None
    except ValueError as failure:
        raise Problem(BadRequestData, str(failure)) from failure


def own_clock() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)  # noqa: TID251 - the clock of the command
