"""Read request bodies and the @context that goes with them (clauses 6.3.4, 6.3.5)."""

from typing import NamedTuple, TypeAlias

from beffroi.broker.wire.headers import LD_JSON, check_length, content_type, linked_context
from beffroi.kernel.json import Json, JsonObject, decode
from beffroi.kernel.json_size import check_elements, check_values
from beffroi.kernel.problem import BadRequestData, InvalidRequest, Problem, TooLarge
from beffroi.web.message import Request

MOST_ENTITIES = 10_000
MOST_VALUES = 250_000
MOST_VALUES_OF_ALL = 1_000_000
"""JSON values in one object, be it a body or an element of a batch, and in a batch."""
MOST_VALUES_OF_IDS = 2 * MOST_ENTITIES
"""Values in a batch of ids: what is longer is refused before it is parsed."""
LONGEST_OBJECT = 8 << 20
"""Bytes of a body that is an object: an entity of 250,000 values has no more."""


_NULL, _ESCAPE = b"urn:ngsi-ld:null", rb"\u"


class Body(NamedTuple):
    """A decoded body without its @context, and that @context (None: the core context)."""

    content: Json
    context: Json


class Wrong(NamedTuple):
    """An element of a batch that cannot be read, the id that it gives (empty: none), and why."""

    id: str
    problem: Problem


Element: TypeAlias = Body | Wrong
"""An element of a batch, or what is wrong with its @context, which concerns no other element."""


def read_body(request: Request, most_in_array: int = MOST_VALUES_OF_ALL) -> Body:
    """Read an object or an array of anything but entities with contexts of their own."""
    check_length(request)
    media = content_type(request)
    content = _decoded(request.body, most_in_array)
    link = linked_context(request)
    if isinstance(content, dict):
        return _object(content, media, link)
    if media == LD_JSON and link:
        raise Problem(BadRequestData, "A body in JSON-LD carries its @context; the Link header is too much.")
    return Body(content, link)


def read_object(request: Request) -> tuple[JsonObject, Json]:
    """Read a body that must be an object: its members and its @context."""
    body = read_body(request)
    if not isinstance(body.content, dict):
        raise Problem(InvalidRequest, "The body is not a JSON object.")
    return body.content, body.context


def read_entities(request: Request) -> list[Element]:
    """Read an array of entities (batch operations): each with its @context, or all with the Link's."""
    check_length(request)
    media = content_type(request)
    content = _decoded(request.body, MOST_VALUES_OF_ALL)
    link = linked_context(request)
    if not isinstance(content, list) or not content:
        raise Problem(BadRequestData, "The body is not an array with at least one entity.")
    check_size(len(content))  # first of all: each wrong element costs a problem of its own
    if any(item is None for item in content):
        raise Problem(BadRequestData, "The array of entities holds null.")
    if media == LD_JSON and link:
        raise Problem(BadRequestData, "A body in JSON-LD carries its @context; the Link header is too much.")
    return [_element(item, media, link) for item in content]


def may_hold_null(body: bytes) -> bool:
    """Whether some text in a body may be the NGSI-LD Null; quick, because it is asked of every one."""
    return body.find(_NULL) >= 0 or body.find(_ESCAPE) >= 0


def check_size(size: int) -> None:
    """Refuse a batch that would keep everybody else waiting (413)."""
    if size > MOST_ENTITIES:
        raise Problem(TooLarge, f"The batch has {size} elements; at most {MOST_ENTITIES} are taken at once.")


def _element(item: Json, media: str, link: str | None) -> Element:
    try:
        return _object(item, media, link) if isinstance(item, dict) else Body(item, link)
    except Problem as problem:
        return Wrong(id_of(item), problem)


def id_of(element: Json) -> str:
    """The id that an element of a batch gives, however wrong it is; empty if it gives none."""
    given = element.get("id", element.get("@id")) if isinstance(element, dict) else None
    return given if isinstance(given, str) else ""


def _object(content: JsonObject, media: str, link: str | None) -> Body:
    if not content:
        raise Problem(BadRequestData, "The body is an empty object.")
    if media != LD_JSON:
        if "@context" in content:
            raise Problem(
                BadRequestData, "A body in application/json has no @context; send application/ld+json."
            )
        return Body(content, link)
    if link:
        raise Problem(BadRequestData, "A body in JSON-LD carries its @context; the Link header is too much.")
    if "@context" not in content:
        raise Problem(BadRequestData, "A body in application/ld+json has an @context; this one has none.")
    rest = {name: value for name, value in content.items() if name != "@context"}
    return Body(rest, content["@context"])


def _decoded(body: bytes, most_in_array: int) -> Json:
    if not body:
        raise Problem(InvalidRequest, "The request has no body.")
    if len(body) > MOST_VALUES:
        if body[:1000].lstrip().startswith(b"["):
            check_elements(body, most_in_array, MOST_VALUES)
        elif len(body) > LONGEST_OBJECT:
            sentence = f"The body has {len(body):,} bytes; an object has at most {LONGEST_OBJECT:,}."
            raise Problem(TooLarge, sentence)
        else:
            check_values(body, MOST_VALUES)
    return decode(body)
