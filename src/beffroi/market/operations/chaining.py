"""Commit with the audit log's chain, and judge the chain as it is stored."""

from collections.abc import Mapping, Sequence
from typing import cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Commit, Key, Record
from beffroi.market.rules.audit.chain import HEAD, Verified, chained, verify
from beffroi.market.rules.audit.entry import KIND
from beffroi.market.rules.documents.resource import TENANT
from beffroi.store.port import Decide, Find, Store


async def transact_chained(store: Store, reads: Sequence[Key], decide: Decide) -> None:
    """`store.transact` for decisions that write entries of the audit log."""

    def decided(stored: Mapping[Key, Record]) -> Commit:
        return chained(decide(stored), stored.get(HEAD))

    await store.transact([*reads, HEAD], decided)


async def verify_audit(store: Store, known: str = "") -> Verified:
    """Judge the whole log; `known` is a hash that somebody kept."""
    entries = list[JsonObject]()
    async for record in store.stream(Find(TENANT, KIND, limit=None)):
        entries.append(record.body)
    head = (await store.read([HEAD])).get(HEAD)
    entries.sort(key=_number)
    return verify(entries, head.body if head else None, known)


def _number(entry: JsonObject) -> int:
    return cast("int", entry.get("number", 0))
