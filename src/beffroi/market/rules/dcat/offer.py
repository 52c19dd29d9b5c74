"""An active productOffering as a dcat:Dataset, its terms as an ODRL policy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeGuard
from urllib.parse import quote, urlencode

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.licence import LICENCES
from beffroi.kernel.problem import Problem
from beffroi.market.rules.dcat.nodes import (
    About,
    Graph,
    contact_of,
    iri,
    iris,
    landing_pages,
    node_of,
    place_of,
    publisher_of,
    typed,
)
from beffroi.market.rules.dcat.vocabulary import AVAILABLE, JSON_LD, RESTRICTED, Concept, texts, theme_of
from beffroi.market.rules.offers.publishing import PUBLISHED
from beffroi.market.rules.offers.saleable import box_of, limits_of, types_of
from beffroi.market.rules.offers.translations import in_json_ld, tagged
from beffroi.market.rules.terms.data_use_term import OwnLicence, Terms, terms_of
from beffroi.market.rules.terms.odrl import Limits, Parties, as_node, policy_of

OFFERING_PATH: Final = "/tmf-api/productCatalogManagement/v4/productOffering/"

NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells an offering: its address, a path where that is a party of this node, and its name. Empty
    where nobody is named."""

    address: str = ""
    name: str = ""


NO_SELLER: Final = Seller()


@dataclass(frozen=True, slots=True)
class Offered:
    """One active offering; `types` are the names of the entity types that it gives access to, `uris` their
    full names, `titles` and `descriptions` its texts with their languages, where these are known."""

    id: str
    name: str
    description: str
    terms: Terms | None = None
    limits: Limits = NO_LIMITS
    types: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    seller: Seller = NO_SELLER
    modified: Instant = NO_INSTANT
    titles: tuple[Json, ...] = ()
    descriptions: tuple[Json, ...] = ()


def is_active(offering: JsonObject) -> bool:
    """Whether an offering is published, as far as its state says."""
    return str(offering.get("lifecycleStatus", "")).lower() in PUBLISHED


def offered_from(
    offering: JsonObject,
    specification: JsonObject | None,
    seller: Seller = NO_SELLER,
    expand: Callable[[str], str] = str,
) -> Offered:
    """An offering, its specification and its seller as they stand in the catalogue; `expand` gives the full
    name of a type. Terms that cannot be read are not shown: the offering was written before they were
    checked."""
    try:
        terms = terms_of(offering)
    except Problem:
        terms = None
    name = offering.get("name")
    description = offering.get("description")
    modified = offering.get("lastUpdate")
    types = types_of(specification or {})
    return Offered(
        id=str(offering.get("id")),
        name=name if _is_said(name) else str(offering.get("id")),
        description=description if _is_said(description) else "",
        terms=terms,
        limits=limits_of(specification or {}),
        types=types,
        uris=tuple(map(expand, types)),
        seller=seller,
        modified=(parse_instant(modified) if isinstance(modified, str) else None) or NO_INSTANT,
        titles=tuple(tagged(offering, "name")),
        descriptions=tuple(tagged(offering, "description")),
    )


def offered_dataset(graph: Graph, about: About, offered: Offered) -> str:
    """Add the dataset of an offering and what belongs to it; its address."""
    address = about.offer(offered.id)
    distribution: JsonObject = {
        "@id": f"{address}#access",
        "@type": "dcat:Distribution",
        "dct:title": texts("Access on order", "Accès sur commande"),
        "dct:description": texts(
            "Whoever orders the offering gets credentials.", "Qui commande l’offre reçoit des identifiants."
        ),
        "dcat:accessURL": node_of(graph, _access(about, offered), "rdfs:Resource"),
        "dct:rights": _rights(graph, address),
        "dct:format": graph.concept(JSON_LD),
        "dcatap:availability": graph.concept(AVAILABLE),
    }
    dataset: JsonObject = {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:title": [*offered.titles] or offered.name,
        "dct:description": [*offered.descriptions] or offered.description or offered.name,
        "dct:identifier": address,
        "dct:publisher": _publisher(graph, about, offered.seller),
        "dct:accessRights": graph.concept(RESTRICTED),
        "dcat:theme": [graph.concept(theme) for theme in _themes(offered)],
        "dcat:landingPage": landing_pages(graph, about, _page(offered)),
        "dcat:distribution": iris([f"{address}#access"]),
        **contact_of(graph, about),
        **place_of(graph, address, box_of(offered.limits.area)),
    }
    if offered.types:
        dataset["dcat:keyword"] = list[Json](offered.types)
        distribution["dcat:accessService"] = iri(about.service("ngsi-ld"))
    if offered.modified:
        dataset["dct:modified"] = typed(shortened(offered.modified), "xsd:dateTime")
    policy = offer_policy(about, offered)
    if offered.terms and policy:
        uid = policy["uid"]
        distribution |= _licence(graph, offered.terms, f"{address}#licence")
        distribution["odrl:hasPolicy"] = dataset["odrl:hasPolicy"] = {"@id": uid}
        graph.add(as_node(policy))
    graph.add(distribution)
    graph.add(dataset)
    return address


def offer_policy(about: About, offered: Offered) -> JsonObject | None:
    """The terms of an offering as an ODRL Offer by its seller, without its @context; None if it states none.
    The node itself offers what names no seller."""
    if offered.terms is None:
        return None
    address = about.offer(offered.id)
    parties = Parties(assigner=about.party(offered.seller.address) or about.publisher)
    return policy_of(f"{address}#policy", address, offered.terms, offered.limits, parties)


def _page(offered: Offered) -> str:
    return f"market/catalogue/{quote(offered.id, safe='')}"


def _access(about: About, offered: Offered) -> str:
    """What a client asks, with the token of a product; of what is no data of this node the page that says how
    to order it, since each buyer has an address of its own."""
    if offered.uris:
        return f"{about.base}/ngsi-ld/v1/entities?{urlencode({'type': ','.join(offered.uris)})}"
    return f"{about.base}/en/{_page(offered)}"


def _rights(graph: Graph, address: str) -> JsonObject:
    graph.add(
        {
            "@id": f"{address}#rights",
            "@type": "dct:RightsStatement",
            "rdfs:label": texts(
                "For whoever has ordered it: a token of the product is needed.",
                "Pour qui l’a commandée : il faut un jeton du produit.",
            ),
        }
    )
    return iri(f"{address}#rights")


def _publisher(graph: Graph, about: About, seller: Seller) -> JsonObject:
    """Who sells it; the node itself offers what names no seller."""
    if not seller.address:
        return publisher_of(graph, about)
    address = about.party(seller.address)
    graph.add({"@id": address, "@type": "foaf:Agent", "foaf:name": seller.name})
    return iri(address)


def _themes(offered: Offered) -> list[Concept]:
    return list(dict.fromkeys(theme_of(each) for each in offered.types or ("",)))


def _licence(graph: Graph, terms: Terms, own: str) -> JsonObject:
    if isinstance(terms.licence, str):
        row = LICENCES[terms.licence]
        return {"dct:license": node_of(graph, row.authority or row.url, "dct:LicenseDocument")}
    return {"dct:license": _own_licence(graph, terms.licence, own)}


def _own_licence(graph: Graph, licence: OwnLicence, own: str) -> JsonObject:
    address = licence.url or own
    graph.add(
        {
            "@id": address,
            "@type": "dct:LicenseDocument",
            "dct:title": in_json_ld(licence.names) or licence.name,
            "dct:description": in_json_ld(licence.texts) or licence.text,
        }
    )
    return iri(address)


def _is_said(value: Json) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())
