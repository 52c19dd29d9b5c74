"""Bodies of requests: documents, and patches by their media type (TMF630; RFC 7396, RFC 6902)."""

from collections.abc import Callable

from beffroi.kernel.json import Json, JsonObject, decode
from beffroi.kernel.merge_patch import merged
from beffroi.kernel.problem import BadRequestData, InvalidRequest, Problem, TooLarge, UnsupportedMediaType
from beffroi.kernel.xml_text import check_writable, may_hold_unwritable
from beffroi.market.rules.documents.once import Once, once_key
from beffroi.market.rules.documents.patch import patched
from beffroi.web.message import Request

MOST_BYTES = 1024 * 1024
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
ONCE = "idempotency-key"


def document_in(request: Request) -> JsonObject:
    """The JSON object in a request. Raises Problem."""
    _media(request, JSON)
    body = _decoded(request)
    if not isinstance(body, dict):
        raise Problem(BadRequestData, "The body is no JSON object.")
    return body


def patch_in(request: Request) -> Callable[[JsonObject], JsonObject]:
    """What the patch in a request makes of a document. Raises Problem."""
    media = _media(request, JSON, MERGE_PATCH, JSON_PATCH)
    body = _decoded(request)
    if media == JSON_PATCH:
        return lambda document: patched(document, body)
    if not isinstance(body, dict):
        raise Problem(BadRequestData, "A merge patch is a JSON object.")

    def after(document: JsonObject) -> JsonObject:
        found = merged(document, body)
        return found if isinstance(found, dict) else {}

    return after


def once_in(request: Request, path: str, said: JsonObject) -> Once | None:
    """The Idempotency-Key of a request to an address below those of its interface, and what it says; None
    without one. Raises Problem(BadRequestData)."""
    key = request.headers.get(ONCE)
    return None if key is None else Once(once_key(request.actor.name, path, key), said)


def _decoded(request: Request) -> Json:
    if not request.body:
        raise Problem(InvalidRequest, "The request has no body.")
    if len(request.body) > MOST_BYTES:
        raise Problem(TooLarge, f"The body has {len(request.body)} bytes; {MOST_BYTES} are taken.")
    body = decode(request.body)
    if may_hold_unwritable(request.body):
        check_writable(body)
    return body


def _media(request: Request, *known: str) -> str:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in known:
        raise Problem(
            UnsupportedMediaType, f"The Content-Type is '{media[:100]}'; {', '.join(known)} can be read here."
        )
    return media
