"""What the TM Forum addresses take and give, from the rows of the resources (TMF630)."""

from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.market.routes.tmf import TMF_ROUTES
from beffroi.market.rules.apis import APIS, RESOURCES
from beffroi.market.rules.documents.question import FARTHEST, LARGEST_PAGE, USUAL_PAGE
from beffroi.market.rules.documents.resource import ROOT, Resource, Shape
from beffroi.market.wire.bodies import JSON, JSON_PATCH, MERGE_PATCH
from beffroi.web.description import Answer, Chapter, Content, Row, Told, header, query, ref

_TEXT: Final[JsonObject] = {"type": "string"}
_SHAPES: Final[dict[Shape, JsonObject]] = {
    "text": _TEXT,
    "flag": {"type": "boolean"},
    "number": {"type": "number"},
    "moment": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
    "list": {"type": "array", "items": {"type": "object"}},
}
_BY_PATH: Final = {resource.path: resource for resource in RESOURCES.values()}
_HUBS: Final = {f"{api.base}/hub": api for api in APIS}
_COUNTS: Final = ("X-Total-Count", "X-Result-Count", "Link")
_LISTED: Final = ("fields", "offset", "limit", "sort", "filters")


def _schema(resource: Resource) -> JsonObject:
    """The members of the specification; others are kept as they come."""
    members: JsonObject = {name: _SHAPES[shape] for name, shape in resource.members.items()}
    return {
        "type": "object",
        "properties": {"id": _TEXT, "href": _TEXT, "@type": _TEXT, "@schemaLocation": _TEXT, **members},
        "additionalProperties": True,
    }


def _new_schema(resource: Resource) -> JsonObject:
    given: JsonObject = {
        name: _SHAPES[resource.members[name]]
        for name in resource.members
        if name not in resource.fixed | {*resource.made, *resource.touched}
    }
    schema: JsonObject = {"type": "object", "properties": given, "additionalProperties": True}
    return {**schema, "required": list[Json](resource.required)} if resource.required else schema


def _tell(row: Row) -> Told:
    path = ROOT + row.path
    one = path.endswith("/{id}")
    whole = path.removesuffix("/{id}")
    if whole in _HUBS:
        return _hub(row.method, _HUBS[whole].title)
    resource = _BY_PATH[whole]
    name, shown = resource.name, Content((JSON,), ref(resource.type))
    match row.method, one:
        case "GET", False:
            many = Content((JSON,), {"type": "array", "items": ref(resource.type)})
            part = Answer(206, "A part of them.", many, _COUNTS)
            return Told(f"List {name}", _LISTED, None, (Answer(200, "All of them.", many, _COUNTS), part))
        case "GET", True:
            return Told(f"Retrieve a {name}", ("fields",), None, (Answer(200, "It.", shown),))
        case "POST", _:
            body = Content((JSON,), ref(f"New{resource.type}"))
            answers = (Answer(201, "It, as it is kept.", shown, ("Location",)),)
            return Told(f"Create a {name}", ("Idempotency-Key",), body, answers)
        case "PATCH", _:
            patch = Content((JSON, MERGE_PATCH, JSON_PATCH), {"type": ["object", "array"]})
            return Told(f"Change a {name}", (), patch, (Answer(200, "It, as it is now.", shown),))
        case _:
            return Told(f"Remove a {name}", (), None, (Answer(204, "It is gone."),))


def _hub(method: str, title: str) -> Told:
    if method == "DELETE":
        return Told(f"Take a listener away: {title}", (), None, (Answer(204, "It is gone."),))
    listener: JsonObject = {
        "type": "object",
        "required": ["callback"],
        "properties": {"callback": {"type": "string", "format": "uri"}, "query": _TEXT},
    }
    answers = (Answer(201, "The listener.", Content((JSON,), {"type": "object"}), ("Location",)),)
    example: JsonObject = {"callback": "https://listener.example/events"}
    return Told(
        f"Register a listener: {title}", ("Idempotency-Key",), Content((JSON,), listener, example), answers
    )


TMF_CHAPTER: Final = Chapter(
    name="TM Forum",
    about="The market: " + ", ".join(f"TMF{api.number} {api.title}" for api in APIS) + ".",
    prefix=ROOT,
    rows=TMF_ROUTES,
    tell=_tell,
    problem=Content((JSON,), ref("TmfError")),
    parameters={
        "fields": query(_TEXT, "Members that are shown, separated by commas; none: id and href.", "id,name"),
        "offset": query({"type": "integer", "minimum": 0, "maximum": FARTHEST}, "How many are passed over."),
        "limit": query(
            {"type": "integer", "minimum": 0, "maximum": LARGEST_PAGE, "default": USUAL_PAGE}, "How many."
        ),
        "sort": query(_TEXT, "Members that are ordered by, separated by commas; - turns the order.", "-name"),
        "filters": {
            "in": "query",
            "required": False,
            "description": "Members and their values; .gt .gte .lt .lte .regex after a name compare.",
            "style": "form",
            "explode": True,
            "schema": {"type": "object", "additionalProperties": _TEXT},
            "example": {},
        },
        "Idempotency-Key": header(_TEXT, "The same key and body get the same answer; nothing is done twice."),
    },
    path={"id": {"schema": {"type": "string", "minLength": 1}, "description": "The id of the document."}},
    schemas={
        **{resource.type: _schema(resource) for resource in RESOURCES.values()},
        **{f"New{each.type}": _new_schema(each) for each in RESOURCES.values() if "POST" in each.methods},
        "TmfError": {
            "type": "object",
            "required": ["code", "reason"],
            "properties": dict.fromkeys(("code", "reason", "message", "status", "referenceError"), _TEXT),
        },
    },
)
