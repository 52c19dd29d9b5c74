"""The city's base map: parts of a PMTiles archive on this machine (RFC 9110, range requests)."""

import asyncio
import re
from pathlib import Path
from typing import Final

from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.portal.services import Portal, Tiles
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments

MOST_BYTES: Final = 8_000_000
_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{1,15})", re.ASCII)


async def base_map(portal: Portal, request: Request, _: Arguments) -> Response:
    """A part of the archive: its reader asks for ranges only, never for the whole."""
    setting = portal.settings.base_map
    if not isinstance(setting, Tiles):
        raise Problem(ResourceNotFound, "This node has no base map.")
    size = await asyncio.to_thread(_size, setting.file)
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    first, last = (int(asked[1]), int(asked[2])) if asked else (0, MOST_BYTES - 1)
    last = min(last, size - 1, first + MOST_BYTES - 1)
    if first > last:
        return Response(416, {"content-range": f"bytes */{size}"})
    headers = {
        "content-type": "application/vnd.pmtiles",
        "content-range": f"bytes {first}-{last}/{size}",
        "accept-ranges": "bytes",
        "cache-control": "public, max-age=3600",
        "x-content-type-options": "nosniff",
    }
    return Response(206, headers, await asyncio.to_thread(_part, setting.file, first, last))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as failure:
        raise Problem(ResourceNotFound, "The base map's file is not there.") from failure


def _part(file: Path, first: int, last: int) -> bytes:
    with file.open("rb") as archive:
        archive.seek(first)
        return archive.read(last - first + 1)
