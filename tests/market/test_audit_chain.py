"""The audit log is a chain: what is changed, put in or taken out shows."""

import asyncio
from typing import Any

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.market.operations.chaining import verify_audit
from beffroi.market.operations.writing import Asker, create
from beffroi.market.rules.access.usage_chain import NO_PREVIOUS
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.audit.chain import HEAD, Verified
from beffroi.store.port import Find, Store
from tests.conftest import Run
from tests.market.seller import HUBS, Seller, organization, seller_of


@pytest.fixture
def seller(store: Store, run: Run) -> Seller:
    """Five entries by different ways: documents, a listener, a permit."""
    found = seller_of(store, run)
    kite = organization(found, "Kite")
    found.patch("organization", kite, {"tradingName": "Red Kite"})
    found.send("POST", HUBS["620"], {"callback": "https://a.example"})
    found.send("PUT", f"/market/permits/{kite}", {"data": []})
    organization(found, "Heron")
    return found


def judged(seller: Seller, known: str = "") -> Verified:
    found: Verified = seller.run(verify_audit(seller.market.store, known))
    return found


def entries(seller: Seller) -> list[Any]:
    found = seller.run(seller.market.store.find(Find("", "audit", limit=None)))
    return sorted(found.records, key=lambda record: record.body["number"])


def put(seller: Seller, key: Key, body: Any) -> None:
    change = Change(key, document_of(body) if body is not None else None)
    seller.run(seller.market.store.transact([], lambda _: Commit((change,))))


def test_every_way_to_write_the_log_goes_on_with_one_chain(seller: Seller) -> None:
    found = judged(seller)
    assert (found.entries, found.before, found.broken) == (5, 0, None)
    bodies = [record.body for record in entries(seller)]
    assert [body["number"] for body in bodies] == [1, 2, 3, 4, 5]
    assert bodies[0]["previous"] == NO_PREVIOUS
    assert found.newest == bodies[-1]["hash"]


def test_writes_at_once_make_one_chain(seller: Seller) -> None:
    async def at_once() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(20):
                body: JsonObject = {"tradingName": f"firm {number}"}
                group.create_task(create(seller.market, RESOURCES["organization"], body, Asker(seller.actor)))

    seller.run(at_once())
    assert (judged(seller).entries, judged(seller).broken) == (25, None)


@pytest.mark.parametrize("at", range(5))
def test_an_entry_that_was_changed_or_taken_out_shows(seller: Seller, at: int) -> None:
    record = entries(seller)[at]
    put(seller, record.key, {**record.body, "actor": "somebody else"})
    assert judged(seller).broken is not None
    put(seller, record.key, record.body)
    assert judged(seller).broken is None
    put(seller, record.key, None)
    broken = judged(seller).broken
    assert broken is not None
    assert broken.number == (at + 1 if at < 4 else 4)


def test_an_entry_that_was_put_in_shows(seller: Seller) -> None:
    body = {
        name: value
        for name, value in entries(seller)[0].body.items()
        if name not in {"number", "hash", "previous"}
    }
    put(seller, Key("", "audit", "zz"), {**body, "number": 6})
    assert judged(seller).broken is not None


def test_a_chain_that_was_written_anew_shows_to_who_kept_a_hash(seller: Seller) -> None:
    newest = judged(seller).newest
    last = entries(seller)[-1]
    put(seller, last.key, None)
    before = entries(seller)[-1].body
    put(seller, HEAD, {"number": 4, "hash": before["hash"]})
    assert judged(seller).broken is None
    broken = judged(seller, newest).broken
    assert broken is not None
    assert newest in broken.reason
    assert judged(seller, str(before["hash"])).broken is None


def test_an_empty_log_holds(store: Store, run: Run) -> None:
    assert judged(seller_of(store, run)) == Verified(0, 0, NO_PREVIOUS)
