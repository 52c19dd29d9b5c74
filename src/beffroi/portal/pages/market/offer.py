"""The page of one offer: what it is, a sample, its price, its terms, and how well it was kept."""

from dataclasses import dataclass
from typing import Final

from beffroi.broker.rules.entity.entity import Entity
from beffroi.kernel.json import JsonObject
from beffroi.kernel.licence import LICENCES
from beffroi.kernel.problem import Problem
from beffroi.market.operations.ordering import check_can_be_ordered
from beffroi.market.rules.dcat.offer import OFFERING_PATH
from beffroi.market.rules.terms.clauses import clauses
from beffroi.market.rules.terms.data_use_term import OwnLicence
from beffroi.market.wire.speech import speech
from beffroi.portal.pages.listing import Column, Row, rows
from beffroi.portal.pages.market.buyer import own_wish
from beffroi.portal.pages.market.card import Card, card
from beffroi.portal.pages.market.price import priced
from beffroi.portal.reading.drawing import Drawing, drawn
from beffroi.portal.reading.layers import surroundings
from beffroi.portal.reading.market.level import Level, charted
from beffroi.portal.reading.market.offers import Offer, offer_of
from beffroi.portal.reading.market.ratings import ratings_of
from beffroi.portal.reading.market.sample import Sample, sample_of
from beffroi.portal.reading.table import columns_of
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit
from beffroi.portal.words.buying import requirement_names
from beffroi.portal.words.prices import quota_words
from beffroi.portal.words.trade import level_names
from beffroi.portal.words.verdicts import OUTCOME_CLASSES, outcome_name
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

ROWS: Final = 5
SAMPLE_COLUMNS: Final = 4
"""Beside the name and the age: what fits beside the price."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that is sold. `unit` is empty where it has none or none is known."""

    name: str
    slug: str
    unit: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One type of the offer: its attributes, and the first entities where they may be seen."""

    name: str
    slug: str
    count: int
    attributes: list[Attribute]
    columns: list[Column]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Chart:
    """A measured objective; `drawing` is None while there are fewer than two numbers to draw."""

    name: str
    level: Level
    drawing: Drawing | None


async def offer(visit: Visit, path: Arguments) -> Response:
    found = await offer_of(visit.portal, path["id"], visit.language.code)
    levels = await charted(visit.portal, found, visit.actor)
    shown = card(visit, found, levels)
    values: dict[str, object] = {
        **_what(visit, shown),
        **await _kinds(visit, found),
        **priced(visit, found),
        **_checked(visit, found),
        "clauses": clauses(found.terms, found.limits, speech(visit.language.code)) if found.terms else (),
        "licence_address": licence_address(found),
        "programs": _programs(found),
        "charts": [_chart(visit, one) for one in levels],
        "refused": await _refused(visit, found),
        "approved_by_hand": found.document.get("approval") == "manual",
        "ratings": await ratings_of(visit.market, found.id, visit.actor),
    }
    trail = ((f"{visit.home()}market", visit.say("Market")),)
    return visit.page("market/offer.html", found.name, values, trail=trail)


async def _refused(visit: Visit, found: Offer) -> str:
    """Why the visitor cannot order what is on sale; empty where an order would be accepted."""
    try:
        await check_can_be_ordered(visit.market, found.read, found.name, await own_wish(visit))
    except Problem as problem:
        return visit.refusal(problem.detail)
    return ""


def licence_address(offer: Offer) -> str:
    """Where the text of the licence stands; empty for one in the provider's own words without an address."""
    if offer.terms is None:
        return ""
    if isinstance(offer.terms.licence, OwnLicence):
        return offer.terms.licence.url
    return LICENCES[offer.terms.licence].url


def _what(visit: Visit, shown: Card) -> dict[str, object]:
    found = shown.offer
    return {
        "card": shown,
        "offer": found,
        "quotas": [quota_words(visit.language, each) for each in found.limits.quotas],
        "map": _map(visit, found),
    }


