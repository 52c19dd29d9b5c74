"""Provider: what one provider of identities is asked (OpenID Connect Discovery 1.0, Core 1.0, 3.1; RFC 7636).

Its address is the operator's word, so it may be a private one. No redirect of it is followed.
"""

import secrets
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from beffroi.app.oidc.identity import claims_in, key_of, mistake_in
from beffroi.kernel.instant import Instant, datetime_of
from beffroi.kernel.json import Json, JsonObject, decode
from beffroi.kernel.problem import Forbidden, Problem, SourceFailed
from beffroi.outbound import Client, Failed, Refused

DISCOVERY: Final = "/.well-known/openid-configuration"
KEPT_S: Final = 600.0
MOST_BYTES: Final = 1_000_000
TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Registration:
    """How a node is known to its provider."""

    issuer: str
    client: str
    secret: str
    returns: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one sign-in has to bring back: three secrets of 256 bits."""

    state: str
    nonce: str
    verifier: str


def new_attempt() -> Attempt:
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(state, nonce, verifier)


@dataclass(slots=True)
class Provider:
    registration: Registration
    client: Client
    _metadata: JsonObject = field(default_factory=dict[str, Json])
    _read_at: float = 0.0

    async def address(self, attempt: Attempt, now: Instant) -> str:
        """Where the browser goes to sign in. Raises Problem(SourceFailed)."""
        begin = await self._endpoint("authorization_endpoint", now)
        challenge = urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.registration.client,
            "redirect_uri": self.registration.returns,
            "scope": "openid email profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{begin}{'&' if '?' in begin else '?'}{urlencode(asked)}"

    async def claims(self, code: str, attempt: Attempt, now: Instant) -> JsonObject:
        """Who has signed in. Raises Problem: SourceFailed, or Forbidden for an ID token that is not good."""
        token = (await self._exchange(code, attempt, now)).get("id_token")
        if not isinstance(token, str) or key_of(token) is None:
            raise _forged("it is not signed as it has to be")
        claims = claims_in(token, await self._keys(now))
        if claims is None:
            raise _forged("its signature is not good")
        own = self.registration
        mistake = mistake_in(claims, own.issuer, own.client, attempt.nonce, _seconds(now))
        if mistake:
            raise _forged(mistake)
        return claims

    async def _exchange(self, code: str, attempt: Attempt, now: Instant) -> JsonObject:
        own = self.registration
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": own.returns,
            "client_id": own.client,
            "code_verifier": attempt.verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        url = await self._endpoint("token_endpoint", now)
        ways = self._metadata.get("token_endpoint_auth_methods_supported")
        if own.secret and isinstance(ways, list) and "client_secret_basic" not in ways:
            form["client_secret"] = own.secret
        elif own.secret:
            pair = f"{quote(own.client, safe='')}:{quote(own.secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return await self._asked("POST", url, headers, urlencode(form).encode())

    async def _keys(self, now: Instant) -> KeySet:
        """The provider's keys, asked at each sign-in: a rotation is met at once."""
        url = await self._endpoint("jwks_uri", now)
        found = await self._asked("GET", url, {"accept": "application/json"})
        keys = found.get("keys")
        public = [each for each in keys if _may_sign(each)] if isinstance(keys, list) else []
        try:
            return KeySet.import_key_set({"keys": public})  # type: ignore[typeddict-item]
        except (JoseError, ValueError, TypeError, KeyError) as failure:
            raise _failed(url, "has keys that cannot be read") from failure

    async def _endpoint(self, name: str, now: Instant) -> str:
        """An address of the discovery document, which has to be of the issuer that was configured."""
        issuer, moment = self.registration.issuer, _seconds(now)
        if not self._metadata or not 0 <= moment - self._read_at < KEPT_S:
            url = issuer.rstrip("/") + DISCOVERY
            found = await self._asked("GET", url, {"accept": "application/json"})
            if found.get("issuer") != issuer:
                raise _failed(url, f"is of another issuer than '{issuer}'")
            self._metadata, self._read_at = found, moment
        value = self._metadata.get(name)
        if not isinstance(value, str) or not _can_be_used(value, {"https", urlsplit(issuer).scheme}):
            raise _failed(issuer, f"names no {name} that can be used")
        return value

    async def _asked(self, method: str, url: str, headers: dict[str, str], body: bytes = b"") -> JsonObject:
        try:
            answer = await self.client.request(
                method, url, headers, body, most_bytes=MOST_BYTES, timeout_s=TIMEOUT_S
            )
        except (Refused, Failed) as failure:
            raise _failed(url, "does not answer") from failure
        if answer.status != 200:
            raise _failed(url, f"answers {answer.status}")
        try:
            said = decode(answer.body)
        except Problem as problem:
            raise _failed(url, "answers what is no JSON object") from problem
        if not isinstance(said, dict):
            raise _failed(url, "answers what is no JSON object")
        return said


def _can_be_used(address: str, schemes: set[str]) -> bool:
    """Whether it has one of these schemes and a host, and can stand in a header as it is."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and " " not in address
    return plain and parts.scheme in schemes and parts.netloc != ""


def _may_sign(key: Json) -> bool:
    return isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"


def _seconds(moment: Instant) -> float:
    return datetime_of(moment).timestamp()


def _failed(url: str, what: str) -> Problem:
    return Problem(SourceFailed, f"The provider's address '{url[:200]}' {what}.")


def _forged(reason: str) -> Problem:
    return Problem(Forbidden, f"The provider's ID token is refused: {reason}.")
