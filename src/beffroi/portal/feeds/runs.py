"""How far the runs of sources are, as server-sent events, until none is under way."""

from collections.abc import Sequence
from typing import Final

import orjson

from beffroi.kernel.json import Json, JsonObject
from beffroi.portal.feeds.stream import check_room, stream
from beffroi.portal.reading.harvests import Standing, under_way
from beffroi.portal.services import Portal
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments

SHARED: Final = 0.9
"""For so much of the time between two looks pages share what one of them has read: it is always newer than
the look before."""


async def runs(portal: Portal, _request: Request, _path: Arguments) -> Response:
    """Every source that is being read or waits for it, at once and when one has gone on. Who is named no
    more has been read; the last message names nobody."""
    check_room(portal)
    return stream(portal, _Onlooker(portal).look)


class _Onlooker:
    """What one page was told last."""

    __slots__ = ("_portal", "_told")

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._told = b""

    async def look(self) -> Sequence[bytes] | None:
        portal = self._portal
        if self._told == _message([]):
            return None
        seconds = portal.watch.pace.seconds_between * SHARED if self._told else 0.0
        found = await portal.memory.recall(
            "runs under way", portal.broker.now(), seconds, lambda: under_way(portal)
        )
        message = _message(found)
        if message == self._told:
            return []
        self._told = message
        return [message]


def _message(found: Sequence[Standing]) -> bytes:
    return b"data: %b\n\n" % orjson.dumps([_shown(each) for each in found])


def _shown(standing: Standing) -> JsonObject:
    """A source alone waits for its turn."""
    progress = standing.progress
    if progress is None:
        return {"source": standing.source.name}
    shown: dict[str, Json] = dict(progress._asdict())
    return shown
