"""Read what an answer carries: JSON, links, rows; a body that cannot be read is None."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast

import orjson

from beffroi.proof.exchange import Answer, Exchange, Json
from beffroi.proof.probes.asking import joined

DEEPEST = 64


def media_type(answer: Answer) -> str:
    """
    >>> media_type(Answer(200, (("content-type", "Application/JSON; charset=utf-8"),)))
    'application/json'
    """
    return answer.header("content-type").split(";")[0].strip().lower()


def json_of(answer: Answer) -> Json:
    """The JSON value of a body, or None when it is not JSON, cut short or nested over 64 deep."""
    if answer.failure or answer.truncated or not answer.body:
        return None
    return _parsed(answer.body)


@lru_cache(maxsize=4)
def _parsed(body: bytes) -> Json:
    """Several probes read the same body; nobody changes what comes back."""
    try:
        value = cast(Json, orjson.loads(body.removeprefix(b"\xef\xbb\xbf")))
    except orjson.JSONDecodeError:
        return None
    return value if depth_is_within(value, DEEPEST) else None


def depth_is_within(value: Json, deepest: int) -> bool:
    level: list[Json] = [value]
    for _ in range(deepest):
        level = [inner for outer in level for inner in inside(outer)]
        if not level:
            return True
    return False


def inside(value: Json) -> list[Json]:
    """The values directly inside a JSON value."""
    match value:
        case list():
            return value
        case dict():
            return list(value.values())
        case _:
            return []


def mapping(value: Json) -> dict[str, Json]:
    """The value when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Json) -> list[dict[str, Json]]:
    """The objects of a JSON array; empty when the value is no array."""
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def number(value: Json) -> float | None:
    """A JSON number, or a text that is one; a truth value is no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value) if len(value) < 40 else None
        except ValueError:
            return None
    return None


@dataclass(frozen=True, slots=True)
class Link:
    rel: str
    href: str
    type: str


def body_links(exchange: Exchange) -> list[Link]:
    """The `links` of a JSON object with absolute addresses."""
    return links_of(mapping(json_of(exchange.answer)).get("links"), exchange.request.url)


def links_of(value: Json, base: str) -> list[Link]:
    found: list[Link] = []
    for member in mappings(value):
        href = joined(base, text(member.get("href"))) if text(member.get("href")) else None
        if href:
            found.append(Link(text(member.get("rel")), href, text(member.get("type")).lower()))
    return found


_LINK = re.compile(
    r"<([^<>]{1,4000})>((?:\s*;\s*[\w!#$&+.^`|~*-]{1,40}\s*=\s*(?:\"[^\"]{0,500}\"|[^\s\",;]{0,500}))*)"
)
_PARAMETER = re.compile(r"([\w*-]{1,40})\s*=\s*(?:\"([^\"]{0,500})\"|([^\s\",;]{0,500}))")


def header_links(exchange: Exchange) -> list[Link]:
    """The links of the Link header (RFC 8288) with absolute addresses; relation types split up."""
    found: list[Link] = []
    for target, parameters in _LINK.findall(exchange.answer.header("link")[:20_000]):
        href = joined(exchange.request.url, str(target))
        given = {str(k).lower(): str(a or b) for k, a, b in _PARAMETER.findall(str(parameters))}
        if href:
            found.extend(Link(rel, href, given.get("type", "")) for rel in given.get("rel", "").split())
    return found


def first_link(links: list[Link], *rels: str) -> Link | None:
    """The first link with one of the relation types, in the order of the relation types."""
    for rel in rels:
        for link in links:
            if link.rel == rel:
                return link
    return None


def rows_of(answer: Answer) -> list[dict[str, str]] | None:
    """The rows of a CSV body by column name, at most 1,000; None when it is no table."""
    if answer.failure or answer.truncated or b"\0" in answer.body:
        return None
    try:
        decoded = answer.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    heading = decoded.split("\n", 1)[0]
    if decoded.lstrip()[:1] in {"{", "[", "<", ""}:
        return None
    separator = max(",;\t", key=heading.count)
    if heading.count(separator) == 0:
        return None
    try:
        reader = csv.DictReader(io.StringIO(decoded), delimiter=separator)
        rows = [row for row, _ in zip(reader, range(1000), strict=False)]
    except csv.Error:
        return None
    return [{str(k).strip(): v or "" for k, v in row.items() if isinstance(v, str)} for row in rows]


def looks_like_page(answer: Answer) -> bool:
    """Whether a body is a web page for people, whatever its declared type."""
    start = answer.body[:2000].lstrip().lower()
    return media_type(answer) in {"text/html", "application/xhtml+xml"} or start.startswith(
        (b"<!doctype html", b"<html")
    )


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def is_iso_time(value: str) -> bool:
    """Whether a text is a date or date-time of ISO 8601."""
    if not (_INSTANT.fullmatch(value) or _DAY.fullmatch(value)):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


_OTHER_DATE = re.compile(r"\d{1,2}[/.]\d{1,2}[/.]\d{4}( \d\d:\d\d(:\d\d)?)?|\d{4}/\d\d/\d\d.{0,10}")


def is_other_date(value: str) -> bool:
    """Whether a text is a date in a form that ISO 8601 does not know, as 31/12/2026."""
    return bool(_OTHER_DATE.fullmatch(value))


def is_uri(value: str) -> bool:
    """
    >>> is_uri("urn:ngsi-ld:Room:1"), is_uri("Room1")
    (True, False)
    """
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", value))


def canonical(value: Json) -> bytes:
    """One byte string per JSON value, whatever the order of its members."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
