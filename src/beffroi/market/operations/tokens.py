"""Issue access tokens for products, and believe those that come back (RFC 6749, 4.4; RFC 9068)."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import NO_INSTANT, Instant, seconds_between
from beffroi.kernel.json import JsonObject, decode, encode
from beffroi.kernel.problem import Problem
from beffroi.market.operations.credentials import client_with, secret_mark
from beffroi.market.operations.keys import public_keys, signing_key
from beffroi.market.rules.access.scopes import narrowed
from beffroi.market.rules.access.tokens import (
    ALGORITHM,
    TYPE,
    Asked,
    Refusal,
    Token,
    believed,
    claims_of,
    new_token,
    out_of_time,
)
from beffroi.store.port import Store

MOST_REMEMBERED = 10_000
LONGEST_TOKEN = 16_000
KEYS_LAST_S = 60.0
"""A kid that is not known makes the keys be read again, but not more often than once in a second."""


@dataclass(slots=True)
class Tokens:
    """The token endpoint of a node whose address is `issuer`. `grant` gives what a product covers now.

    A token that was believed is remembered until it runs out, so that its signature is checked once.
    """

    store: Store
    issuer: str
    now: Callable[[], Instant]
    grant: Callable[[str], Awaitable[Grant | None]]
    _known: dict[str, Token] = field(default_factory=dict[str, Token])
    _keys: dict[str, ECKey] = field(default_factory=dict[str, ECKey])
    _read_at: Instant | None = None

    async def issue(self, asked: Asked) -> tuple[str, Token]:
        """A signed token. Raises Refusal."""
        client = await client_with(self.store, asked.client, asked.secret)
        if client is None:
            raise Refusal("invalid_client", "The client is not known, or its secret is wrong.")
        grant = await self.grant(client.product)
        if grant is None:
            raise Refusal("unauthorized_client", "The product is not active now.")
        scope = narrowed(asked.scope, grant)
        if scope is None:
            raise Refusal("invalid_scope", "The scope has words for what was not bought.")
        now = self.now()
        token = new_token(scope, _purpose(asked.purpose, grant), client, now)
        key = await signing_key(self.store, now)
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": str(key.kid)}
        claims = claims_of(token, self.issuer, secrets.token_urlsafe(16))
        return jws.serialize_compact(header, encode(claims), key, algorithms=[ALGORITHM]), token

    async def believe(self, text: str, at: Instant = NO_INSTANT) -> Token | str:
        """The token, if it is good now; else why it is not."""
        now = at or self.now()
        token = self._known.get(text)
        if token is None:
            read = await self._read(text, now)
            if isinstance(read, str):
                return read
            token = read
        reason = out_of_time(token, now)
        if not reason and await secret_mark(self.store, token.client) != token.secret:
            reason = "its secret was replaced or taken back"
        if reason:
            self._known.pop(text, None)
            return reason
        if text not in self._known:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[text] = token
        return token

    def product_of(self, text: str) -> str:
        """The product of a token that was believed a moment ago; empty for one that was not."""
        token = self._known.get(text)
        return token.product if token is not None else ""

    async def published(self) -> JsonObject:
        """The keys that check our tokens, as a JWK Set."""
        now = self.now()
        await signing_key(self.store, now)
        keys = await public_keys(self.store, now)
        return {"keys": [cast("JsonObject", dict(key.as_dict(private=False))) for key in keys.values()]}

    async def _read(self, text: str, now: Instant) -> Token | str:
        if len(text) > LONGEST_TOKEN:
            return "it is too long"
        try:
            header = jws.extract_compact(text.encode()).headers()
        except (JoseError, ValueError, TypeError):
            return "it is no signed token"
        if header.get("alg") != ALGORITHM:
            return "it is not signed as this node signs"
        key = await self._key(str(header.get("kid", "")), now)
        if key is None:
            return "its key is not known"
        try:
            signed = jws.deserialize_compact(text, key, algorithms=[ALGORITHM])
            claims = decode(signed.payload)
        except (JoseError, ValueError, TypeError, Problem):
            return "its signature is not good"
        return (
            believed(signed.headers(), claims, self.issuer)
            if isinstance(claims, dict)
            else "it has no claims"
        )

    async def _key(self, kid: str, now: Instant) -> ECKey | None:
        age = KEYS_LAST_S if self._read_at is None else abs(seconds_between(self._read_at, now))
        if age >= KEYS_LAST_S or (kid not in self._keys and age >= 1.0):
            self._keys, self._read_at = await public_keys(self.store, now), now
        return self._keys.get(kid)


def _purpose(asked: str, grant: Grant) -> str:
    """The purpose that a token states. Raises Refusal for one that was not agreed."""
    if not grant.purposes:
        return asked[:300]
    if not asked and len(grant.purposes) == 1:
        return next(iter(grant.purposes))
    agreed = ", ".join(sorted(grant.purposes))
    if not asked:
        raise Refusal("invalid_request", f"The parameter purpose is missing; what was agreed is {agreed}.")
    if asked not in grant.purposes:
        raise Refusal("invalid_request", f"The purpose '{asked[:100]}' was not agreed; what was is {agreed}.")
    return asked
