"""Market: what the operations of the market work with."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.safe import Safe, fresh_safe
from beffroi.market.rules.access.credentials import KIND as CREDENTIAL
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.apis.tmf635 import USAGE
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.audit.entry import AUDIT_INDEX
from beffroi.market.rules.audit.entry import KIND as AUDIT
from beffroi.market.rules.bills.credit import KIND as CREDIT
from beffroi.market.rules.documents.behaviour import KEPT, Behaviour
from beffroi.market.rules.documents.behaviours import BEHAVIOURS
from beffroi.market.rules.documents.narrow import facets, indexer
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.documents.roles import ROLE_PATHS
from beffroi.market.rules.offers.product_rating import KIND as RATING
from beffroi.market.rules.orders.agreed_time import RUNS_OUT, runs_out
from beffroi.market.rules.service_level.breach import KIND as BREACH
from beffroi.store.port import Facet, Indexer, Store


async def _nothing() -> None:
    """Wait for nothing."""


def _as_it_is(_language: str, _sentence: str) -> str | None:
    """No translation."""
    return None


@dataclass(frozen=True, slots=True)
class Market:
    """The services of one node. `now` is the clock, `new_id` gives a fresh id, `address` is where the node is
    reached; `allow_private` says whether listeners may have private addresses. `settle` is awaited before
    what is answered from counters: it counts what the gate let through and nobody has counted yet. `safe`
    seals what providers hand over, `expand` gives the full name of a short one,
    `refusal_in` a sentence that refuses in a language, None for one that it does not have."""

    store: Store
    now: Callable[[], Instant]
    new_id: Callable[[], str]
    address: str
    allow_private: bool = False
    behaviours: Mapping[str, Behaviour] = field(default_factory=lambda: BEHAVIOURS)
    settle: Callable[[], Awaitable[object]] = _nothing
    safe: Safe = field(default_factory=fresh_safe)
    expand: Callable[[str], str] = str
    refusal_in: Callable[[str, str], str | None] = _as_it_is


def behaviour_of(market: Market, resource: Resource) -> Behaviour:
    """What a resource does beyond being kept."""
    return market.behaviours.get(resource.name, KEPT)


def _indexer_with(resource: Resource, paths: Iterable[str]) -> Indexer:
    found = indexer(resource)
    return replace(found, always=found.always.union(paths))


def _indexer_by(*paths: str) -> Indexer:
    return Indexer(facets, lambda _: (), frozenset(paths))


def _facets_of_product(body: JsonObject, paths: frozenset[str]) -> Iterator[Facet]:
    yield from facets(body, paths - {RUNS_OUT})
    if RUNS_OUT in paths and (end := runs_out(body)):
        yield Facet(RUNS_OUT, "time", end)


def _indexer_of_products() -> Indexer:
    """Beside the rest, when the products that last have to end: those are few, and ended ones never go."""
    return replace(_indexer_with(PRODUCT, (*ROLE_PATHS, RUNS_OUT)), facets=_facets_of_product)


INDEXERS: Mapping[str, Indexer] = {
    **{resource.kind: indexer(resource) for resource in RESOURCES.values()},
    **{one.kind: _indexer_with(one, ROLE_PATHS) for one in (PRODUCT_ORDER, CUSTOMER_BILL)},
    PRODUCT.kind: _indexer_of_products(),
    USAGE.kind: _indexer_with(USAGE, ("meter.product", "meter.from")),
    AUDIT: AUDIT_INDEX,
    RATING: _indexer_by("offering"),
    BREACH: _indexer_by("offering"),
    CREDENTIAL: _indexer_by("product"),
    CREDIT: _indexer_by("product", "breach"),
}
"""What an engine indexes of the records of this room, by kind."""
