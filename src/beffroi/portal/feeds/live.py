"""Live changes for the map as server-sent events."""

from urllib.parse import unquote

import orjson

from beffroi.kernel.json import JsonObject
from beffroi.portal.feeds.features import feature_of
from beffroi.portal.feeds.stream import check_room, stream
from beffroi.portal.feeds.watch import Sighting
from beffroi.portal.services import Portal
from beffroi.portal.visit import language_of_script
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments


async def live(portal: Portal, request: Request, _: Arguments) -> Response:
    """Changes from now on, or from Last-Event-ID on. The stream ends by itself and is taken up again."""
    check_room(portal)
    last = request.headers.get("last-event-id", "")
    after = int(last) if last.isdecimal() and len(last) < 19 else await portal.watch.start()
    listener = Listener(
        portal,
        after,
        type_uri=_expanded(portal, request, "type"),
        attribute=_expanded(portal, request, "by"),
        language=language_of_script(portal, request).code,
    )
    return stream(portal, listener.look)


class Listener:
    """What one page wants to hear of, and up to which change it has."""

    __slots__ = ("_after", "_portal", "attribute", "language", "type_uri")

    def __init__(self, portal: Portal, after: int, type_uri: str, attribute: str, language: str) -> None:
        self._portal = portal
        self._after = after
        self.type_uri = type_uri
        self.attribute = attribute
        self.language = language

    async def look(self) -> list[bytes]:
        """The changes since the last look; or that more came than is kept, so that the page reads anew."""
        portal = self._portal
        news = await portal.watch.since(self._after, portal.broker.now())
        self._after = news.last
        if news.missed:
            return [f"id: {news.last}\nevent: missed\ndata: {{}}\n\n".encode()]
        return self._messages(news.sightings)

    def _messages(self, sightings: list[Sighting]) -> list[bytes]:
        made = list[bytes]()
        most = self._portal.watch.pace.in_message
        for start in range(0, len(sightings), most):
            piece = sightings[start : start + most]
            changes = [change for one in piece if (change := self._change(one)) is not None]
            if changes:
                text = orjson.dumps({"at": piece[-1].at, "changes": changes})
                made.append(b"id: %d\ndata: %b\n\n" % (piece[-1].number, text))
        return made

    def _change(self, sighting: Sighting) -> JsonObject | None:
        """One change as the page gets it: a feature, or only an id when it is gone; None if not wanted."""
        entity = sighting.entity
        if entity is None:
            return {"i": sighting.id}
        if self.type_uri and self.type_uri not in entity["type"]:
            return None
        feature = feature_of(self._portal, entity, self.attribute, self.language)
        return None if feature is None else {"i": sighting.id, "f": feature}


def _expanded(portal: Portal, request: Request, name: str) -> str:
    asked = request.parameters.get(name, "")
    return portal.context.expand(unquote(asked)) if asked else ""
