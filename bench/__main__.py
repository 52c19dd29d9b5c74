"""`python -m bench [--entities N] [--quick]`: speed of a node as a ratio to a bare server, in one run."""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import entities
from bench.bought import kept_at_the_gate, print_kept
from bench.feed import Followed, follow_feed, print_feed
from bench.gate import Cost, gate_costs, print_gate
from bench.load import Measured, load
from bench.notifications import notification_delay
from bench.orders import orders, print_orders
from bench.servers import Spent, bare, free_port, node, pin_client, spent

CONNECTIONS = (1, 64)


class Row(NamedTuple):
    """What was measured with so many connections; `times` items a request, None where no rate is shown.

    `spent` is what the node spent meanwhile: where it computes and waits for a core all the time, its rate is
    that of its core, which other work shares.
    """

    name: str
    connections: int
    measured: Measured
    times: int | None
    spent: Spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--entities", type=int, default=100_000, help="how many stand in the store")
    parser.add_argument("--quick", action="store_true", help="a tenth of the requests")
    asked = parser.parse_args()
    pin_client()
    asyncio.run(_measure(asked.entities, 10 if asked.quick else 1))


async def _measure(among: int, divisor: int) -> None:
    console = Console(width=max(Console().width, 120))
    with (
        tempfile.TemporaryDirectory(prefix="beffroi-bench-") as folder,
        Progress(console=console) as progress,
    ):
        task = progress.add_task("measuring", total=15)
        with bare(port := free_port()):
            ceilings = await _ceilings(port, divisor)
            progress.advance(task, 2)
        with node(Path(folder), port := free_port()) as process:
            rows = await _node(port, process, among, divisor, lambda: progress.advance(task))
            memory = _memory(process)
            placed = await asyncio.to_thread(orders, port, 100 // divisor)
            kept = await kept_at_the_gate(port, among, placed[-1].token, 20 // divisor)
        gate = await _gate(10 if divisor == 1 else 4)
        followed = await asyncio.to_thread(_feed, 100_000 // divisor)
    _print(console, rows, ceilings, memory, among)
    print_kept(console, kept)
    print_gate(console, gate)
    print_orders(console, placed)
    print_feed(console, followed)


def _feed(entries: int) -> Followed:
    with tempfile.TemporaryDirectory(prefix="beffroi-feed-") as folder:
        return follow_feed(Path(folder), free_port(), free_port(), entries)


async def _gate(rounds: int) -> list[Cost]:
    with tempfile.TemporaryDirectory(prefix="beffroi-gate-") as folder:
        return await gate_costs(Path(folder), free_port(), rounds)


async def _ceilings(port: int, divisor: int) -> dict[tuple[str, int], float]:
    """Requests a second of the bare server, by kind of request and number of connections."""
    await load(port, entities.bare_gets(2_000), 64)
    found: dict[tuple[str, int], float] = {}
    for connections in CONNECTIONS:
        found["GET", connections] = (
            await load(port, entities.bare_gets(40_000 // divisor), connections)
        ).rate
        found["POST", connections] = (
            await load(port, entities.bare_posts(40_000 // divisor), connections)
        ).rate
    return found


async def _node(
    port: int, process: psutil.Process, among: int, divisor: int, step: Callable[[], None]
) -> list[Row]:
    rows: list[Row] = []

    async def measure(name: str, connections: int, work: Awaitable[Measured], times: int | None) -> None:
        before = spent(process)
        measured = await work
        rows.append(Row(name, connections, measured, times, spent(process).since(before)))
        step()

    created = 0
    for connections, count in zip(CONNECTIONS, (3_000 // divisor, 20_000 // divisor), strict=True):
        await measure("create", connections, load(port, entities.creations(created, count), connections), 1)
        created += count
    batches = max((among - created) // 1_000, 1)
    await measure("batch upsert of 1,000", 1, load(port, entities.upserts(created, batches), 1), 1_000)
    await measure(
        "batch upsert of 1,000", 4, load(port, entities.upserts(created, 20 // divisor or 1), 4), 1_000
    )
    there = created + 1_000 * batches
    for connections, count in zip(CONNECTIONS, (5_000 // divisor, 40_000 // divisor), strict=True):
        work = load(port, entities.retrievals(there, count), connections)
        await measure("retrieve", connections, work, 1)
    for connections, count in zip(CONNECTIONS, (3_000 // divisor, 30_000 // divisor), strict=True):
        await measure(
            "PATCH one attribute", connections, load(port, entities.patches(there, count), connections), 1
        )
    await _until_indexed(port, there)
    for connections, count in zip(CONNECTIONS, (1_000 // divisor, 6_000 // divisor), strict=True):
        name = f"query of 20 among {there:,}"
        await measure(name, connections, load(port, entities.queries(there, count), connections), 1)
    for connections in CONNECTIONS:
        name = "change to notification"
        await measure(name, connections, notification_delay(port, 1_000 // divisor, connections), None)
    return rows


async def _until_indexed(port: int, among: int) -> None:
    """Ask until the index that the first query wanted has been built: a query costs no scan any more."""
    for _ in range(600):
        measured = await load(port, entities.queries(among, 1), 1)
        if measured.delay(1) < 20:
            return
        await asyncio.sleep(0.2)


def _print(
    console: Console, rows: list[Row], ceilings: dict[tuple[str, int], float], memory: float, among: int
) -> None:
    columns = "a second", "of a bare server", "p50 ms", "p99 ms", "node µs", "waited µs", "failed"
    table = Table("what", "at once", *columns)
    for name, connections, measured, times, used in rows:
        kind = "GET" if name.startswith(("retrieve", "query")) else "POST"
        ceiling = ceilings.get((kind, connections))
        shown = f"{measured.rate * times:,.0f}" if times else ""
        ratio = f"{measured.rate / ceiling:.2f}" if ceiling and times == 1 else ""
        delays = f"{measured.delay(0.5):.2f}", f"{measured.delay(0.99):.2f}"
        items = measured.count * (times or 1)
        costs = (f"{1e6 * seconds / items:,.0f}" for seconds in used)
        table.add_row(name, str(connections), shown, ratio, *delays, *costs, str(measured.failed))
    for (kind, connections), rate in ceilings.items():
        table.add_row(f"bare server, {kind}", str(connections), f"{rate:,.0f}", "1.00")
    console.print(table)
    console.print(f"Resident memory of the node with {among:,} entities: {memory:,.0f} MB.")


def _memory(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


if __name__ == "__main__":
    main()
