"""The test node behind a real server, in a thread of its own, so that a browser can look at it.

`python tests/portal/served.py 9191` serves the made-up city, with changes, until it is interrupted.
"""

import asyncio
import itertools
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import web

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)

from tests.portal.city import bikes_at  # noqa: E402
from tests.portal.market import make_market  # noqa: E402
from tests.portal.node import Node  # noqa: E402

from beffroi.broker.operations.entities import Target, merge_entity  # noqa: E402
from beffroi.broker.routes import ROUTES  # noqa: E402
from beffroi.broker.rules.context.jsonld import CORE  # noqa: E402
from beffroi.broker.rules.entity.expand import read_fragment  # noqa: E402
from beffroi.broker.rules.entity.reading import Reading  # noqa: E402
from beffroi.broker.wire.problems import problem_response  # noqa: E402
from beffroi.kernel.instant import Instant, instant_of  # noqa: E402
from beffroi.web.answering import answer  # noqa: E402
from beffroi.web.failure import Failure  # noqa: E402
from beffroi.web.message import Request  # noqa: E402


@dataclass
class Served:
    """A node at an address; `do` runs work on its loop."""

    url: str
    node: Node
    loop: asyncio.AbstractEventLoop

    def do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def bikes(self, number: int, bikes: int) -> None:
        """Change how many bikes stand at a station."""
        now = self.node.clock()
        asked = read_fragment(bikes_at(number, bikes, now), Reading(CORE, fragment=True))
        target = Target("", f"urn:ngsi-ld:BikeHireDockingStation:sim-{number:03}")
        self.do(merge_entity(self.node.portal.broker, target, asked, ""))


@contextmanager
def serve(make: Callable[[], Any] | None = None, port: int = 0) -> Iterator[Served]:
    """Serve what `make` opens (a made-up city if it is not given) on loopback."""
    started: list[Served] = []
    ready, stop = threading.Event(), threading.Event()

    def work() -> None:
        with (make or (lambda: make_market(clock=wall_clock)))() as node:
            node.table.mount("/ngsi-ld/v1", ROUTES, node.portal.broker, problem_response)
            node.run(_serve(node, port, started, ready, stop))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(60), "the test node did not start"
    try:
        yield started[0]
    finally:
        stop.set()
        thread.join(20)


def wall_clock() -> Instant:
    return instant_of(datetime.now(UTC))


async def _serve(
    node: Node, port: int, started: list[Served], ready: threading.Event, stop: threading.Event
) -> None:
    app = web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/{rest:.*}", partial(_bridge, node))
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    bound = runner.addresses[0][1]
    started.append(Served(f"http://127.0.0.1:{bound}", node, asyncio.get_running_loop()))
    ready.set()
    while not stop.is_set():
        await asyncio.sleep(0.05)
    await runner.cleanup()


async def _bridge(node: Node, request: web.Request) -> web.StreamResponse:
    """aiohttp to our Request and Response and back."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    base = f"http://{headers.get('host', '')}"
    _, _, query = request.raw_path.partition("?")
    asked = Request(request.method, request.path, query, headers, await request.read(), base)
    asked.actor = node.actor_of(asked)
    try:
        given = await answer(node.table, asked, lambda _request, _needs: None)
    except Failure as failure:
        traceback.print_exception(failure)
        given = failure.response
    sent = web.StreamResponse(status=given.status, headers=dict(given.headers))
    await sent.prepare(request)
    if given.pieces is None:
        await sent.write(given.body)
        return sent
    try:
        async for piece in given.pieces:
            await sent.write(piece)
    except ConnectionResetError:
        pass
    finally:
        await given.pieces.aclose()  # type: ignore[attr-defined]
    return sent


def main() -> None:
    """Serve the city on the port given, with a change each second."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9191
    chance = Random(3)
    with serve(port=port) as served:
        print(served.url, flush=True)
        for _ in itertools.count():
            served.bikes(chance.randint(1, 60), chance.randint(0, 20))
            threading.Event().wait(1)


if __name__ == "__main__":
    main()
