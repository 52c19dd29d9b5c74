"""A product that somebody holds in a whole node: its secret, its pauses and its end, and who hears of changes."""

import asyncio
import json
from typing import Any

import pytest

from beffroi.app.world import new_uuid, now
from beffroi.market.operations.credentials import revoke_credentials
from beffroi.market.operations.services import Market
from beffroi.web.message import LOCAL, Actor
from tests.conftest import Run
from tests.node.buying import Fair, priced, scenario


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


def test_a_request_for_a_secret_that_comes_again_replaces_none(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering())
        first = await fair.secret(product, once="k")
        assert first.status == 201
        again = await fair.secret(product, once="k")
        assert (again.status, b"Who lost it asks with another key" in again.body) == (409, True)
        assert json.loads(first.body)["client_secret"] not in again.body.decode()
        assert (await fair.token_for(json.loads(first.body))).status == 200
        other = await fair.secret(product, once="l")
        assert (await fair.token_for(json.loads(first.body))).status == 401
        assert (await fair.token_for(json.loads(other.body))).status == 200

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


def test_an_operator_changes_nothing_of_what_was_sold(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        product = await fair.bought(await fair.offering(**await priced(fair)))
        prices = json.loads(json.dumps(product["productPrice"]))
        prices[0]["terms"]["price"]["value"] = 500
        said = [
            {**each, "value": ["Secret", "Room"]} if each["name"] == "entityTypes" else each
            for each in product["productCharacteristic"]
        ]
        frozen: list[dict[str, Any]] = [
            {"productPrice": prices},
            {"productCharacteristic": said},
            {"relatedParty": product["relatedParty"][:1]},
            {"startDate": "2020-01-01T00:00:00Z"},
            {"terminationDate": None},
            {"suspension": [{"startDateTime": "2020-01-01T00:00:00Z", "by": ""}]},
            {"productOrderItem": []},
            {"agreement": []},
            {"ours": 1},
            {"status": "suspended", "productPrice": []},
        ]
        for body in frozen:
            refused = await fair.patch("product", product["id"], body)
            assert (refused.status, b"is sold; its" in refused.body) == (409, True), refused.body
        assert await fair.get("product", product["id"], fair.buyer) == product
        for status in ("suspended", "active", "terminated"):
            body = {"status": status, "statusReason": "The bill is open.", "description": "Rooms"}
            assert (await fair.patch("product", product["id"], body)).status == 200

    scenario(run, steps)


def test_an_operator_changes_a_product_that_no_order_made(run: Run) -> None:
    async def steps(fair: Fair) -> None:
        named = [{"productOrderId": "7", "orderItemId": "1", "orderItemAction": "add"}]
        parties = [{"id": fair.firm, "role": "buyer", "@referredType": "Organization"}]
        body = {"name": "Rooms", "status": "active", "productOrderItem": named, "relatedParty": parties}
        product = await fair.make("product", body)
        free: list[dict[str, Any]] = [{"name": "Halls"}, {"productPrice": []}, {"productOrderItem": None}]
        for change in free:
            assert (await fair.patch("product", product["id"], change)).status == 200

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
