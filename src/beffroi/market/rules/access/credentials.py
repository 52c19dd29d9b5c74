"""Credentials of a product: a client id and a secret, of which only the hash is kept (RFC 6749, section 2.3).

    {"client": ..., "secretHash": SHA-256 in hexadecimal, "product": ..., "state": "active", "createdAt": ...}

A secret has 256 random bits, so that a plain hash cannot be searched; passwords of people are another matter.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Change, Key, document_of

KIND: Final = "credential"
ACTIVE: Final = "active"
REVOKED: Final = "revoked"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the holder of a product gets to see once."""

    client: str
    secret: str


def credential_key(client: str) -> Key:
    """The key of the record of a client."""
    return Key("", KIND, client)


def credential_change(made: Credentials, product: str, now: Instant) -> Change:
    """The record of new credentials, to stand in the commit that makes the product."""
    body: JsonObject = {
        "client": made.client,
        "secretHash": _hash(made.secret),
        "product": product,
        "state": ACTIVE,
        "createdAt": now,
    }
    return Change(credential_key(made.client), document_of(body))


def client_change(client: str, product: str, now: Instant) -> Change:
    """The record of a client that has no secret yet: nothing opens it."""
    body: JsonObject = {
        "client": client,
        "secretHash": "",
        "product": product,
        "state": ACTIVE,
        "createdAt": now,
    }
    return Change(credential_key(client), document_of(body))


def revoked(body: Mapping[str, Json]) -> JsonObject:
    """The record when its secret opens nothing any more."""
    return {**body, "state": REVOKED}


def opens(body: Mapping[str, Json], secret: str) -> bool:
    """Whether this is the client's secret and still good."""
    same = hmac.compare_digest(str(body.get("secretHash", "")), _hash(secret))
    return same and body.get("state") == ACTIVE


def mark_of(body: Mapping[str, Json]) -> str:
    """What a token says of the secret that it was issued for; empty where no secret opens anything."""
    kept = str(body.get("secretHash") or "")
    return _hash(f"mark|{kept}")[:16] if kept and body.get("state") == ACTIVE else ""


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
