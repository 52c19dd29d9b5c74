"""`python -m bench.processor [--entities N] [--rounds N] [TREE]`: processor time of a node for one request.

It depends less than a rate on what else the machine has to do. Of many short rounds the quietest quarter
counts. Given another source tree, both are measured in turns.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

from bench import entities, servers
from bench.load import load

HERE = Path(__file__).parent.parent


class Kind(NamedTuple):
    """A kind of request: how many go out in a round, over how many connections, and what each counts for."""

    name: str
    requests: int
    connections: int
    items: int = 1


KINDS = (
    Kind("retrieve", 2_000, 64),
    Kind("PATCH one attribute", 1_500, 64),
    Kind("create", 600, 64),
    Kind("query of 20", 200, 64),
    Kind("batch upsert of 1,000, one entity", 2, 2, 1_000),
)


class Running(NamedTuple):
    """A node that is measured: the tree it stems from, and what each kind cost in each round."""

    tree: Path
    port: int
    process: psutil.Process
    spent: dict[str, list[float]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.processor")
    parser.add_argument("tree", nargs="?", type=Path, help="another checkout to compare with")
    parser.add_argument("--entities", type=int, default=10_000, help="how many stand in the store")
    parser.add_argument("--rounds", type=int, default=32)
    asked = parser.parse_args()
    servers.pin_client()
    trees = [HERE] if asked.tree is None else [asked.tree.resolve(), HERE]
    with ExitStack() as stack:
        running = [_started(stack, tree) for tree in trees]
        asyncio.run(_measure(running, asked.entities, asked.rounds))
        _print(running)


def _started(stack: ExitStack, tree: Path) -> Running:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="beffroi-bench-"))
    port = servers.free_port()
    process = stack.enter_context(servers.node(Path(folder), port, tree / "src"))
    return Running(tree, port, process, {kind.name: [] for kind in KINDS})


async def _measure(running: list[Running], among: int, rounds: int) -> None:
    for each in running:
        await load(each.port, entities.upserts(0, among // 1_000), 1)
        await load(each.port, entities.queries(among, 20), 1)
        await asyncio.sleep(2)
    for number in range(rounds + 1):
        for kind in KINDS:
            for each in running if number % 2 else reversed(running):
                cost = await _round(each, kind, among, number)
                if number:  # the first round warms up
                    each.spent[kind.name].append(cost)


async def _round(node: Running, kind: Kind, among: int, number: int) -> float:
    """Microseconds of one item."""
    before = servers.busy(node.process)
    measured = await load(node.port, _requests(kind, among, number), kind.connections)
    assert measured.failed == 0, kind
    return 1e6 * (servers.busy(node.process) - before) / kind.requests / kind.items


def _requests(kind: Kind, among: int, number: int) -> Iterator[bytes]:
    match kind.name.split()[0]:
        case "retrieve":
            return entities.retrievals(among, kind.requests)
        case "PATCH":
            return entities.patches(among, kind.requests)
        case "create":
            return entities.creations(among + number * kind.requests, kind.requests)
        case "query":
            return entities.queries(among, kind.requests)
        case _:
            return entities.upserts(0, kind.requests)


def _print(running: list[Running]) -> None:
    console = Console(width=110)
    table = Table("µs of the node for", *(f"{each.tree.name}: quiet (median)" for each in running), "change")
    for kind in KINDS:
        spent = [each.spent[kind.name] for each in running]
        quiet = [statistics.fmean(sorted(costs)[: max(len(costs) // 4, 1)]) for costs in spent]
        shown = [f"{q:,.1f} ({statistics.median(c):,.1f})" for q, c in zip(quiet, spent, strict=True)]
        table.add_row(kind.name, *shown, f"{quiet[-1] / quiet[0] - 1:+.1%}" if len(spent) > 1 else "")
    memory = [each.process.memory_info().rss / 1e6 for each in running]
    table.add_row("resident memory, MB", *(f"{each:,.0f}" for each in memory))
    console.print(table)


if __name__ == "__main__":
    main()
