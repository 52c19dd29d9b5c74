"""Read what headers say: media types, the Link to a @context (clauses 6.3.4, 6.3.5)."""

import re
from collections.abc import Sequence
from functools import lru_cache

from beffroi.kernel.problem import (
    BadRequestData,
    InvalidRequest,
    LengthRequired,
    NotAcceptable,
    Problem,
    UnsupportedMediaType,
)
from beffroi.web.message import Request

JSON = "application/json"
LD_JSON = "application/ld+json"
GEO_JSON = "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s=;,]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))*)")
_PARAMETER = re.compile(r";\s*([^\s=;,]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))")


def check_length(request: Request) -> None:
    """Refuse a body without Content-Length (411)."""
    if "content-length" not in request.headers:
        raise Problem(LengthRequired, "The request has no Content-Length.")


def content_type(request: Request) -> str:
    """JSON or LD_JSON, whichever the body is in; merge-patch counts as JSON for PATCH (clause 6.3.4)."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given in {JSON, LD_JSON}:
        return given
    if given == MERGE_PATCH and request.method == "PATCH":
        return JSON
    raise Problem(UnsupportedMediaType, f"The Content-Type '{given[:100]}' is not supported.")


def accepted(request: Request, offered: Sequence[str]) -> str:
    """The offered media type that the client likes best; of equals the first (clause 6.3.4, RFC 9110).

    Raises Problem(NotAcceptable) with the list of what there is.
    """
    return _best(request.headers.get("accept", "").strip(), tuple(offered))


def linked_context(request: Request) -> str | None:
    """The URL of the Link header whose relation is a JSON-LD @context; None without one.

    Relations that we do not know are passed over. Raises Problem(BadRequestData) for more than one.
    """
    header = request.headers.get("link")
    if not header:
        return None
    found = [url for url, relation in _links(header) if relation == CONTEXT_RELATION]
    if len(found) > 1:
        raise Problem(BadRequestData, "The request has more than one Link to a @context.")
    if found and not found[0].startswith(("http://", "https://")):
        raise Problem(BadRequestData, f"The Link to a @context '{found[0][:200]}' is no HTTP URL.")
    return found[0] if found else None


def context_link(url: str) -> str:
    """A Link header for the @context that an answer in JSON is to be read with (clause 6.3.6)."""
    return f'<{url}>; rel="{CONTEXT_RELATION}"; type="{LD_JSON}"'


def prefers_plain_body(request: Request) -> bool:
    """True if `Prefer: body=json` asks for GeoJSON without an @context (clause 6.3.6)."""
    return "body=json" in {part.strip() for part in request.headers.get("prefer", "").split(",")}


def _links(header: str) -> list[tuple[str, str]]:
    links: list[tuple[str, str]] = []
    for url, parameters in _LINK.findall(header[:10_000]):
        named = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(parameters)}
        links.append((url.strip(), named.get("rel", "")))
    return links


@lru_cache(maxsize=1024)
def _best(header: str, offered: tuple[str, ...]) -> str:
    if not header:
        return offered[0]
    weights = _weights(header)
    best = max(offered, key=lambda media: (_weight(media, weights), -offered.index(media)))
    if _weight(best, weights) > 0:
        return best
    raise Problem(NotAcceptable, f"None of {', '.join(offered)} is acceptable under '{header[:200]}'.")


def _weights(header: str) -> tuple[tuple[str, float], ...]:
    found: list[tuple[str, float]] = []
    for part in header[:2_000].split(","):
        media, *parameters = [piece.strip().lower() for piece in part.split(";")]
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            found.append((media, float(weight)))
        except ValueError as failure:
            raise Problem(
                InvalidRequest, f"The Accept header has the weight '{weight[:20]}', which is no number."
            ) from failure
    return tuple(found)


def _weight(media: str, weights: tuple[tuple[str, float], ...]) -> float:
    """The weight of the most specific range that fits."""
    kind = media.partition("/")[0]
    for pattern in (media, f"{kind}/*", "*/*"):
        for given, weight in weights:
            if given == pattern:
                return weight
    return 0.0
