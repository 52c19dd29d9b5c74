"""Ask for what the next judgement needs: probes yield requests and are sent exchanges."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from beffroi.proof.exchange import Answer, Exchange, Request

T = TypeVar("T")
Asking: TypeAlias = Generator[Request, Exchange, T]

JSON = "application/json, application/ld+json;q=0.9, application/geo+json;q=0.9, */*;q=0.1"
GEOJSON = "application/geo+json, application/json;q=0.8, */*;q=0.1"
JSON_LD = "application/ld+json, application/json;q=0.5"
ANYTHING = "*/*"

MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def get(url: str, accept: str = JSON, **headers: str) -> Asking[Exchange]:
    """GET a URL and follow at most five redirects, each of them one request of the check.

    Header names are given with `_` for `-`. Returns the last exchange.
    """
    sent = (("Accept", accept), *((name.replace("_", "-"), value) for name, value in headers.items()))
    exchange = yield Request("GET", url, sent)
    for _ in range(MOST_REDIRECTS):
        target = redirect_target(exchange)
        if target is None:
            return exchange
        exchange = yield Request("GET", target, sent)
    return exchange


def redirect_target(exchange: Exchange) -> str | None:
    """Where a redirect points to, as an absolute URL; None when the answer is no redirect."""
    location = exchange.answer.header("location")
    if exchange.answer.status not in _REDIRECTS or not location:
        return None
    return joined(exchange.request.url, location)


def joined(base: str, reference: str) -> str | None:
    """The absolute http(s) URL of a reference, or None when it is none."""
    try:
        target = urljoin(base, reference.strip())
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(target) > 4000:
        return None
    return urlunsplit(parts._replace(fragment=""))


def with_query(url: str, **parameters: str) -> str:
    """Set query parameters of a URL, in place of earlier values of the same name.

    >>> with_query("http://a/items?limit=3&f=json", limit="1")
    'http://a/items?f=json&limit=1'
    """
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in parameters]
    query = urlencode([*kept, *parameters.items()], safe=",:/", quote_via=quote)
    return urlunsplit(parts._replace(query=query, fragment=""))


def without_query(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(query="", fragment=""))


def segment(text: str) -> str:
    """A text as one path segment of a URL."""
    return quote(text, safe=":@!$,;=~-._")


def obstacle(answer: Answer) -> str | None:
    """Why an answer says nothing about conformance, as a case of the register; None when it does."""
    match answer:
        case Answer(failure="not-asked"):
            return "not-asked"
        case Answer(failure="too-large"):
            return "too-large"
        case Answer(failure=str()):
            return "no-answer"
        case Answer(status=401 | 403 | 407):
            return "needs-access"
        case Answer(status=429):
            return "rate-limited"
        case Answer(status=status) if status >= 500:
            return "server-error"
        case Answer(truncated=True):
            return "too-large"
        case _:
            return None


def numbers(*exchanges: Exchange) -> tuple[int, ...]:
    """The places of exchanges in the recording, without those that were never sent."""
    return tuple(sorted({exchange.number for exchange in exchanges if exchange.number}))
