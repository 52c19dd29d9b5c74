"""Sign and verify what nodes say to each other: compact JWS (RFC 7515) with Ed25519 (RFC 9864).

The header has `alg`, `kid` (the key's DID URL) and `typ`, and nothing else. There is one way to write a
signature, so that a text and its hash stand for each other.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from beffroi.kernel.json import Json, JsonObject, decode, encode
from beffroi.kernel.problem import Problem

ALGORITHM: Final = "Ed25519"
MOST_BYTES: Final = 262_144
"""Bytes of a compact JWS."""
MEMBERS: Final = frozenset({"alg", "kid", "typ"})


class Unsigned(Exception):
    """A text is not signed as it has to be; the sentence says why."""


class _Registry(JWSRegistry):
    max_header_length = 1_024
    max_payload_length = MOST_BYTES


_REGISTRY: Final = _Registry(algorithms=[ALGORITHM])


def signed(payload: Mapping[str, Json], typ: str, did: str, key: OKPKey) -> str:
    """A compact JWS over the payload's JSON; its `kid` is the key's DID URL."""
    header = {"alg": ALGORITHM, "kid": f"{did}#{key.kid}", "typ": typ}
    return jws.serialize_compact(header, encode(payload), key, registry=_REGISTRY)


def verified(text: bytes, typ: str, did: str, key: OKPKey) -> JsonObject:
    """What a text says that is of this type and signed by this key of this DID. Raises Unsigned."""
    taken = _taken(text)
    header = taken.headers()
    wanted = f"{did}#{key.kid}"
    if header.get("kid") != wanted:
        raise Unsigned(f"it is signed as '{str(header.get('kid'))[:200]}' and not as '{wanted}'")
    if header.get("typ") != typ or header.keys() != MEMBERS:
        raise Unsigned(f"it is of the type '{str(header.get('typ'))[:80]}' and not '{typ}'")
    signature = text.rpartition(b".")[2]
    try:
        good = jws.validate_compact(taken, key, registry=_REGISTRY)
        plain = urlsafe_b64encode(urlsafe_b64decode(signature + b"==")).rstrip(b"=") == signature
    except (JoseError, ValueError) as failure:
        raise Unsigned(_reason(failure)) from failure
    if not good or not plain:
        raise Unsigned(f"its signature is not that of '{wanted}'")
    try:
        said = decode(taken.payload)
    except Problem as problem:
        raise Unsigned(problem.detail.rstrip(".")) from problem
    if not isinstance(said, dict):
        raise Unsigned("it holds no JSON object")
    return said


def signer_of(text: bytes) -> str:
    """The `kid` that a JWS names, not verified. Raises Unsigned."""
    return str(_taken(text).headers().get("kid", ""))


def _taken(text: bytes) -> jws.CompactSignature:
    if len(text) > MOST_BYTES:
        raise Unsigned(f"it has {len(text):,} bytes where {MOST_BYTES:,} are allowed")
    try:
        return jws.extract_compact(text, registry=_REGISTRY)
    except (JoseError, ValueError) as failure:
        raise Unsigned(f"it is no JWS: {_reason(failure)}") from failure


def _reason(failure: Exception) -> str:
    return (str(failure) or type(failure).__name__)[:200].rstrip(".")
