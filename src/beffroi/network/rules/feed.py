"""Append to the node's own feed: entries that follow one another, each signed and naming the one before.

An entry is a compact JWS (RFC 7515, Ed25519 by RFC 9864) over the bytes of a JSON object:

    {"feed": "1", "origin": did, "sequence": 1, "previous": "", "at": Instant, "document": {…}}

`previous` is the SHA-256 (hex) of the former entry's JWS, empty for the first; instead of `document` an entry
may have `key`, the public JWK that signs from the next entry on. Ed25519 takes no chance: the same entry
signed again is the same bytes, so that a decision may run again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from joserfc.jwk import OKPKey

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem, TooLarge
from beffroi.kernel.record import Change, Key, document_of
from beffroi.network.rules.identity import Identity
from beffroi.network.rules.signature import MOST_BYTES, signed

VERSION: Final = "1"
ENTRY_TYPE: Final = "beffroi-feed+jws"
HEAD_TYPE: Final = "beffroi-head+jws"
ENTRY: Final = "net:entry"
"""Store kind of the node's own entries: `{"jws": …}`, named by their number."""
MOST_DEPTH: Final = 40
"""Objects and arrays inside each other in a document."""
HEAD: Final = Key("", "net:head", "own")
"""The end of the node's own feed: `{"sequence", "hash", "at", "kid"}`; none before the first entry."""


@dataclass(frozen=True, slots=True)
class Appended:
    """What an entry changes in the store, and the new head, for the next entry of the same decision."""

    changes: tuple[Change, ...]
    head: JsonObject


def append(head: JsonObject | None, document: JsonObject, at: Instant, did: str, key: OKPKey) -> Appended:
    """One more entry, about a document that was published, corrected or withdrawn.

    `head` is the stored record's body, or that of a former `Appended`; None for an empty feed. An entry is
    never dated before the one that it follows. Raises Problem(TooLarge) beyond MOST_BYTES,
    Problem(BadRequestData) beyond MOST_DEPTH, Problem(Conflict) if another key signs by now.
    """
    if is_deeper(document, MOST_DEPTH):
        raise Problem(BadRequestData, f"The document is nested deeper than {MOST_DEPTH} levels.")
    return _append(head, {"document": document}, at, did, key)


def change_key(head: JsonObject | None, jwk: JsonObject, at: Instant, did: str, key: OKPKey) -> Appended:
    """The entry by which the key that signs so far says which public key signs from now on."""
    appended = _append(head, {"key": jwk}, at, did, key)
    after: JsonObject = {**appended.head, "kid": jwk["kid"]}
    return Appended((appended.changes[0], Change(HEAD, document_of(after))), after)


def signed_head(head: JsonObject | None, at: Instant, identity: Identity) -> str:
    """What the node says now of the end of its feed, and of itself: a JWS by which a cut or an old copy
    shows."""
    payload: JsonObject = {
        "feed": VERSION,
        "origin": identity.did,
        "sequence": head["sequence"] if head else 0,
        "hash": head["hash"] if head else "",
        "at": at,
        "about": {
            "organisation": identity.organisation,
            "place": identity.place,
            "languages": [*identity.languages],
        },
    }
    return signed(payload, HEAD_TYPE, identity.did, identity.key)


def not_before(head: JsonObject | None, at: str) -> Instant:
    """Now, or the moment of the last entry if the clock has gone back behind it."""
    return Instant(max(at, str(head["at"]) if head else ""))


def entry_key(sequence: int) -> Key:
    """Where an entry of the node's own feed is kept."""
    return Key("", ENTRY, f"{sequence:012d}")


def hash_of(entry: str) -> str:
    """What the next entry calls `previous`: the SHA-256 of the compact JWS, in hex.

    >>> hash_of("e30.e30.AA")[:16]
    '4357466b02e9ee79'
    """
    return sha256(entry.encode()).hexdigest()


def is_deeper(value: Json, levels: int) -> bool:
    """Whether objects and arrays stand inside each other more than so many levels deep.

    >>> is_deeper({"a": [1]}, 2), is_deeper({"a": [[1]]}, 2)
    (False, True)
    """
    inner: list[Json] = [value]
    for _ in range(levels + 1):
        inner = [each for outer in inner for each in _inside(outer)]
        if not inner:
            return False
    return True


def _append(head: JsonObject | None, said: JsonObject, at: Instant, did: str, key: OKPKey) -> Appended:
    before: JsonObject = head or {"sequence": 0, "hash": "", "at": "", "kid": key.kid}
    if before["kid"] != key.kid:
        raise Problem(Conflict, f"The key of '{did}' was changed meanwhile; ask again.")
    sequence = int(str(before["sequence"])) + 1
    moment = not_before(before, at)
    payload: JsonObject = {
        "feed": VERSION,
        "origin": did,
        "sequence": sequence,
        "previous": before["hash"],
        "at": moment,
        **said,
    }
    entry = signed(payload, ENTRY_TYPE, did, key)
    if len(entry) > MOST_BYTES:
        raise Problem(
            TooLarge,
            f"The document takes {len(entry):,} bytes in the feed; {MOST_BYTES:,} are allowed.",
        )
    after: JsonObject = {"sequence": sequence, "hash": hash_of(entry), "at": moment, "kid": key.kid}
    return Appended(
        (Change(entry_key(sequence), document_of({"jws": entry})), Change(HEAD, document_of(after))), after
    )


def _inside(value: Json) -> Iterable[Json]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()
