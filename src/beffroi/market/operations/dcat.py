"""What stands in the catalogue now: collected at most every half minute, written once for each version."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from beffroi.kernel.instant import NO_INSTANT, Instant, seconds_between
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.dcat.catalogue import Contents
from beffroi.market.rules.dcat.dataset import Served
from beffroi.market.rules.dcat.nodes import About
from beffroi.market.rules.dcat.offer import NO_SELLER, Offered, Seller, offered_from
from beffroi.market.rules.orders.parties import party_name, sellers_in
from beffroi.market.rules.orders.placing import is_on_sale
from beffroi.market.rules.orders.sellable import why_not_sold
from beffroi.market.rules.orders.terms import price_keys
from beffroi.market.rules.terms.addresses import party_address, party_keys
from beffroi.store.port import Find, Store

OFFERING, SPECIFICATION = "tmf:productOffering", "tmf:productSpecification"
GOOD_FOR_SECONDS: Final = 30.0
MOST_WRITTEN: Final = 64


@dataclass(slots=True)
class Memory:
    """The contents as they were collected `at`; `version` changes when they do. `written` holds pages."""

    at: Instant = NO_INSTANT
    version: int = 0
    contents: Contents = field(default_factory=Contents)
    written: dict[tuple[object, ...], bytes] = field(default_factory=dict[tuple[object, ...], bytes])
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Dcat:
    """`served` says which entity types there are; `about` whose catalogue it is, its `base` apart, which is
    that of the request; `expand` gives the full name of a type."""

    store: Store
    now: Callable[[], Instant]
    about: About
    served: Callable[[], Awaitable[Sequence[Served]]]
    expand: Callable[[str], str] = str
    memory: Memory = field(default_factory=Memory)


async def contents(dcat: Dcat, *, served: bool) -> tuple[Contents, int]:
    """The catalogue and the number of its version; without `served` only what is offered to everybody."""
    memory = dcat.memory
    async with memory.lock:
        now = dcat.now()
        if not memory.at or not 0 <= seconds_between(memory.at, now) < GOOD_FOR_SECONDS:
            found = Contents(tuple(await dcat.served()), tuple(await _offered(dcat, now)))
            if found != memory.contents or not memory.version:
                memory.version += 1
                memory.written.clear()
            memory.contents, memory.at = found, now
    every = memory.contents
    return (every if served else replace(every, served=())), memory.version


async def once(dcat: Dcat, name: tuple[object, ...], write: Callable[[], bytes]) -> bytes:
    """What `write` gives, written in a thread once for each name; the name holds the version."""
    memory = dcat.memory
    known = memory.written.get(name)
    if known is not None:
        return known
    async with memory.lock:
        known = memory.written.get(name)
        if known is None:
            known = await asyncio.to_thread(write)
            if len(memory.written) >= MOST_WRITTEN:
                memory.written.clear()
            memory.written[name] = known
        return known


async def _offered(dcat: Dcat, now: Instant) -> list[Offered]:
    def keep(record: Record) -> bool:
        return is_on_sale(record.body, now)

    found = await dcat.store.find(Find("", OFFERING, keep=keep, limit=None))
    offerings = [record.body for record in found.records]
    specifications = await _specifications(dcat.store, offerings)
    prices = await dcat.store.read(sorted({key for each in offerings for key in price_keys(each)}))
    both = [(each, specifications.get(_specification_id(each), {})) for each in offerings]
    described = [pair for pair in both if _is_sold(pair, prices, now)]
    parties = [next(iter(sellers_in(*pair)), None) for pair in described]
    sellers = await _sellers(dcat.store, [party for party in parties if party])
    return [
        offered_from(*pair, sellers[str(party["id"])] if party else NO_SELLER, dcat.expand)
        for pair, party in zip(described, parties, strict=True)
    ]


def _is_sold(pair: tuple[JsonObject, JsonObject], known: Mapping[Key, Record], now: Instant) -> bool:
    """Whether an order of the offering, with this specification, would be taken."""
    prices = [known[key].body for key in price_keys(pair[0]) if key in known]
    return not why_not_sold(*pair, prices, str(pair[0].get("name") or pair[0]["id"]), now)


async def _sellers(store: Store, parties: Sequence[JsonObject]) -> dict[str, Seller]:
    """Address and name of each party by its id, given references to them; one whose name nobody knows has its
    id for it."""
    kept = await store.read(sorted({key for party in parties for key in party_keys(party)}))
    found = dict[str, Seller]()
    for party in parties:
        id = str(party["id"])
        bodies = [kept[key].body for key in party_keys(party) if key in kept]
        names = [*map(party_name, bodies), party_name(party)]
        found[id] = Seller(party_address("", party, kept), next(filter(None, names), id))
    return found


async def _specifications(store: Store, offerings: list[JsonObject]) -> dict[str, JsonObject]:
    keys = {Key("", SPECIFICATION, name) for each in offerings if (name := _specification_id(each))}
    found = await store.read(sorted(keys))
    return {key.id: record.body for key, record in found.items()}


def _specification_id(offering: JsonObject) -> str:
    reference: Json = offering.get("productSpecification")
    name = reference.get("id") if isinstance(reference, dict) else None
    return name if isinstance(name, str) else ""
