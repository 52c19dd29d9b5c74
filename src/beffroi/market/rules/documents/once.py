"""Idempotency-Key: a request that comes twice is done once (draft-ietf-httpapi-idempotency-key-header)."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.kernel.record import Change, Event, Key, Record, document_of
from beffroi.market.rules.documents.resource import TENANT

KIND = "tmf-once"
LANE = "tmf-once"
KEPT_S = 86_400.0
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Once:
    """The record of a key, and what a request says that has to be the same when it comes again: its body, or
    what somebody asked for where the body holds more than that."""

    key: Key
    said: JsonObject


def once_key(actor: str, path: str, key: str) -> Key:
    """The record of a key that an actor used on a path. Raises Problem(BadRequestData)."""
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise Problem(BadRequestData, f"The Idempotency-Key has not 1 to {LONGEST_KEY} readable characters.")
    return Key(TENANT, KIND, sha256(f"{len(actor)}|{actor}|{path}|{key}".encode()).hexdigest())


def fingerprint(said: JsonObject) -> str:
    """The same for requests that say the same."""
    return sha256(encode(_sorted(said))).hexdigest()


def answered(once: Once, known: Mapping[Key, Record]) -> JsonObject | None:
    """The document of the first request; None for a first one. Raises Problem(Conflict) for another body."""
    record = known.get(once.key)
    if record is None:
        return None
    if not says_the_same(once, record):
        raise Problem(Conflict, "The Idempotency-Key was used with another body.")
    return first_document(record)


def says_the_same(once: Once, record: Record) -> bool:
    """Whether a request that comes again says what the first one did."""
    return record.body["fingerprint"] == fingerprint(once.said)


def first_document(record: Record) -> JsonObject:
    """What the first request with a key made."""
    return cast("JsonObject", record.body["document"])


def remembered(once: Once, document: JsonObject, now: Instant) -> tuple[Change, Event]:
    """What is kept of a first request, and the event that forgets it when its time is over."""
    body: JsonObject = {"fingerprint": fingerprint(once.said), "document": document}
    forget = Event(LANE, encode({"forget": once.key.id}), plus_seconds(now, KEPT_S))
    return Change(once.key, document_of(body)), forget


def _sorted(value: JsonObject) -> JsonObject:
    return {
        name: _sorted(member) if isinstance(member, dict) else member
        for name, member in sorted(value.items())
    }
