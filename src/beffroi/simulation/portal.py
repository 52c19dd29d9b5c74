"""Serve a simulated portal on a socket, or answer for it in memory."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from aiohttp import web

from beffroi.simulation.lille_like import lille_like
from beffroi.simulation.ods_clean import ods_clean
from beffroi.simulation.page import page
from beffroi.simulation.wire import Answer, Asked, Portal, conditional, json_answer
from beffroi.simulation.world.moment import tick_of
from beffroi.simulation.world.world import world

__all__ = [
    "PORTALS",
    "WALL_CLOCK",
    "Ask",
    "Clock",
    "answer",
    "answers",
    "lille_like",
    "ods_clean",
    "running",
    "serve",
]

Clock = Callable[[], float]
PORTALS: Mapping[str, Callable[[int], Portal]] = {"lille-like": lille_like, "ods-clean": ods_clean}
WALL_CLOCK: Clock = time.time  # noqa: TID251  # the one place; a test hands in its own
SWITCH = "/simulation/outages/{dataset}"
NOTHING_OUT: frozenset[str] = frozenset()


class Ask(Protocol):
    """Ask a portal for a path with its query, without a socket."""

    def __call__(self, path: str, headers: Mapping[str, str] | None = None) -> Answer: ...


def answer(portal: Portal, asked: Asked, tick: int, outages: frozenset[str] = NOTHING_OUT) -> Answer:
    """Answer as the portal does at a tick: the same arguments give the same bytes."""
    if asked.path == "/":
        return conditional(asked, page(portal))
    return conditional(asked, portal.reply(asked, world(portal.city, portal.seed, tick), outages))


def answers(portal: Portal, tick: int, origin: str = "http://portal.example") -> Ask:
    """Give a function that answers for the portal in memory, always at the same tick.

    >>> answers(lille_like(seed=7), tick=359_000_000)("/data/ogcapi/conformance").status
    200
    """

    def ask(path: str, headers: Mapping[str, str] | None = None) -> Answer:
        given = {name.lower(): value for name, value in (headers or {}).items()}
        parts = urlsplit(path)
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        return answer(portal, Asked(unquote(parts.path), parameters, origin, given), tick)

    return ask


@asynccontextmanager
async def running(
    portal: Portal,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    clock: Clock = WALL_CLOCK,
    outages: set[str] | None = None,
) -> AsyncGenerator[str, None]:
    """Serve a portal and give its URL; port 0 takes a free one.

    `clock` gives seconds since 1970. The names in `outages`, which the caller may change at any time,
    answer 503; so do those named by PUT /simulation/outages/{dataset}, until DELETE.
    """
    application = _application(portal, clock, set() if outages is None else outages)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def serve(portal: Portal, *, host: str, port: int, clock: Clock = WALL_CLOCK) -> None:
    """Serve until SIGTERM or SIGINT; print the URL on one line when the portal listens."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    async with running(portal, host=host, port=port, clock=clock) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await stop.wait()


def _application(portal: Portal, clock: Clock, outages: set[str]) -> web.Application:
    async def get(request: web.Request) -> web.Response:
        asked = Asked(
            path=request.path,
            parameters=dict(request.query),
            origin=f"{request.scheme}://{request.host}",
            headers={name.lower(): value for name, value in request.headers.items()},
        )
        given = answer(portal, asked, tick_of(clock()), frozenset(outages))
        headers = {"Content-Type": given.media_type, **dict(given.headers)}
        return web.Response(status=given.status, body=given.body, headers=headers)

    async def break_down(request: web.Request) -> web.Response:
        outages.add(request.match_info["dataset"])
        return web.Response(status=204)

    async def recover(request: web.Request) -> web.Response:
        outages.discard(request.match_info["dataset"])
        return web.Response(status=204)

    async def refuse(_request: web.Request) -> web.Response:
        said = json_answer({"message": "A simulated portal is read only."}, status=405)
        return web.Response(status=405, body=said.body, headers={"Allow": "GET, HEAD"})

    application = web.Application()
    application.router.add_put(SWITCH, break_down)
    application.router.add_delete(SWITCH, recover)
    application.router.add_get("/{path:.*}", get)
    application.router.add_route("*", "/{path:.*}", refuse)
    return application
