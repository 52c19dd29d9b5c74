"""A client that talks to the TM Forum routes without a server, as whoever it is told to be."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from beffroi.kernel.instant import Instant, instant_of
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.routes.inventory import PREFIX
from beffroi.market.routes.invoices import INVOICE_ROUTES
from beffroi.market.routes.offers import OFFER_ROUTES
from beffroi.market.routes.permits import PERMIT_ROUTES
from beffroi.market.routes.tmf import TMF_ROUTES
from beffroi.market.rules.apis import APIS, RESOURCES
from beffroi.market.rules.documents.behaviour import Behaviour
from beffroi.market.rules.documents.behaviours import BEHAVIOURS
from beffroi.market.rules.documents.resource import ROOT
from beffroi.market.wire.problems import problem_response
from beffroi.portal.words.refusals import said_in
from beffroi.store.port import Store
from beffroi.web.answering import answer
from beffroi.web.message import LOCAL, Actor, Request
from beffroi.web.routing import Table
from tests.conftest import Run
from tests.got import Got

BASE = "http://city.example"
JSON = {"content-type": "application/json"}
MERGE = {"content-type": "application/merge-patch+json"}
PATCH = {"content-type": "application/json-patch+json"}
HUBS = {api.number: f"{api.base}/hub" for api in APIS}
INDEXERS_OF_MARKET = INDEXERS
START = Instant("2026-11-22T10:00:00.000000Z")


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: Instant = START

    def __call__(self) -> Instant:
        return self.now

    def to(self, text: str) -> None:
        self.now = instant_of(datetime.fromisoformat(text))


@dataclass
class Seller:
    """`send` and the verbs return what the node answers to `actor`."""

    market: Market
    table: Table
    run: Run
    clock: Clock
    actor: Actor = LOCAL

    def acting(self, name: str, *may: str, party: str = "", roles: tuple[str, ...] = ()) -> "Seller":
        return replace(self, actor=Actor(name, frozenset(may), party=party, roles=frozenset(roles)))

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = JSON, query: str = ""
    ) -> Got:
        text = b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, query, headers, text, BASE, self.actor)
        response = self.run(answer(self.table, request, lambda *_: None))
        return Got(response.status, response.headers, response.body)

    def post(self, name: str, body: object, **headers: str) -> Got:
        return self.send("POST", RESOURCES[name].path, body, {**JSON, **headers})

    def make(self, name: str, body: object) -> Any:
        got = self.post(name, body)
        assert got.status == 201, got.text
        return got.json

    def get(self, name: str, id: str, query: str = "") -> Got:
        return self.send("GET", f"{RESOURCES[name].path}/{id}", query=query)

    def list(self, name: str, query: str = "") -> Got:
        return self.send("GET", RESOURCES[name].path, query=query)

    def patch(self, name: str, id: str, body: object, headers: Mapping[str, str] = MERGE) -> Got:
        return self.send("PATCH", f"{RESOURCES[name].path}/{id}", body, headers)

    def delete(self, name: str, id: str) -> Got:
        return self.send("DELETE", f"{RESOURCES[name].path}/{id}")


@dataclass
class Ids:
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __call__(self) -> str:
        return f"id-{next(self.numbers):06}"


def seller_of(
    store: Store,
    run: Run,
    behaviours: Mapping[str, Behaviour] = BEHAVIOURS,
    *,
    allow_private: bool = True,
) -> Seller:
    clock = Clock()
    market = Market(store, clock, Ids(), BASE, allow_private, behaviours, refusal_in=said_in)
    table = Table()
    table.mount(ROOT, TMF_ROUTES, market, problem_response)
    table.mount("", OFFER_ROUTES, market, problem_response)
    table.mount("", INVOICE_ROUTES, market, problem_response)
    table.mount(PREFIX, PERMIT_ROUTES, market, problem_response)
    return Seller(market, table, run, clock)


def organization(seller: Seller, name: str) -> str:
    return str(seller.make("organization", {"tradingName": name})["id"])


WAYS = {"Retired": ("Active",), "Obsolete": ("Active", "Retired"), "Rejected": ("In study",)}
"""The states that an offering goes through before one in which none begins."""


def offering(seller: Seller, state: str = "Active", **more: object) -> str:
    first, *rest = (*WAYS.get(state, ()), state)
    body = {"name": "Live bikes", "lifecycleStatus": first, "productSpecification": bikes(seller), **more}
    id = str(seller.make("productOffering", body)["id"])
    for each in rest:
        assert seller.patch("productOffering", id, {"lifecycleStatus": each}).status == 200
    return id


def bikes(seller: Seller) -> dict[str, str]:
    """A reference to a specification of data that can be delivered."""
    said = {"name": "entityTypes", "productSpecCharacteristicValue": [{"value": ["BikeHireDockingStation"]}]}
    made = seller.make("productSpecification", {"name": "Bikes", "productSpecCharacteristic": [said]})
    return {"id": str(made["id"])}


def order_of(offering_id: str, *parties: str, items: int = 1) -> dict[str, Any]:
    return {
        "productOrderItem": [
            {"id": str(n + 1), "action": "add", "productOffering": {"id": offering_id}} for n in range(items)
        ],
        "relatedParty": [
            {"id": party, "role": "Buyer", "@referredType": "Organization"} for party in parties
        ],
    }
