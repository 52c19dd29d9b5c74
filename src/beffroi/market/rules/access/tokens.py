"""Access tokens: what stands in one (RFC 9068), and whether one is to be believed now (RFC 7519, 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from beffroi.kernel.instant import Instant, datetime_of, instant_of
from beffroi.kernel.json import Json, JsonObject

LASTS_S: Final = 600
"""Seconds that a token is good for."""

SKEW_S: Final = 5
LATEST_S: Final = 1 << 37
"""Seconds that two clocks may differ."""

TYPE: Final = "at+jwt"
ALGORITHM: Final = "ES256"


@dataclass(frozen=True)
class Token:
    """A token that was believed: good before `until`, in seconds since 1970. `secret` marks the secret that
    it was issued for (`credentials.mark_of`): with another one it opens nothing."""

    product: str
    scope: str
    purpose: str
    client: str
    begins: int
    until: int
    secret: str = ""

    @cached_property
    def first(self) -> Instant:
        """The earliest moment at which some clock may say that it has begun."""
        return _instant(self.begins - SKEW_S)

    @cached_property
    def last(self) -> Instant:
        """When every clock says that it is over."""
        return _instant(self.until + SKEW_S)


class Refusal(Exception):
    """Why no token is issued: an error code of RFC 6749, 5.2, and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True, slots=True)
class Client:
    """A client whose secret was right: its id, its product, and the mark of the secret."""

    id: str
    product: str
    secret: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client sends to the token endpoint."""

    client: str
    secret: str
    scope: str = ""
    purpose: str = ""


def claims_of(token: Token, issuer: str, token_id: str) -> JsonObject:
    """The claims of a token of this node for this node."""
    claims: JsonObject = {
        "iss": issuer,
        "aud": issuer,
        "sub": token.client,
        "client_id": token.client,
        "product": token.product,
        "scope": token.scope,
        "iat": token.begins,
        "nbf": token.begins,
        "exp": token.until,
        "jti": token_id,
        "secret": token.secret,
    }
    if token.purpose:
        claims["purpose"] = token.purpose
    return claims


def new_token(scope: str, purpose: str, client: Client, now: Instant) -> Token:
    """A token that begins now."""
    begins = seconds_of(now)
    return Token(client.product, scope, purpose, client.id, begins, begins + LASTS_S, client.secret)


def believed(header: Mapping[str, Json], claims: Mapping[str, Json], issuer: str) -> Token | str:
    """The token that a good signature stands under, or why it is not for us."""
    if str(header.get("typ", "")).lower().removeprefix("application/") != TYPE:
        return "it is no access token"
    audience = claims.get("aud")
    if claims.get("iss") != issuer or issuer not in (audience if isinstance(audience, list) else [audience]):
        return "it was made by or for somebody else"
    begins, until = claims.get("nbf", claims.get("iat")), claims.get("exp")
    if not isinstance(begins, int) or not isinstance(until, int) or not 0 < until - begins <= LASTS_S:
        return "it does not say how long it is good for"
    product, scope, client = claims.get("product"), claims.get("scope"), claims.get("client_id")
    if not (isinstance(product, str) and isinstance(scope, str) and isinstance(client, str)):
        return "it does not say what it is for"
    secret = str(claims.get("secret", ""))
    return Token(product, scope, str(claims.get("purpose", "")), client, begins, until, secret)


def out_of_time(token: Token, now: Instant) -> str:
    """Why a token is not good at this moment; empty if it is."""
    if now >= token.last:
        return "it has expired"
    return "it is not good yet" if now < token.first else ""


def _instant(seconds: int) -> Instant:
    return instant_of(datetime.fromtimestamp(max(0, min(seconds, LATEST_S)), UTC))


def seconds_of(moment: Instant) -> int:
    """Whole seconds since 1970."""
    return int(datetime_of(moment).timestamp())
