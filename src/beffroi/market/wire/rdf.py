"""RDF on the wire: a JSON-LD document of ours as Turtle, RDF/XML or JSON-LD."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import BadRequestData, NotAcceptable, Problem
from beffroi.kernel.xml_text import all_writable
from beffroi.web.message import Request

if TYPE_CHECKING:
    from rdflib import Graph

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}
"""Media types by the suffix of an address, the one that is liked best first."""

_FORMATS: Final = {"ttl": "turtle", "rdf": "pretty-xml"}
_LONGEST_ACCEPT: Final = 2_000
_ALSO: Final = {"application/json": "jsonld", "application/xml": "rdf", "text/xml": "rdf", "text/n3": "ttl"}


def written(document: JsonObject, suffix: str) -> bytes:
    """The document in a syntax. Slow for all but JSON-LD: call it in a thread."""
    if suffix == "jsonld":
        return encode(document)
    if suffix == "rdf":
        document = cast("JsonObject", all_writable(document))
    return graph_of(document).serialize(format=_FORMATS[suffix], encoding="utf-8")


def graph_of(document: JsonObject) -> "Graph":
    """The triples of a JSON-LD document that fetches no context."""
    from rdflib import Graph  # noqa: PLC0415 - large, seldom needed
    from rdflib.plugins.parsers.jsonld import to_rdf  # noqa: PLC0415

    graph = Graph(store="SimpleMemory")
    to_rdf(document, graph)
    return graph


def suffix_of(request: Request, usual: str = "ttl") -> str:
    """The syntax that a client likes best (RFC 9110, 12.5.1), the `usual` one where it likes several alike.

    Raises Problem(NotAcceptable).
    """
    accept = request.headers.get("accept", "").strip()[:_LONGEST_ACCEPT]
    if not accept:
        return usual
    weights = _weights(accept)
    named = {media: suffix for suffix, media in MEDIA_TYPES.items()}
    ranked = {MEDIA_TYPES[usual]: usual, **named, **_ALSO}
    best = max(ranked, key=lambda media: _weight(media, weights))
    if _weight(best, weights) <= 0:
        there = ", ".join(MEDIA_TYPES.values())
        raise Problem(NotAcceptable, f"None of {there} is acceptable under '{accept[:200]}'.")
    return ranked[best]


def _weights(accept: str) -> dict[str, float]:
    found = dict[str, float]()
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        try:
            found[media] = float(weight)
        except ValueError as failure:
            sentence = f"The Accept header has the weight '{weight[:20]}', which is no number."
            raise Problem(BadRequestData, sentence) from failure
    return found


def _weight(media: str, weights: Mapping[str, float]) -> float:
    """The weight of the most specific range that fits."""
    kind = media.partition("/")[0]
    return next((weights[each] for each in (media, f"{kind}/*", "*/*") if each in weights), 0.0)
