"""The node's own feed as others read it: a page of entries and a fresh word on its end."""

from typing import Final

from beffroi.network.operations.services import Network
from beffroi.network.rules import feed
from beffroi.network.rules.identity import Identity
from beffroi.store.port import Store

PAGE_BYTES: Final = 1_000_000
"""Bytes of entries after which a page ends."""


async def feed_page(network: Network, after: int, limit: int) -> list[str]:
    """Up to `limit` entries that follow number `after`, and the signed head last. Raises Problem."""
    identity = await network.signer()
    return await page_of(network.store, identity, str(network.now()), after, limit)


async def page_of(store: Store, identity: Identity, at: str, after: int, limit: int) -> list[str]:
    """As feed_page, of a store, as `identity`."""
    keys = [feed.entry_key(after + n + 1) for n in range(limit)]
    found = await store.read([feed.HEAD, *keys])  # one picture: no entry is newer than the head
    lines, bytes = list[str](), 0
    for key in keys:
        record = found.get(key)
        if record is None or bytes >= PAGE_BYTES:
            break
        lines.append(str(record.shared["jws"]))
        bytes += len(lines[-1])
    head = found[feed.HEAD].body if feed.HEAD in found else None
    return [*lines, feed.signed_head(head, feed.not_before(head, at), identity)]
