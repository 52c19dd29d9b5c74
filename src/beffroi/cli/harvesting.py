"""`beffroi harvest`: what a city already has, brought in."""

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from beffroi.app.node import Node
from beffroi.cli.node import with_node
from beffroi.cli.options import Data, Mappings, Private, store_url
from beffroi.cli.terminal import Terminal
from beffroi.config import Settings
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.processes.harvest import harvest as run_harvest
from beffroi.sources.operations.registry import list_sources
from beffroi.sources.operations.trial import try_beside
from beffroi.sources.rules.run import Run, noticed, refusals

MOST_REASONS = 5
"""How many reasons of a run are printed; its report has more."""


def harvest(
    name: Annotated[str, typer.Argument(help="A source's name; all without one.")] = "",
    data: Data = "data",
    mappings: Mappings = None,
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
                trial = await try_beside(node.store, "", node.harvester.world, one, mapping)
                Terminal().print_json(data=trial.shown())
            return []
        columns = (
            TextColumn("{task.description:<40}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Terminal()) as progress:
            return [await _one(node, progress, one.name) for one in known]

    settings = Settings(data=store_url(data), mappings=mappings, private_endpoints=private)
    runs = with_node(settings, work)
    table = Table(
        "source",
        "read",
        "new",
        "changed",
        "same",
        "refused",
        "left out",
        "repeated",
        "turned",
        "gone",
        "state",
    )
    for run in runs:
        c = run.counts
        came = (c.read, c.new, c.changed, c.same, c.refused + c.rejected, c.skipped, c.repeated)
        table.add_row(run.source, *map(str, (*came, c.swapped, c.gone)), run.state)
    if runs:
        Terminal().print(table)
    for run in runs:
        for sentence in (*noticed(run), *refusals(run, MOST_REASONS)):
            Terminal(soft_wrap=True).print(f"{run.source}: {sentence}")
    raise typer.Exit(1 if any(run.failure for run in runs) else 0)


async def _one(node: Node, progress: Progress, name: str) -> Run:
    task = progress.add_task(name, total=None)
    return await run_harvest(
        node.harvester,
        "",
        name,
        lambda p: progress.update(task, completed=p.read, total=p.total or p.read),
    )
