"""Speak with a node as any program does: JSON over HTTP, and a sentence for an answer that was not wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from beffroi.kernel.json import Json, JsonObject, decode, encode
from beffroi.outbound import Answer, Client
from beffroi.web.cookie import SESSION_COOKIE

LONGEST_SAID = 300


class Unexpected(Exception):
    """A step did not go as it should; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One program's connection to one node; `session` is that of who signed in there, if anybody did."""

    client: Client
    address: str
    session: str = ""

    async def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request, to an address of the node or a path below it; any status is an answer."""
        url = path if path.startswith("http") else f"{self.address}{path}"
        named = {"cookie": f"{SESSION_COOKIE}={self.session}"} if self.session else {}
        return await self.client.request(method, url, {**(headers or {}), **named}, body)

    async def get(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Json:
        """The JSON at a path. Raises Unexpected for any answer but 200 and 206."""
        asked = f"{path}?{urlencode(query)}" if query else path
        answer = await self.send("GET", asked, headers)
        _check(answer, f"GET {asked}", 200, 206)
        return decode(answer.body)

    async def document(self, path: str, **query: str) -> JsonObject:
        """The JSON object at a path."""
        return cast("JsonObject", await self.get(path, query))

    async def documents(self, path: str, **query: str) -> list[JsonObject]:
        """The list of JSON objects at a path."""
        return cast("list[JsonObject]", await self.get(path, query))

    async def make(self, path: str, body: JsonObject) -> JsonObject:
        """The document that the node made of a body."""
        answer = await self.post(path, body)
        _check(answer, f"POST {path}", 200, 201, 202)
        return cast("JsonObject", decode(answer.body))

    async def put(self, path: str, body: JsonObject) -> JsonObject:
        """What the node made of a document that was put there."""
        answer = await self.send("PUT", path, {"content-type": "application/json"}, encode(body))
        _check(answer, f"PUT {path}", 200, 201)
        return cast("JsonObject", decode(answer.body))

    async def patch(self, path: str, body: JsonObject) -> JsonObject:
        """The document after a merge patch."""
        answer = await self.send("PATCH", path, {"content-type": "application/json"}, encode(body))
        _check(answer, f"PATCH {path}", 200)
        return cast("JsonObject", decode(answer.body))

    async def post(self, path: str, body: JsonObject) -> Answer:
        """Post a document; any status is an answer."""
        return await self.send("POST", path, {"content-type": "application/json"}, encode(body))


def reason_in(answer: Answer) -> str:
    """What a refusal says, whichever standard's shape it has."""
    try:
        said = decode(answer.body)
    except Exception:  # noqa: BLE001 - an answer that is no JSON is shown as it is
        return answer.body.decode(errors="replace")[:LONGEST_SAID]
    if isinstance(said, dict):
        for member in ("message", "detail", "error_description", "reason"):
            if isinstance(said.get(member), str):
                return str(said[member])[:LONGEST_SAID]
    return str(said)[:LONGEST_SAID]


def _check(answer: Answer, what: str, *wanted: int) -> None:
    if answer.status not in wanted:
        raise Unexpected(f"{what[:120]} was answered with {answer.status}: {reason_in(answer)}")
