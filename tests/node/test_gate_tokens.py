"""The tokens of the gate in a whole node: who gets one, for what, and which are not ours."""

import asyncio
import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from beffroi.app.world import new_uuid, now
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.market.operations.credentials import revoke_credentials
from beffroi.market.operations.keys import public_keys, rotate, signing_key
from beffroi.market.operations.services import Market
from beffroi.store.port import Find
from beffroi.web.message import LOCAL
from tests.conftest import Run
from tests.node.gate import BASE, ROOMS, City, opened, said, scenario


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


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
        await rotate(city.node.store, now(), "local", "It is due.")
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


def test_an_old_key_is_believed_until_its_tokens_ran_out(run: Run) -> None:
    async def steps(city: City) -> None:
        begun = now()
        await signing_key(city.node.store, begun)
        await rotate(city.node.store, begun, "local", "It is due.")
        assert len(await public_keys(city.node.store, plus_seconds(begun, 599))) == 2
        assert len(await public_keys(city.node.store, Instant(plus_seconds(begun, 606)))) == 1

    scenario(run, steps)
