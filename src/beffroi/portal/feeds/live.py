"""Live changes for the map as server-sent events (WHATWG HTML, section 9.2)."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import unquote

import orjson

from beffroi.kernel.instant import seconds_between
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, TooManyRequests
from beffroi.portal.feeds.features import feature_of
from beffroi.portal.feeds.watch import Sighting
from beffroi.portal.services import Portal
from beffroi.portal.visit import language_for
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments


async def live(portal: Portal, request: Request, _: Arguments) -> Response:
    """Changes from now on, or from Last-Event-ID on. The stream ends by itself and is taken up again."""
    if portal.watch.listeners >= portal.watch.pace.listeners:
        raise Problem(TooManyRequests, "Too many pages are listening already.", {"retry-after": "30"})
    last = request.headers.get("last-event-id", "")
    after = int(last) if last.isdecimal() and len(last) < 19 else await portal.watch.start()
    listener = Listener(
        type_uri=_expanded(portal, request, "type"),
        attribute=_expanded(portal, request, "by"),
        language=language_for(portal, request).code,
    )
    headers = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}
    return Response(200, headers, pieces=_events(portal, listener, after))


class Listener:
    """What one page wants to hear of."""

    __slots__ = ("attribute", "language", "type_uri")

    def __init__(self, type_uri: str, attribute: str, language: str) -> None:
        self.type_uri = type_uri
        self.attribute = attribute
        self.language = language

    def change(self, portal: Portal, sighting: Sighting) -> JsonObject | None:
        """One change as the page gets it: a feature, or only an id when it is gone; None if not wanted."""
        entity = sighting.entity
        if entity is None:
            return {"i": sighting.id}
        if self.type_uri and self.type_uri not in entity["type"]:
            return None
        feature = feature_of(portal, entity, self.attribute, self.language)
        return None if feature is None else {"i": sighting.id, "f": feature}


async def _events(portal: Portal, listener: Listener, after: int) -> AsyncIterator[bytes]:
    watch, now = portal.watch, portal.broker.now
    pace = watch.pace
    started = spoke = now()
    watch.listeners += 1
    try:
        yield b"retry: 3000\n\n"
        while seconds_between(started, now()) < pace.longest_seconds:
            news = await watch.since(after, now())
            if news.missed:
                yield f"id: {news.last}\nevent: missed\ndata: {{}}\n\n".encode()
                after, spoke = news.last, now()
            for message in _messages(portal, listener, news.sightings if not news.missed else []):
                yield message
                spoke = now()
            after = news.last
            if seconds_between(spoke, now()) >= pace.heartbeat_seconds:
                yield b": still here\n\n"
                spoke = now()
            await asyncio.sleep(pace.seconds_between)
    finally:
        watch.listeners -= 1


def _messages(portal: Portal, listener: Listener, sightings: list[Sighting]) -> list[bytes]:
    made = list[bytes]()
    most = portal.watch.pace.in_message
    for start in range(0, len(sightings), most):
        piece = sightings[start : start + most]
        changes = [change for one in piece if (change := listener.change(portal, one)) is not None]
        if changes:
            text = orjson.dumps({"at": piece[-1].at, "changes": changes})
            made.append(b"id: %d\ndata: %b\n\n" % (piece[-1].number, text))
    return made


def _expanded(portal: Portal, request: Request, name: str) -> str:
    asked = request.parameters.get(name, "")
    return portal.context.expand(unquote(asked)) if asked else ""
