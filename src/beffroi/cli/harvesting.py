"""`beffroi harvest`: what a city already has, brought in."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from beffroi.app.node import Node
from beffroi.cli.listing import print_table
from beffroi.cli.node import with_node
from beffroi.cli.options import Data, Mappings, Private, store_url
from beffroi.cli.terminal import Terminal
from beffroi.config import Settings
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.processes.harvest import harvest as run_harvest
from beffroi.sources.operations.registry import list_sources
from beffroi.sources.operations.trial import try_beside
from beffroi.sources.rules.run import Run, noticed, refusals

SELDOM = ("left out", "repeated", "turned", "gone")
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
    if runs:
        print_table(_table(runs))
    for run in runs:
        for sentence in (*noticed(run), *refusals(run, MOST_REASONS)):
            Terminal(soft_wrap=True).print(f"{run.source}: {sentence}")
    raise typer.Exit(1 if any(run.failure for run in runs) else 0)


def _table(runs: Sequence[Run]) -> Table:
    """A line for each run; what seldom happens has a column where it did."""
    counted = [
        {
            "read": run.counts.read,
            "new": run.counts.new,
            "changed": run.counts.changed,
            "same": run.counts.same,
            "refused": run.counts.refused + run.counts.rejected,
            "left out": run.counts.skipped,
            "repeated": run.counts.repeated,
            "turned": run.counts.swapped,
            "gone": run.counts.gone,
        }
        for run in runs
    ]
    columns = [name for name in counted[0] if name not in SELDOM or any(each[name] for each in counted)]
    table = Table("source", *columns, "state")
    for run, numbers in zip(runs, counted, strict=True):
        table.add_row(run.source, *(str(numbers[name]) for name in columns), run.state)
    return table


async def _one(node: Node, progress: Progress, name: str) -> Run:
    task = progress.add_task(name, total=None)
    run = await run_harvest(
        node.harvester,
        "",
        name,
        lambda p: progress.update(task, completed=p.read, total=p.total or p.read or None),
    )
    if not run.counts.read:  # a bar that never had an end would stand there as a full one
        progress.remove_task(task)
    return run
