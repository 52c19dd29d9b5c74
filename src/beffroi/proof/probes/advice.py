"""Good practice of MIM0 that is advised and never required, one probe each."""

from __future__ import annotations

import re
from datetime import date

from beffroi.proof.exchange import Exchange, Json
from beffroi.proof.probes.asking import Asking, get, numbers, obstacle, with_query
from beffroi.proof.probes.reading import canonical, is_iso_time, json_of, mapping, media_type, text
from beffroi.proof.verdict import Finding

_NEXT = re.compile(r"next_?update|prochaine_?maj|prochaine_?mise", re.IGNORECASE)
_SPECIFIED = frozenset(
    {"application/geo+json", "application/ld+json", "application/gml+xml", "application/geopackage+sqlite3"}
)
_RATE = ("ratelimit", "ratelimit-limit", "ratelimit-policy", "x-ratelimit-limit", "x-rate-limit-limit")


def conditional_get(exchange: Exchange) -> Asking[Finding]:
    """Repeat a request with the validators that came with its answer; 304 spares the data."""
    etag, modified = exchange.answer.header("etag"), exchange.answer.header("last-modified")
    refused = obstacle(exchange.answer)
    if refused:
        return Finding("update-polling", refused, numbers(exchange))
    if not etag and not modified:
        return Finding("update-polling", "no-validator", numbers(exchange))
    accept = next((value for name, value in exchange.request.headers if name == "Accept"), "*/*")
    header = {"If_None_Match": etag} if etag else {"If_Modified_Since": modified}
    again = yield from get(exchange.request.url, accept, **header)
    case = obstacle(again.answer) or ("not-modified" if again.answer.status == 304 else "sent-again")
    return Finding("update-polling", case, numbers(exchange, again), {"status": str(again.answer.status)})


def caching_headers(exchange: Exchange) -> Finding:
    named = [
        name for name in ("etag", "last-modified", "cache-control", "expires") if exchange.answer.header(name)
    ]
    return _seen("advice-caching", ", ".join(named), exchange)


def rate_headers(exchange: Exchange) -> Finding:
    named = [name for name in _RATE if exchange.answer.header(name)]
    return _seen("advice-rate-headers", ", ".join(named), exchange)


def structured_errors(errors: list[Exchange]) -> Finding:
    """An error explains itself to programs: a problem object of RFC 9457 or of the family's standard."""
    answered = [
        exchange
        for exchange in errors
        if 400 <= exchange.answer.status < 500 and not obstacle(exchange.answer)
    ]
    if not answered:
        return Finding("advice-errors", "not-seen", numbers(*errors))
    problem = answered[0]
    body = mapping(json_of(problem.answer))
    explained = media_type(problem.answer) == "application/problem+json" or bool(
        {"title", "detail", "description"} & set(body)
    )
    return _seen("advice-errors", (media_type(problem.answer) or "?") if explained else "", problem)


def versioned_path(base: str) -> Finding:
    return Finding(
        "advice-version", "seen" if re.search(r"/v\d+(\.\d+)*(/|$)", base) else "not-seen", (), {"what": base}
    )


def health(base: str) -> Asking[Finding]:
    """A health answer at one of the two usual places above the data."""
    asked: list[Exchange] = []
    for path in ("/health", "/healthz"):
        exchange = yield from get(f"{base}{path}")
        asked.append(exchange)
        if exchange.answer.status in {200, 204} and b"<html" not in exchange.answer.body[:2000].lower():
            return Finding("advice-health", "seen", numbers(exchange), {"what": path})
    return Finding("advice-health", "not-seen", numbers(*asked))


def projection(url: str, whole: set[str], part: str, accept: str, **parameters: str) -> Asking[Finding]:
    """Asking for one attribute brings that attribute and leaves out the others."""
    if len(whole) < 2:
        return Finding("advice-projection", "not-seen", ())
    exchange = yield from get(with_query(url, **parameters), accept)
    body = exchange.answer.body
    fewer = f'"{part}"'.encode() in body and sum(f'"{name}"'.encode() in body for name in whole) < len(whole)
    return _seen("advice-projection", part if exchange.answer.status == 200 and fewer else "", exchange)


def current_data(sample: Exchange, rows: list[dict[str, Json]]) -> Finding:
    """A time in the data that is less than a day older than the answer."""
    asked_at = sample.at[:19]
    times = [
        value for row in rows for value in map(text, row.values()) if is_iso_time(value) and "T" in value
    ]
    newest = max((value for value in times if value[:19] <= asked_at), default="")
    known = bool(newest) and is_iso_time(asked_at)
    fresh = known and _day_number(asked_at) - _day_number(newest) <= 1
    return _seen("advice-current", newest if fresh else "", sample)


def _day_number(moment: str) -> int:
    return date.fromisoformat(moment[:10]).toordinal()


def next_update(exchange: Exchange, rows: list[dict[str, Json]]) -> Finding:
    """A lifetime in the headers, or an attribute that names the next update."""
    life = exchange.answer.header("expires") or exchange.answer.header("cache-control")
    named = next((name for row in rows for name in row if _NEXT.search(name)), "")
    announced = named or (life if "max-age" in life or exchange.answer.header("expires") else "")
    return _seen("advice-next-update", announced, exchange)


def examples(openapi: Json) -> Finding:
    given = b'"example' in canonical(openapi) if openapi else False
    return Finding("advice-examples", "seen" if given else "not-seen")


def documented_format(exchange: Exchange) -> Finding:
    """A registered media type whose specification says what the parts of the body are."""
    kind = media_type(exchange.answer)
    seen = numbers(exchange)
    refused = obstacle(exchange.answer)
    if refused or exchange.answer.status != 200:
        return Finding("format-documented", refused or "no-items", seen)
    case = "registered" if kind in _SPECIFIED else "generic"
    return Finding("format-documented", case, seen, {"type": kind or "?"})


def _seen(test: str, what: str, exchange: Exchange) -> Finding:
    """Met when there is something to name."""
    case = obstacle(exchange.answer) or ("seen" if what else "not-seen")
    return Finding(test, case, numbers(exchange), {"what": what[:80]})
