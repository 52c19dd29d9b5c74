"""Whose documents are whose, by the role of a party: found by an index, on every engine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Record
from beffroi.market.operations.credentials import credentials_of
from beffroi.market.operations.levels import credits_of, credits_of_product
from beffroi.market.operations.reading import Sought, count, every, ids_of, newest
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.documents.question import Comparison, Condition
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.documents.roles import ROLE_PATHS, Role
from beffroi.portal.reading.market.sold import sold
from beffroi.store.port import Find, Found, Indexer, Store
from beffroi.web.message import LOCAL, Actor
from tests.conftest import Run
from tests.market.shop import START, market, put

OpenEngine = Callable[[Mapping[str, Indexer]], Store]
LIVES: Condition = ((Comparison(("status",), "==", ("active", "suspended")),),)
MANY = 120


def party(name: str) -> Actor:
    return Actor(name, frozenset({"read", "trade"}), party=name)


def document(number: int, *parties: tuple[str, str], status: str = "active") -> JsonObject:
    related: Any = [{"id": id, "role": role} for id, role in parties]
    return {"id": f"d{number}", "status": status, "relatedParty": related}


DOCUMENTS: list[Any] = [
    document(1, ("city", "seller"), ("firm", "buyer")),
    document(2, ("city", "Provider"), ("firm", "Customer")),
    document(3, ("firm", "supplier"), ("city", "consumer")),
    document(4, ("firm", "owner")),
    document(5, ("city", "seller"), ("firm", "buyer"), status="terminated"),
    document(6, ("other", "buyer"), ("firm", "buyer"), ("firm", "seller")),
    document(7, ("other", "seller"), ("city", "buyer"), status="suspended"),
    {"id": "d8", "status": "active", "relatedParty": [{"role": "buyer"}, {"id": "firm"}, {"id": "firm", "role": 7}]},
    {"id": "d9", "status": "active", "relatedParty": "firm"},
]  # fmt: skip
WHOSE: dict[tuple[str, Role], list[str]] = {
    ("firm", "buyer"): ["d6", "d2", "d1"],
    ("firm", "seller"): ["d6", "d3"],
    ("city", "buyer"): ["d7", "d3"],
    ("city", "seller"): ["d2", "d1"],
    ("stranger", "buyer"): [],
    ("", "seller"): [],
}


async def met(of: Market, sought: Sought, actor: Actor) -> list[str]:
    """The documents that three ways of asking agree about, the newest first."""
    total = await count(of, sought, actor)
    found = [str(one["id"]) for one in await newest(of, sought, actor, total, slice(0, 100))]
    assert total == len(found)
    assert [str(one["id"]) async for one in every(of, sought, actor)] == found[::-1]
    assert await ids_of(of, sought, actor) == found[::-1]
    paged = [await newest(of, sought, actor, total, slice(n, n + 1)) for n in range(total)]
    assert [str(one["id"]) for page in paged for one in page] == found
    return found


def test_a_document_is_found_by_the_role_of_a_party_in_it(store: Store, run: Run) -> None:
    async def scenario() -> None:
        of = market(store)
        await put(store, PRODUCT.kind, *DOCUMENTS)
        for (name, role), expected in WHOSE.items():
            assert await met(of, Sought(PRODUCT, LIVES, role), party(name)) == expected
        moved = {**DOCUMENTS[0], "relatedParty": [{"id": "stranger", "role": "buyer"}]}
        await put(store, PRODUCT.kind, moved)
        assert await met(of, Sought(PRODUCT, LIVES, "buyer"), party("firm")) == ["d6", "d2"]
        assert await met(of, Sought(PRODUCT, LIVES, "buyer"), party("stranger")) == ["d1"]

    run(scenario())


def test_who_sees_every_document_is_asked_for_no_role(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await put(store, PRODUCT.kind, *DOCUMENTS)
        found = await met(market(store), Sought(PRODUCT, LIVES, "buyer"), LOCAL)
        assert found == ["d9", "d8", "d7", "d6", "d4", "d3", "d2", "d1"]

    run(scenario())


@dataclass
class Judging:
    """A store that says how many documents were looked at to answer."""

    store: Store
    judged: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def find(self, find: Find) -> Found:
        return await self.store.find(self._watched(find))

    async def stream(self, find: Find) -> AsyncIterator[Record]:
        async for record in self.store.stream(self._watched(find)):
            yield record

    def _watched(self, find: Find) -> Find:
        keep = find.keep
        assert keep is not None

        def judge(record: Record) -> bool:
            self.judged += 1
            return keep(record)

        return replace(find, keep=judge)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_database_of_before_is_asked_by_role_while_and_after_it_is_indexed(
    open_engine: OpenEngine, run: Run
) -> None:
    newer = INDEXERS[PRODUCT.kind]
    before = open_engine({PRODUCT.kind: replace(newer, always=newer.always - ROLE_PATHS.keys())})
    run(put(before, PRODUCT.kind, *DOCUMENTS))
    run(before.close())
    judging: Any = Judging(open_engine(INDEXERS))

    async def scenario() -> None:
        for _ in range(500):
            judging.judged = 0
            for (name, role), expected in WHOSE.items():
                assert await met(market(judging), Sought(PRODUCT, LIVES, role), party(name)) == expected
            if not judging.judged:
                return
            await asyncio.sleep(0.01)
        pytest.fail("The index does not get ready.")

    run(scenario())


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
@pytest.mark.parametrize("resource", [PRODUCT, PRODUCT_ORDER, CUSTOMER_BILL], ids=lambda one: one.name)
def test_a_page_by_role_looks_at_no_document_of_others(resource: Resource, store: Store, run: Run) -> None:
    async def scenario() -> None:
        judging: Any = Judging(store)
        rows = [document(n, ("city", "seller"), (f"b{n % 40}", "buyer")) for n in range(MANY)]
        await put(store, resource.kind, *rows)
        of = market(judging)
        asked: list[tuple[str, Role, int]] = [
            ("city", "buyer", 0),
            ("city", "seller", MANY),
            ("b7", "buyer", 3),
        ]
        for actor, role, number in asked:
            sought = Sought(resource, (), role)
            total = await count(of, sought, party(actor))
            page = await newest(of, sought, party(actor), total, slice(0, 24))
            assert (total, len(page)) == (number, min(number, 24))
        assert judging.judged == 0

    run(scenario())


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_is_sold_of_an_offering_is_counted_without_decoding_a_product(store: Store, run: Run) -> None:
    async def scenario() -> None:
        judging: Any = Judging(store)
        offering: JsonObject = {"id": "o", "name": "Bikes", "lifecycleStatus": "Active"}
        rows = [document(n, ("city", "seller"), ("firm", "buyer")) for n in range(MANY)]
        products: list[JsonObject] = [{**one, "productOffering": {"id": "o"}} for one in rows]
        await put(store, PRODUCT.kind, *products)
        for _ in range(500):
            judging.judged = 0
            await sold(market(judging), offering, party("city"), START, "en")
            if not judging.judged:
                break
            await asyncio.sleep(0.01)
        unread = tuple(Change(PRODUCT.key(str(one["id"])), b"{", body=one) for one in products)
        await store.transact([], lambda _: Commit(unread))
        shown = await sold(market(store), offering, party("city"), START, "en")
        assert (shown.live, len(shown.products)) == (MANY, MANY)

    run(scenario())


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_belongs_to_a_product_is_found_without_looking_at_that_of_others(store: Store, run: Run) -> None:
    async def scenario() -> None:
        judging: Any = Judging(store)
        numbers = range(MANY)
        credentials: Any = [{"id": f"c{n}", "client": f"c{n}", "product": f"p{n}"} for n in numbers]
        credits: Any = [
            {
                "id": f"t{n}",
                "product": f"p{n}",
                "breach": f"o{n % 40}:availability:2026-11-22T13:49:00.000000Z",
            }
            for n in numbers
        ]
        credits.append({"id": "t", "product": "p", "breach": "o7:x:availability:2026-11-22T13:49:00.000000Z"})
        await put(store, "credential", *credentials)
        await put(store, "credit", *credits)
        assert [one["client"] for one in await credentials_of(judging, "p7")] == ["c7"]
        assert [one["id"] for one in await credits_of_product(judging, "p7")] == ["t7"]
        assert [one["id"] for one in await credits_of(judging, "o7")] == ["t7", "t47", "t87"]
        assert judging.judged == 6  # one of an offering whose id begins as another's

    run(scenario())
