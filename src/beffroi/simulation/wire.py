"""What a portal is asked and what it answers, as values; the sockets are in `portal`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from typing import TypeAlias

import orjson

from beffroi.simulation.world.city import City
from beffroi.simulation.world.world import World

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Record: TypeAlias = dict[str, Json]

JSON = "application/json; charset=utf-8"
GEOJSON = "application/geo+json; charset=utf-8"
CSV = "text/csv; charset=utf-8"
HTML = "text/html; charset=utf-8"
SIMULATED = (("X-Simulated", "yes; no real city is described"),)


@dataclass(frozen=True, slots=True)
class Asked:
    """A GET request; `origin` is what stands before the path, header names are in lower case."""

    path: str
    parameters: Mapping[str, str]
    origin: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `changed` is the moment of the last change of what is shown, where there is one."""

    status: int
    media_type: str
    body: bytes
    changed: int | None = None
    headers: tuple[tuple[str, str], ...] = SIMULATED


class Refusal(Exception):
    """A portal says no; each portal renders its own shape of this."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence = status, code, sentence


Reply: TypeAlias = Callable[[Asked, World, frozenset[str]], Answer]


@dataclass(frozen=True, slots=True)
class Portal:
    """A simulated portal: its city, its seed, and how it answers.

    The last argument of `reply` names the datasets that are out of order.
    """

    name: str
    title: tuple[str, str]  # French, English
    language: str  # of the titles of its datasets
    city: City
    seed: int
    entry: str  # the path where a machine begins
    pages: tuple[tuple[str, str], ...]  # title and path of each dataset
    reply: Reply


def json_answer(body: Json, changed: int | None = None, status: int = 200) -> Answer:
    return Answer(status, JSON, orjson.dumps(body), changed)


def conditional(asked: Asked, answer: Answer) -> Answer:
    """Add ETag and Last-Modified; answer 304 to who has this already (RFC 9110, 13.2.2)."""
    if answer.status != 200:
        return answer
    tag = f'"{blake2b(answer.body, digest_size=12).hexdigest()}"'
    headers = (*answer.headers, ("ETag", tag), ("Cache-Control", "no-cache"))
    if answer.changed is not None:
        headers = (*headers, ("Last-Modified", http_date(answer.changed)))
    if _has_it(asked.headers, tag, answer.changed):
        return Answer(304, answer.media_type, b"", answer.changed, headers)
    return Answer(200, answer.media_type, answer.body, answer.changed, headers)


def _has_it(headers: Mapping[str, str], tag: str, changed: int | None) -> bool:
    tags = headers.get("if-none-match")
    if tags is not None:  # it wins over If-Modified-Since
        return tags.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in tags.split(","))
    since = headers.get("if-modified-since")
    if since is None or changed is None:
        return False
    try:
        return changed <= parsedate_to_datetime(since).timestamp()
    except ValueError:
        return False


def http_date(moment: int) -> str:
    return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)
