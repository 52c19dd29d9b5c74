"""Good practice of MIM0 that is advised and never required, one probe each."""

from __future__ import annotations

import re

from beffroi.proof.exchange import Exchange
from beffroi.proof.probes.asking import Asking, get, numbers, obstacle, with_query
from beffroi.proof.probes.reading import json_of, mapping, media_type
from beffroi.proof.verdict import Finding

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
    return _seen("advice-caching", bool(named), exchange, ", ".join(named))


def rate_headers(exchange: Exchange) -> Finding:
    named = [name for name in _RATE if exchange.answer.header(name)]
    return _seen("advice-rate-headers", bool(named), exchange, ", ".join(named))


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
    return _seen("advice-errors", explained, problem, media_type(problem.answer) or "?")


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
    return _seen("advice-projection", exchange.answer.status == 200 and fewer, exchange, part)


def _seen(test: str, met: bool, exchange: Exchange, what: str) -> Finding:
    refused = obstacle(exchange.answer)
    return Finding(test, refused or ("seen" if met else "not-seen"), numbers(exchange), {"what": what[:80]})
