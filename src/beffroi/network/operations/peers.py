"""The nodes that this one follows: begin, end, look at them and at what was proven against them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.accepted import HEARD
from beffroi.network.rules.identity import METHOD, did_of
from beffroi.network.rules.kind import VERSION_KIND
from beffroi.network.rules.kinds import KINDS
from beffroi.network.rules.peer import (
    MOST_PEERS,
    OPERATOR,
    PEER,
    PROOF,
    because,
    believed_again,
    new_peer,
    no_longer,
    peer_key,
    shown,
)
from beffroi.store.port import Find, Store, Where

FORGOTTEN_AT_ONCE: Final = 500


async def follow(network: Network, named: str, reason: str = OPERATOR) -> JsonObject:
    """Follow the node at an address or with a DID; the peer. Raises Problem(BadRequestData).

    One that is followed already has one reason more, and is asked at once.
    """
    did = named if named.startswith(METHOD) else did_of(named)
    own, now = await network.signer(), network.now()
    if did == own.did:
        raise Problem(BadRequestData, f"'{did}' is this node itself.")
    key, made = peer_key(did), list[JsonObject]()
    count = (await network.store.find(Find("", PEER, limit=0, count=True))).count or 0

    def decide(stored: Mapping[Key, Record]) -> Commit:
        record = stored.get(key)
        if record is None and count >= MOST_PEERS:
            raise Problem(Conflict, f"This node follows {count} others; {MOST_PEERS} are the most.")
        peer = because(record.body, reason) if record is not None else new_peer(did, reason, now)
        peer["due"] = now
        made[:] = [peer]
        return Commit((Change(key, document_of(peer)),))

    await network.store.transact([key], decide)
    return shown(made[0])


async def unfollow(network: Network, named: str, reason: str = OPERATOR) -> JsonObject | None:
    """Do not follow a node for this reason any more; the peer, or None if no reason is left.

    Without a reason what it said leaves this node: a correction or withdrawal could not reach it any more.
    Raises Problem(ResourceNotFound).
    """
    did = named if named.startswith(METHOD) else did_of(named)
    key, left = peer_key(did), list[JsonObject | None]()

    def decide(stored: Mapping[Key, Record]) -> Commit:
        record = stored.get(key)
        if record is None:
            raise unknown(did)
        left[:] = [no_longer(record.body, reason)]
        return Commit((Change(key, None if left[0] is None else document_of(left[0])),))

    await network.store.transact([key], decide)
    if left[0] is None:
        await forget(network.store, did)
        return None
    return shown(left[0])


async def believe(network: Network, did: str) -> JsonObject:
    """Take a peer that was broken from scratch: its operator and ours have spoken. Raises Problem."""
    key, now, made = peer_key(did), network.now(), list[JsonObject]()
    await peer_of(network, did)
    await forget(network.store, did)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        record = stored.get(key)
        if record is None:
            raise unknown(did)
        made[:] = [believed_again(record.body, now)]
        return Commit((Change(key, document_of(made[0])),))

    await network.store.transact([key], decide)
    return shown(made[0])


async def peers(network: Network) -> list[JsonObject]:
    """Every node that this one follows, in the order in which it began."""
    found = await network.store.find(Find("", PEER, limit=None))
    return [shown(record.body) for record in found.records]


async def peer_of(network: Network, did: str) -> JsonObject:
    """One peer, with what was proven against it. Raises Problem(ResourceNotFound)."""
    key = peer_key(did)
    record = (await network.store.read([key])).get(key)
    if record is None:
        raise unknown(did)
    found = await network.store.find(
        Find("", PROOF, keep=lambda proof: proof.shared["did"] == did, limit=100)
    )
    return {**shown(record.body), "proofs": [proof.body for proof in found.records]}


async def forget(store: Store, did: str) -> None:
    """Remove what a node said: its documents, their versions and its entries; proofs against it stay."""
    for kind in KINDS.values():
        await _remove(store, Find("", kind.record_kind, where=Where("origin", "==", "text", did)))
    for record_kind, mark in ((VERSION_KIND, "/"), (HEARD, "#")):
        await _remove(store, Find("", record_kind, keep=_below(did + mark)))


def unknown(did: str) -> Problem:
    """That this node does not follow it."""
    return Problem(ResourceNotFound, f"This node does not follow '{did[:200]}'.")


def _below(start: str) -> Callable[[Record], bool]:
    return lambda record: record.key.id.startswith(start)


async def _remove(store: Store, find: Find) -> None:
    keys = list[Key]()
    async for record in store.stream(find):
        keys.append(record.key)
    for start in range(0, len(keys), FORGOTTEN_AT_ONCE):
        commit = Commit(tuple(Change(key, None) for key in keys[start : start + FORGOTTEN_AT_ONCE]))
        await store.transact([], partial(_always, commit))


def _always(commit: Commit, _: Mapping[Key, Record]) -> Commit:
    return commit
