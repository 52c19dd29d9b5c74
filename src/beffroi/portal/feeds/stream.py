"""Stream: server-sent events for a page, looked for again and again while it listens (HTML, section 9.2)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from beffroi.kernel.instant import seconds_between
from beffroi.kernel.problem import Problem, TooManyRequests
from beffroi.portal.services import Portal
from beffroi.web.message import Response

Look: TypeAlias = Callable[[], Awaitable[Sequence[bytes] | None]]
"""The messages that there are since the last look; None when there will be no more."""

HEADERS: Final = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}


def check_room(portal: Portal) -> None:
    """Raise Problem(TooManyRequests) if as many pages listen as may."""
    if portal.watch.listeners >= portal.watch.pace.listeners:
        raise Problem(TooManyRequests, "Too many pages are listening already.", {"retry-after": "30"})


def stream(portal: Portal, look: Look) -> Response:
    """What is found, look by look. The stream ends by itself, and is taken up again by the page."""
    return Response(200, HEADERS, pieces=_events(portal, look))


async def _events(portal: Portal, look: Look) -> AsyncIterator[bytes]:
    watch, now = portal.watch, portal.broker.now
    pace = watch.pace
    started = spoke = now()
    watch.listeners += 1
    try:
        yield b"retry: 3000\n\n"
        while seconds_between(started, now()) < pace.longest_seconds:
            messages = await look()
            if messages is None:
                return
            for message in messages:
                yield message
                spoke = now()
            if seconds_between(spoke, now()) >= pace.heartbeat_seconds:
                yield b": still here\n\n"
                spoke = now()
            await asyncio.sleep(pace.seconds_between)
    finally:
        watch.listeners -= 1
