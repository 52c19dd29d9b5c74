"""A web without sockets: addresses with their answers, a clock that stands still, portals in memory."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.simulation.portal import answers
from beffroi.simulation.wire import Portal
from beffroi.sources.operations.fetching import Limits, Visit, World

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
NOW = Instant("2026-11-22T10:00:00.000000Z")
TICK = 359_000_000


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Serve = Callable[[str, Mapping[str, str]], Answer]


def data(body: Any, status: int = 200, **headers: str) -> Answer:
    given = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return Answer(status, given, json.dumps(body).encode())


def text(body: bytes, media: str = "text/csv") -> Answer:
    return Answer(200, {"content-type": media}, body)


NOT_FOUND = data({"code": "NotFound"}, 404)
PAGE = text(b"<!DOCTYPE html><html><body>Maintenance</body></html>", "text/html; charset=utf-8")


class Web:
    """Fetches from a function or a table of addresses; remembers what was asked."""

    def __init__(self, serve: Serve | Mapping[str, Answer]) -> None:
        self.serve: Serve = serve if callable(serve) else lambda url, _: serve.get(url, NOT_FOUND)
        self.asked: list[str] = []
        self.statuses: list[int] = []
        self.headers: list[Mapping[str, str]] = []
        self.paused: list[float] = []
        self.seconds = 0.0

    async def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        self.asked.append(url)
        self.headers.append(headers)
        found = self.serve(url, headers)
        self.statuses.append(found.status)
        return found

    async def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.seconds += seconds

    def world(self) -> World:
        return World(self, lambda: plus_seconds(NOW, self.seconds), lambda: self.seconds, self.pause)

    def visit(self, limits: Limits | None = None) -> Visit:
        return Visit(self.world(), limits or Limits())


class Simulated:
    """A simulated portal, asked in memory at a tick that a test may move."""

    def __init__(self, portal: Portal, tick: int = TICK) -> None:
        self.portal, self.tick = portal, tick

    def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        found = answers(self.portal, self.tick, f"{parts.scheme}://{parts.netloc}")(path, headers)
        return Answer(
            found.status,
            {"content-type": found.media_type, **{k.lower(): v for k, v in found.headers}},
            found.body,
        )


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def shared(path: str) -> Path:
    """A file of data from outside; the test is skipped where it is not."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"The data from outside is not here: {path}.")
    return found


async def none_known(_: str) -> None:
    return None


def feature(number: int, **properties: Any) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [3.0 + number / 10_000, 50.6]}
    return {
        "type": "Feature",
        "id": str(number),
        "geometry": place,
        "properties": {"nom": f"S{number}", **properties},
    }


def bike(number: int, **more: Any) -> dict[str, Any]:
    """A record of Lille's bike stations."""
    return {
        "@id": str(number),
        "nom": f"STATION {number}",
        "adresse": "RUE",
        "commune": "LILLE",
        "etat": "EN SERVICE",
        "type": "AVEC TPE",
        "nb_places_dispo": 3,
        "nb_velos_dispo": number % 20,
        "etat_connexion": "CONNECTÉ",
        "x": 3.0 + number / 100_000,
        "y": 50.6,
        "date_modification": "2022-11-29T10:47:16.181+00:00",
        **more,
    }
