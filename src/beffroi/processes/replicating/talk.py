"""Speak with a node as its operator's program does: JSON over HTTP, a Problem for an unwanted answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlencode

from beffroi.kernel.json import Json, JsonObject, decode, encode, objects_in
from beffroi.kernel.problem import AddressRefused, Problem, SourceFailed
from beffroi.outbound import Answer, Client, Failed, Refused

LONGEST_SAID: Final = 300
MOST_BYTES: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class Talk:
    """A connection to the node at `address`; `token` is shown with each request, if there is one."""

    client: Client
    address: str
    token: str = ""

    async def get(self, path: str, **query: str) -> Json:
        """The JSON at a path. Raises Problem(SourceFailed)."""
        asked = f"{path}?{urlencode(query)}" if query else path
        return _json(await self.send("GET", asked), f"GET {path}", 200, 206)

    async def objects(self, path: str, **query: str) -> list[JsonObject]:
        """The list of JSON objects at a path."""
        return objects_in(await self.get(path, **query))

    async def object(self, path: str, **query: str) -> JsonObject:
        """The JSON object at a path."""
        found = await self.get(path, **query)
        return found if isinstance(found, dict) else {}

    async def make(self, path: str, body: JsonObject) -> JsonObject:
        """The document that the node made of a body."""
        answer = await self.send("POST", path, encode(body))
        return cast("JsonObject", _json(answer, f"POST {path}", 200, 201))

    async def send(self, method: str, path: str, body: bytes = b"") -> Answer:
        headers: Mapping[str, str] = {
            "accept": "application/json",
            **({"authorization": f"Bearer {self.token}"} if self.token else {}),
            **({"content-type": "application/json"} if body else {}),
        }
        try:
            return await self.client.request(
                method, f"{self.address}{path}", headers, body, most_bytes=MOST_BYTES
            )
        except Refused as refusal:
            raise Problem(AddressRefused, str(refusal)) from refusal
        except Failed as failure:
            raise Problem(SourceFailed, str(failure)) from failure


def _json(answer: Answer, what: str, *wanted: int) -> Json:
    if answer.status not in wanted:
        raise Problem(SourceFailed, f"{what[:120]} is answered with {answer.status}: {_reason(answer)}")
    return decode(answer.body)


def _reason(answer: Answer) -> str:
    """What a refusal says, whichever standard's shape it has."""
    try:
        said = decode(answer.body)
    except Problem:
        return answer.body.decode(errors="replace")[:LONGEST_SAID]
    for member in ("detail", "message", "error_description", "reason", "title"):
        if isinstance(said, dict) and isinstance(said.get(member), str):
            return str(said[member])[:LONGEST_SAID]
    return str(said)[:LONGEST_SAID]
