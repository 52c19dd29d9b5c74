"""From an order to working access in a whole node: what is made, what opens, and what fails in words."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from beffroi.app.world import new_uuid, now
from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import shortened
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.credentials import revoke_credentials
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.orders.agreement import canonical, signature_in
from beffroi.market.rules.terms.data_use_term import terms_of
from beffroi.market.rules.terms.odrl import Limits, Parties, alone, policy_of
from beffroi.web.message import LOCAL, Actor, Request
from tests.conftest import Run
from tests.node.buying import BASE, TERMS, Fair, a_fair


def scenario(run: Run, steps: Callable[[Fair], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        async with a_fair() as fair:
            await steps(fair)

    run(live())


PRICE = {
    "name": "Every month",
    "lifecycleStatus": "Active",
    "priceType": "recurring-prepaid",
    "recurringChargePeriodType": "month",
    "price": {"unit": "EUR", "value": 20},
    "tax": [{"taxCategory": "S", "taxRate": 20}],
}


async def priced(fair: Fair, **more: Any) -> dict[str, Any]:
    price = await fair.make("productOfferingPrice", {**PRICE, **more})
    return {"productOfferingPrice": [{"id": price["id"]}]}


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


def is_signed(agreement: dict[str, Any]) -> bool:
    """Whether the signature is good for what the agreement says now, by the key that it names (RFC 7515)."""
    head, _, signature = signature_in(agreement).partition("..")
    named: Any = jws.extract_compact(f"{head}.e30.{signature}".encode()).headers()
    content = urlsafe_b64encode(canonical(agreement)).rstrip(b"=").decode()
    try:
        jws.deserialize_compact(
            f"{head}.{content}.{signature}", ECKey.import_key(named["jwk"]), algorithms=["ES256"]
        )
    except BadSignatureError:
        return False
    return True


def test_an_agreement_is_signed_and_stays_as_it_is(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering())
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        by_order, by_key = agreement["agreementAuthorization"]
        assert (by_order["actor"], by_order["party"], len(by_order["sha256"])) == ("Ada", fair.firm, 64)
        assert by_key["party"] == [fair.city]
        assert is_signed(agreement)
        forged = json.loads(json.dumps(agreement))
        forged["agreementItem"][0]["termOrCondition"][0]["resale"] = True
        assert not is_signed(forged)
        changed = {"agreementItem": forged["agreementItem"]}
        for actor in (fair.buyer, fair.provider):
            assert (await fair.patch("agreement", agreement["id"], changed, actor)).status == 409
        path = f"/tmf-api/agreementManagement/v4/agreement/{agreement['id']}"
        assert (await fair.ask("DELETE", path)).status == 409

    scenario(run, steps)


SQUARE: JsonObject = {"type": "Polygon", "coordinates": [[[3, 50], [4, 50], [4, 51], [3, 51], [3, 50]]]}


def test_the_policy_of_an_agreement_is_its_terms_with_both_parties(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        quota = [{"metric": "requests", "amount": 9, "period": "day"}]
        offering = await fair.offering({"area": SQUARE, "quota": quota})
        product = await fair.bought(offering)
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        path = f"/market/agreements/{agreement['id']}/policy"
        assert agreement["policy"]["href"] == f"{BASE}{path}"
        served = await fair.ask("GET", path, None, fair.buyer)
        policy = json.loads(served.body)
        assert (served.status, served.headers["content-type"]) == (200, "application/ld+json")
        assert (policy["@type"], policy["uid"]) == ("Agreement", f"{BASE}{path}")
        assert policy["assigner"] == f"{BASE}/tmf-api/party/v4/organization/{fair.city}"
        assert policy["assignee"] == f"{BASE}/tmf-api/party/v4/organization/{fair.firm}"
        assert policy["target"]["source"] == f"{BASE}/dcat/offers/{offering}"
        terms = terms_of(agreement)
        assert terms is not None
        assert shortened(terms.until) == product["terminationDate"]
        limits = Limits(SQUARE, (Quota("requests", 9, "day"),))
        parties = Parties(policy["assigner"], policy["assignee"])
        made = policy_of(policy["uid"], policy["target"]["source"], terms, limits, parties)
        assert policy == json.loads(json.dumps(alone(made)))

    scenario(run, steps)


def test_a_policy_stays_as_it_was_signed_and_is_there_for_who_sees_the_agreement(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering()
        product = await fair.bought(offering)
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        path = f"/market/agreements/{agreement['id']}/policy"
        before = (await fair.ask("GET", path, None, fair.buyer)).body
        terms = [{**TERMS, "licence": {"spdxId": "CC0-1.0"}}]
        assert (await fair.patch("productOffering", offering, {"productOfferingTerm": terms})).status == 200
        auditor = Actor("Vi", frozenset({"read"}), roles=frozenset({"auditor"}))
        for actor in (fair.buyer, fair.provider, auditor, LOCAL):
            assert (await fair.ask("GET", path, None, actor)).body == before
        stranger = Actor("Eve", frozenset({"read", "trade"}), party="another-firm")
        hidden = await fair.ask("GET", path, None, stranger)
        missing = await fair.ask("GET", path.replace(agreement["id"], "nothing"), None, stranger)
        assert (hidden.status, missing.status) == (404, 404)
        assert hidden.body.replace(agreement["id"].encode(), b"nothing") == missing.body
        forged = json.loads(json.dumps(agreement))
        forged["policy"]["content"]["permission"] = [{"action": "sell"}]
        assert not is_signed(forged)
        for actor in (fair.buyer, fair.provider, LOCAL):
            assert (
                await fair.patch("agreement", agreement["id"], {"policy": forged["policy"]}, actor)
            ).status in {403, 409}
        assert (await fair.ask("GET", path, None, fair.buyer)).body == before

    scenario(run, steps)


def test_an_agreement_without_terms_keeps_no_policy(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering(productOfferingTerm=[]))
        agreement = await fair.get("agreement", product["agreement"][0]["id"])
        answer = await fair.ask("GET", f"/market/agreements/{agreement['id']}/policy", None, fair.buyer)
        assert ("policy" in agreement, answer.status, b"keeps no policy" in answer.body) == (False, 404, True)

    scenario(run, steps)


def test_a_catalogue_that_changes_changes_no_order(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        prices = await priced(fair)
        offering = await fair.offering(approval="manual", **prices)
        order = await fair.settled(await fair.order(offering), "pending")
        dearer = {"price": {"unit": "EUR", "value": 900}}
        (price,) = prices["productOfferingPrice"]
        assert (await fair.patch("productOfferingPrice", price["id"], dearer)).status == 200
        assert (await fair.patch("productOffering", offering, {"lifecycleStatus": "Retired"})).status == 200
        assert (
            await fair.patch("productOrder", order["id"], {"state": "inProgress"}, fair.provider)
        ).status == 200
        order = await fair.settled(order)
        product = await fair.get("product", order["productOrderItem"][0]["product"]["id"])
        assert product["productPrice"][0]["price"]["dutyFreeAmount"]["value"] == 20

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


def test_the_secret_is_shown_once_and_only_to_the_holder(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering())
        assert (await fair.secret(product, fair.provider)).status == 403
        stranger = Actor("Eve", frozenset({"read", "trade"}), party="nobody")
        assert (await fair.secret(product, stranger)).status == 404
        first = json.loads((await fair.secret(product)).body)
        assert first["client_id"] in json.dumps(product)
        assert (await fair.token_for(first)).status == 200
        second = json.loads((await fair.secret(product)).body)
        assert first["client_id"] == second["client_id"]
        assert (await fair.token_for(first)).status == 401
        assert (await fair.token_for(second)).status == 200
        assert second["client_secret"] not in json.dumps(await fair.get("product", product["id"]))

    scenario(run, steps)


def test_suspension_and_termination_close_at_once(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering({"live": True}))
        token = await fair.token(product)
        assert (await fair.through(token)).status == 200
        path = {"status": "suspended", "statusReason": "The bill of October is open."}
        assert (await fair.patch("product", product["id"], path, fair.buyer)).status == 403
        assert (await fair.patch("product", product["id"], path, fair.provider)).status == 200
        assert (await fair.through(token)).status == 401
        found = await fair.get("product", product["id"])
        assert found["suspension"][0].keys() >= {"startDateTime", "by"}
        assert (await fair.get("service", product["realizingService"][0]["id"]))["state"] == "inactive"
        assert (await fair.patch("product", product["id"], {"status": "active"}, fair.provider)).status == 200
        assert (await fair.through(token)).status == 200
        dearer = {"productPrice": [{"name": "More"}]}
        assert (await fair.patch("product", product["id"], dearer, fair.provider)).status == 409
        assert (
            await fair.patch("product", product["id"], {"status": "terminated"}, fair.provider)
        ).status == 200
        assert (await fair.through(token)).status == 401
        assert (await fair.secret(product)).status == 409
        assert (await fair.patch("product", product["id"], {"status": "active"})).status == 409

    scenario(run, steps)


def test_who_holds_a_product_pauses_it_and_gives_it_up(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering())
        token = await fair.token(product)
        await fair.settled(await fair.about("modify", {"id": product["id"], "status": "suspended"}))
        assert (await fair.through(token)).status == 401
        await fair.settled(await fair.about("modify", {"id": product["id"], "status": "active"}))
        assert (await fair.through(token)).status == 200
        await fair.settled(await fair.about("delete", {"id": product["id"]}))
        assert (await fair.through(token)).status == 401
        found = await fair.get("product", product["id"])
        assert (found["status"], "terminationDate" in found) == ("terminated", True)
        item = {"id": "1", "action": "delete", "product": {"id": product["id"]}}
        again = await fair.ask(
            "POST",
            "/tmf-api/productOrderingManagement/v4/productOrder",
            {"productOrderItem": [item]},
            fair.buyer,
        )
        assert (again.status, b"'terminated'" in again.body) == (409, True)

    scenario(run, steps)


def test_a_buyer_does_not_resume_what_the_provider_suspended(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering())
        await fair.patch("product", product["id"], {"status": "suspended"}, fair.provider)
        item = {"id": "1", "action": "modify", "product": {"id": product["id"], "status": "active"}}
        path = "/tmf-api/productOrderingManagement/v4/productOrder"
        refused = await fair.ask("POST", path, {"productOrderItem": [item]}, fair.buyer)
        assert (refused.status, b"did not suspend" in refused.body) == (409, True)

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


def test_a_trial_is_given_once_to_each_party(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering(**await priced(fair, trial={"days": 30}))
        first, second = await fair.bought(offering), await fair.bought(offering)
        assert first["productPrice"][0]["terms"]["trial"] == {"days": 30}
        assert "trial" not in second["productPrice"][0]["terms"]

    scenario(run, steps)


def test_an_order_that_cannot_be_done_says_why(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        specification = await fair.make("productSpecification", {"name": "Nobody's"})
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


@pytest.mark.parametrize(
    ("price", "status", "word"),
    [
        ({"dutyFreeAmount": {"unit": "USD", "value": 20}}, 409, "USD"),
        ({"dutyFreeAmount": {"unit": "XXQ", "value": 20}}, 400, "XXQ"),
        ({"dutyFreeAmount": {"unit": "EUR", "value": -20}}, 400, "negative"),
        ({"dutyFreeAmount": {"unit": "EUR", "value": 2}}, 409, "it costs 20 EUR"),
    ],
)
def test_what_a_buyer_says_of_the_price_has_to_be_true(run: Run, price: Any, status: int, word: str) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering(**await priced(fair))
        item = {
            "id": "1",
            "action": "add",
            "productOffering": {"id": offering},
            "itemPrice": [{"price": price}],
        }
        path = "/tmf-api/productOrderingManagement/v4/productOrder"
        refused = await fair.ask("POST", path, {"productOrderItem": [item]}, fair.buyer)
        assert (refused.status, word in json.loads(refused.body)["message"]) == (status, True), refused.body
        assert await fair.list("productOrder") == []

    scenario(run, steps)


def money(value: float, unit: str = "EUR") -> dict[str, Any]:
    return {"unit": unit, "value": value}


@pytest.mark.parametrize(
    ("price", "status", "words"),
    [
        ({"dutyFreeAmount": money(20), "taxIncludedAmount": money(24)}, 201, ""),
        ({"dutyFreeAmount": money(20, "USD")}, 409, "is said to cost 20 USD; it costs 20.00 EUR."),
        ({"taxIncludedAmount": money(20)}, 409, "is said to cost 20 EUR; it costs 24.00 EUR."),
        ({"dutyFreeAmount": money(0)}, 409, "is said to cost 0 EUR; it costs 20.00 EUR."),
        ({"dutyFreeAmount": money(-20)}, 400, "is negative: -20."),
        ({"dutyFreeAmount": 20}, 400, "is no money"),
    ],
)
def test_what_a_buyer_says_of_a_total_has_to_be_true(run: Run, price: Any, status: int, words: str) -> None:
    async def steps(fair: Fair) -> None:
        offering = await fair.offering(**await priced(fair, priceType="one-time", name="Once"))
        item = {"id": "1", "action": "add", "productOffering": {"id": offering}}
        path, total = RESOURCES["productOrder"].path, [{"priceType": "total", "price": price}]
        orders = (
            {"productOrderItem": [item], "orderTotalPrice": total},
            {"productOrderItem": [{**item, "itemTotalPrice": total}]},
        )
        for order in orders:
            answer = await fair.ask("POST", path, order, fair.buyer)
            assert (answer.status, words in answer.body.decode()) == (status, True), answer.body
        assert len(await fair.list("productOrder")) == (2 if status == 201 else 0)

    scenario(run, steps)


def test_a_total_is_refused_where_nothing_is_added_and_does_not_change_afterwards(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering(**await priced(fair)))
        item = {"id": "1", "action": "delete", "product": {"id": product["id"]}}
        total = [{"price": {"dutyFreeAmount": money(5, "USD")}}]
        path = RESOURCES["productOrder"].path
        body = {"productOrderItem": [item], "orderTotalPrice": total}
        refused = await fair.ask("POST", path, body, fair.buyer)
        assert (refused.status, b"is said to cost 5 USD; it adds nothing" in refused.body) == (400, True)
        (order,) = await fair.list("productOrder")
        for actor in (fair.buyer, LOCAL):
            changed = await fair.patch("productOrder", order["id"], {"orderTotalPrice": total}, actor)
            assert (changed.status, b"'orderTotalPrice' does not change" in changed.body) == (409, True)

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


class Receiver:
    """An endpoint that keeps the bodies of notifications."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        self.heard.append(await reader.readexactly(size))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def count(self, wanted: int) -> int:
        """How many were heard, once there are as many as wanted, or a while has gone by."""
        for _ in range(300):
            if len(self.heard) >= wanted:
                break
            await asyncio.sleep(0.01)
        return len(self.heard)


