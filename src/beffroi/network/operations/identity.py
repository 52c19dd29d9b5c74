"""The node's identity: its key made on first use, kept in the store, and what it says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, decode_object, objects_in
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.network.rules import feed
from beffroi.network.rules.identity import Identity, did_of, new_key, public_jwk, read_key
from beffroi.store.port import Store

RING: Final = Key("", "secret", "node-keys")
"""`{"did", "keys": [{"jwk": private JWK, "since": Instant}]}`, the key that signs the last."""
SAID: Final = Key("", "net:self", "own")
"""What the operator has the node say of itself: `{organisation, place, languages}`."""


@dataclass(frozen=True, slots=True)
class About:
    """What a node says of itself unless its operator has said otherwise; `address` is where it is reached."""

    address: str
    organisation: str
    place: str
    languages: tuple[str, ...] = ("fr", "en")


async def identity_of(store: Store, about: About, now: Instant) -> Identity:
    """Who the node is. Its first key is made if there is none.

    Raises Problem(BadRequestData) for an address that gives no identity, Problem(Conflict) if the node has
    published under another address.
    """
    did = did_of(about.address)
    found = await store.read([RING, SAID])
    ring = found.get(RING)
    if ring is None or ring.shared["did"] != did:
        await _begin(store, did, now)
        found = await store.read([RING, SAID])
    said = found.get(SAID)
    return _identity(found[RING].document, b"" if said is None else said.document, about)


async def known_did(store: Store) -> str:
    """The node's DID as it was known last; empty for one that never had an identity."""
    ring = (await store.read([RING])).get(RING)
    return "" if ring is None else str(ring.shared["did"])


async def describe(store: Store, said: JsonObject) -> None:
    """Have the node say this of itself: `{organisation, place, languages}`."""
    await store.transact([], lambda _: Commit((Change(SAID, document_of(said)),)))


async def rotate(store: Store, about: About, now: Instant) -> Identity:
    """A new key signs from now on: the old one says so in the feed, in the same commit."""
    identity = await identity_of(store, about, now)
    fresh = new_key(len(identity.former) + 2)
    added: JsonObject = {"jwk": cast("JsonObject", dict(fresh.as_dict(private=True))), "since": now}

    def decide(stored: Mapping[Key, Record]) -> Commit:
        ring = stored[RING].body
        keys = cast("list[Json]", ring["keys"])
        if len(keys) != len(identity.former) + 1:
            raise Problem(Conflict, f"The key of '{identity.did}' was changed meanwhile.")
        head = stored[feed.HEAD].body if feed.HEAD in stored else None
        appended = feed.change_key(head, public_jwk(fresh), now, identity.did, identity.key)
        return Commit((*appended.changes, Change(RING, document_of({**ring, "keys": [*keys, added]}))))

    await store.transact([RING, feed.HEAD], decide)
    return await identity_of(store, about, now)


async def _begin(store: Store, did: str, now: Instant) -> None:
    fresh = new_key(1)
    made: JsonObject = {"jwk": cast("JsonObject", dict(fresh.as_dict(private=True))), "since": now}

    def decide(stored: Mapping[Key, Record]) -> Commit:
        ring = stored[RING].body if RING in stored else None
        if ring is None:
            return Commit((Change(RING, document_of({"did": did, "keys": [made]})),))
        if ring["did"] == did:
            return Commit()
        if feed.HEAD in stored:
            raise Problem(
                Conflict,
                f"The node has published as '{ring['did']}' and is now reached as '{did}': an identity does"
                " not move. Serve it at its former address.",
            )
        return Commit((Change(RING, document_of({**ring, "did": did})),))

    await store.transact([RING, feed.HEAD], decide)


@lru_cache(maxsize=16)
def _identity(ring_text: bytes, said_text: bytes, about: About) -> Identity:
    """Every page and decision asks who the node is; to read keys takes longer than to read their record."""
    ring, own = decode_object(ring_text), decode_object(said_text or b"{}")
    keys = [read_key(cast("JsonObject", each["jwk"])) for each in objects_in(ring["keys"])]
    return Identity(
        did=str(ring["did"]),
        key=keys[-1],
        organisation=str(own.get("organisation", about.organisation)),
        place=cast("JsonObject", own.get("place", {"name": about.place})),
        languages=tuple(cast("list[str]", own.get("languages", [*about.languages]))),
        former=tuple(public_jwk(each) for each in keys[:-1]),
    )
