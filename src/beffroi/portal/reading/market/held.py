"""Products as those read them who hold or sell them: what each gives, how much is left, what is wrong."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Key
from beffroi.market.operations.levels import breaches_of, credits_of_product
from beffroi.market.operations.reading import Sought
from beffroi.market.operations.services import Market
from beffroi.market.rules.access.grants import declared
from beffroi.market.rules.access.handover import is_handed_over
from beffroi.market.rules.access.usage_chain import Break
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.bills.party_form import is_erased
from beffroi.market.rules.documents.machines import PRODUCT as STATES
from beffroi.market.rules.documents.machines import is_end
from beffroi.market.rules.documents.visibility import Actor
from beffroi.market.rules.offers.translations import said_in
from beffroi.market.rules.orders.holder import BUYER_ROLES, SELLER_ROLES, party_with
from beffroi.market.rules.orders.parties import party_name
from beffroi.portal.reading.market.newest import Sheet, having, sheet
from beffroi.portal.reading.market.usage import Bar, bars_of, spent_by
from beffroi.store.port import Store

SOON_S: Final = 14 * 86_400.0
LIVING: Final = tuple(state for state in STATES.moves if not is_end(STATES, state))
ENDED: Final = tuple(state for state in STATES.moves if is_end(STATES, state))
"""States of a product."""

KINDS_OF_PARTY: Final = ("tmf:organization", "tmf:individual")


@dataclass(frozen=True, slots=True)
class Held:
    """One product. `grant` is None where its characteristics say nothing clear; `problem` says why.
    `missed_since` is the beginning of a breach of its service level that goes on."""

    id: str
    name: str
    state: str
    seller: str
    buyer: str
    since: Instant
    until: Instant
    grant: Grant | None
    problem: str
    bars: list[Bar]
    document: JsonObject
    credits: list[JsonObject] = field(default_factory=list[JsonObject])
    missed_since: Instant = NO_INSTANT

    @property
    def is_reported(self) -> bool:
        """Whether its provider reports what is used, which no gate of this node sees."""
        return is_handed_over(self.document)

    @property
    def has_ended(self) -> bool:
        """Whether it came to its end and opens nothing any more."""
        return self.state in ENDED

    def is_ending(self, now: Instant) -> bool:
        return self.state == "active" and bool(self.until) and now < self.until < plus_seconds(now, SOON_S)


@dataclass(frozen=True, slots=True)
class Chain:
    """Whether the usage rows of a product hold, and how many there are."""

    rows: int
    broken: Break | None
    newest: str


async def held_by(market: Market, actor: Actor, page: int) -> Sheet:
    """A page of the products that the actor's party bought, of all of them for an operator and an auditor:
    those that live first, then those that ended."""
    shelves = [Sought(PRODUCT, having("status", *states), "buyer") for states in (LIVING, ENDED)]
    return await sheet(market, shelves, actor, page)


async def read_held(
    store: Store, product: JsonObject, expand: Callable[[str], str], now: Instant, code: str
) -> Held:
    """A product as it is now, its name in a language as far as it is translated to it."""
    grant, problem = _granted(product, expand)
    spent = await spent_by(store, str(product["id"]), now)
    return Held(
        id=str(product["id"]),
        name=said_in(product, "name", code) or str(product["id"]),
        state=str(product.get("status")),
        seller=party_with(product, SELLER_ROLES),
        buyer=party_with(product, BUYER_ROLES),
        since=grant.since if grant else NO_INSTANT,
        until=grant.until if grant else NO_INSTANT,
        grant=grant,
        problem=problem,
        bars=bars_of(grant.quotas if grant else (), spent, now),
        document=product,
        credits=(await credits_of_product(store, str(product["id"])))[::-1],
        missed_since=await _missed_since(store, product),
    )


async def _missed_since(store: Store, product: JsonObject) -> Instant:
    """Since when a breach of an active product goes on; NO_INSTANT where none does."""
    offering = product.get("productOffering")
    if product.get("status") != "active" or not isinstance(offering, dict):
        return NO_INSTANT
    found = await breaches_of(store, str(offering.get("id")))
    since = (parse_instant(str(one["from"])) for one in found if one.get("state") == "open")
    return next(filter(None, since), NO_INSTANT)


async def party_names(
    store: Store, ids: Iterable[str], erased_as: str = "an erased person"
) -> Mapping[str, str]:
    """What parties are called, a person that was erased as it is said; an id that is no party's stands for
    itself."""
    wanted = [one for one in dict.fromkeys(ids) if one]
    found = await store.read([Key("", kind, one) for one in wanted for kind in KINDS_OF_PARTY])
    names = {
        key.id: erased_as if is_erased(record.body) else party_name(record.body)
        for key, record in found.items()
    }
    return {one: names.get(one) or one for one in wanted}


def _granted(product: JsonObject, expand: Callable[[str], str]) -> tuple[Grant | None, str]:
    try:
        return declared(product, expand), ""
    except Problem as problem:
        return None, problem.detail