@pytest.mark.parametrize("notification", [{}, {"showChanges": True}])
def test_subscriptions_of_a_suspended_product_hear_nothing(run: Run, notification: dict[str, Any]) -> None:
    async def steps(fair: Fair) -> None:
        receiver = Receiver()
        server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
        async with server:
            uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            product = await fair.bought(await fair.offering({"live": True}))
            subscription = {
                "type": "Subscription",
                "entities": [{"type": "Room"}],
                "notification": {"endpoint": {"uri": uri}, **notification},
            }
            token = await fair.token(product)
            made = await fair.through(token, "/ngsi-ld/v1/subscriptions", "POST", subscription)
            assert made.status == 201, made.body

            async def measure(value: int) -> None:
                body = {"co2": {"type": "Property", "value": value}}
                changed = await fair.ask("POST", "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:0/attrs", body)
                assert changed.status == 204, changed.body

            await measure(1001)
            assert await receiver.count(1) == 1
            assert (
                await fair.patch("product", product["id"], {"status": "suspended"}, fair.provider)
            ).status == 200
            await measure(1002)
            await asyncio.sleep(0.5)
            assert (
                await fair.patch("product", product["id"], {"status": "active"}, fair.provider)
            ).status == 200
            present = await fair.through(token, "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:0")
            assert json.loads(present.body)["co2"]["value"] == 1002
            await measure(1003)
            assert await receiver.count(2) == 2
            # what was written meanwhile is said only as the value before, which could be retrieved until then
            assert b'"value":1002' not in b"".join(receiver.heard)
            assert (b'"previousValue":1002' in receiver.heard[-1]) is bool(notification)
            assert b"hush" not in b"".join(receiver.heard)

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


