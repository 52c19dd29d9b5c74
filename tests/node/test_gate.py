"""The gate in a whole node: what a token opens of what was bought, and until when."""

from typing import Any

import pytest

from beffroi.web.message import Request
from tests.conftest import Run
from tests.node.gate import ROOMS, SQUARE, City, said, scenario


def test_a_token_lets_through_what_was_bought(run: Run) -> None:
    async def steps(city: City) -> None:
        response = await city.request_token(await city.buy(), scope="read")
        body = said(response)
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
        default = "https://uri.etsi.org/ngsi-ld/default-context/"
        assert body["scope"].split()[0] == "read"
        assert f"type:{default}Room" in body["scope"]
        assert f"attribute:{default}co2" in body["scope"]
        assert response.headers["cache-control"] == "no-store"
        token = body["access_token"]
        rooms = said(await city.ask("GET", ROOMS, token=token))
        assert [set(room) for room in rooms] == [{"id", "type", "co2"}] * 3
        assert (await city.ask("GET", "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1", token=token)).status == 200

    scenario(run, steps)


HIDDEN = [
    ("GET", "/ngsi-ld/v1/entities/urn:ngsi-ld:Secret:9", None, 404),
    ("GET", "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:0", None, 404),  # outside of the area
    ("GET", "/ngsi-ld/v1/entities?type=Secret", None, 200),
    ("GET", "/ngsi-ld/v1/entities?type=Room&q=owner", None, 200),
    ("GET", "/ngsi-ld/v1/entities?type=Room&q=owner==%22hush-4f1c%22&count=true", None, 200),
    ("POST", "/ngsi-ld/v1/entityOperations/query", {"type": "Query", "entities": [{"type": "Secret"}]}, 200),
    ("GET", "/ngsi-ld/v1/types/Secret", None, 404),
    ("GET", "/ngsi-ld/v1/attributes/owner", None, 404),
    ("GET", "/ogc/collections/Secret", None, 404),
    ("GET", "/ogc/collections/Secret/items", None, 404),
    ("GET", "/ogc/collections/Room/items/urn:ngsi-ld:Room:0", None, 404),
    ("GET", "/ogc/collections/Room/items?owner=hush-4f1c", None, 400),
    ("GET", "/sources", None, 404),
    ("GET", "/en/", None, 404),
    ("GET", "/tmf-api/productInventory/v4/product", None, 404),
    ("POST", "/ngsi-ld/v1/entities", {"id": "urn:x:1", "type": "Room"}, 403),
    ("DELETE", "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1", None, 403),
    ("POST", "/ngsi-ld/v1/subscriptions", {"type": "Subscription"}, 403),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), HIDDEN)
def test_what_was_not_bought_does_not_exist(
    run: Run, method: str, path: str, body: object, status: int
) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(area=SQUARE)
        response = await city.ask(method, path, body, token)
        assert response.status == status, response.body
        assert b"hush" not in response.body.replace(b"owner=hush-4f1c", b"")
        assert b"Secret:9" not in response.body or status == 404
        if status == 200:
            assert said(response) == []
            assert response.headers.get("ngsild-results-count", "0") == "0"

    scenario(run, steps)


def test_other_tenants_do_not_exist(run: Run) -> None:
    async def steps(city: City) -> None:
        other = {"ngsild-tenant": "other"}
        await city.ask("POST", "/ngsi-ld/v1/entities", {"id": "urn:x:1", "type": "Room"}, headers=other)
        token = await city.bought()
        for path in (ROOMS, "/ngsi-ld/v1/entities/urn:x:1", "/ogc/collections/Room/items/urn:x:1"):
            known = await city.ask("GET", path, token=token, headers=other)
            unknown = await city.ask("GET", path, token=token, headers={"ngsild-tenant": "never"})
            assert known.status == unknown.status == 404
            assert known.body.replace(b"other", b"never") == unknown.body

    scenario(run, steps)


def test_the_public_side_stays_open_to_a_token(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought()
        assert (await city.ask("GET", "/health", token=token)).status == 200
        assert (await city.ask("GET", "/oauth/jwks", token=token)).status == 200

    scenario(run, steps)


def test_what_becomes_of_a_product_is_known_to_the_requests_of_the_next_turn(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought()
        first, second = object(), object()

        async def status(turn: object) -> int:
            headers = {"host": "127.0.0.1", "authorization": f"Bearer {token}"}
            return (
                await city.node.answer(
                    Request("GET", "/ngsi-ld/v1/entities", "type=Room", headers, turn=turn)
                )
            ).status

        assert (await status(first), await status(first)) == (200, 200)
        holders = city.node.gate.holders
        assert holders.moment(first) == holders.moment(first)
        await city.product("suspended")
        assert (await status(second), await status(second), await status(None)) == (401, 401, 401)

    scenario(run, steps)


@pytest.mark.parametrize("status", ["suspended", "terminated", "pendingActive", "created"])
def test_suspension_and_termination_work_on_the_next_request(run: Run, status: str) -> None:
    async def steps(city: City) -> None:
        held = await city.buy()
        token = await city.token(held)
        assert (await city.ask("GET", ROOMS, token=token)).status == 200
        await city.product(status)
        assert (await city.ask("GET", ROOMS, token=token)).status == 401
        assert said(await city.request_token(held))["error"] == "unauthorized_client"
        await city.product("active")
        assert (await city.ask("GET", ROOMS, token=token)).status == 200

    scenario(run, steps)


def test_a_product_that_changes_changes_what_a_token_opens(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(entityTypes=["Room", "Secret"], attributes=["co2", "owner"])
        assert len(said(await city.ask("GET", "/ngsi-ld/v1/types", token=token))["typeList"]) == 2
        await city.product(attributes=["co2"])
        assert said(await city.ask("GET", "/ngsi-ld/v1/types", token=token))["typeList"] == ["Room"]
        await city.product(entityTypes=["Room", "Secret"], attributes=["co2", "owner", "location"])
        (room, *_) = said(await city.ask("GET", ROOMS, token=token))
        assert "location" not in room, "a token opens no more than its scope says"

    scenario(run, steps)


@pytest.mark.parametrize(
    "period", [{"endDateTime": "2020-01-01T00:00:00Z"}, {"startDateTime": "2999-01-01T00:00:00Z"}]
)
def test_outside_of_its_period_a_product_opens_nothing(run: Run, period: object) -> None:
    async def steps(city: City) -> None:
        token = await city.bought()
        await city.product(period=period)
        assert (await city.ask("GET", ROOMS, token=token)).status == 401

    scenario(run, steps)


@pytest.mark.parametrize(
    "wrong", [{"quota": "much"}, {"area": {"type": "Point"}}, {"live": "perhaps"}, {"rateLimit": -1}]
)
def test_a_product_that_says_nothing_clear_opens_nothing(run: Run, wrong: dict[str, Any]) -> None:
    async def steps(city: City) -> None:
        token = await city.bought()
        await city.product(**wrong)
        assert (await city.ask("GET", ROOMS, token=token)).status == 401

    scenario(run, steps)
