"""The gate in a whole node: tokens that are good and tokens that are not, and access to what was bought."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.app.world import new_uuid, now
from beffroi.config import Settings
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.record import Change, Commit, Key, document_of
from beffroi.market.operations.credentials import make_credentials, revoke_credentials
from beffroi.market.operations.keys import public_keys, rotate, signing_key
from beffroi.market.operations.services import Market
from beffroi.market.rules.access.credentials import Credentials
from beffroi.market.rules.access.usage_chain import verify
from beffroi.store.port import Find
from beffroi.web.message import LOCAL, Request, Response
from tests.conftest import Run

BASE = "http://127.0.0.1:1026"
PRODUCT = "7d4a"
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


ROOMS = "/ngsi-ld/v1/entities?type=Room"


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


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (base64.urlsafe_b64decode(piece + "==") for piece in token.split("."))
    return json.loads(header), json.loads(claims)


async def forged(city: City, token: str, how: str) -> str:
    header, claims = opened(token)
    key = await signing_key(city.node.store, now())

    def signed(
        header: dict[str, Any], claims: dict[str, Any], with_key: Any = key, alg: str = "ES256"
    ) -> str:
        return jws.serialize_compact(header, json.dumps(claims), with_key, algorithms=[alg])

    moment = claims["iat"]
    match how:
        case "no algorithm":
            return f"{part({**header, 'alg': 'none'})}.{token.split('.')[1]}."
        case "the public key as a secret":
            body = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
            mac = hmac.digest(key.as_pem(private=False), body.encode(), "sha256")
            return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        case "another key":
            return signed(header, claims, ECKey.generate_key("P-256"))
        case "an unknown key":
            return signed({**header, "kid": "nobody"}, claims)
        case "no kid":
            return signed({name: value for name, value in header.items() if name != "kid"}, claims)
        case "changed claims":
            return f"{token.split('.', maxsplit=1)[0]}.{part({**claims, 'product': 'other'})}.{token.split('.')[2]}"
        case "another audience":
            return signed(header, {**claims, "aud": "https://other.example"})
        case "another issuer":
            return signed(header, {**claims, "iss": "https://other.example"})
        case "expired":
            return signed(header, {**claims, "iat": moment - 700, "nbf": moment - 700, "exp": moment - 100})
        case "not yet":
            return signed(header, {**claims, "iat": moment + 100, "nbf": moment + 100, "exp": moment + 700})
        case "too long":
            return signed(header, {**claims, "exp": moment + 7_000})
        case "no end":
            return signed(header, {name: value for name, value in claims.items() if name != "exp"})
        case "another type":
            return signed({**header, "typ": "JWT"}, claims)
        case "key in the header":
            own = ECKey.generate_key("P-256")
            return signed({**header, "jwk": own.as_dict(private=False)}, claims, own)
        case _:
            return "a.b.c"


FORGERIES = [
    "no algorithm", "the public key as a secret", "another key", "an unknown key", "no kid", "changed claims",
    "another audience", "another issuer", "expired", "not yet", "too long", "no end", "another type", "key in the header",
    "nonsense",
]  # fmt: skip


@pytest.mark.parametrize("how", FORGERIES)
@pytest.mark.filterwarnings("ignore")
def test_a_token_that_is_not_ours_opens_nothing(run: Run, how: str) -> None:
    async def steps(city: City) -> None:
        token = await city.bought()
        assert (await city.ask("GET", ROOMS, token=token)).status == 200
        response = await city.ask("GET", ROOMS, token=await forged(city, token, how))
        assert response.status == 401, response.body
        assert 'error="invalid_token"' in response.headers["www-authenticate"]
        assert b"co2" not in response.body

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


def test_the_purpose_is_stated_and_agreed(run: Run) -> None:
    async def steps(city: City) -> None:
        held = await city.buy(purpose=["research", "planning"])
        assert said(await city.request_token(held))["error"] == "invalid_request"
        assert said(await city.request_token(held, purpose="selling"))["error"] == "invalid_request"
        token = await city.token(held, purpose="research")
        assert opened(token)[1]["purpose"] == "research"
        assert (await city.ask("GET", ROOMS, token=token)).status == 200
        await city.product(purpose=["planning"])
        assert (await city.ask("GET", ROOMS, token=token)).status == 403

    scenario(run, steps)


def test_a_token_may_be_asked_for_less(run: Run) -> None:
    async def steps(city: City) -> None:
        held = await city.buy(entityTypes=["Room", "Secret"], live=True)
        scope = "type:https://uri.etsi.org/ngsi-ld/default-context/Secret"
        token = await city.token(held, scope=scope)
        assert said(await city.ask("GET", "/ngsi-ld/v1/types", token=token))["typeList"] == ["Secret"]
        body = {
            "type": "Subscription",
            "entities": [{"type": "Secret"}],
            "notification": {"endpoint": {"uri": BASE}},
        }
        assert (await city.ask("POST", "/ngsi-ld/v1/subscriptions", body, token)).status == 403
        whole = await city.token(held)
        assert (await city.ask("POST", "/ngsi-ld/v1/subscriptions", body, whole)).status == 201
        assert said(await city.request_token(held, scope="write"))["error"] == "invalid_scope"

    scenario(run, steps)


BAD_FORMS = [
    (b"", "invalid_request"),
    (b"grant_type=password", "unsupported_grant_type"),
    (b"grant_type=client_credentials", "invalid_client"),
    (b"grant_type=client_credentials&client_id=a&client_secret=b", "invalid_client"),
    (b"grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
    (
        b"grant_type=client_credentials&client_id=a&client_secret=b&resource=https://other.example",
        "invalid_target",
    ),
    (b"\xff\xfe=%zz", "invalid_request"),
]


@pytest.mark.parametrize(("form", "error"), BAD_FORMS)
def test_a_bad_request_for_a_token_is_refused(run: Run, form: bytes, error: str) -> None:
    async def steps(city: City) -> None:
        response = await city.post_form(form)
        assert response.status == (401 if error == "invalid_client" else 400)
        assert said(response)["error"] == error
        assert response.headers["cache-control"] == "no-store"

    scenario(run, steps)


def test_a_client_may_use_basic_and_its_credentials_can_be_taken_back(run: Run) -> None:
    async def steps(city: City) -> None:
        held = await city.buy()
        pair = base64.b64encode(f"{held.client}:{held.secret}".encode()).decode()
        basic = {"authorization": f"Basic {pair}"}
        assert (await city.post_form(b"grant_type=client_credentials", basic)).status == 200
        both = f"grant_type=client_credentials&client_secret={held.secret}".encode()
        assert said(await city.post_form(both, basic))["error"] == "invalid_request"
        wrong = {"authorization": "Basic " + base64.b64encode(f"{held.client}:no".encode()).decode()}
        assert (await city.post_form(b"grant_type=client_credentials", wrong)).status == 401
        await revoke_credentials(Market(city.node.store, now, new_uuid, ""), held.client, LOCAL)
        assert (await city.post_form(b"grant_type=client_credentials", basic)).status == 401

    scenario(run, steps)


def test_what_is_published_leads_to_the_keys_and_shows_no_secret(run: Run) -> None:
    async def steps(city: City) -> None:
        server = said(await city.ask("GET", "/.well-known/oauth-authorization-server"))
        assert server["issuer"] == BASE
        assert server["token_endpoint"] == f"{BASE}/oauth/token"
        first = said(await city.ask("GET", server["jwks_uri"].removeprefix(BASE)))["keys"]
        assert [sorted(key) for key in first] == [["alg", "crv", "kid", "kty", "use", "x", "y"]]
        held = await city.buy()
        old = await city.token(held)
        await rotate(city.node.store, now())
        both = said(await city.ask("GET", "/oauth/jwks"))["keys"]
        assert [key["kid"] for key in both][:-1] == [first[0]["kid"]]
        assert all("d" not in key for key in both)
        new = await city.token(held)
        assert opened(new)[0]["kid"] == both[1]["kid"]
        await asyncio.sleep(1.1)  # an unknown kid is looked up again after a second
        for token in (old, new):
            assert (await city.ask("GET", ROOMS, token=token)).status == 200
        stored = await city.node.store.find(Find("", "credential", limit=None))
        assert all(held.secret not in record.document.decode() for record in stored.records)

    scenario(run, steps)


def test_a_spent_quota_says_until_when(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(quota={"metric": "requests", "amount": 2, "period": "month"})
        first = await city.ask("GET", ROOMS, token=token)
        assert first.headers["ratelimit-policy"] == '"requests-month";q=2;w=2678400'
        assert first.headers["ratelimit"].startswith('"requests-month";r=1;t=')
        assert (await city.ask("GET", "/ngsi-ld/v1/entities/urn:x:none", token=token)).status == 404
        assert (await city.ask("GET", ROOMS, token=token)).status == 200, (
            "what was not answered is not counted"
        )
        refused = await city.ask("GET", ROOMS, token=token)
        assert refused.status == 429
        assert int(refused.headers["retry-after"]) > 0
        assert b"is spent until 2" in refused.body
        assert b"co2" not in refused.body
        ogc = await city.ask("GET", "/ogc/collections", token=token)
        assert (ogc.status, ogc.headers["content-type"]) == (429, "application/problem+json")

    scenario(run, steps)


def test_of_two_requests_for_the_last_unit_one_passes(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(quota={"metric": "requests", "amount": 5, "period": "day"})
        answers = await asyncio.gather(*(city.ask("GET", ROOMS, token=token) for _ in range(12)))
        assert sorted(each.status for each in answers) == [200] * 5 + [429] * 7

    scenario(run, steps)


def test_an_answer_that_is_more_than_is_left_is_refused(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(quota={"metric": "entities", "amount": 4, "period": "day"})
        assert (await city.ask("GET", ROOMS, token=token)).status == 200
        refused = await city.ask("GET", ROOMS, token=token)
        assert (refused.status, b"Only 1 are left" in refused.body) == (429, True)
        assert (await city.ask("GET", ROOMS + "&limit=1", token=token)).status == 200

    scenario(run, steps)


def test_a_rate_is_kept(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(rateLimit=2)
        answers = [await city.ask("GET", ROOMS, token=token) for _ in range(20)]
        refused = [each for each in answers if each.status == 429]
        assert len(refused) >= 10
        assert refused[0].headers["retry-after"] == "1"
        assert answers[0].headers["ratelimit-policy"] == '"rate";q=2;w=1'

    scenario(run, steps)


async def usage(city: City) -> list[Any]:
    await city.node.gate.holders.fold()
    found = await city.node.store.find(Find("", "tmf:usage", limit=None))
    return [record.body for record in found.records]


def test_every_answer_is_counted_once(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought()
        answers = [
            await city.ask("GET", ROOMS, token=token),
            await city.ask("GET", "/ngsi-ld/v1/entities/urn:ngsi-ld:Room:1", token=token),
            await city.ask("GET", "/ogc/collections/Room/items", token=token),
            await city.ask("GET", "/ogc/collections/Room/items/urn:ngsi-ld:Room:1", token=token),
            await city.ask("GET", "/ngsi-ld/v1/types", token=token),
            await city.ask("GET", ROOMS, token=token, headers={"accept": "application/geo+json"}),
        ]
        assert {each.status for each in answers} == {200}
        await city.ask("GET", "/ngsi-ld/v1/entities/urn:x:none", token=token)
        rows = await usage(city)
        assert verify(rows) is None
        total = rows[-1]["meter"]["total"]
        size = sum(len(each.body) for each in answers)
        assert total == {"requests": 6, "entities": 11, "bytes": size, "notifications": 0}
        assert len(await usage(city)) == len(rows), "nothing is folded twice"

    scenario(run, steps)


def test_long_answers_are_counted_piece_by_piece(run: Run) -> None:
    async def steps(city: City) -> None:
        for number in range(100, 1_300):
            await city.add("Room", number, 3.5)
        token = await city.bought()
        response = await city.ask("GET", "/ogc/collections/Room/items?limit=1100", token=token)
        assert response.pieces is not None
        size = sum([len(piece) async for piece in response.pieces])
        total = (await usage(city))[-1]["meter"]["total"]
        assert total == {"requests": 1, "entities": 1_100, "bytes": size, "notifications": 0}

    scenario(run, steps)


def test_quotas_go_on_after_a_restart(run: Run, tmp_path: Path) -> None:
    async def live() -> None:
        settings = Settings(data=f"sqlite:{tmp_path / 'city.db'}")
        async with a_city(settings) as city:
            token = await city.bought(quota={"metric": "requests", "amount": 3, "period": "day"})
            for _ in range(2):
                assert (await city.ask("GET", ROOMS, token=token)).status == 200
        async with open_node(settings) as node:
            again = City(node)
            statuses = [(await again.ask("GET", ROOMS, token=token)).status for _ in range(2)]
            assert statuses == [200, 429]

    run(live())


def test_an_old_key_is_believed_until_its_tokens_ran_out(run: Run) -> None:
    async def steps(city: City) -> None:
        begun = now()
        await signing_key(city.node.store, begun)
        await rotate(city.node.store, begun)
        assert len(await public_keys(city.node.store, plus_seconds(begun, 599))) == 2
        assert len(await public_keys(city.node.store, Instant(plus_seconds(begun, 606)))) == 1

    scenario(run, steps)


def test_a_query_of_consumption_counts_what_was_answered_a_moment_ago(run: Run) -> None:
    async def steps(city: City) -> None:
        token = await city.bought(quota={"metric": "requests", "amount": 10, "period": "month"})
        path = "/tmf-api/usageConsumption/v4/queryUsageConsumption"
        for used in range(1, 4):
            assert (await city.ask("GET", ROOMS, token=token)).status == 200
            answer = await city.ask("POST", path, {"searchCriteria": {"product": [{"id": PRODUCT}]}})
            (bucket,) = [
                bucket
                for bucket in said(answer)["usageConsumption"][0]["bucketRefOrValue"]
                if bucket["usageType"] == "requests"
            ]
            assert bucket["remainingValue"]["amount"] == 10 - used

    scenario(run, steps)
