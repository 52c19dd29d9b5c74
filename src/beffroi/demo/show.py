"""Run the demo in a terminal: what happens, a summary, the addresses; then go on until Ctrl+C."""

import asyncio
import signal
import tempfile
import webbrowser
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from beffroi.demo.cities import PLANS, THIRD, City, running_chapter, running_city
from beffroi.demo.network.scene import Cast, together
from beffroi.demo.steps import (
    LILLE_DEFECTS,
    Verdict,
    add_city_sources,
    check_address,
    harvest_source,
)
from beffroi.demo.trade.scene import Traded, trade
from beffroi.sources.rules.run import Run
from beffroi.sources.rules.source import Source

LEAST_ENTITIES = 1_900


async def run_demo(console: Console, seed: int, *, goes_on: bool, opens: bool) -> bool:
    """True if every step held. With `goes_on` the cities live until Ctrl+C."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="beffroi-demo-"))
        console.print("[bold]Simulated cities[/]: every figure you will see is made up by a simulator.\n")
        cities = [
            await stack.enter_async_context(running_city(plan, seed + n, _made(folder, n)))
            for n, plan in enumerate(PLANS)
        ]
        others = Others(
            await stack.enter_async_context(running_chapter(_made(folder, len(PLANS)))),
            await stack.enter_async_context(running_city(THIRD, seed + 7, _made(folder, len(PLANS) + 1))),
        )
        scene = asyncio.ensure_future(_scene(console, cities, others, Path(folder)))  # noqa: TID251 - awaited below, or cancelled
        stopped = asyncio.ensure_future(ended.wait())  # noqa: TID251 - awaited below, or cancelled
        await asyncio.wait({scene, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not scene.done():
            scene.cancel()
            console.print("\nInterrupted: everything is being closed.")
            await asyncio.wait({scene})
            return False
        played = scene.result()
        if goes_on:
            for what, file in played.files:
                console.print(f"{what:<20} {file}", soft_wrap=True)
            await _go_on(console, cities, ended, opens=opens)
    return played.held


def _made(folder: str, number: int) -> Path:
    made = Path(folder) / str(number)
    made.mkdir()
    return made


@dataclass(frozen=True, slots=True)
class _Played:
    """Whether every step held, and the files that are there while the cities live."""

    held: bool
    files: list[tuple[str, Path]]


@dataclass(frozen=True, slots=True)
class Others:
    """Who joins later: a chapter, and a city whose node is empty."""

    chapter: City
    third: City


async def _scene(console: Console, cities: list[City], others: Others, folder: Path) -> _Played:
    runs = [(city, await _harvest(console, city)) for city in cities]
    verdicts = await _check(console, cities)
    seller = cities[-1]
    broker = next(v for v in verdicts if v.url == f"{seller.address}/ngsi-ld/v1")
    traded = await trade(console, seller, broker, folder)
    played = await together(console, _cast(console, cities, others, verdicts, folder))
    failures = [*_missing(runs), *_unexpected(verdicts, cities), *traded.failures, *played.failures]
    _summary(console, cities, runs, verdicts)
    for scene in (traded, played):
        _show_scene(console, scene)
    for failure in failures:
        console.print(f"[bold red]Not as it should be:[/] {failure}")
    return _Played(not failures, traded.files)


def _cast(
    console: Console, cities: list[City], others: Others, verdicts: list[Verdict], folder: Path
) -> Cast:
    first, second = cities

    async def harvest() -> int:
        return sum(run.counts.read for run in await _harvest(console, others.third))

    return Cast(others.chapter, first, second, others.third, harvest, verdicts, folder)


async def _harvest(console: Console, city: City) -> list[Run]:
    sources = await add_city_sources(city)
    columns = TextColumn("{task.description:<52}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        return [await _harvest_one(progress, city, source) for source in sources]


async def _harvest_one(progress: Progress, city: City, source: Source) -> Run:
    task = progress.add_task(f"{city.name}: {source.title}"[:52], total=None)
    run = await harvest_source(
        city, source, lambda p: progress.update(task, completed=p.read, total=p.total or p.read)
    )
    progress.update(task, completed=run.counts.read, total=max(run.counts.read, 1))
    return run


async def _check(console: Console, cities: list[City]) -> list[Verdict]:
    wanted = [
        (city, of, url)
        for city in cities
        for of, url in (
            (f"{city.name}: portal", city.api),
            (f"{city.name}: node, OGC API", f"{city.address}/ogc"),
            (f"{city.name}: node, NGSI-LD", f"{city.address}/ngsi-ld/v1"),
        )
    ]
    columns = TextColumn("{task.description:<52}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Checking portals and nodes", total=len(wanted))

        async def one(city: City, of: str, url: str) -> Verdict:
            verdict = await check_address(city, of, url)
            progress.advance(task)
            return verdict

        return list(await asyncio.gather(*(one(*each) for each in wanted)))


def _missing(runs: list[tuple[City, list[Run]]]) -> list[str]:
    failures: list[str] = []
    for city, of_city in runs:
        failures += [f"{city.name}: {run.source}: {run.failure}" for run in of_city if run.failure]
        written = sum(run.counts.new + run.counts.changed + run.counts.same for run in of_city)
        if written < LEAST_ENTITIES:
            failures.append(f"{city.name}: only {written} things came in.")
    return failures


def _unexpected(verdicts: list[Verdict], cities: list[City]) -> list[str]:
    failures = [f"{v.of}: {v.failure}" for v in verdicts if v.failure]
    failures += [
        f"{v.of}: {v.failed} requirements fail."
        for v in verdicts
        if "node" in v.of and v.failed and not v.failure
    ]
    portal = next(v for v in verdicts if v.url == cities[0].api)
    overlooked = LILLE_DEFECTS - set(portal.defects)
    failures += [f"{portal.of}: the defect {defect} was not found." for defect in sorted(overlooked)]
    return failures


def _summary(
    console: Console, cities: list[City], runs: list[tuple[City, list[Run]]], verdicts: list[Verdict]
) -> None:
    for city, of_city in runs:
        table = Table("source", "read", "new", "changed", "same", "refused", title=f"{city.name}: harvested")
        for run in of_city:
            c = run.counts
            table.add_row(run.source, *map(str, (c.read, c.new, c.changed, c.same, c.refused)))
        console.print(table)
    defects = Column("what is wrong", overflow="fold", ratio=3)
    table = Table(Column("address", ratio=1), "level", "pass", "fail", defects, title="Checked", expand=True)
    for v in verdicts:
        told = "\n".join(f"• {each}" for each in v.defects.values())
        wrong = told if v.passed or v.failed else "recognised, not judged yet"
        of = f"{v.of}\n[dim]{v.family}"
        table.add_row(of, v.level.capitalize(), str(v.passed), str(v.failed), Text(wrong))
    console.print(table)
    _portals(console, cities)


def _portals(console: Console, cities: list[City]) -> None:
    for city in cities:
        console.print(f"{city.name:<20} {city.address}", soft_wrap=True, style="bold")


def _show_scene(console: Console, traded: Traded) -> None:
    console.print(traded.table)
    for what, where in traded.addresses:
        console.print(f"{what:<20} {where}", soft_wrap=True)


async def _go_on(console: Console, cities: list[City], ended: asyncio.Event, *, opens: bool) -> None:
    console.print("\nOpen the portals in a browser:")
    _portals(console, cities)
    console.print("\nThe cities go on changing; Ctrl+C ends them and leaves nothing behind.")
    if opens:
        await asyncio.to_thread(webbrowser.open, cities[0].address)
    await ended.wait()
