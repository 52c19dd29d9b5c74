"""A node with a gate: a city whose rooms a product opens, and the tokens for it."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.app.world import new_uuid, now
from beffroi.config import Settings
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.market.operations.credentials import make_credentials
from beffroi.market.operations.services import Market
from beffroi.market.rules.access.credentials import Credentials
from beffroi.web.message import LOCAL, Request, Response
from tests.conftest import Run

BASE = "http://127.0.0.1:1026"
PRODUCT = "7d4a"
ROOMS = "/ngsi-ld/v1/entities?type=Room"
SQUARE = {"type": "Polygon", "coordinates": [[[3, 50], [4, 50], [4, 51], [3, 51], [3, 50]]]}


@dataclass
class City:
    """A node with two types of entities; `buy` makes a product and its credentials."""

    node: Node

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        token: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        route, _, query = path.partition("?")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {
            "host": "127.0.0.1:1026",
            "content-type": "application/json",
            "content-length": str(len(content)),
        }
        if token:
            sent["authorization"] = f"Bearer {token}"
        return await self.node.answer(
            Request(method, route, query, {**sent, **(headers or {})}, content, BASE)
        )

    async def fill(self) -> None:
        for number in range(3):
            await self.add("Room", number, 3.5 if number else 8.0)
        await self.add("Secret", 9, 3.5)

    async def add(self, kind: str, number: int, longitude: float) -> None:
        entity = {
            "id": f"urn:ngsi-ld:{kind}:{number}",
            "type": kind,
            "co2": {"type": "Property", "value": 400 + number},
            "owner": {"type": "Property", "value": "hush-4f1c"},
            "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, 50.5]}},
        }
        assert (await self.ask("POST", "/ngsi-ld/v1/entities", entity)).status == 201

    async def product(self, status: str = "active", **characteristics: object) -> None:
        said = {"entityTypes": ["Room"], "attributes": ["co2"], **characteristics}
        body: Any = {
            "id": PRODUCT,
            "status": status,
            "productCharacteristic": [{"name": name, "value": value} for name, value in said.items()],
        }
        change = Change(Key("", "tmf:product", PRODUCT), document_of(body))
        await self.node.store.transact([], lambda _: Commit((change,)))

    async def buy(self, **characteristics: Any) -> Credentials:
        await self.product(**characteristics)
        return await make_credentials(Market(self.node.store, now, new_uuid, ""), PRODUCT, LOCAL)

    async def request_token(self, held: Credentials, **fields: str) -> Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": held.client,
            "client_secret": held.secret,
            **fields,
        }
        return await self.post_form(urlencode(form).encode())

    async def post_form(self, form: bytes, headers: Mapping[str, str] | None = None) -> Response:
        sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self.ask("POST", "/oauth/token", form, headers=sent)

    async def token(self, held: Credentials, **fields: str) -> str:
        response = await self.request_token(held, **fields)
        assert response.status == 200, response.body
        return str(json.loads(response.body)["access_token"])

    async def bought(self, **characteristics: object) -> str:
        """A token for a product with these characteristics."""
        return await self.token(await self.buy(**characteristics))


@asynccontextmanager
async def a_city(settings: Settings | None = None) -> AsyncIterator[City]:
    async with open_node(settings or Settings()) as node:
        city = City(node)
        await city.fill()
        yield city


def scenario(
    run: Run, steps: Callable[[City], Coroutine[Any, Any, None]], settings: Settings | None = None
) -> None:
    async def live() -> None:
        async with a_city(settings) as city:
            await steps(city)

    run(live())


def said(response: Response) -> Any:
    return json.loads(response.body)


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (base64.urlsafe_b64decode(piece + "==") for piece in token.split("."))
    return json.loads(header), json.loads(claims)
