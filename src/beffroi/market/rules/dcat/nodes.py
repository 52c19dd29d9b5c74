"""The nodes of a DCAT graph: each one once, by its address."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.market.rules.dcat.vocabulary import (
    ENGLISH,
    FRENCH,
    LOCAL_AUTHORITY,
    PUBLIC,
    RESTRICTED,
    Concept,
    concept_node,
    scheme_node,
)
from beffroi.market.rules.terms.addresses import offer_address
from beffroi.market.rules.terms.odrl import GEO_JSON_LITERAL

WKT_LITERAL: Final = "geo:wktLiteral"


@dataclass(frozen=True, slots=True)
class About:
    """Whose catalogue it is. `base` is the node's address without a slash at its end; `contact` a mail
    address or a URL, empty for none; `licence` the IRI of the licence of what is served, empty for none;
    `open` says that reading needs no token. `name` is that of the publisher if it is not the city's."""

    base: str
    city: str
    contact: str = ""
    licence: str = ""
    open: bool = True
    name: str = ""
    description: str = ""

    @property
    def catalogue(self) -> str:
        return f"{self.base}/dcat"

    @property
    def publisher(self) -> str:
        return f"{self.base}/dcat#publisher"

    @property
    def home(self) -> str:
        """A page of the node that everybody sees."""
        return f"{self.base}/" if self.open else f"{self.base}/en/market"

    @property
    def access(self) -> Concept:
        return PUBLIC if self.open else RESTRICTED

    def dataset(self, name: str) -> str:
        """The address of the dataset of an entity type."""
        return f"{self.base}/dcat/types/{quote(name, safe='')}"

    def offer(self, offering_id: str) -> str:
        """The address of the dataset of an offering."""
        return offer_address(self.base, offering_id)

    def party(self, address: str) -> str:
        """The address of a party of which only the path is known, if it is one of this node."""
        return f"{self.base}{address}" if address.startswith("/") else address

    def service(self, name: str) -> str:
        return f"{self.base}/dcat#{name}"


@dataclass(slots=True)
class Graph:
    """Nodes by their `@id`, in the order in which they came."""

    _nodes: dict[str, JsonObject] = field(default_factory=dict[str, JsonObject])

    def add(self, node: JsonObject) -> None:
        self._nodes[str(node["@id"])] = node

    def mention(self, concept: Concept) -> None:
        """Add a concept and its table, if they are not there."""
        self._nodes.setdefault(concept.iri, concept_node(concept))
        self._nodes.setdefault(concept.scheme, scheme_node(concept))

    def concept(self, concept: Concept) -> JsonObject:
        """A reference to a concept, which is added."""
        self.mention(concept)
        return iri(concept.iri)

    def nodes(self) -> list[Json]:
        return list(self._nodes.values())


def iri(address: str) -> JsonObject:
    return {"@id": address}


def iris(addresses: Sequence[str]) -> list[Json]:
    return [iri(each) for each in addresses]


def typed(text: str, kind: str) -> JsonObject:
    return {"@value": text, "@type": kind}


def node_of(graph: Graph, address: str, kind: str) -> JsonObject:
    """A reference to a document elsewhere, of which the graph says only what it is."""
    graph.add({"@id": address, "@type": kind})
    return iri(address)


def publisher_of(graph: Graph, about: About) -> JsonObject:
    """A reference to who operates the node, which is added."""
    graph.add(
        {
            "@id": about.publisher,
            "@type": "foaf:Agent",
            "foaf:name": about.name or about.city,
            "dct:type": graph.concept(LOCAL_AUTHORITY),
        }
    )
    return iri(about.publisher)


def landing_pages(graph: Graph, about: About, path: str) -> list[Json]:
    """References to a page of the portal in each of its languages; `path` is what follows the language."""
    found, kinds = list[Json](), list[Json](["foaf:Document", "rdfs:Resource"])
    for code, language in (("en", ENGLISH), ("fr", FRENCH)):
        address = f"{about.base}/{code}/{path}"
        graph.add({"@id": address, "@type": kinds, "dct:language": graph.concept(language)})
        found.append(iri(address))
    return found


def place_of(graph: Graph, address: str, box: Box | None) -> JsonObject:
    """Where something lies, as a member: box and centroid in WKT, and the box in GeoJSON as well."""
    if box is None:
        return {}
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    corners = ", ".join(f"{x} {y}" for x, y in ring)
    polygon: JsonObject = {"type": "Polygon", "coordinates": [[list[Json](point) for point in ring]]}
    place = f"{address}#place"
    graph.add(
        {
            "@id": place,
            "@type": "dct:Location",
            "dcat:bbox": typed(f"POLYGON(({corners}))", WKT_LITERAL),
            "dcat:centroid": typed(f"POINT({(west + east) / 2} {(south + north) / 2})", WKT_LITERAL),
            "geo:asGeoJSON": typed(encode(polygon).decode(), GEO_JSON_LITERAL),
        }
    )
    return {"dct:spatial": iri(place)}


def contact_of(graph: Graph, about: About) -> JsonObject:
    """The contact point as a member, if there is one."""
    if not about.contact:
        return {}
    address = f"{about.base}/dcat#contact"
    kinds: list[Json] = ["vcard:Organization", "vcard:Kind"]
    contact: JsonObject = {"@id": address, "@type": kinds, "vcard:fn": about.name or about.city}
    if "://" in about.contact:
        contact["vcard:hasURL"] = iri(about.contact)
    else:
        contact["vcard:hasEmail"] = iri(f"mailto:{about.contact}")
    graph.add(contact)
    return {"dcat:contactPoint": iri(address)}
