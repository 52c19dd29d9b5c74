"""`beffroi check`: judge a city's endpoint against the Minimal Interoperability Mechanisms."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from beffroi.cli.options import is_own_network
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.proof.check import check as run_check
from beffroi.proof.exchange import Area, Request, Sightings, area_of_text
from beffroi.proof.fetch import LOCAL, PUBLIC, guarded_fetch
from beffroi.proof.pack import replay as replay_pack
from beffroi.proof.pack import report_json, sightings_of_pack
from beffroi.proof.reports.page import report_html
from beffroi.proof.reports.table import report_table
from beffroi.proof.verdict import Report

LANGUAGES = ("en", "fr")


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
) -> None:
    """Check an endpoint with at most 60 GET requests; or judge an evidence pack again."""
    if lang not in {"en", "fr"}:
        raise Problem(BadRequestData, f"There is no language '{lang}'; there are en and fr.")
    language: Literal["en", "fr"] = "fr" if lang == "fr" else "en"
    console = Console()
    differences: tuple[str, ...] = ()
    if replay:
        report, differences = _replayed(replay)
    else:
        report = asyncio.run(_checked(url, _area(area), _sightings(earlier), private=private))
    console.print(report_table(report, language))
    if json:
        json.write_bytes(report_json(report))
    if html:
        html.write_text(report_html(report, language), "utf-8")
    for difference in differences:
        console.print(f"[bold red]The pack says otherwise:[/] {difference}")
    raise typer.Exit(1 if report.statement.failed or differences else 0)


async def _checked(url: str, area: Area | None, earlier: Sightings | None, *, private: bool) -> Report:
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(number: int, request: Request) -> None:
            progress.update(task, description=f"{number:2} {request.method} {request.url[:90]}")

        async with guarded_fetch(LOCAL if private or is_own_network(url) else PUBLIC) as fetch:
            try:
                return await run_check(
                    url, fetch=fetch, area=area, now=_now, on_progress=tell, earlier=earlier
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


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the clock of the command