def _map(visit: Visit, found: Offer) -> JsonObject | None:
    """The area of the offer for the map; None where it has none."""
    if found.limits.area is None or found.grant is None or not found.grant.area:
        return None
    return {**surroundings(visit.portal, visit.language), "shape": found.limits.area, "colour": "hue-0"}


async def _kinds(visit: Visit, found: Offer) -> dict[str, object]:
    """The types with their attributes; units and entities only for who may see them."""
    if not _may_see(visit, found):
        return {"kinds": _stated(visit, found), "sampled": False}
    samples = await sample_of(visit.portal, found)
    return {"kinds": [_shown(visit, found, one) for one in samples], "sampled": bool(samples)}


def _may_see(visit: Visit, found: Offer) -> bool:
    """Whoever may read the node, and everybody where the provider lets them."""
    actor = visit.actor
    return found.sample or ("read" in actor.may and actor.grant is None)


def _stated(visit: Visit, found: Offer) -> list[Shown]:
    expand = visit.portal.context.expand
    attributes = [_attribute(visit, expand(name), "") for name in found.attributes or ()]
    return [
        Shown(visit.language.type_name(expand(name)), name, 0, attributes, [], []) for name in found.types
    ]


def _shown(visit: Visit, found: Offer, sample: Sample) -> Shown:
    expand, language = visit.portal.context.expand, visit.language
    columns = columns_of(sample.survey, language.labels, sample.type)[:SAMPLE_COLUMNS]
    stated = [expand(name) for name in found.attributes or ()]
    seen = sample.survey.spreads
    uris = list(dict.fromkeys([*stated, *seen])) if stated else sorted(seen)
    heads = [Column(language.attribute_name(uri), seen[uri].numeric) for uri in columns]
    first: list[Entity] = list(sample.entities[:ROWS])
    return Shown(
        name=language.type_name(sample.type),
        slug=visit.portal.context.compact(sample.type),
        count=sample.count,
        attributes=[_attribute(visit, uri, seen[uri].unit if uri in seen else "") for uri in uris],
        columns=[Column(visit.say("Name")), *heads, Column(visit.say("Last heard of"))],
        rows=rows(visit, first, columns),
    )


def _attribute(visit: Visit, uri: str, unit: str) -> Attribute:
    symbol = visit.language.unit(unit) if unit else ""
    return Attribute(visit.language.attribute_name(uri), visit.portal.context.compact(uri), symbol)


def _checked(visit: Visit, found: Offer) -> dict[str, object]:
    """What the newest check of the endpoint says of what is claimed, and where its evidence stands."""
    check = found.check
    claims = [(one, check.outcomes.get(one, "") if check else "") for one in found.claims]
    return {
        "claims": [
            (id, OUTCOME_CLASSES.get(outcome, "none"), _outcome(visit, outcome)) for id, outcome in claims
        ],
        "requirement_names": requirement_names(visit.language),
        "check_address": f"{visit.home()}checks/{segment(check.id)}" if check else "",
    }


def _outcome(visit: Visit, outcome: str) -> str:
    return outcome_name(visit.language, outcome) if outcome else visit.say("not checked")


def _programs(found: Offer) -> list[tuple[str, str]]:
    """The same for programs: the standard and the address."""
    name = segment(found.id)
    documents = [("TMF620", f"{OFFERING_PATH}{name}")]
    if found.is_sold:
        documents.append(("DCAT-AP 3", f"/dcat/offers/{name}"))
    if found.is_sold and found.terms:
        documents.append(("ODRL 2.2", f"/dcat/offers/{name}/policy"))
    return documents


def _chart(visit: Visit, level: Level) -> Chart:
    names = level_names(visit.language)
    points = level.series.points
    name = names.get(level.metric, level.metric)
    if level.within:
        age = visit.language.duration(level.within)
        name = visit.say("%(what)s (not older than %(age)s)", what=name, age=age)
    return Chart(name, level, drawn(points) if len(points) > 1 else None)
