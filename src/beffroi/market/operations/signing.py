"""Sign agreements with the node's key, and check such a signature (RFC 7515, appendix F)."""

from base64 import urlsafe_b64encode
from typing import cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.keys import signing_key
from beffroi.market.rules.access.tokens import ALGORITHM
from beffroi.market.rules.orders.agreement import canonical, signature_in
from beffroi.store.port import Store

TYPE = "agreement+jws"


async def signature_of(store: Store, agreement: JsonObject, now: Instant) -> str:
    """The node's JWS over an agreement, its content left out; the public key stands in its header, so that it
    can be checked after the key was rotated."""
    key = await signing_key(store, now)
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": str(key.kid), "jwk": dict(key.as_dict(private=False))}
    whole = jws.serialize_compact(header, canonical(agreement), key, algorithms=[ALGORITHM])
    head, _, signature = whole.split(".")
    return f"{head}..{signature}"


def is_signed(agreement: JsonObject) -> bool:
    """Whether the provider's signature is good for what the agreement says now, by the key that it names."""
    head, _, signature = signature_in(agreement).partition("..")
    try:
        said = jws.extract_compact(f"{head}.e30.{signature}".encode()).headers()
        key = ECKey.import_key(cast("dict[str, str | list[str]]", said["jwk"]))
        content = _base64(canonical(agreement))
        jws.deserialize_compact(f"{head}.{content}.{signature}", key, algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
