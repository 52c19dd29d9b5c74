"""What the addresses of the network take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.network.routes import NETWORK_ROUTES
from beffroi.network.routes.calls import CALL_ROUTES
from beffroi.network.routes.calls_told import tell_call
from beffroi.network.routes.needs import NEED_ROUTES
from beffroi.network.routes.questions import QUESTION_ROUTES
from beffroi.network.routes.strategy import TABLES
from beffroi.network.routes.told_contracts import CONTRACTS_TOLD
from beffroi.network.rules.kind import ROOT, Kind
from beffroi.network.rules.kinds import KINDS
from beffroi.web.description import Answer, Chapter, Content, Row, Told, query, ref, sentence_of
from beffroi.web.json_api import JSON, MERGE_PATCH
from beffroi.web.problem_json import PROBLEM

_TEXT: Final[JsonObject] = {"type": "string"}
_REASON: Final = Content((JSON,), {"type": "object", "required": ["reason"], "properties": {"reason": _TEXT}})
_ENVELOPE: Final[JsonObject] = {
    "id": {**_TEXT, "description": "A DID URL below the origin."},
    "kind": _TEXT,
    "origin": {**_TEXT, "description": "The DID of the node that says it."},
    "version": {"type": "integer", "minimum": 1},
    "created": {"type": "string", "format": "date-time"},
    "changed": {"type": "string", "format": "date-time"},
    "published": {"type": "string", "format": "date-time"},
    "state": {"enum": ["draft", "published", "withdrawn", "discarded"]},
    "previous": {**_TEXT, "description": "The SHA-256 of the former version, empty for the first."},
    "correction": {**_TEXT, "description": "Why it was changed after it was published."},
    "withdrawn": {"type": "object", "required": ["at", "reason"]},
    "simulated": {"type": "boolean"},
}
_REQUIRED: Final = ("id", "kind", "origin", "version", "created", "changed", "state", "content")
_IMPORTED: Final[JsonObject] = {
    "type": "object",
    "required": ["new", "changed", "same"],
    "properties": {"new": {"type": "object"}, "changed": {"type": "object"}, "same": {"type": "integer"}},
}
_BOARD: Final[JsonObject] = {
    "type": "object",
    "required": ["origin", "on", "counts", "pledges"],
    "properties": {"pledges": {"type": "array"}},
}
_ASKED: Final[JsonObject] = {
    "type": "object",
    "properties": {"node": _TEXT, "mapping": {"type": "object"}},
}
_REPORT: Final[JsonObject] = {
    "type": "object",
    "required": ["verdict", "cost", "rows", "mapping", "dryRun"],
    "properties": {"verdict": {"enum": ["covered", "derivable", "missing"]}, "rows": {"type": "array"}},
}
_DEPLOYMENTS: Final[JsonObject] = {
    "type": "object",
    "required": ["deployments"],
    "properties": {"deployments": {"type": "array", "items": {"type": "object", "required": ["state"]}}},
}
_OWN: Final = {
    **CONTRACTS_TOLD,
    "/comparison": Told(
        "Let this city be compared by measured figures, or not any more.",
        (),
        Content(
            (JSON,), {"type": "object", "properties": {"compared": {"type": "boolean"}}}, {"compared": True}
        ),
        (Answer(200, "The document that says so.", Content((JSON,), ref("NetworkComparison"))),),
    ),
    "/strategy": Told(
        "Every pledge of one city with its actions, where they stand, and its indicators.",
        ("origin",),
        None,
        (Answer(200, "The board.", Content((JSON,), _BOARD)),),
    ),
    "/strategy/import": Told(
        "Import pledges, actions and indicators from a table.",
        ("language", "dry"),
        Content(TABLES, {"type": "string"}, "engagement;action\nOuvrir;Publier"),
        (Answer(200, "What was written, or with `dry` would be.", Content((JSON,), _IMPORTED)),),
    ),
    "/indicators/{id}/measure": Told(
        "Compute an indicator from the city's data now: a new reading.",
        (),
        None,
        (Answer(201, "The reading.", Content((JSON,), ref("NetworkReading")), ("Location",)),),
    ),
    "/solutions/{id}/fit": Told(
        "Will it run here? Measures this node's data, or that of the one at `node`, and judges each need.",
        (),
        Content((JSON,), _ASKED, {}),
        (Answer(200, "The report.", Content((JSON,), _REPORT)),),
    ),
    "/solutions/{id}/deployments": Told(
        "Where a solution is said to run, and what was seen there last.",
        (),
        None,
        (Answer(200, "The deployments.", Content((JSON,), _DEPLOYMENTS)),),
    ),
}
_OF_CALLS: Final = (*NEED_ROUTES, *CALL_ROUTES, *QUESTION_ROUTES)
_BY_PATH: Final = {kind.path: kind for kind in KINDS.values()}


def _tell(row: Row) -> Told:
    if row in _OF_CALLS:
        return tell_call(row)
    if row.path in _OWN:
        return _OWN[row.path]
    segments = row.path.strip("/").split("/")
    kind = _BY_PATH.get(segments[0])
    if kind is None:
        return Told(sentence_of(row), (), None, (Answer(200, "It."),))
    one = Answer(200, f"The {kind.name}.", Content((JSON,), ref(_document(kind))))
    match row.method, segments[1:]:
        case "GET", []:
            facets = tuple(path.rpartition(".")[2] for path in kind.facets)
            page = Content((JSON,), _listed("documents", kind))
            known = ("origin", "state", "limit", "after", *facets)
            return Told(sentence_of(row), known, None, (Answer(200, "A page.", page, ("Link",)),))
        case "POST", []:
            made = Answer(201, f"The new {kind.name}.", Content((JSON,), ref(_document(kind))), ("Location",))
            return Told(sentence_of(row), ("publish",), Content((JSON,), ref(_content(kind))), (made,))
        case "PATCH", [_]:
            patch = Content((JSON, MERGE_PATCH), {"type": "object"})
            return Told(sentence_of(row), ("reason",), patch, (one,))
        case "GET", [_, "versions"]:
            rows = Answer(200, "The versions.", Content((JSON,), _listed("versions", kind)))
            return Told(sentence_of(row), (), None, (rows,))
        case "POST", [_, "withdraw"]:
            return Told(sentence_of(row), (), _REASON, (one,))
        case _:
            return Told(sentence_of(row), (), None, (one,))


def _listed(name: str, kind: Kind) -> JsonObject:
    listed: JsonObject = {"type": "array", "items": ref(_document(kind))}
    return {"type": "object", "required": [name], "properties": {name: listed, "total": {"type": "integer"}}}


def _document(kind: Kind) -> str:
    return f"Network{kind.name.title()}"


def _content(kind: Kind) -> str:
    return f"{_document(kind)}Content"


def _schemas() -> dict[str, JsonObject]:
    schemas = dict[str, JsonObject]()
    for kind in KINDS.values():
        schemas[_content(kind)] = {"description": kind.about, **kind.schema.document}
        properties: JsonObject = {**_ENVELOPE, "content": ref(_content(kind))}
        schemas[_document(kind)] = {"type": "object", "required": [*_REQUIRED], "properties": properties}
    return schemas


def _facet_parameters() -> dict[str, JsonObject]:
    words = {path.rpartition(".")[2] for kind in KINDS.values() for path in kind.facets}
    return {word: query(_TEXT, f"Only those whose '{word}' is this.") for word in sorted(words)}


NETWORK_CHAPTER: Final = Chapter(
    name="Network",
    about="What cities promise, need, call for, and have found out: documents, dated and signed.",
    prefix=ROOT,
    rows=NETWORK_ROUTES,
    tell=_tell,
    problem=Content((PROBLEM,), {"type": "object", "required": ["title", "status"]}),
    parameters={
        "origin": query(_TEXT, "Only those of the node with this DID."),
        "state": query({"enum": ["draft", "published", "withdrawn"]}, "Only those in this state."),
        "limit": query({"type": "integer", "minimum": 1, "maximum": 1_000}, "How many at most.", 100),
        "after": query({"type": "integer", "minimum": 0}, "From the link to the next page."),
        "publish": query({"type": "boolean"}, "Publish it at once."),
        "language": query({"enum": ["fr", "en"]}, "The language of the table.", "fr"),
        "dry": query({"type": "boolean"}, "Write nothing."),
        "reason": query(_TEXT, "Why what is public is changed."),
        "again": query({"type": "boolean"}, "Run the check as well, now, at most 60 requests."),
        "requirement": query(_TEXT, "Ids, or MIMs for all that they require, between commas."),
        "applies": query(_TEXT, "Ids whose condition is met: N/A does not fulfil them."),
        "format": query({"enum": ["json", "html", "docx"]}, "The pack, or its text.", "json"),
        "lang": query({"enum": ["fr", "en", "both"]}, "The language of the text.", "both"),
        **_facet_parameters(),
    },
    path={
        "id": {"schema": _TEXT, "description": "The last segment of the id of an own one, or a whole id."},
        "application": {"schema": _TEXT, "description": "The last segment of its id, or the whole id."},
        "question": {"schema": _TEXT, "description": "The last segment of its id, or the whole id."},
    },
    schemas=_schemas(),
)
