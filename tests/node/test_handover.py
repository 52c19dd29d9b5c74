"""Credentials that a provider hands over: asked for with a signed event, shown once, told what becomes of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from beffroi.config import Settings
from beffroi.kernel.record import Key
from beffroi.market.rules.access.handover import handover_key
from tests.conftest import Run
from tests.node.buying import Fair, a_fair, spec_characteristic
from tests.node.test_through import Service, served

KEY = {"credentials": {"apiKey": "k-1", "seats": 5}}


def specification(service: Service, **more: Any) -> dict[str, Any]:
    said = {
        "endpointUrl": "https://api.example/v1",
        "access": "webhook",
        "credentialsUrl": f"http://127.0.0.1:{service.port}/hand-over?key=hush",
        "rateLimit": 5,
        **more,
    }
    listed = [spec_characteristic(name, value) for name, value in said.items() if value is not None]
    return {"name": "Own keys", "productSpecCharacteristic": listed}


async def offered(fair: Fair, service: Service, **more: Any) -> str:
    made = await fair.make("productSpecification", specification(service, **more))
    body = {
        "name": "Own keys",
        "lifecycleStatus": "Active",
        "productSpecification": {"id": made["id"]},
        "relatedParty": [{"id": fair.city, "role": "seller"}],
    }
    return str((await fair.make("productOffering", body))["id"])


async def events(fair: Fair, service: Service) -> list[dict[str, Any]]:
    """What the service was told, each checked against the keys that the node publishes."""
    keys = KeySet.import_key_set(json.loads((await fair.ask("GET", "/oauth/jwks")).body))
    found = []
    for asked in service.asked:
        head, _, token = asked.partition("\r\n\r\n")
        signed = jws.deserialize_compact(token, keys, algorithms=["ES256"])
        claims = json.loads(signed.payload)
        assert signed.headers()["typ"] == "secevent+jwt"
        assert claims["aud"] == f"http://127.0.0.1:{service.port}/hand-over?key=hush"
        assert f"idempotency-key: {claims['jti']}" in head.lower()
        (name,) = claims["events"]
        found.append({"what": name.rpartition(":")[2], "jti": claims["jti"], **claims["events"][name]})
    return found


async def until(fair: Fair, service: Service, count: int) -> list[dict[str, Any]]:
    for _ in range(500):
        if len(service.asked) >= count:
            await asyncio.sleep(0.02)
            return await events(fair, service)
        await asyncio.sleep(0.01)
    raise AssertionError(f"The service was asked {len(service.asked)} times.")


async def order_says(fair: Fair, order: Any, words: str) -> Any:
    found: Any = None
    for _ in range(500):
        found = await fair.get("productOrder", order["id"])
        if words in json.dumps(found):
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"Nothing says '{words}': {found}")


async def credentials(fair: Fair, product: Any) -> Any:
    """What the holder is shown, once the provider has answered."""
    for _ in range(500):
        answer = await fair.secret(product)
        if answer.status != 202:
            assert answer.status == 201, answer.body
            assert answer.headers["cache-control"] == "no-store"
            return json.loads(answer.body)
        await asyncio.sleep(0.01)
    raise AssertionError("The credentials never come.")


def scenario(run: Run, steps: Callable[[Fair, Service], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        async with served(Service()) as service, a_fair() as fair:
            service.body = json.dumps(KEY).encode()
            await steps(fair, service)

    run(live())


def test_a_provider_hands_over_its_credentials_and_the_buyer_sees_them_once(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        order = await fair.order(await offered(fair, service))
        done = await fair.settled(order)
        product = await fair.get("product", done["productOrderItem"][0]["product"]["id"], fair.buyer)
        assert product["status"] == "active"
        (event,) = await events(fair, service)
        assert event["what"] == "wanted"
        assert (event["order"], event["product"]) == (order["id"], product["id"])
        assert event["scope"] == {"endpointUrl": "https://api.example/v1", "rateLimit": 5}
        assert {"id": fair.firm, "role": "buyer"} in event["relatedParty"]
        assert "hush" not in json.dumps(product)
        kept = (await fair.node.store.read([_kept(product)]))[_kept(product)]
        assert b"k-1" not in kept.document
        assert (await fair.secret(product, fair.provider)).status == 403
        shown = await credentials(fair, product)
        assert shown == {"product": product["id"], **KEY}
        kept = (await fair.node.store.read([_kept(product)]))[_kept(product)]
        assert (kept.body["state"], kept.body["sealed"]) == ("shown", "")

    scenario(run, steps)


def test_asked_again_the_provider_gives_others(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product = await fair.bought(await offered(fair, service))
        await credentials(fair, product)
        service.body = json.dumps({"credentials": {"apiKey": "k-2"}}).encode()
        asked = await fair.secret(product)
        assert (asked.status, asked.headers["retry-after"]) == (202, "2")
        assert (await credentials(fair, product))["credentials"] == {"apiKey": "k-2"}
        assert [each["what"] for each in await events(fair, service)] == ["wanted", "renewed"]
        service.status = 403
        assert (await fair.secret(product)).status == 202
        await until(fair, service, 3)
        again = await fair.secret(product)
        assert (again.status, "status 403" in json.loads(again.body)["reason"]) == (202, True)

    scenario(run, steps)


def test_a_provider_is_told_what_becomes_of_the_product(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        product = await fair.bought(await offered(fair, service))
        for status in ("suspended", "active", "terminated"):
            body = {"status": status, "statusReason": f"now {status}"}
            assert (await fair.patch("product", product["id"], body, fair.provider)).status == 200
        told = await until(fair, service, 4)
        assert [each["what"] for each in told] == ["wanted", "suspended", "resumed", "ended"]
        assert told[1]["status"] == "suspended"
        assert (await fair.secret(product)).status == 409
        assert _kept(product) not in await fair.node.store.read([_kept(product)])

    scenario(run, steps)


def test_a_provider_that_is_late_is_asked_again_with_the_same_key(run: Run) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        service.status = 503
        order = await fair.order(await offered(fair, service))
        found = await order_says(fair, order, "did not hand over the credentials yet")
        assert found["state"] == "inProgress"
        assert "status 503" in found["productOrderItem"][0]["message"]
        service.status = 200
        assert (await fair.settled(order))["state"] == "completed"
        first, second = await events(fair, service)
        assert first["jti"] == second["jti"]

    scenario(run, steps)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, b"", "answers with status 403"),
        (302, b"", "answers with status 302"),
    ],
)
def test_a_refusal_fails_the_order_in_words(run: Run, status: int, body: bytes, words: str) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        service.status, service.body = status, body
        order = await fair.settled(await fair.order(await offered(fair, service)), "failed")
        assert words in order["note"][0]["text"]
        assert "hush" not in order["note"][0]["text"]
        (product,) = await fair.list("product")
        assert (product["status"], words in product["statusReason"]) == ("aborted ", True)

    scenario(run, steps)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"no json", "not JSON"),
        (b'{"apiKey": "k"}', "no object 'credentials'"),
        (b'{"credentials": {}}', "no object 'credentials'"),
        (b'{"credentials": {"a": {"b": "c"}}}', "is no text, number or flag"),
        (b'{"credentials": {"a": "' + b"x" * 9_000 + b'"}}', "is no text, number or flag"),
        (b'{"credentials": {"a": "' + b"x" * 20_000 + b'"}}', "16384 bytes"),
    ],
)
def test_what_is_no_credential_is_not_taken(run: Run, body: bytes, words: str) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        service.body = body
        order = await fair.order(await offered(fair, service))
        found = await order_says(fair, order, "did not hand over the credentials yet")
        assert words in found["productOrderItem"][0]["message"]

    scenario(run, steps)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (None, "says who is asked"),
        ("ftp://firm.example/x", "no HTTP address"),
        ("https://me:hush@firm.example/x", "no HTTP address"),
    ],
)
def test_an_offering_that_names_nobody_to_ask_is_not_published(
    run: Run, address: str | None, words: str
) -> None:
    async def steps(fair: Fair, service: Service) -> None:
        made = await fair.make("productSpecification", specification(service, credentialsUrl=address))
        body = {
            "name": "Own keys",
            "lifecycleStatus": "Active",
            "productSpecification": {"id": made["id"]},
        }
        answer = await fair.ask("POST", "/tmf-api/productCatalogManagement/v4/productOffering", body)
        assert (answer.status, words in answer.body.decode()) == (400, True), answer.body

    scenario(run, steps)


@asynccontextmanager
async def guarded() -> AsyncIterator[tuple[Fair, Service]]:
    async with served(Service()) as service, a_fair(Settings(private_endpoints=False)) as fair:
        yield fair, service


def test_no_private_address_is_called_on_a_providers_word(run: Run) -> None:
    async def live() -> None:
        async with guarded() as (fair, service):
            for address in (None, f"https://127.0.0.1:{service.port}/"):
                more = {"credentialsUrl": address} if address else {}
                order = await fair.settled(await fair.order(await offered(fair, service, **more)), "failed")
                words = "The address 127.0.0.1 is not public" if address else "Secrets go over https only"
                assert words in order["note"][0]["text"]
            assert service.asked == []

    run(live())


def _kept(product: Any) -> Key:
    return handover_key(product["id"])
