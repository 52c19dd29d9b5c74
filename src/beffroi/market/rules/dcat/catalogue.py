"""The node's catalogue in DCAT-AP 3.0.1, as JSON-LD: what it serves, what it sells, and by which interfaces.

A page is a graph of its own: every node that it names stands in it, concepts of the EU tables included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.dcat.dataset import Served, served_dataset
from beffroi.market.rules.dcat.nodes import (
    About,
    Graph,
    contact_of,
    iri,
    iris,
    node_of,
    place_of,
    publisher_of,
    typed,
)
from beffroi.market.rules.dcat.offer import Offered, offered_dataset
from beffroi.market.rules.dcat.vocabulary import (
    CONTEXT,
    ENGLISH,
    FRENCH,
    REGIONS,
    texts,
    theme_of,
)

PAGE_SIZE: Final = 100


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in the catalogue, in a stable order."""

    served: Sequence[Served] = ()
    offered: Sequence[Offered] = ()

    @property
    def total(self) -> int:
        return len(self.served) + len(self.offered)


@dataclass(frozen=True, slots=True)
class Part:
    """Page `number` of the catalogue, from 1. `address` is that of the catalogue as it was asked for, with
    a suffix if it had one; the addresses of the other pages keep it."""

    number: int
    address: str

    def at(self, number: int) -> str:
        return f"{self.address}?page={number}" if number > 1 else self.address


def pages_of(contents: Contents) -> int:
    """How many pages there are; an empty catalogue has one."""
    return max(1, -(-contents.total // PAGE_SIZE))


def catalogue(about: About, contents: Contents, part: Part) -> JsonObject:
    """One page of the catalogue as a JSON-LD document."""
    start = (part.number - 1) * PAGE_SIZE
    end = start + PAGE_SIZE
    served = contents.served[start:end]
    offered = contents.offered[max(0, start - len(contents.served)) : max(0, end - len(contents.served))]
    graph = Graph()
    datasets = [served_dataset(graph, about, each) for each in served]
    datasets += [offered_dataset(graph, about, each) for each in offered]
    services = _services(graph, about, served, offered)
    graph.add(
        {
            "@id": about.catalogue,
            "@type": "dcat:Catalog",
            "dct:title": texts(f"Data of {about.city}", f"Données de {about.city}"),
            "dct:description": about.description or texts(_SAYS.en % about.city, _SAYS.fr % about.city),
            "dct:publisher": publisher_of(graph, about),
            "dct:language": [graph.concept(FRENCH), graph.concept(ENGLISH)],
            "dcat:themeTaxonomy": iri(REGIONS.scheme),
            "foaf:homepage": node_of(graph, about.home, "foaf:Document"),
            "dcat:dataset": iris(datasets),
            "dcat:service": iris(services),
            **_licence(graph, about),
            **_modified(contents),
            **place_of(graph, about.catalogue, _around(contents)),
        }
    )
    graph.mention(REGIONS)
    graph.add(_paging(contents, part))
    return {"@context": CONTEXT, "@graph": graph.nodes()}


def one_dataset(about: About, contents: Contents, address: str) -> JsonObject | None:
    """The graph of the dataset that has this address; None if there is none."""
    graph = Graph()
    served = [each for each in contents.served if about.dataset(each.name) == address]
    offered = [each for each in contents.offered if about.offer(each.id) == address]
    found = [served_dataset(graph, about, each) for each in served]
    found += [offered_dataset(graph, about, each) for each in offered]
    if not found:
        return None
    if served:
        publisher_of(graph, about)
    _services(graph, about, served, offered)
    return {"@context": CONTEXT, "@graph": graph.nodes()}


def _services(graph: Graph, about: About, served: Sequence[Served], offered: Sequence[Offered]) -> list[str]:
    """The interfaces to what the node serves and sells of its own: NGSI-LD and OGC API Features."""
    sold = [each for each in offered if each.types]
    if not served and not sold:
        return []
    names = [*(each.name for each in served), *(name for each in sold for name in each.types)]
    datasets = [*(about.dataset(each.name) for each in served), *(about.offer(each.id) for each in sold)]
    described = (
        (
            about.service("ngsi-ld"), "/ngsi-ld/v1", "/openapi.json",
            texts("NGSI-LD API", "API NGSI-LD"),
            "https://www.etsi.org/deliver/etsi_gs/CIM/001_099/009/01.09.01_60/gs_CIM009v010901p.pdf",
        ),
        (
            about.service("ogc"), "/ogc/", "/ogc/openapi",
            texts("OGC API Features", "OGC API Features"),
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
        ),
    )  # fmt: skip
    themes = dict.fromkeys(map(theme_of, names))
    for address, endpoint, description, title, standard in described:
        graph.add(
            {
                "@id": address,
                "@type": "dcat:DataService",
                "dct:title": title,
                "dcat:endpointURL": node_of(graph, about.base + endpoint, "rdfs:Resource"),
                "dcat:endpointDescription": node_of(graph, about.base + description, "rdfs:Resource"),
                "dct:conformsTo": node_of(graph, standard, "dct:Standard"),
                "dct:publisher": publisher_of(graph, about),
                "dct:accessRights": graph.concept(about.access),
                "dcat:theme": [graph.concept(each) for each in themes],
                "dcat:keyword": list[Json](dict.fromkeys(names)),
                "dcat:servesDataset": iris(datasets),
                **_licence(graph, about),
                **contact_of(graph, about),
            }
        )
    return [address for address, *_ in described]


def _licence(graph: Graph, about: About) -> JsonObject:
    return {"dct:license": node_of(graph, about.licence, "dct:LicenseDocument")} if about.licence else {}


def _modified(contents: Contents) -> JsonObject:
    newest = max(
        [each.last for each in contents.served] + [each.modified for each in contents.offered], default=""
    )
    return {"dct:modified": typed(newest, "xsd:dateTime")} if newest else {}


def _around(contents: Contents) -> Box | None:
    """The box around everything that is served and has a place."""
    boxes = [each.box for each in contents.served if each.box]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return Box(min(west), min(south), max(east), max(north))


def _paging(contents: Contents, part: Part) -> JsonObject:
    """Hydra in the words of CKAN's parser, old and new (PagedCollection, PartialCollectionView)."""
    last = pages_of(contents)
    around = {"first": 1, "last": last}
    if part.number > 1:
        around["previous"] = part.number - 1
    if part.number < last:
        around["next"] = part.number + 1
    paging: JsonObject = {
        "@id": part.at(part.number),
        "@type": ["hydra:PagedCollection", "hydra:PartialCollectionView"],
        "hydra:totalItems": contents.total,
        "hydra:itemsPerPage": PAGE_SIZE,
    }
    if paging["@id"] == part.address and not part.address.endswith(_SUFFIXES):
        paging["@id"] = f"{part.address}?page={part.number}"
    for name, number in around.items():
        paging[f"hydra:{name}"] = paging[f"hydra:{name}Page"] = iri(part.at(number))
    return paging


@dataclass(frozen=True, slots=True)
class _Sentence:
    en: str
    fr: str


_SAYS: Final = _Sentence(
    "What %s shares openly and what is offered on its market.",
    "Ce que %s partage librement et ce qui est proposé sur sa place de marché.",
)
_SUFFIXES: Final = (".ttl", ".jsonld", ".rdf")
