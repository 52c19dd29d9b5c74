"""`python -m bench.past [--changes N] [--provided]`: how long questions about the past of one entity take.

One entity with a number that changes every minute and a name that never does, on SQLite, asked without HTTP.
Of three tries the quickest counts. With `--provided` the numbers are brought in, 5,000 a request.
"""

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table as Shown

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.broker.rules.entity.entity import Entity, Instance, entity_key, entity_of
from beffroi.broker.rules.entity.trace import commit_of
from beffroi.config import Settings
from beffroi.kernel.instant import Instant, instant_of
from beffroi.kernel.json import encode
from beffroi.kernel.record import Commit, Key, Record
from beffroi.web.message import Request

ROOM = "urn:ngsi-ld:Room:1"
HOME = "https://uri.etsi.org/ngsi-ld/default-context/"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 500
PROVIDED_AT_ONCE = 5_000


def minute(number: int) -> Instant:
    return instant_of(BEGIN + timedelta(minutes=number))


def entity_at(number: int) -> Entity:
    at, first = minute(number), minute(0)
    name = Instance(type="Property", value="Hall", createdAt=first, modifiedAt=first)
    level = Instance(type="Property", value=number % 50, observedAt=at, createdAt=first, modifiedAt=at)
    attrs = {HOME + "level": [level], HOME + "name": [name]}
    return Entity(id=ROOM, type=[HOME + "Room"], createdAt=first, modifiedAt=at, attrs=attrs)


async def fill(node: Node, changes: int) -> None:
    key = entity_key("", ROOM)

    def change(number: int) -> "asyncio.Future[None]":
        def decide(stored: dict[Key, Record]) -> Commit:
            before = entity_of(stored[key].body) if key in stored else None
            return commit_of("", before, entity_at(number), None, minute(number))

        return asyncio.ensure_future(node.store.transact([key], decide))  # type: ignore[arg-type]

    for start in range(0, changes, AT_ONCE):
        await asyncio.gather(*(change(number) for number in range(start, min(start + AT_ONCE, changes))))


async def provide(node: Node, changes: int) -> float:
    """Bring in what `fill` would have changed; processor time of an instance in µs."""
    begun = time.process_time()
    for start in range(0, changes, PROVIDED_AT_ONCE):
        numbers = range(start, min(start + PROVIDED_AT_ONCE, changes))
        level = [{"type": "Property", "value": n % 50, "observedAt": minute(n)} for n in numbers]
        body = encode({"id": ROOM, "type": "Room", "level": level, "name": [{"value": "Hall"}]})
        headers = {"content-type": "application/json", "content-length": str(len(body))}
        path = "/ngsi-ld/v1/temporal/entities"
        response = await node.answer(Request("POST", path, "", headers, body))
        assert response.status in {201, 204}, response.body
    return 1e6 * (time.process_time() - begun) / changes


def questions(changes: int) -> dict[str, str]:
    hour = f"timerel=after&timeAt={minute(changes - 60)}"
    day = f"timerel=after&timeAt={minute(changes - 1_440)}"
    begin = f"timerel=after&timeAt={minute(1)}"
    figures = "format=aggregatedValues&aggrMethods=avg,max&attrs=level"
    return {
        "the last hour": hour,
        "the last hour, as it was written": f"{hour}&timeproperty=modifiedAt",
        "the last ten of one attribute": "lastN=10&attrs=level",
        "a day by the hour": f"{day}&{figures}&aggrPeriodDuration=PT1H",
        "the first part of all, as it was written": f"{begin}&timeproperty=modifiedAt",
        "the first part of all": "",
        "the last ten of every attribute": "lastN=10",
        "all by the day": f"{figures}&aggrPeriodDuration=P1D",
    }


async def seconds(node: Node, query: str) -> tuple[int, float]:
    best, status = float("inf"), 0
    for _ in range(3):
        begun = time.perf_counter()
        response = await node.answer(Request("GET", f"/ngsi-ld/v1/temporal/entities/{ROOM}", query, {}))
        best, status = min(best, time.perf_counter() - begun), response.status
    return status, best


async def measure(changes: int, *, provided: bool) -> Shown:
    shown = Shown(
        f"asked of an entity with {changes:,} {'instances' if provided else 'changes'}", "status", "ms"
    )
    with tempfile.TemporaryDirectory() as folder:
        async with open_node(Settings(data=f"sqlite:{Path(folder) / 'node.db'}", keep_history=0)) as node:
            if provided:
                shown.caption = f"brought in for {await provide(node, changes):.0f} µs of processor time each"
            else:
                await fill(node, changes)
            for name, query in questions(changes).items():
                status, taken = await seconds(node, query)
                shown.add_row(name, str(status), f"{taken * 1_000:,.1f}")
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--changes", type=int, default=100_000, help="how many changes the entity has had")
    parser.add_argument("--provided", action="store_true", help="bring them in instead")
    asked = parser.parse_args()
    Console().print(asyncio.run(measure(asked.changes, provided=asked.provided)))


if __name__ == "__main__":
    main()
