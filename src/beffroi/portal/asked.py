"""What the addresses of the portal may be asked with: query parameters by path, and what each says.

A test drives every page and compares what it reads with what stands here.
"""

from collections.abc import Collection, Mapping
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.web.description import query

_TEXT: Final[JsonObject] = {"type": "string"}
_WHOLE: Final[JsonObject] = {"type": "integer", "minimum": 0}
_PAGE: Final[JsonObject] = {"type": "integer", "minimum": 1}

_EXPECTED: Final = ("requests", "entities", "megabytes", "notifications", "months")
_ORDER: Final = (*_EXPECTED, "purpose", "quantity", "reference")

PARAMETERS: Final[Mapping[str, JsonObject]] = {
    "type": query(_TEXT, "The name of an entity type, or its IRI."),
    "by": query(_TEXT, "The attribute that colours the map."),
    "lang": query({"enum": ["en", "fr"]}, "The language of the page whose script asks."),
    "layer": query(_TEXT, "The entity type that the map shows."),
    "search": query(_TEXT, "Words in the rows."),
    "sort": query(_TEXT, "The attribute that orders the rows; with a minus sign before it downwards."),
    "after": query(_TEXT, "Where to go on, as the page before says it."),
    "period": query(_TEXT, "The time that the chart shows, as the page names it."),
    "page": query(_PAGE, "Which page; 1 by default."),
    "orders": query(_PAGE, "Which page of the orders that wait; 1 by default."),
    "outcome": query(_TEXT, "Only requirements with this outcome."),
    "text": query(_TEXT, "Words in offerings."),
    "category": query(_TEXT, "Only offerings of this category, by its id."),
    "licence": query(_TEXT, "Only offerings under this licence, by its SPDX identifier."),
    "price": query(_TEXT, "Only offerings of this kind of price."),
    "provider": query(_TEXT, "Only offerings of this party, by its id."),
    "proven": query({"enum": ["yes"]}, "Only offerings whose claims are proven."),
    "view": query(_TEXT, "How the offerings are shown."),
    "requests": query(_WHOLE, "Requests a month, for the calculator."),
    "entities": query(_WHOLE, "Entities a month, for the calculator."),
    "megabytes": query(_WHOLE, "Megabytes a month, for the calculator."),
    "notifications": query(_WHOLE, "Notifications a month, for the calculator."),
    "months": query(_WHOLE, "For how many months, for the calculator."),
    "purpose": query(_TEXT, "The purpose that is stated, one of those of the offering."),
    "quantity": query({"type": "integer", "minimum": 1}, "How many."),
    "reference": query(_TEXT, "The buyer's own reference."),
    "buyer": query(_TEXT, "The party that orders, by its id."),
    "agreed": query(_TEXT, "The fingerprint of the terms that were read."),
    "service": query(_TEXT, "`1` for an outside service."),
    "actor": query(_TEXT, "Only entries of this actor."),
    "resource": query(_TEXT, "Only entries of this kind of document."),
    "id": query(_TEXT, "Only entries of the document with this id."),
    "party": query(_TEXT, "Only entries of who acted for this party."),
    "requirement": query(_TEXT, "Ids of requirements, with commas between."),
    "choose": query(_TEXT, "Says that the form was sent."),
    "domain": query(_TEXT, "Only what belongs to this domain."),
    "shared": query(_TEXT, "Only needs of several cities."),
    "origin": query(_TEXT, "Only what comes from there."),
    "eligible": query({"enum": ["yes"]}, "The conditions were read."),
}

_FEED: Final = ("type", "by", "lang")
_SHOP: Final = ("text", "category", "licence", "price", "provider", "type", "proven", "view", "page")
_PAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "/": ("layer", "by"),
    "/types/{type}": ("by", "search", "sort", "after"),
    "/entities/{id}": ("period",),
    "/checks": ("page",),
    "/checks/{id}": ("outcome",),
    "/market": _SHOP,
    "/market/catalogue/{id}": _EXPECTED,
    "/market/catalogue/{id}/order": _ORDER,
    "/market/catalogue/{id}/order/terms": (*_ORDER, "buyer"),
    "/market/catalogue/{id}/order/confirm": (*_ORDER, "buyer", "agreed"),
    "/market/mine": ("page",),
    "/market/bills": ("page",),
    "/market/selling": ("page", "orders"),
    "/market/selling/new": ("type", "service"),
    "/market/selling/{id}": ("page",),
    "/market/selling/{id}/correct": ("page",),
    "/market/selling/{id}/discard": ("page",),
    "/market/audit": ("actor", "resource", "id", "party", "page"),
    "/network/clauses": ("requirement", "choose"),
    "/network/clauses/text": ("requirement",),
    "/network/contracts": ("requirement",),
    "/network/needs": ("domain", "shared"),
    "/network/practices": ("domain",),
    "/network/strategy": ("origin",),
    "/network/calls/{id}/apply": ("eligible",),
    "/sign-in": ("after",),
}
"""By the path behind the language."""

_FEEDS: Final[Mapping[str, tuple[str, ...]]] = {"/features": _FEED, "/live": _FEED}


def asked_with(path: str, languages: Collection[str]) -> tuple[str, ...]:
    """The query parameters of the GET of an address of the portal, given its path and the languages.

    >>> asked_with("/en/checks", ["en", "fr"]), asked_with("/features", [])
    (('page',), ('type', 'by', 'lang'))
    """
    code, _, rest = path[1:].partition("/")
    return _PAGES.get(f"/{rest}", ()) if code in languages else _FEEDS.get(path, ())