def test_tokens_of_a_secret_that_was_replaced_open_nothing(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering())
        old = await fair.token(product)
        assert (await fair.through(old)).status == 200
        new = await fair.token(product)  # which takes a new secret
        refused = await fair.through(old)
        assert (refused.status, b"secret was replaced" in refused.body) == (401, True)
        assert (await fair.through(new)).status == 200
        held = json.loads((await fair.secret(product)).body)
        assert (await fair.through(new)).status == 401
        again = await fair.token_for(held)
        last = str(json.loads(again.body)["access_token"])
        assert (await fair.through(last)).status == 200
        await revoke_credentials(Market(fair.node.store, now, new_uuid, ""), held["client_id"], LOCAL)
        assert (await fair.through(last)).status == 401

    scenario(run, steps)


def test_a_subscription_of_a_narrowed_token_hears_what_that_was_narrowed_to(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        receiver = Receiver()
        server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
        async with server:
            uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            offering = await fair.offering({"live": True, "attributes": ["co2", "owner"]})
            product = await fair.bought(offering)
            held = json.loads((await fair.secret(product)).body)
            root = "attribute:https://uri.etsi.org/ngsi-ld/default-context"
            narrow = await fair.token_for(held, scope=f"live {root}/co2")
            token = str(json.loads(narrow.body)["access_token"])
            whole = str(json.loads((await fair.token_for(held)).body)["access_token"])
            subscription = {
                "type": "Subscription",
                "entities": [{"type": "Room"}],
                "notification": {"endpoint": {"uri": uri}},
            }
            path = "/ngsi-ld/v1/subscriptions"
            assert (await fair.through(token, path, "POST", subscription)).status == 201
            wide = {
                **subscription,
                "notification": {"endpoint": {"uri": f"{uri}wide"}},
                "watchedAttributes": ["owner"],
            }
            made = await fair.through(whole, path, "POST", wide)
            assert made.status == 201
            other = made.headers["location"]
            assert (await fair.through(token, other)).status == 404
            assert (await fair.through(token, other, "DELETE")).status == 404
            assert len(json.loads((await fair.through(token, path)).body)) == 1
            assert len(json.loads((await fair.through(whole, path)).body)) == 2
            for name, value in (("owner", "hush hush"), ("co2", 1001)):
                body = {name: {"type": "Property", "value": value}}
                await fair.ask("POST", "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:0/attrs", body)
            assert await receiver.count(2) == 2
            narrowed = [each for each in receiver.heard if b"1001" in each]
            assert len(narrowed) == 1
            assert b"hush" not in narrowed[0]

    scenario(run, steps)
