"""Requests and responses of the JSON APIs that are our own: bodies and parameters in, documents out."""

from collections.abc import Sequence

from beffroi.kernel.json import Json, JsonObject, decode, encode
from beffroi.kernel.problem import (
    BadRequestData,
    InvalidRequest,
    LengthRequired,
    Problem,
    UnsupportedMediaType,
)
from beffroi.web.message import Request, Response

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
"""RFC 7396: a PATCH may say that it is one."""


def body_of(request: Request) -> JsonObject:
    """The JSON object in a request; raises Problem(InvalidRequest)."""
    if not request.body:
        raise Problem(LengthRequired, "The request has no body; a JSON object is needed.")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != JSON and (media, request.method) != (MERGE_PATCH, "PATCH"):
        raise Problem(UnsupportedMediaType, f"The Content-Type is '{media[:100]}' and not {JSON}.")
    body = decode(request.body)
    if not isinstance(body, dict):
        raise Problem(InvalidRequest, "The body is no JSON object.")
    return body


def optional_body_of(request: Request) -> JsonObject:
    """The JSON object in a request, an empty one if there is none."""
    return body_of(request) if request.body else {}


def text_in(body: JsonObject, name: str) -> str | None:
    """A member that is a text, or is not there; raises Problem(BadRequestData)."""
    value = body.get(name)
    if value is None or (isinstance(value, str) and 0 < len(value) <= 4_000):
        return value
    raise Problem(BadRequestData, f"The member '{name}' is a text of at most 4,000 characters.")


def texts_in(body: JsonObject, name: str) -> list[str] | None:
    """A member that is a list of texts, or is not there; raises Problem(BadRequestData)."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, list) and len(value) <= 1_000:
        texts = [each for each in value if isinstance(each, str)]
        if len(texts) == len(value):
            return texts
    raise Problem(BadRequestData, f"The member '{name}' is a list of texts.")


def limit_of(request: Request, usual: int, most: int) -> int:
    """The parameter `limit`; raises Problem(InvalidRequest)."""
    written = request.parameters.get("limit", str(usual))
    if written.isdecimal() and len(written) < 6 and 0 < int(written) <= most:
        return int(written)
    raise Problem(
        InvalidRequest, f"The parameter 'limit' is {written[:20]!r}, not a number from 1 to {most}."
    )


def answer(body: JsonObject, status: int = 200) -> Response:
    return Response(status, {"content-type": JSON}, encode(body))


def listed(name: str, items: Sequence[Json]) -> Response:
    return answer({name: list(items)})


def nothing() -> Response:
    return Response(204)


def parameters_of(request: Request, *known: str) -> dict[str, str]:
    """The query parameters, if no others are among them. Raises Problem(InvalidRequest)."""
    for name in request.parameters:
        if name not in known:
            raise Problem(
                InvalidRequest, f"The parameter '{name[:100]}' is not known; there are {', '.join(known)}."
            )
    return request.parameters
