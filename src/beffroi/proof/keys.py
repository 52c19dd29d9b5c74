"""A key in an address is sent to its server, and is never stored in the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from beffroi.proof.exchange import Answer, Fetch

HIDDEN = "HIDDEN"
SECRET_NAMES = frozenset(
    {
        "access_key",
        "access_token",
        "api-key",
        "api_key",
        "api_token",
        "apikey",
        "apitoken",
        "auth",
        "auth_token",
        "authorization",
        "client_secret",
        "key",
        "passwd",
        "password",
        "pwd",
        "secret",
        "sig",
        "signature",
        "subscription-key",
        "token",
        "x-amz-credential",
        "x-amz-security-token",
        "x-amz-signature",
        "x-api-key",
    }
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret parameters of an address and the server that they are for."""

    origin: tuple[str, str]
    parameters: tuple[tuple[str, str], ...]


def without_keys(url: str) -> tuple[str, Keys]:
    """The address as it may be stored, and the keys that were in it.

    >>> without_keys("https://a/items?key=s3&limit=1")[0]
    'https://a/items?limit=1'
    """
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    secret = tuple((name, value) for name, value in given if name.lower() in SECRET_NAMES)
    if not secret:
        return url, Keys((parts.scheme, parts.netloc), ())
    kept = urlencode([pair for pair in given if pair not in secret], safe=",:/", quote_via=quote)
    return urlunsplit(parts._replace(query=kept)), Keys((parts.scheme, parts.netloc), secret)


def with_keys(fetch: Fetch, keys: Keys) -> Fetch:
    """A fetcher that adds the keys to requests to their server, and takes them out of its answers."""
    return _Keyed(fetch, keys) if keys.parameters else fetch


class _Keyed:
    def __init__(self, fetch: Fetch, keys: Keys) -> None:
        self._fetch, self._keys = fetch, keys

    async def __call__(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != self._keys.origin:
            return await self._fetch(method, url, headers)
        query = "&".join(part for part in (parts.query, urlencode(self._keys.parameters)) if part)
        answer = await self._fetch(method, urlunsplit(parts._replace(query=query)), headers)
        return hidden(answer, self._keys)


def hidden(answer: Answer, keys: Keys) -> Answer:
    """An answer that no longer repeats a key, as links to further pages do."""
    body, headers = answer.body, answer.headers
    for name, value in keys.parameters:
        if len(value) >= 4:
            for shown in {value, quote(value, safe="")}:
                body = body.replace(shown.encode(), HIDDEN.encode())
                headers = tuple((header, text.replace(shown, HIDDEN)) for header, text in headers)
        parameter = f"{name}={HIDDEN}"
        for joint in (f"&{parameter}", f"{parameter}&"):
            body = body.replace(joint.encode(), b"")
            headers = tuple((header, text.replace(joint, "")) for header, text in headers)
    return replace(answer, body=body, headers=headers)
