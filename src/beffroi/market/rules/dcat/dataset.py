"""An entity type that the node serves, as a dcat:Dataset with its files and interfaces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from beffroi.kernel.geometry import Box
from beffroi.kernel.instant import NO_INSTANT, Instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.dcat.nodes import (
    About,
    Graph,
    contact_of,
    iri,
    iris,
    landing_pages,
    node_of,
    place_of,
    typed,
)
from beffroi.market.rules.dcat.vocabulary import (
    AVAILABLE,
    CSV,
    ENGLISH,
    FRENCH,
    GEOJSON,
    IANA,
    JSON_LD,
    Concept,
    frequency_of,
    texts,
    theme_of,
)


@dataclass(frozen=True, slots=True)
class Served:
    """One entity type. `name` stands in the addresses of the files, `collection` in those of OGC API;
    `titles` are by language. `box`, `first` and `last` are those of what was met; `seconds` is how often it
    is read from its source, None where nobody knows."""

    name: str
    uri: str
    collection: str
    titles: Mapping[str, str]
    box: Box | None = None
    first: Instant = NO_INSTANT
    last: Instant = NO_INSTANT
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _File:
    suffix: str
    media: str
    format: Concept


FILES: Final = (
    _File("csv", "text/csv", CSV),
    _File("geojson", "application/geo+json", GEOJSON),
    _File("jsonld", "application/ld+json", JSON_LD),
)


def served_dataset(graph: Graph, about: About, served: Served) -> str:
    """Add the dataset and what belongs to it; its address."""
    address = about.dataset(served.name)
    en, fr = served.titles.get("en", served.name), served.titles.get("fr", served.name)
    distributions = [*_files(graph, about, served, en, fr), *_interfaces(graph, about, served)]
    dataset: JsonObject = {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:title": texts(en, fr),
        "dct:description": texts(
            f"{en} of {about.city}: entities of the type {served.uri}.",
            f"{fr} de {about.city} : les entités du type {served.uri}.",
        ),
        "dct:identifier": address,
        "dcat:keyword": _keywords(served, en, fr),
        "dcat:theme": [graph.concept(theme_of(served.name))],
        "dct:publisher": iri(about.publisher),
        "dct:language": [graph.concept(FRENCH), graph.concept(ENGLISH)],
        "dct:accessRights": graph.concept(about.access),
        "dct:accrualPeriodicity": graph.concept(frequency_of(served.seconds)),
        "dcat:landingPage": landing_pages(graph, about, f"types/{quote(served.name, safe='')}"),
        "dcat:distribution": iris(distributions),
        **contact_of(graph, about),
        **place_of(graph, address, served.box),
    }
    if served.uri.startswith(("http://", "https://")):
        dataset["dct:conformsTo"] = node_of(graph, served.uri, "dct:Standard")
    if served.last:
        dataset["dct:modified"] = typed(shortened(served.last), "xsd:dateTime")
        dataset["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": typed(shortened(served.first or served.last), "xsd:dateTime"),
            "dcat:endDate": typed(shortened(served.last), "xsd:dateTime"),
        }
    graph.add(dataset)
    return address


def _keywords(served: Served, en: str, fr: str) -> list[Json]:
    return [*texts(en, fr), {"@value": served.name, "@language": "en"}]


def _files(graph: Graph, about: About, served: Served, en: str, fr: str) -> list[str]:
    found = list[str]()
    for file in FILES:
        address = f"{about.base}/download/{quote(served.name, safe='')}/{file.suffix}"
        distribution = f"{about.dataset(served.name)}#{file.suffix}"
        graph.add(
            {
                "@id": distribution,
                "@type": "dcat:Distribution",
                "dct:title": texts(f"{en} ({file.format.en})", f"{fr} ({file.format.fr})"),
                "dct:description": texts(
                    f"Everything as it is now, as {file.format.en}.",
                    f"Tout, tel que c’est maintenant, en {file.format.fr}.",
                ),
                "dcat:accessURL": node_of(graph, address, "rdfs:Resource"),
                "dcat:downloadURL": iri(address),
                "dcat:mediaType": node_of(graph, f"{IANA}{file.media}", "dct:MediaType"),
                "dct:format": graph.concept(file.format),
                **_shared(graph, about, served),
            }
        )
        found.append(distribution)
    return found


def _interfaces(graph: Graph, about: About, served: Served) -> list[str]:
    """What can be asked of the interfaces about this type."""
    query = urlencode({"type": served.uri})
    described = (
        ("ngsi-ld", f"{about.base}/ngsi-ld/v1/entities?{query}", "NGSI-LD", "application/ld+json", JSON_LD),
        (
            "ogc",
            f"{about.base}/ogc/collections/{quote(served.collection, safe='')}",
            "OGC API Features",
            "application/geo+json",
            GEOJSON,
        ),
    )
    found = list[str]()
    for name, address, title, media, format in described:
        distribution = f"{about.dataset(served.name)}#{name}"
        graph.add(
            {
                "@id": distribution,
                "@type": "dcat:Distribution",
                "dct:title": texts(title, title),
                "dct:description": texts(
                    f"What is asked for, by {title}.", f"Ce qui est demandé, par {title}."
                ),
                "dcat:accessURL": node_of(graph, address, "rdfs:Resource"),
                "dcat:accessService": iri(about.service(name)),
                "dcat:mediaType": node_of(graph, f"{IANA}{media}", "dct:MediaType"),
                "dct:format": graph.concept(format),
                **_shared(graph, about, served),
            }
        )
        found.append(distribution)
    return found


def _shared(graph: Graph, about: About, served: Served) -> JsonObject:
    shared: JsonObject = {"dcatap:availability": graph.concept(AVAILABLE)}
    if about.licence:
        shared["dct:license"] = node_of(graph, about.licence, "dct:LicenseDocument")
    if served.last:
        shared["dct:modified"] = typed(shortened(served.last), "xsd:dateTime")
    return shared
