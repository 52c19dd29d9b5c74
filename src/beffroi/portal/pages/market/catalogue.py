"""The catalogue: what is on sale, searched and filtered by addresses that can be kept."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode

from beffroi.kernel.licence import LICENCES
from beffroi.market.rules.documents.visibility import sees_all
from beffroi.portal.pages.market.card import card
from beffroi.portal.pages.market.rooms import rooms
from beffroi.portal.reading.market.level import month_of
from beffroi.portal.reading.market.offers import PRICE_KINDS, Offer, offers_of
from beffroi.portal.reading.market.search import (
    FACETS,
    NO_LICENCE,
    OWN_LICENCE,
    Asked,
    chosen,
    values_of,
)
from beffroi.portal.visit import Visit
from beffroi.portal.words.prices import price_kind
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

PAGE: Final = 24
LONGEST: Final = 200
VIEWS: Final = ("cards", "table")


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter, with how many offers have it."""

    value: str
    name: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter of the form."""

    name: str
    label: str
    options: list[Option]


async def catalogue(visit: Visit, _: Arguments) -> Response:
    offers = await offers_of(visit.portal, visit.language.code)
    asked, view, page = _asked(visit.request.parameters)
    found = chosen(offers, asked, lambda offer: _words(visit, offer))
    last = max(1, -(-len(found) // PAGE))
    page = min(page, last)
    shown = found[(page - 1) * PAGE : page * PAGE]
    values: dict[str, object] = {
        "offers": offers,
        "found": len(found),
        "cards": [card(visit, one, await month_of(visit.portal, one, visit.actor)) for one in shown],
        "asked": asked,
        "filtered": asked != Asked(),
        "facets": _facets(visit, offers, asked),
        "view": view,
        "views": [(name, _address(visit, asked, name, page)) for name in VIEWS],
        "proven": sum(one.proven for one in offers),
        "page": page,
        "last": last,
        "former": _address(visit, asked, view, page - 1) if page > 1 else "",
        "following": _address(visit, asked, view, page + 1) if page < last else "",
        "base": visit.request.base,
        **rooms(visit, ""),
        "trades": bool(visit.actor.party) or sees_all(visit.actor),
    }
    return visit.page("market/catalogue.html", visit.say("Market"), values)


def _asked(parameters: Mapping[str, str]) -> tuple[Asked, str, int]:
    """The question, the view and the page (from 1) of an address."""
    values = {name: parameters.get(name, "")[:LONGEST] for name in ("text", *FACETS)}
    page = parameters.get("page", "1")
    number = int(page) if re.fullmatch(r"[1-9]\d{0,5}", page, re.ASCII) else 1
    view = parameters.get("view", "")
    asked = Asked(**values, proven=parameters.get("proven") == "yes")
    return asked, view if view in VIEWS else VIEWS[0], number


def _address(visit: Visit, asked: Asked, view: str, page: int) -> str:
    query = {name: value for name, value in asdict(asked).items() if value and name != "proven"}
    query |= {"proven": "yes"} if asked.proven else {}
    query |= {"view": view} if view != VIEWS[0] else {}
    query |= {"page": str(page)} if page > 1 else {}
    return f"{visit.home()}market" + (f"?{urlencode(query)}" if query else "") + "#offers"


def _words(visit: Visit, offer: Offer) -> Iterable[str]:
    """What a search looks through: in every language, since people search in theirs."""
    expand = visit.portal.context.expand
    yield from (offer.name, offer.description, offer.provider.name)
    yield from (one.name for one in offer.categories)
    for language in visit.portal.languages.values():
        yield from (language.type_name(expand(name)) for name in offer.types)
        yield from (language.attribute_name(expand(name)) for name in offer.attributes or ())
    yield from (*offer.types, *(offer.attributes or ()))


def _facets(visit: Visit, offers: Sequence[Offer], asked: Asked) -> list[Facet]:
    say = visit.say
    labels = {
        "category": say("Category"),
        "licence": say("Licence"),
        "price": say("Price"),
        "provider": say("Provider"),
        "type": say("Kind of data"),
    }
    return [
        Facet(name, label, _options(visit, offers, name, getattr(asked, name)))
        for name, label in labels.items()
    ]


def _options(visit: Visit, offers: Sequence[Offer], facet: str, wanted: str) -> list[Option]:
    names = _names(visit, offers, facet)
    counts = values_of(offers, facet)
    found = [Option(one, names.get(one, one), count, one == wanted) for one, count in counts.items()]
    if wanted and wanted not in counts:
        found.append(Option(wanted, names.get(wanted, wanted), 0, chosen=True))
    if facet == "price":
        return sorted(found, key=lambda one: (*PRICE_KINDS, one.value).index(one.value))
    return sorted(found, key=lambda one: one.name.casefold())


def _names(visit: Visit, offers: Sequence[Offer], facet: str) -> dict[str, str]:
    code = visit.language.code
    match facet:
        case "category":
            return {each.id: each.name for one in offers for each in one.categories}
        case "provider":
            return {one.provider.id: one.provider.name for one in offers}
        case "licence":
            own = {
                OWN_LICENCE: visit.say("The provider’s own licence"),
                NO_LICENCE: visit.say("No licence stated"),
            }
            return {id: row.name(code) for id, row in LICENCES.items()} | own
        case "price":
            return {kind: price_kind(visit.language, kind) for kind in PRICE_KINDS}
        case _:
            expand = visit.portal.context.expand
            names = {name for one in offers for name in one.types}
            return {name: visit.language.type_name(expand(name)) for name in names}
