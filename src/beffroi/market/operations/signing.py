"""Sign agreements with the node's key (RFC 7515, appendix F)."""

from joserfc import jws

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.keys import signing_key
from beffroi.market.rules.access.tokens import ALGORITHM
from beffroi.market.rules.orders.agreement import canonical
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
