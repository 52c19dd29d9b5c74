"""`beffroi source` and `beffroi harvest`: what a city already has, brought in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.cli.options import Data, is_own_network, store_url
from beffroi.config import Settings
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.processes.harvest import harvest as run_harvest
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.registry import add_sources, list_sources, remove_source
from beffroi.sources.operations.trial import try_source
from beffroi.sources.rules.run import Run
from beffroi.sources.rules.source import sources_from

source = typer.Typer(help="Where data comes from.", no_args_is_help=True)
Result = TypeVar("Result")
Private = Annotated[bool, typer.Option(help="Allow addresses of this machine and its network.")]


@source.command()
def add(url: str, data: Data = "data", private: Private = False) -> None:
    """Find out what stands behind URL and add every dataset that a mapping fits."""

    async def work(node: Node) -> None:
        harvester = node.harvester
        found = await discover(url, harvester.world, list(harvester.catalogue.mappings.values()))
        known = await list_sources(node.store, "")
        new = sources_from(found, known, harvester.world.now())
        table = Table("dataset", "fields", "mapping", "name", title=f"{found.title} ({found.family})")
        names = {each.dataset: each.name for each in [*known, *new] if each.url == found.url}
        for offered in found.offered:
            mapping = offered.proposals[0].mapping if offered.proposals else "none fits"
            dataset = offered.dataset
            table.add_row(dataset.title, str(len(dataset.fields)), mapping, names.get(dataset.id, ""))
        Console().print(table)
        if not new:
            raise Problem(ResourceNotFound, "No mapping fits anything more behind this address.")
        await add_sources(node.store, "", new)
        Console().print(f"{len(new)} added. [bold]beffroi harvest[/] reads them.")

    _with_node(data, work, private=private or is_own_network(url))


@source.command("list")
def list_all(data: Data = "data") -> None:
    """Show the sources and what became of their last run."""

    async def work(node: Node) -> None:
        table = Table("name", "family", "mapping", "every", "last run", "state")
        for known in await list_sources(node.store, ""):
            every = f"{known.interval_s} s"
            table.add_row(
                known.name, known.family, known.mapping, every, known.last_at[:19], known.last_state
            )
        Console().print(table)

    _with_node(data, work, private=False)


@source.command()
def remove(name: str, data: Data = "data") -> None:
    """Forget a source; what came from it stays."""

    async def work(node: Node) -> None:
        await remove_source(node.store, "", name)

    _with_node(data, work, private=False)


def harvest(
    name: Annotated[str, typer.Argument(help="A source's name; all without one.")] = "",
    data: Data = "data",
    private: Private = False,
    dry_run: Annotated[bool, typer.Option(help="Write nothing; say what would come in.")] = False,
) -> None:
    """Read sources now."""

    async def work(node: Node) -> list[Run]:
        known = [s for s in await list_sources(node.store, "") if name in {"", s.name}]
        if not known:
            raise Problem(
                ResourceNotFound, f"There is no source '{name}'." if name else "There is no source."
            )
        if dry_run:
            for one in known:
                mapping = node.harvester.catalogue.find(one.mapping)
                trial = await try_source(node.harvester.world, one, mapping)
                Console().print_json(data=trial.shown())
            return []
        columns = TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns) as progress:
            return [await _one(node, progress, one.name) for one in known]

    runs = _with_node(data, work, private=private)
    table = Table("source", "read", "new", "changed", "same", "refused", "gone", "state")
    for run in runs:
        c = run.counts
        numbers = map(str, (c.read, c.new, c.changed, c.same, c.refused, c.gone))
        table.add_row(run.source, *numbers, run.failure or run.state)
    if runs:
        Console().print(table)
    raise typer.Exit(1 if any(run.failure for run in runs) else 0)


async def _one(node: Node, progress: Progress, name: str) -> Run:
    task = progress.add_task(name, total=None)
    return await run_harvest(
        node.harvester,
        "",
        name,
        lambda p: progress.update(task, completed=p.read, total=p.total or p.read),
    )


def _with_node(data: str, work: Callable[[Node], Awaitable[Result]], *, private: bool) -> Result:
    async def run() -> Result:
        settings = Settings(data=store_url(data), private_endpoints=private)
        async with open_node(settings) as node:
            return await work(node)

    return asyncio.run(run())
