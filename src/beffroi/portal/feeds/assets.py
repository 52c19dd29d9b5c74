"""Style sheet, scripts and the mark: immutable under an address that changes with them."""

from typing import Final

from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.portal.assets import BUILT
from beffroi.portal.services import Portal
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments

A_YEAR: Final = "public, max-age=31536000, immutable"


async def asset(portal: Portal, request: Request, path: Arguments) -> Response:
    """A hand-written file."""
    return _sent(portal, request, path["name"])


async def built_asset(portal: Portal, request: Request, path: Arguments) -> Response:
    """A file that the build made."""
    return _sent(portal, request, BUILT + path["name"])


def _sent(portal: Portal, request: Request, name: str) -> Response:
    found = portal.assets.get(name)
    if found is None:
        raise Problem(ResourceNotFound, f"There is no file '{name[:100]}'.")
    headers = {
        "content-type": found.media_type,
        "cache-control": A_YEAR,
        "etag": f'"{found.version}"',
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(304, headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(200, {**headers, "content-encoding": "gzip"}, found.packed)
    return Response(200, headers, found.body)
