"""Speak with a city's node: OAuth 2.0 client credentials, NGSI-LD queries, subscriptions, batches."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from availability.config import Config
from availability.trouble import Denied, Trouble

TIMEOUT_S = 20.0
MOST_BYTES = 20_000_000
PER_PAGE = 200
MOST_ENTITIES = 20_000
PER_BATCH = 200


class _NoRedirect(HTTPRedirectHandler):
    """A secret goes to the address that was configured, and to no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = build_opener(_NoRedirect)


class Node:
    """One city's node."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._token = ""
        self._until = 0.0

    def entities(self, type: str) -> Iterator[dict[str, Any]]:
        """All entities of a type, page by page. Raises Trouble or Denied."""
        offset = 0
        while offset < MOST_ENTITIES:
            query = urlencode({"type": type, "limit": PER_PAGE, "offset": offset})
            found = self._read("GET", f"/entities?{query}")
            if not isinstance(found, list):
                raise Trouble(f"The node's entities of type '{type}' are no list.")
            yield from (each for each in found if isinstance(each, dict))
            if len(found) < PER_PAGE:
                return
            offset += PER_PAGE

    def subscribe(self, types: list[str], callback: str) -> str:
        """A subscription to every change of these types; its path."""
        body = {
            "type": "Subscription",
            "entities": [{"type": each} for each in types],
            "notification": {"endpoint": {"uri": callback, "accept": "application/json"}},
        }
        headers = self._send("POST", "/subscriptions", body)[1]
        return headers.get("location", "").partition("/ngsi-ld/v1")[2]

    def unsubscribe(self, path: str) -> None:
        self._send("DELETE", path)

    def write(self, entities: list[dict[str, Any]]) -> int:
        """Create or replace these entities; how many. Raises Trouble or Denied."""
        for start in range(0, len(entities), PER_BATCH):
            batch = entities[start : start + PER_BATCH]
            status, _, content = self._send("POST", "/entityOperations/upsert", batch, results=True)
            if status == 207:
                raise Trouble(
                    f"The node refused a part of the results: {content[:300].decode(errors='replace')}"
                )
        return len(entities)

    def _read(self, method: str, path: str) -> Any:
        _, _, content = self._send(method, path)
        try:
            return json.loads(content)
        except ValueError as failure:
            raise Trouble(f"The node answers '{path[:80]}' with what is no JSON.") from failure

    def _send(
        self, method: str, path: str, body: Any = None, *, results: bool = False
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One request; once more with a new token, should the old one have ended."""
        try:
            return self._once(method, path, body, self._bearer(results=results))
        except Denied:
            if results or not self._token:
                raise
            self._token = ""
            return self._once(method, path, body, self._bearer(results=False))

    def _once(self, method: str, path: str, body: Any, bearer: str) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        text = None if body is None else json.dumps(body).encode()
        if text is not None:
            headers["Content-Type"] = "application/json"
        return exchange(method, f"{self.config.node}/ngsi-ld/v1{path}", headers, text)

    def _bearer(self, *, results: bool) -> str:
        if results and self.config.results_token:
            return self.config.results_token
        if not self.config.client_id:
            return ""
        if not self._token or time.monotonic() > self._until:
            self._token, seconds = self._new_token()
            self._until = time.monotonic() + seconds * 0.8
        return self._token

    def _new_token(self) -> tuple[str, float]:
        pair = b64encode(f"{self.config.client_id}:{self.config.client_secret}".encode()).decode()
        form = {"grant_type": "client_credentials"} | (
            {"purpose": self.config.purpose} if self.config.purpose else {}
        )
        headers = {"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"}
        _, _, content = exchange("POST", self.config.token_url, headers, urlencode(form).encode())
        try:
            said = json.loads(content)
            return str(said["access_token"]), float(said.get("expires_in", 300))
        except (ValueError, KeyError, TypeError) as failure:
            raise Trouble("The node's token is none that can be read.") from failure


def exchange(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, Mapping[str, str], bytes]:
    """One HTTP exchange, bounded in time and size. Raises Denied for 400 to 499, Trouble for the rest."""
    request = Request(url, body, dict(headers), method=method)  # noqa: S310 - the configuration checked the address
    try:
        with OPENER.open(request, timeout=TIMEOUT_S) as answer:
            content = answer.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise Trouble(f"The answer to {method} {_place(url)} has more than {MOST_BYTES} bytes.")
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, content
    except HTTPError as refusal:
        said = _sentence(refusal.read(10_000))
        if 400 <= refusal.code < 500 and refusal.code not in {408, 429}:
            raise Denied(f"{method} {_place(url)} is refused with {refusal.code}: {said}") from refusal
        raise Trouble(f"{method} {_place(url)} is answered with {refusal.code}: {said}") from refusal
    except (URLError, HTTPException, OSError) as failure:
        raise Trouble(f"{_place(url)} does not answer: {getattr(failure, 'reason', failure)}.") from failure


def _place(url: str) -> str:
    return url.partition("?")[0][:120]


def _sentence(content: bytes) -> str:
    """What a refusal says, in whichever shape."""
    try:
        said = json.loads(content)
        for name in ("detail", "error_description", "message", "title", "error"):
            if isinstance(said, dict) and isinstance(said.get(name), str):
                return str(said[name])[:300]
    except ValueError:
        pass
    return content[:200].decode(errors="replace") or "it says nothing"
