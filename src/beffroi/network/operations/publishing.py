"""Feeds as others read them: the node's own with a fresh word on its end, and those that it follows."""

from collections.abc import Mapping, Sequence
from typing import Final

from beffroi.kernel.record import Key, Record
from beffroi.network.operations.peers import unknown
from beffroi.network.operations.services import Network
from beffroi.network.rules import feed
from beffroi.network.rules.accepted import heard_key
from beffroi.network.rules.identity import Identity
from beffroi.network.rules.peer import peer_key
from beffroi.store.port import Store

PAGE_BYTES: Final = 1_000_000
"""Bytes of entries after which a page ends."""


async def feed_page(network: Network, after: int, limit: int) -> list[str]:
    """Up to `limit` entries that follow number `after`, and the signed head last. Raises Problem."""
    identity = await network.signer()
    return await page_of(network.store, identity, str(network.now()), after, limit)


async def heard_page(network: Network, did: str, after: int, limit: int) -> list[str]:
    """Up to `limit` entries that follow number `after` in the feed of a node that this one follows, and the
    last head of it that is kept, as that node signed them. Raises Problem(ResourceNotFound)."""
    keys = [heard_key(did, after + n + 1) for n in range(limit)]
    found = await network.store.read([peer_key(did), *keys])
    peer = found.get(peer_key(did))
    if peer is None:
        raise unknown(did)
    head = str(peer.shared.get("head") or "")
    return [*_lines(found, keys), *([head] if head else [])]


async def page_of(store: Store, identity: Identity, at: str, after: int, limit: int) -> list[str]:
    """As feed_page, of a store, as `identity`."""
    keys = [feed.entry_key(after + n + 1) for n in range(limit)]
    found = await store.read([feed.HEAD, *keys])  # one picture: no entry is newer than the head
    head = found[feed.HEAD].body if feed.HEAD in found else None
    return [*_lines(found, keys), feed.signed_head(head, feed.not_before(head, at), identity)]


def _lines(found: Mapping[Key, Record], keys: Sequence[Key]) -> list[str]:
    """The entries that were found one after another, until a gap or PAGE_BYTES."""
    lines, bytes = list[str](), 0
    for key in keys:
        record = found.get(key)
        if record is None or bytes >= PAGE_BYTES:
            break
        lines.append(str(record.shared["jws"]))
        bytes += len(lines[-1])
    return lines
