"""From an order to working access in a whole node: what is made, what opens, and what fails in words."""

import asyncio
import json
from typing import Any

import pytest

from beffroi.web.message import LOCAL, Request
from tests.conftest import Run
from tests.node.buying import BASE, Fair, priced, scenario


def test_an_order_becomes_an_agreement_a_product_and_access(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering(**await priced(fair))
        order = await fair.settled(await fair.order(offering))
        (item,) = order["productOrderItem"]
        assert (order["state"], item["state"]) == ("completed", "completed")
        assert order["orderTotalPrice"][0]["price"]["dutyFreeAmount"]["unit"] == "EUR"
        product = await fair.get("product", item["product"]["id"], fair.buyer)
        assert product["status"] == "active"
        assert product["productPrice"][0]["terms"]["price"] == {"unit": "EUR", "value": 20}
        (service,) = product["realizingService"]
        assert (await fair.get("service", service["id"]))["state"] == "active"
        agreement = await fair.get("agreement", product["agreement"][0]["id"], fair.buyer)
        assert {party["id"] for party in agreement["engagedParty"]} == {fair.firm, fair.city}
        (terms,) = agreement["agreementItem"][0]["termOrCondition"]
        assert "Open Database License" in terms["description"]
        assert agreement["agreementPeriod"]["endDateTime"] == product["terminationDate"]
        rooms = await fair.through(await fair.token(product))
        assert [set(room) for room in json.loads(rooms.body)] == [{"id", "type", "co2"}] * 2
        await fair.node.gate.holders.fold()
        assert len(await fair.list("usage")) == 1

    scenario(run, steps)


def test_a_provider_approves_or_refuses(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering(approval="manual")
        order = await fair.settled(await fair.order(offering), "pending")
        assert await fair.list("product") == []
        go_on = {"state": "inProgress"}
        assert (await fair.patch("productOrder", order["id"], go_on, fair.buyer)).status == 403
        assert (await fair.patch("productOrder", order["id"], go_on, fair.provider)).status == 200
        await fair.settled(order)
        other = await fair.settled(await fair.order(offering), "pending")
        refused = await fair.patch("productOrder", other["id"], {"state": "rejected"}, fair.provider)
        assert refused.status == 200, refused.body
        await asyncio.sleep(0.05)
        assert len(await fair.list("product")) == 1

    scenario(run, steps)


def test_a_buyer_chooses_what_is_offered_and_nothing_else(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering({"attributes": {"choose": ["co2", "owner"]}})

        def choosing(*names: str) -> dict[str, Any]:
            return {"productCharacteristic": [{"name": "attributes", "value": list(names)}]}

        product = await fair.bought(offering, product=choosing("co2"))
        token = await fair.token(product)
        assert b"hush" not in (await fair.through(token)).body
        await fair.settled(await fair.about("modify", {"id": product["id"], **choosing("co2", "owner")}))
        assert b"hush" in (await fair.through(await fair.token(product))).body
        item = {"id": "1", "action": "add", "productOffering": {"id": offering}}
        path = "/tmf-api/productOrderingManagement/v4/productOrder"
        for chosen, word in (
            (choosing("location"), b"'location'"),
            ({"productCharacteristic": [{"name": "entityTypes", "value": ["Secret"]}]}, b"'entityTypes'"),
            ({"productCharacteristic": [{"name": "tenant", "value": "other"}]}, b"'tenant'"),
        ):
            body = {"productOrderItem": [{**item, "product": chosen}]}
            refused = await fair.ask("POST", path, body, fair.buyer)
            assert (refused.status, word in refused.body) == (400, True), refused.body

    scenario(run, steps)


def test_of_two_orders_for_the_last_unit_one_wins(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering(orderLimit={"total": 1})
        item = {"id": "1", "action": "add", "productOffering": {"id": offering}}
        path = "/tmf-api/productOrderingManagement/v4/productOrder"
        answers = await asyncio.gather(
            *(fair.ask("POST", path, {"productOrderItem": [item]}, fair.buyer) for _ in range(6))
        )
        assert sorted(each.status for each in answers) == [201] + [409] * 5
        assert all(b"sold out" in each.body for each in answers if each.status == 409)
        for languages, word in (("fr", "est épuisée"), ("en", "is sold out")):
            headers = {"accept-language": languages}
            asked = Request("GET", f"/market/offers/{offering}", "", headers, b"", BASE, fair.buyer)
            read = json.loads((await fair.node.answer(asked)).body)
            assert word in read["notOrderable"]
        (won,) = [json.loads(each.body) for each in answers if each.status == 201]
        order = await fair.settled(won)
        await fair.settled(await fair.about("delete", {"id": order["productOrderItem"][0]["product"]["id"]}))
        await fair.settled(await fair.order(offering))

    scenario(run, steps)


def test_an_order_of_which_something_came_is_not_removed(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        path = "/tmf-api/productOrderingManagement/v4/productOrder"
        bought = await fair.settled(await fair.order(await fair.offering()))
        agreement = bought["agreement"][0]["id"]
        for actor in (fair.buyer, fair.provider, LOCAL):
            refused = await fair.ask("DELETE", f"{path}/{bought['id']}", None, actor)
            assert (refused.status, agreement in refused.body.decode()) == (409, True)
        named = (await fair.get("agreement", agreement))["associatedOrder"]["id"]
        assert (await fair.get("productOrder", named))["id"] == bought["id"]
        product = bought["productOrderItem"][0]["product"]["id"]
        ended = await fair.settled(await fair.about("delete", {"id": product}))
        refused = await fair.ask("DELETE", f"{path}/{ended['id']}", None, fair.buyer)
        assert (refused.status, product in refused.body.decode()) == (409, True)
        assert (await fair.ask("DELETE", f"{path}/{bought['id']}", None, fair.buyer)).status == 409

    scenario(run, steps)


def test_an_order_of_which_nothing_came_may_go(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        order = await fair.order(await fair.offering(approval="manual"))
        await fair.settled(order, "pending")
        assert (
            await fair.patch("productOrder", order["id"], {"state": "rejected"}, fair.provider)
        ).status == 200
        path = f"/tmf-api/productOrderingManagement/v4/productOrder/{order['id']}"
        assert (await fair.ask("DELETE", path, None, fair.buyer)).status == 204

    scenario(run, steps)


def test_an_order_that_cannot_be_done_says_why(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        rooms = {"name": "entityTypes", "productSpecCharacteristicValue": [{"value": ["Room"]}]}
        specification = await fair.make(
            "productSpecification", {"name": "Nobody's", "productSpecCharacteristic": [rooms]}
        )
        body = {
            "name": "Nobody's",
            "lifecycleStatus": "Active",
            "productSpecification": {"id": specification["id"]},
        }
        offering = (await fair.make("productOffering", body))["id"]
        order = await fair.settled(await fair.order(offering), "rejected")
        (note,) = order["note"]
        assert "names nobody who sells it" in note["text"]
        assert order["productOrderItem"][0]["message"] in note["text"]

    scenario(run, steps)


def test_nobody_orders_for_somebody_else(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering()
        item = {"id": "1", "action": "add", "productOffering": {"id": offering}}
        parties = [{"id": fair.firm, "role": "buyer"}, {"id": fair.city, "role": "seller"}]
        path = "/tmf-api/productOrderingManagement/v4/productOrder"
        body = {"productOrderItem": [item], "relatedParty": parties}
        assert (await fair.ask("POST", path, body, fair.provider)).status == 403
        assert (await fair.ask("POST", path, body, fair.buyer)).status == 201

    scenario(run, steps)


def test_a_buyer_writes_nothing_into_the_product_that_bills_read(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        before = {"startDateTime": "2020-01-01T00:00:00Z"}
        smuggled = {
            "suspension": [before],
            "terminationDate": "2020-02-01T00:00:00Z",
            "startDate": "2999-01-01T00:00:00Z",
        }
        product = await fair.bought(await fair.offering(), product={"name": "Mine", **smuggled})
        assert product["name"] == "Mine"
        assert "suspension" not in product
        assert (product["startDate"] < "2999", product["terminationDate"] > "2020-03") == (True, True)

    scenario(run, steps)


@pytest.mark.parametrize("wrong", [{"approval": "perhaps"}, {"orderLimit": 5}, {"orderLimit": {"total": -1}}])
def test_an_offering_says_clearly_how_it_is_ordered(run: Run, wrong: dict[str, Any]) -> None:
    async def steps(fair: Fair) -> None:
        body = {"name": "Unclear", "lifecycleStatus": "Active", **wrong}
        refused = await fair.ask("POST", "/tmf-api/productCatalogManagement/v4/productOffering", body)
        assert (refused.status, next(iter(wrong)) in json.loads(refused.body)["message"]) == (400, True)

    scenario(run, steps)
