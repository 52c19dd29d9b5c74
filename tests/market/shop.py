"""A small market in a store: products that were sold, and what they were used for."""

from itertools import count
from typing import Any

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.rules.access.usage_chain import next_row
from beffroi.market.rules.prices.selling import frozen
from beffroi.store.opening import open_store
from beffroi.store.port import Find, Store
from tests.market.prices import at

START = at("2026-11-01")
DECEMBER = at("2026-12-01T06")


async def opened(url: str = "memory:") -> Store:
    return await open_store(url, INDEXERS)


def product(
    id: str, *prices: dict[str, Any], buyer: str = "firm", seller: str = "city", **more: Any
) -> JsonObject:
    return {
        "id": id, "name": f"Bikes {id}", "status": "active", "startDate": at("2026-10-01"),
        "productPrice": frozen(list(prices), f"The product '{id}'"),
        "relatedParty": [{"id": seller, "role": "seller"}, {"id": buyer, "role": "buyer"}], **more,
    }  # fmt: skip


def usage(
    id: str, counts: list[dict[str, int]], first: Instant = START, hours: float = 1
) -> list[JsonObject]:
    rows: list[JsonObject] = []
    for number, counted in enumerate(counts):
        since = plus_seconds(first, number * hours * 3600)
        rows.append(
            next_row(id, rows[-1] if rows else None, since, plus_seconds(since, hours * 3600), counted)
        )
    return rows


async def put(store: Store, kind: str, *bodies: JsonObject) -> None:
    changes = tuple(Change(Key("", kind, str(body["id"])), document_of(body)) for body in bodies)
    await store.transact([], lambda _: Commit(changes))


async def everything(store: Store, kind: str) -> list[Any]:
    found = await store.find(Find("", kind, limit=None))
    return [record.body for record in found.records]


def market(store: Store, now: Instant = DECEMBER) -> Market:
    """A market at a moment."""
    ids = count()
    return Market(store, lambda: now, lambda: f"id-{next(ids)}", "https://city.example")
