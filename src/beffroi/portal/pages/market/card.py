"""Card: one offer in a few words, for the catalogue, its table and the head of its page."""

from collections.abc import Sequence
from dataclasses import dataclass

from beffroi.kernel.licence import LICENCES
from beffroi.market.rules.terms.data_use_term import OwnLicence, Terms
from beffroi.portal.reading.market.level import Level
from beffroi.portal.reading.market.offers import Offer
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit
from beffroi.portal.words.prices import headline

LONGEST_LINE = 180


@dataclass(frozen=True, slots=True)
class Card:
    """`badge` is the licence in short, `level` the measured availability, None where there is none."""

    offer: Offer
    address: str
    line: str
    price: str
    licence: str
    badge: str
    types: tuple[str, ...]
    level: Level | None


def card(visit: Visit, offer: Offer, levels: Sequence[Level] = ()) -> Card:
    """What a card says of an offer."""
    said = [one for one in levels if one.metric == "availability" and one.measured is not None]
    return Card(
        offer=offer,
        address=f"{visit.home()}market/catalogue/{segment(offer.id)}",
        line=_line(offer.description),
        price=price_of(visit, offer),
        licence=licence_name(visit, offer.terms),
        badge=_badge(visit, offer.terms),
        types=type_names(visit, offer),
        level=said[0] if said else None,
    )


def price_of(visit: Visit, offer: Offer) -> str:
    """The price in one line."""
    if offer.plans is None:
        return visit.say("Price on request")
    return headline(visit.language, offer.plans)


def licence_name(visit: Visit, terms: Terms | None) -> str:
    """What the licence is called; empty without terms."""
    if terms is None:
        return ""
    if isinstance(terms.licence, OwnLicence):
        return terms.licence.said_in(visit.language.code)[0]
    return LICENCES[terms.licence].name(visit.language.code)


def _badge(visit: Visit, terms: Terms | None) -> str:
    """The licence by the name under which programs know it; the provider's own by its name."""
    if terms is None:
        return ""
    return terms.licence if isinstance(terms.licence, str) else licence_name(visit, terms)


def type_names(visit: Visit, offer: Offer) -> tuple[str, ...]:
    """The names of the entity types in the visitor's language."""
    expand = visit.portal.context.expand
    return tuple(visit.language.type_name(expand(name)) for name in offer.types)


def _line(description: str) -> str:
    """The first sentence or so of a description."""
    text = " ".join(description.split())
    if len(text) <= LONGEST_LINE:
        return text
    return text[:LONGEST_LINE].rpartition(" ")[0] + " …"
