"""What the addresses of the catalogue take and give, for the description of the node."""

from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.routes.dcat import DCAT_ROUTES
from beffroi.market.rules.terms.schema import TERM_SCHEMA
from beffroi.market.wire.policy import POLICY
from beffroi.market.wire.rdf import MEDIA_TYPES
from beffroi.web.description import Answer, Chapter, Content, Row, Told, header, query, sentence_of

_TEXT: Final[JsonObject] = {"type": "string"}
_GRAPH: Final = Content(tuple(MEDIA_TYPES.values()), {})
_SAME: Final = Answer(304, "Nothing changed since the ETag that the request names.")
_SCHEMA: Final = Content(("application/schema+json",), {"type": "object"})


def _tell(row: Row) -> Told:
    if row.path.startswith("/schemas"):
        return Told(sentence_of(row), (), None, (Answer(200, "The schema.", _SCHEMA),))
    if row.path.endswith("/policy"):
        return Told(sentence_of(row), (), None, (Answer(200, "The policy.", POLICY),))
    suffix = row.path.rpartition(".")[2]
    content = Content((MEDIA_TYPES[suffix],), {}) if suffix in MEDIA_TYPES else _GRAPH
    parameters = ("If-None-Match",) if "{" in row.path else ("page", "If-None-Match")
    graph = Answer(200, "A graph in RDF.", content, ("ETag",))
    return Told(sentence_of(row), parameters, None, (graph, _SAME))


DCAT_CHAPTER: Final = Chapter(
    name="Catalogue for harvesters",
    about="What the node serves and sells, in DCAT-AP 3.",
    prefix="",
    rows=DCAT_ROUTES,
    tell=_tell,
    problem=Content(("application/problem+json",), {"type": "object", "required": ["title", "status"]}),
    parameters={
        "page": query({"type": "integer", "minimum": 1}, "Which page; 1 by default.", 1),
        "If-None-Match": header(_TEXT, "The ETag of what is known already."),
    },
    path={
        "type": {"schema": _TEXT, "example": "OffStreetParking", "description": "The entity type's name."},
        "id": {"schema": _TEXT, "description": "The id of the offering."},
    },
    schemas={"DataUseTerm": {name: said for name, said in TERM_SCHEMA.items() if name != "$schema"}},
)
