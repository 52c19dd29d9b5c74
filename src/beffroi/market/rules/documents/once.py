"""Idempotency-Key: a request that comes twice is done once (draft-ietf-httpapi-idempotency-key-header)."""

from hashlib import sha256

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.kernel.record import Change, Event, Key, Record, document_of
from beffroi.market.rules.documents.resource import TENANT

KIND = "tmf-once"
LANE = "tmf-once"
KEPT_S = 86_400.0
LONGEST_KEY = 255


def once_key(actor: str, path: str, key: str) -> Key:
    """The record of a key that an actor used on a path. Raises Problem(BadRequestData)."""
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise Problem(BadRequestData, f"The Idempotency-Key has not 1 to {LONGEST_KEY} readable characters.")
    return Key(TENANT, KIND, sha256(f"{len(actor)}|{actor}|{path}|{key}".encode()).hexdigest())


def fingerprint(given: JsonObject) -> str:
    """The same for bodies that say the same."""
    return sha256(encode(_sorted(given))).hexdigest()


def answered(record: Record | None, given: JsonObject) -> JsonObject | None:
    """The document of the first request; None for a first one. Raises Problem(Conflict) for another body."""
    if record is None:
        return None
    if record.body["fingerprint"] != fingerprint(given):
        raise Problem(Conflict, "The Idempotency-Key was used with another body.")
    document = record.body["document"]
    return document if isinstance(document, dict) else None


def remembered(key: Key, given: JsonObject, document: JsonObject, now: Instant) -> tuple[Change, Event]:
    """What is kept of a first request, and the event that forgets it when its time is over."""
    body: JsonObject = {"fingerprint": fingerprint(given), "document": document}
    forget = Event(LANE, encode({"forget": key.id}), plus_seconds(now, KEPT_S))
    return Change(key, document_of(body)), forget


def _sorted(value: JsonObject) -> JsonObject:
    return {
        name: _sorted(member) if isinstance(member, dict) else member
        for name, member in sorted(value.items())
    }
