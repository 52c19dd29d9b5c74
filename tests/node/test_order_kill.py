"""Orders in a node that is killed: each one that was accepted is fulfilled once, wherever the process ended."""

import http.client
import itertools
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from beffroi.market.rules.apis import RESOURCES
from tests.node.process import Answer, NodeProcess

ORDERS = RESOURCES["productOrder"].path
TERMS = {"@type": "DataUseTerm", "licence": {"spdxId": "ODbL-1.0"}}


def made(node: NodeProcess, name: str, body: dict[str, Any]) -> Any:
    answer = node.call("POST", RESOURCES[name].path, body)
    assert answer.status == 201, answer
    return answer.json


def listed(node: NodeProcess, name: str) -> list[Any]:
    found = node.get(f"{RESOURCES[name].path}?limit=1000").json
    assert isinstance(found, list)
    return found


def order_for(node: NodeProcess) -> dict[str, Any]:
    """The body of an order of rooms by a firm."""
    city = made(node, "organization", {"tradingName": "The city"})["id"]
    firm = made(node, "organization", {"tradingName": "The firm"})["id"]
    characteristic = {"name": "entityTypes", "productSpecCharacteristicValue": [{"value": ["Room"]}]}
    specification = {"name": "Rooms", "productSpecCharacteristic": [characteristic]}
    offering = {
        "name": "Rooms",
        "lifecycleStatus": "Active",
        "productSpecification": {"id": made(node, "productSpecification", specification)["id"]},
        "productOfferingTerm": [TERMS],
        "relatedParty": [{"id": city, "role": "seller"}],
    }
    item = {
        "id": "1",
        "action": "add",
        "productOffering": {"id": made(node, "productOffering", offering)["id"]},
    }
    return {"productOrderItem": [item], "relatedParty": [{"id": firm, "role": "buyer"}]}


def placed_until_killed(node: NodeProcess, body: dict[str, Any], after_s: float) -> list[str]:
    """Place orders until the node is killed, so many seconds after the first; the ids of those that were
    accepted."""
    accepted, first = list[str](), threading.Event()

    def place() -> None:
        for _ in itertools.count():
            try:
                answer: Answer = node.call("POST", ORDERS, body)
            except (OSError, http.client.HTTPException):
                return
            accepted.append(answer.json["id"])
            first.set()

    placing = threading.Thread(target=place)
    placing.start()
    assert first.wait(30)
    time.sleep(after_s)
    node.kill()
    placing.join()
    return accepted


@pytest.mark.parametrize("after_s", [0.0, 0.03, 0.2])
def test_an_order_that_was_accepted_is_fulfilled_once(tmp_path: Path, after_s: float) -> None:
    with NodeProcess(tmp_path, f"sqlite:{tmp_path / 'node.db'}") as node:
        body = order_for(node)
        accepted = placed_until_killed(node, body, after_s)
        for _ in range(2):  # killed once more while it goes on
            node.start()
            time.sleep(after_s)
            node.kill()
        node.start()
        deadline = time.monotonic() + 60
        orders = listed(node, "productOrder")
        while any(order["state"] != "completed" for order in orders) and time.monotonic() < deadline:
            time.sleep(0.1)
            orders = listed(node, "productOrder")
        assert {order["state"] for order in orders} <= {"completed"}
        assert set(accepted) <= {order["id"] for order in orders}
        for name in ("agreement", "product", "service"):
            assert len(listed(node, name)) == len(orders), name
        products = {product["id"]: product for product in listed(node, "product")}
        assert {product["status"] for product in products.values()} <= {"active"}
        for order in orders:
            product = products[order["productOrderItem"][0]["product"]["id"]]
            assert product["productOrderItem"][0]["productOrderId"] == order["id"]
            secret = node.call("POST", f"/market/products/{product['id']}/credentials")
            assert secret.status == 201, secret
