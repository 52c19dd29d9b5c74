"""A node with a market: a city that sells what its rooms measure, and a firm that buys."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.market.rules.apis import RESOURCES
from beffroi.web.message import LOCAL, Actor, Request, Response
from tests.conftest import Run

BASE = "http://127.0.0.1:1026"
ROOMS = "/ngsi-ld/v1/entities?type=Room"
TERMS = {
    "@type": "DataUseTerm",
    "licence": {"spdxId": "ODbL-1.0"},
    "duration": {"amount": 1, "units": "year"},
}
PRICE = {
    "name": "Every month",
    "lifecycleStatus": "Active",
    "priceType": "recurring-prepaid",
    "recurringChargePeriodType": "month",
    "price": {"unit": "EUR", "value": 20},
    "tax": [{"taxCategory": "S", "taxRate": 20}],
}


@dataclass
class Fair:
    """`ask` and the verbs speak for `actor`; tokens go through the gate."""

    node: Node
    city: str = ""
    firm: str = ""

    @property
    def buyer(self) -> Actor:
        return Actor("Ada", frozenset({"read", "trade"}), party=self.firm)

    @property
    def provider(self) -> Actor:
        return Actor("Bo", frozenset({"read", "trade"}), party=self.city)

    async def ask(
        self, method: str, path: str, body: object = None, actor: Actor = LOCAL, once: str = ""
    ) -> Response:
        """What the node answers to an actor who has signed in; `once` is an Idempotency-Key."""
        route, _, query = path.partition("?")
        content = b"" if body is None else json.dumps(body).encode()
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {**_headers(kind, content), **({"idempotency-key": once} if once else {})}
        request = Request(method, route, query, headers, content, BASE, actor)
        return await self.node.answer(request)

    async def make(self, name: str, body: object, actor: Actor = LOCAL) -> Any:
        response = await self.ask("POST", RESOURCES[name].path, body, actor)
        assert response.status == 201, response.body
        return json.loads(response.body)

    async def get(self, name: str, id: str, actor: Actor = LOCAL) -> Any:
        response = await self.ask("GET", f"{RESOURCES[name].path}/{id}", None, actor)
        assert response.status == 200, response.body
        return json.loads(response.body)

    async def list(self, name: str) -> list[Any]:
        found = json.loads((await self.ask("GET", RESOURCES[name].path)).body)
        assert isinstance(found, list)
        return found

    async def patch(self, name: str, id: str, body: object, actor: Actor = LOCAL) -> Response:
        return await self.ask("PATCH", f"{RESOURCES[name].path}/{id}", body, actor)

    async def offering(self, characteristics: dict[str, Any] | None = None, **more: Any) -> str:
        """The id of an active offering of rooms, sold by the city."""
        said = {"entityTypes": ["Room"], "attributes": ["co2"], **(characteristics or {})}
        listed = [spec_characteristic(name, value) for name, value in said.items()]
        parties = [{"id": self.city, "role": "seller", "@referredType": "Organization"}]
        specification = {"name": "Rooms", "productSpecCharacteristic": listed, "relatedParty": parties}
        body = {
            "name": "Rooms of the city",
            "lifecycleStatus": "Active",
            "productSpecification": {"id": (await self.make("productSpecification", specification))["id"]},
            "productOfferingTerm": [TERMS],
            **more,
        }
        return str((await self.make("productOffering", body))["id"])

    async def order(self, offering: str, *, actor: Actor | None = None, **item: Any) -> Any:
        one = {"id": "1", "action": "add", "productOffering": {"id": offering}, **item}
        return await self.make("productOrder", {"productOrderItem": [one]}, actor or self.buyer)

    async def about(self, action: str, product: dict[str, Any]) -> Any:
        """An order about a product that the firm holds."""
        item = {"id": "1", "action": action, "product": product}
        return await self.make("productOrder", {"productOrderItem": [item]}, self.buyer)

    async def settled(self, order: Any, *states: str) -> Any:
        """The order once it is in one of these states, or completed."""
        found: Any = None
        for _ in range(500):
            found = await self.get("productOrder", order["id"])
            if found["state"] in (states or ("completed",)):
                return found
            await asyncio.sleep(0.01)
        raise AssertionError(f"The order stays {found['state']}: {found}")

    async def bought(self, offering: str, **item: Any) -> Any:
        """The product that comes of an order."""
        order = await self.settled(await self.order(offering, **item))
        return await self.get("product", order["productOrderItem"][0]["product"]["id"], self.buyer)

    async def secret(self, product: Any, actor: Actor | None = None, once: str = "") -> Response:
        path = f"/market/products/{product['id']}/credentials"
        return await self.ask("POST", path, None, actor or self.buyer, once)

    async def token(self, product: Any) -> str:
        made = await self.secret(product)
        assert made.status == 201, made.body
        response = await self.token_for(json.loads(made.body))
        assert response.status == 200, response.body
        return str(json.loads(response.body)["access_token"])

    async def token_for(self, held: Any, **more: str) -> Response:
        pair = base64.b64encode(f"{held['client_id']}:{held['client_secret']}".encode()).decode()
        form = urlencode({"grant_type": "client_credentials", **more}).encode()
        kind = "application/x-www-form-urlencoded"
        headers = {**_headers(kind, form), "authorization": f"Basic {pair}"}
        return await self.node.answer(Request("POST", "/oauth/token", "", headers, form, BASE))

    async def through(
        self, token: str, path: str = ROOMS, method: str = "GET", body: object = None
    ) -> Response:
        """What the gate answers to a token."""
        route, _, query = path.partition("?")
        content = b"" if body is None else json.dumps(body).encode()
        headers = {**_headers("application/json", content), "authorization": f"Bearer {token}"}
        return await self.node.answer(Request(method, route, query, headers, content, BASE))


def spec_characteristic(name: str, value: Any) -> dict[str, Any]:
    """A characteristic of a specification; a dict with `choose` is one that the buyer configures."""
    if isinstance(value, dict) and "choose" in value:
        values = [{"value": each} for each in value["choose"]]
        return {"name": name, "configurable": True, "productSpecCharacteristicValue": values}
    return {"name": name, "productSpecCharacteristicValue": [{"value": value}]}


def _headers(kind: str, content: bytes) -> dict[str, str]:
    return {"host": "127.0.0.1:1026", "content-type": kind, "content-length": str(len(content))}


@asynccontextmanager
async def a_fair(settings: Settings | None = None, *, works: bool = True) -> AsyncIterator[Fair]:
    """A node whose courier runs, with two rooms, a city and a firm."""
    async with open_node(settings or Settings()) as node, asyncio.TaskGroup() as group:
        if works:
            group.create_task(node.work[0]())
        fair = Fair(node)
        for number in range(2):
            entity = {
                "id": f"urn:ngsi-ld:Room:{number}",
                "type": "Room",
                "co2": {"type": "Property", "value": 400 + number},
                "owner": {"type": "Property", "value": "hush"},
            }
            assert (await fair.ask("POST", "/ngsi-ld/v1/entities", entity)).status == 201
        fair.city = (await fair.make("organization", {"tradingName": "The city"}))["id"]
        fair.firm = (await fair.make("organization", {"tradingName": "The firm"}))["id"]
        yield fair
        node.stop()


def scenario(run: Run, steps: Callable[[Fair], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        async with a_fair() as fair:
            await steps(fair)

    run(live())


async def priced(fair: Fair, **more: Any) -> dict[str, Any]:
    price = await fair.make("productOfferingPrice", {**PRICE, **more})
    return {"productOfferingPrice": [{"id": price["id"]}]}
