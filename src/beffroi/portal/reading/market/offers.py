"""Offers: the catalogue's offerings with all that their pages say of them, read in few looks at the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Key, Record
from beffroi.market.operations.ordering import Offer as Read
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.documents.resource import TENANT
from beffroi.market.rules.offers.offered_grant import offered_grant, offered_limits, offered_values
from beffroi.market.rules.offers.publishing import claimed
from beffroi.market.rules.offers.sale_period import SalePeriod, sale_period
from beffroi.market.rules.offers.saleable import LONGEST_SAMPLE, SAMPLE
from beffroi.market.rules.offers.translations import said_in
from beffroi.market.rules.orders.parties import SELLERS, party_name
from beffroi.market.rules.orders.placing import is_on_sale, reading_of
from beffroi.market.rules.orders.sellable import why_not_sold
from beffroi.market.rules.prices.pricing import DISCOUNT, FREE, ONE_TIME, USAGE, Plan
from beffroi.market.rules.prices.selling import current, offered_plans, valid_at
from beffroi.market.rules.terms.data_use_term import Terms, terms_of
from beffroi.market.rules.terms.odrl import Limits
from beffroi.portal.reading.market.checked import Checked, checked_of
from beffroi.portal.services import Portal
from beffroi.store.port import Find

GOOD_FOR_SECONDS: Final = 5.0
OFFERING, SPECIFICATION, PRICE, CATEGORY = (
    RESOURCES[name]
    for name in ("productOffering", "productSpecification", "productOfferingPrice", "category")
)
PARTIES: Final = (RESOURCES["organization"], RESOURCES["individual"])
ENDPOINT: Final = "endpointUrl"
Pair: TypeAlias = tuple[JsonObject, JsonObject]
"""An offering and its specification, empty where there is none."""

PRICE_KINDS: Final = ("free", "one-time", "recurring", "usage")


@dataclass(frozen=True, slots=True)
class Named:
    """Something that has a name and an id."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One offering. `types` and `attributes` are names as the provider states them; `attributes` None means
    all. `plans` None: prices at which no order is accepted; `terms` None: none that can be read; `grant`
    None: no data of this node, or nothing clear. `service` is the address of an outside service.
    `sample`: the provider lets everybody see first entities; `example` is what a service answers. `state` is
    the lifecycleStatus, `on_sale` says whether it is on sale now (`at`), `sale` when it is as far as its
    state lets it; `refused` says why no order of it would be taken as its documents stand, else empty."""

    id: str
    name: str
    description: str
    state: str
    on_sale: bool
    sale: SalePeriod
    refused: str
    provider: Named
    categories: tuple[Named, ...]
    types: tuple[str, ...]
    attributes: tuple[str, ...] | None
    grant: Grant | None
    limits: Limits
    service: str
    sample: bool
    example: str
    plans: tuple[Plan, ...] | None
    prices: tuple[JsonObject, ...]
    terms: Terms | None
    claims: tuple[str, ...]
    check: Checked | None
    document: JsonObject
    specification: JsonObject
    at: Instant

    @property
    def is_sold(self) -> bool:
        """Whether it stands among what can be ordered."""
        return not self.refused

    @property
    def read(self) -> Read:
        """The same as the operations of the market read it."""
        return Read(self.document, self.specification, self.prices, self.at)

    @property
    def reading(self) -> str:
        """As `placing.reading_of`."""
        return reading_of(self.document, self.specification, current(self.prices, self.at))

    @property
    def proven(self) -> bool:
        """Whether the newest check of its endpoint found nothing that is not met, and all that it claims."""
        return self.check is not None and self.check.passes(self.claims)

    @property
    def price_kinds(self) -> frozenset[str]:
        """Which of PRICE_KINDS there are; none where the prices cannot be read."""
        if self.plans is None:
            return frozenset()
        charged = [plan.kind for plan in self.plans if plan.kind not in {FREE, DISCOUNT}]
        return frozenset(map(_price_kind, charged)) or frozenset({"free"})


def in_language(offer: Offer, code: str) -> Offer:
    """The offer with its title, its description and the names of its prices in a language, as far as they
    are translated to it."""
    name = said_in(offer.document, "name", code) or offer.name
    description = said_in(offer.document, "description", code) or offer.description
    prices = [{**price, "name": said_in(price, "name", code)} for price in offer.prices]
    return replace(offer, name=name, description=description, plans=_plans(offer.document, prices, offer.at))


async def offers_of(portal: Portal, code: str) -> tuple[Offer, ...]:
    """Everything that can be ordered now in a language, by name; at most some seconds old."""

    async def read() -> tuple[Offer, ...]:
        now = portal.market.now()
        asked = Find(TENANT, OFFERING.kind, keep=lambda record: is_on_sale(record.body, now), limit=None)
        found = await portal.market.store.find(asked)
        offers = await _offers(portal, [record.body for record in found.records])
        told = [in_language(one, code) for one in offers if one.is_sold]
        return tuple(sorted(told, key=lambda one: one.name.casefold()))

    name = f"market offers {code}"
    found = await portal.memory.recall(name, portal.broker.now(), GOOD_FOR_SECONDS, read)
    if not found:
        portal.memory.forget(name)  # who publishes the first one looks for it at once
    return found


async def offer_of(portal: Portal, offering_id: str, code: str) -> Offer:
    """One offering as it is now, in a language. Raises Problem(ResourceNotFound), also for one that was never
    on sale."""
    key = OFFERING.key(offering_id)
    record = (await portal.market.store.read([key])).get(key)
    if record is None or str(record.body.get("lifecycleStatus")).lower() not in SHOWN:
        raise Problem(ResourceNotFound, f"There is no offering '{offering_id[:200]}'.")
    return in_language((await _offers(portal, [record.body]))[0], code)


SHOWN: Final = frozenset({"active", "launched", "retired", "obsolete"})
"""States of offerings that have a page: what is on sale, and what was."""


async def _offers(portal: Portal, documents: Sequence[JsonObject]) -> list[Offer]:
    store = portal.market.store
    named = {_id(each.get("productSpecification")) for each in documents}
    found = await store.read([SPECIFICATION.key(name) for name in sorted(named) if name])
    specifications = {key.id: record.body for key, record in found.items()}
    pairs = [(each, specifications.get(_id(each.get("productSpecification")), {})) for each in documents]
    known = await store.read(sorted({key for pair in pairs for key in _named(*pair)}))
    checks = await checked_of(portal, {_text(pair, ENDPOINT) for pair in pairs})
    return [_offer(portal, pair, known, checks) for pair in pairs]


def _named(offering: JsonObject, specification: JsonObject) -> list[Key]:
    """The records that an offering is told with."""
    keys = [PRICE.key(_id(each)) for each in objects_in(offering.get("productOfferingPrice"))]
    keys += [CATEGORY.key(_id(each)) for each in objects_in(offering.get("category"))]
    sellers = [_id(each) for one in (offering, specification) for each in _sellers(one)]
    return keys + [kind.key(id) for id in sellers for kind in PARTIES]


def _offer(portal: Portal, pair: Pair, known: Mapping[Key, Record], checks: Mapping[str, Checked]) -> Offer:
    offering, specification = pair
    at = portal.market.now()
    name = str(offering.get("name") or offering["id"])
    prices = [
        known[key].body
        for each in objects_in(offering.get("productOfferingPrice"))
        if (key := PRICE.key(_id(each))) in known
    ]
    return Offer(
        id=str(offering["id"]),
        name=name,
        description=_said(offering, "description") or _said(specification, "description"),
        state=str(offering.get("lifecycleStatus")),
        on_sale=is_on_sale(offering, at),
        sale=sale_period(offering),
        refused=why_not_sold(offering, specification, prices, name, at),
        provider=_provider(pair, known),
        categories=_categories(offering, known),
        types=tuple(_texts(pair, "entityTypes")),
        attributes=tuple(_texts(pair, "attributes")) or None,
        grant=_grant(portal, pair),
        limits=offered_limits(*pair),
        service=_text(pair, ENDPOINT) if _text(pair, "access") else "",
        sample=True in offered_values(*pair, SAMPLE),
        example=_example(pair),
        plans=_plans(offering, prices, at),
        prices=tuple(prices),
        terms=_terms(offering),
        claims=claimed(offering, specification),
        check=checks.get(_text(pair, ENDPOINT)),
        document=offering,
        specification=specification,
        at=at,
    )


def _example(pair: Pair) -> str:
    """What a service answers, as its provider says; empty for data of this node."""
    texts = [each for each in offered_values(*pair, SAMPLE) if isinstance(each, str)]
    return texts[0][:LONGEST_SAMPLE] if texts and _text(pair, "access") else ""


def _grant(portal: Portal, pair: Pair) -> Grant | None:
    try:
        grant = offered_grant(*pair, portal.context.expand)
    except Problem:
        return None
    return grant if grant.types else None


def _plans(offering: JsonObject, prices: Sequence[JsonObject], now: Instant) -> tuple[Plan, ...] | None:
    if len(prices) < len(objects_in(offering.get("productOfferingPrice"))):
        return None
    try:
        return offered_plans(valid_at(prices, now, "The offering"), "The offering")
    except Problem:
        return None


def _terms(offering: JsonObject) -> Terms | None:
    try:
        return terms_of(offering)
    except Problem:
        return None


def _provider(pair: Pair, known: Mapping[Key, Record]) -> Named:
    for reference in (each for one in pair for each in _sellers(one)):
        id = _id(reference)
        bodies = [known[key].body for kind in PARTIES if (key := kind.key(id)) in known]
        names = [*(party_name(body) for body in bodies), _said(reference, "name")]
        return Named(id, next(filter(None, names), id))
    return Named("", "")


def _categories(offering: JsonObject, known: Mapping[Key, Record]) -> tuple[Named, ...]:
    found = list[Named]()
    for reference in objects_in(offering.get("category")):
        record = known.get(CATEGORY.key(_id(reference)))
        name = _said(record.body, "name") if record else _said(reference, "name")
        if name:
            found.append(Named(_id(reference) or name, name))
    return tuple(found)


def _sellers(body: JsonObject) -> list[JsonObject]:
    return [
        each
        for each in objects_in(body.get("relatedParty"))
        if str(each.get("role", "")).casefold() in SELLERS
    ]


def _texts(pair: Pair, name: str) -> list[str]:
    texts = [each for each in offered_values(*pair, name) if isinstance(each, str)]
    return [part for text in texts for each in text.split(",") if (part := each.strip())]


def _text(pair: Pair, name: str) -> str:
    return next(iter(_texts(pair, name)), "")


def _price_kind(kind: str) -> str:
    return {ONE_TIME: "one-time", USAGE: "usage"}.get(kind, "recurring")


def _id(reference: Json) -> str:
    return str(reference.get("id") or "") if isinstance(reference, dict) else ""


def _said(body: JsonObject, name: str) -> str:
    value = body.get(name)
    return value.strip() if isinstance(value, str) else ""
