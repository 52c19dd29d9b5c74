"""Whether an ID token is to be believed (OpenID Connect Core 1.0, 3.1.3.7); pure."""

from collections.abc import Mapping
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from beffroi.kernel.json import Json, JsonObject, decode
from beffroi.kernel.problem import Problem

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures that are believed: none with a shared secret, none without a key."""

LONGEST: Final = 32_000
SKEW_S: Final = 60
OLDEST_S: Final = 600
"""Seconds since a token was made, at most: it is fetched at once."""


def key_of(text: str) -> str | None:
    """The kid in a token's header, empty without one; None for a token that cannot be believed at all."""
    try:
        header = jws.extract_compact(text[: LONGEST + 1].encode()).headers()
    except (JoseError, ValueError, TypeError):
        return None
    if len(text) > LONGEST or header.get("alg") not in ALGORITHMS:
        return None
    return str(header.get("kid", ""))


def claims_in(text: str, keys: KeySet) -> JsonObject | None:
    """What a token says, if one of these keys has signed it."""
    try:
        signed = jws.deserialize_compact(text, keys, algorithms=list(ALGORITHMS))
        claims = decode(signed.payload)
    except (JoseError, ValueError, TypeError, Problem):
        return None
    return claims if isinstance(claims, dict) else None


def mistake_in(claims: Mapping[str, Json], issuer: str, client: str, nonce: str, now: float) -> str:
    """Why the claims are not for this sign-in; empty if they are. `now` is in seconds since 1970."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        return "it was made by somebody else"
    if client not in audiences:
        return "it was made for somebody else"
    if claims.get("azp", client) != client or (len(audiences) > 1 and "azp" not in claims):
        return "it was made for another client"
    if claims.get("nonce") != nonce:
        return "it belongs to another sign-in"
    until, begun = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    if until is None or begun is None:
        return "it does not say how long it is good for"
    if now >= until + SKEW_S or now >= begun + OLDEST_S + SKEW_S:
        return "it has expired"
    if begun > now + SKEW_S:
        return "it is from the future"
    subject = claims.get("sub")
    return "" if isinstance(subject, str) and 0 < len(subject) <= 255 else "it does not say who signs in"


def _seconds(value: Json) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
