"""What a control server is: a plain function from a request to an answer, in process or behind a socket."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from beffroi.proof.exchange import Answer

HOST = "http://city.example"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    origin: str = HOST


Control = Callable[[Asked], Answer]


def answer(status: int, body: bytes | str, kind: str, **headers: str) -> Answer:
    raw = body.encode() if isinstance(body, str) else body
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Answer(status, (("content-type", kind), *named), raw)


def as_json(value: Any, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    return answer(status, json.dumps(value), kind, **headers)


def not_found() -> Answer:
    problem = {"type": "about:blank", "title": "Not Found", "detail": "No such resource.", "status": 404}
    return as_json(problem, 404, "application/problem+json")


def bad_request(detail: str) -> Answer:
    return as_json({"title": "Bad Request", "detail": detail, "status": 400}, 400, "application/problem+json")


class InProcess:
    """A fetcher that asks a control directly, and remembers what it was asked."""

    def __init__(self, control: Control, host: str = HOST) -> None:
        self.control = control
        self.host = host
        self.asked: list[str] = []

    async def __call__(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        assert method in {"GET", "HEAD"}
        self.asked.append(url)
        if not url.startswith(self.host):
            return Answer(0, failure="network")
        return self.control(asked(url, headers, self.host))


def asked(url: str, headers: Mapping[str, str], origin: str) -> Asked:
    parts = urlsplit(url)
    named = {name.lower(): value for name, value in headers.items()}
    return Asked(unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True)), named, origin)
