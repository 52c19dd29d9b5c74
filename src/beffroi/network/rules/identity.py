"""Who a node is: its did:web, its DID document and what it says of itself (DID Core 1.0, did:web method).

A DID stands for an address and an address for a DID: nobody but who serves the address can say which key
is the node's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import quote, unquote, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.loopback import is_loopback
from beffroi.kernel.problem import BadRequestData, Problem

METHOD: Final = "did:web:"
CURVE: Final = "Ed25519"
LONGEST_DID: Final = 400
FEED_SERVICE: Final = "BeffroiFeed"

_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")


@dataclass(frozen=True, slots=True)
class Identity:
    """A node: its DID, the key that signs for it (its `kid` is `key-1`, `key-2`, …), and whose it is.

    `place` is `{"name": …}` and may have a `point` ([longitude, latitude] in WGS 84 degrees);
    `former` are the public keys that signed before this one, the oldest first.
    """

    did: str
    key: OKPKey = field(repr=False)
    organisation: str
    place: JsonObject
    languages: tuple[str, ...]
    former: tuple[JsonObject, ...] = ()

    @property
    def jwk(self) -> JsonObject:
        """The public key, with its kid."""
        return public_jwk(self.key)


def did_of(address: str) -> str:
    """The DID of the node at an address. Raises Problem(BadRequestData) for one that has none: what is not
    https, and no http on this very machine.

    >>> did_of("https://data.lille.example"), did_of("http://127.0.0.1:1026/")
    ('did:web:data.lille.example', 'did:web:127.0.0.1%3A1026')
    >>> did_of("https://lille.example/open/node")
    'did:web:lille.example:open:node'
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError as failure:
        raise Problem(BadRequestData, f"'{address[:200]}' is not a web address: {failure}.") from failure
    if not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise Problem(BadRequestData, f"'{address[:200]}' is not the address of a node.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise Problem(
            BadRequestData,
            f"The address '{address[:200]}' gives no identity: it has to begin with https://; http:// is for"
            " a node on this machine only.",
        )
    segments = [each for each in parts.path.split("/") if each]
    if any(_SEGMENT.fullmatch(each) is None or not each.strip(".") for each in segments):
        raise Problem(BadRequestData, f"The path of the address '{address[:200]}' cannot stand in a DID.")
    did = METHOD + ":".join([quote(parts.netloc.lower(), safe="-._~"), *segments])
    if len(did) > LONGEST_DID:
        raise Problem(BadRequestData, f"The address '{address[:80]}…' is too long for an identity.")
    return did


def address_of(did: str) -> str:
    """The address of the node that a DID stands for, without a slash at its end.

    Raises Problem(BadRequestData) for what is no did:web, or not in the one spelling that `did_of` gives it.

    >>> address_of("did:web:127.0.0.1%3A1026"), address_of("did:web:lille.example:open:node")
    ('http://127.0.0.1:1026', 'https://lille.example/open/node')
    """
    if not did.startswith(METHOD) or len(did) > LONGEST_DID:
        raise Problem(BadRequestData, f"'{did[:200]}' is no did:web.")
    netloc, *segments = did.removeprefix(METHOD).split(":")
    for scheme in ("https", "http"):
        address = "/".join([f"{scheme}://{unquote(netloc)}", *segments])
        if _is_spelled(did, address) and (scheme == "http") == is_loopback(urlsplit(address).hostname or ""):
            return address
    raise Problem(BadRequestData, f"'{did[:200]}' is no did:web of a node.")


def document_address(did: str) -> str:
    """Where the DID document of a DID is (did:web, section 3.2)."""
    address = address_of(did)
    below = "/did.json" if ":" in did.removeprefix(METHOD) else "/.well-known/did.json"
    return address + below


def new_key(number: int) -> OKPKey:
    """A fresh Ed25519 key, the node's `number`th."""
    return OKPKey.generate_key(CURVE, {"kid": f"key-{number}"}, private=True)


def read_key(jwk: Mapping[str, Json]) -> OKPKey:
    """The key in a JWK. Raises Problem(BadRequestData) for any but Ed25519."""
    if jwk.get("kty") != "OKP" or jwk.get("crv") != CURVE or not isinstance(jwk.get("x"), str):
        raise Problem(BadRequestData, f"The key '{str(jwk.get('kid', ''))[:80]}' is no Ed25519 key.")
    wanted = {name: str(jwk[name]) for name in ("kty", "crv", "x", "d", "kid") if name in jwk}
    try:
        return OKPKey.import_key(cast("dict[str, str | list[str]]", wanted))
    except (JoseError, ValueError, TypeError, KeyError) as failure:
        name = str(jwk.get("kid", ""))[:80]
        raise Problem(BadRequestData, f"The key '{name}' cannot be read: {failure}.") from failure


def public_jwk(key: OKPKey) -> JsonObject:
    """What others may know of a key (RFC 8037)."""
    return cast("JsonObject", dict(key.as_dict(private=False)))


def did_document(identity: Identity) -> JsonObject:
    """The DID document: every key that ever signed, and that the newest one signs."""
    did = identity.did
    keys = [*identity.former, identity.jwk]
    newest = f"{did}#{identity.key.kid}"
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
        "id": did,
        "verificationMethod": [
            {"id": f"{did}#{each['kid']}", "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": each}
            for each in keys
        ],
        "assertionMethod": [newest],
        "authentication": [newest],
        "service": [
            {
                "id": f"{did}#feed",
                "type": FEED_SERVICE,
                "serviceEndpoint": f"{address_of(did)}/network/v1/feed",
            }
        ],
    }


def identity_document(identity: Identity) -> JsonObject:
    """What a node says of itself: `{did, jwk, organisation, place, languages}`."""
    return {
        "did": identity.did,
        "jwk": identity.jwk,
        "organisation": identity.organisation,
        "place": identity.place,
        "languages": [*identity.languages],
    }


def keys_in(document: Mapping[str, Json], did: str) -> list[JsonObject]:
    """The Ed25519 keys of a DID document, in its order: the newest one, by which it signs now, the last.

    Raises Problem(BadRequestData) for a document of somebody else, or without such a key.
    """
    if document.get("id") != did:
        said = str(document.get("id"))[:200]
        raise Problem(BadRequestData, f"The DID document at the address of '{did}' is that of '{said}'.")
    found = [key for key in map(_key_in, objects_in(document.get("verificationMethod")), [did] * 100) if key]
    asserting = document.get("assertionMethod")
    newest = asserting[-1] if isinstance(asserting, list) and asserting else None
    if not found or newest != f"{did}#{found[-1]['kid']}":
        raise Problem(BadRequestData, f"The DID document of '{did}' names no Ed25519 key that signs now.")
    return found


def _key_in(method: JsonObject, did: str) -> JsonObject | None:
    jwk, id = method.get("publicKeyJwk"), str(method.get("id"))
    if not isinstance(jwk, dict) or not id.startswith(f"{did}#") or jwk.get("crv") != CURVE:
        return None
    return public_jwk(read_key({**{n: v for n, v in jwk.items() if n != "d"}, "kid": id.partition("#")[2]}))


def _is_spelled(did: str, address: str) -> bool:
    try:
        return did_of(address) == did
    except Problem:
        return False
