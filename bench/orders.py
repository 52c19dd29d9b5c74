"""How long it takes from an order to access: completed, its secret shown, a token, the first answer."""

import http.client
import json
import statistics
import time
from base64 import b64encode
from typing import Any, NamedTuple

from rich.console import Console

from beffroi.market.rules.apis import RESOURCES
from bench.entities import ROOT

POLL_S = 0.002


class Order(NamedTuple):
    """Milliseconds from the order being sent, and the token that the first answer was asked with."""

    completed: float
    answered: float
    token: str


def orders(port: int, count: int) -> list[Order]:
    """Place orders one after another, each until its first answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = _prepared(connection)
    try:
        return [_one(connection, body) for _ in range(count)]
    finally:
        connection.close()


def print_orders(console: Console, measured: list[Order]) -> None:
    for what, times in (
        ("order to active product", [each.completed for each in measured]),
        ("order to first answer", [each.answered for each in measured]),
    ):
        slow = sorted(times)[int(len(times) * 0.95)]
        console.print(f"{what}: median {statistics.median(times):.0f} ms, 95 % under {slow:.0f} ms")


def _one(connection: http.client.HTTPConnection, body: dict[str, Any]) -> Order:
    begun = time.perf_counter()
    order = _call(connection, "POST", RESOURCES["productOrder"].path, body)
    while order["state"] != "completed":
        assert order["state"] in {"acknowledged", "inProgress"}, order
        time.sleep(POLL_S)
        order = _call(connection, "GET", f"{RESOURCES['productOrder'].path}/{order['id']}")
    completed = time.perf_counter()
    product = order["productOrderItem"][0]["product"]["id"]
    held = _call(connection, "POST", f"/market/products/{product}/credentials")
    token = _token(connection, f"{held['client_id']}:{held['client_secret']}")
    found = _call(
        connection, "GET", f"{ROOT}?type=Vehicle&limit=1", None, {"Authorization": f"Bearer {token}"}
    )
    assert len(found) == 1, found
    return Order(1e3 * (completed - begun), 1e3 * (time.perf_counter() - begun), token)


def _token(connection: http.client.HTTPConnection, pair: str) -> str:
    headers = {
        "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", "/oauth/token", b"grant_type=client_credentials", headers)
    with connection.getresponse() as response:
        return str(json.loads(response.read())["access_token"])


def _prepared(connection: http.client.HTTPConnection) -> dict[str, Any]:
    """An entity to be read, and the body of an order of an offering of it."""
    entity = {"id": "urn:ngsi-ld:Vehicle:sold", "type": "Vehicle", "speed": {"type": "Property", "value": 50}}
    connection.request("POST", ROOT, json.dumps(entity), {"Content-Type": "application/json"})
    connection.getresponse().read()
    city = _made(connection, "organization", {"tradingName": "The city"})
    firm = _made(connection, "organization", {"tradingName": "The firm"})
    said = {"name": "entityTypes", "productSpecCharacteristicValue": [{"value": ["Vehicle"]}]}
    offering = {
        "name": "Vehicles",
        "lifecycleStatus": "Active",
        "productSpecification": {
            "id": _made(
                connection, "productSpecification", {"name": "Cars", "productSpecCharacteristic": [said]}
            )
        },
        "productOfferingTerm": [{"@type": "DataUseTerm", "licence": {"spdxId": "ODbL-1.0"}}],
        "relatedParty": [{"id": city, "role": "seller"}],
    }
    item = {
        "id": "1",
        "action": "add",
        "productOffering": {"id": _made(connection, "productOffering", offering)},
    }
    return {"productOrderItem": [item], "relatedParty": [{"id": firm, "role": "buyer"}]}


def _made(connection: http.client.HTTPConnection, name: str, body: dict[str, Any]) -> str:
    return str(_call(connection, "POST", RESOURCES[name].path, body)["id"])


def _call(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    sent = {"Content-Type": "application/json", **(headers or {})}
    connection.request(method, path, None if body is None else json.dumps(body), sent)
    with connection.getresponse() as response:
        text = response.read()
        assert response.status < 300, (response.status, text)
        return json.loads(text)
