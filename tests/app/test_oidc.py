"""Signing in by a provider: a small simulated one that signs what a test wants, and all that is refused."""

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp import web
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from beffroi.app.access import actor_of
from beffroi.app.node import Node
from beffroi.app.oidc.people import read_people
from beffroi.app.opening import open_node
from beffroi.app.world import now
from beffroi.config import Settings
from beffroi.kernel.instant import datetime_of
from beffroi.kernel.problem import Problem
from beffroi.web.message import Request, Response
from tests.conftest import Run

CLIENT = "beffroi"
TABLE = """
claim = "email"
[people."ana@city.test"]
roles = ["provider"]
party = "firm-1"
"""


@dataclass
class Simulated:
    """A provider; `claims`, `header` and `key` change what its next ID token says and who signs it."""

    address: str = ""
    issuer: str = ""
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True))
    signer: Any = None
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    asked: dict[str, str] = field(default_factory=dict)
    exchanged: list[dict[str, str]] = field(default_factory=list)
    said: dict[str, bytes] = field(default_factory=dict)

    @web.middleware
    async def instead(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """What a test has put in the place of an answer."""
        if request.path in self.said:
            return web.Response(body=self.said[request.path], content_type="application/json")
        return await handler(request)

    async def metadata(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer or self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
            }
        )

    async def keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def exchange(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.exchanged.append({**form, "authorization": request.headers.get("authorization", "")})
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if challenge != self.asked["code_challenge"] or form["code"] != "the-code":
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": self.token or self._signed(), "token_type": "Bearer"})

    def _signed(self) -> str:
        moment = int(datetime_of(now()).timestamp())
        claims = {
            "iss": self.address, "aud": CLIENT, "sub": "ana-7", "nonce": self.asked["nonce"],
            "iat": moment, "exp": moment + 300, "email": "ana@city.test", "email_verified": True, **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": self.key.kid, **self.header}
        return jws.serialize_compact(
            header, json.dumps(claims), self.signer or self.key, algorithms=[header["alg"]]
        )


@asynccontextmanager
async def a_provider() -> AsyncIterator[Simulated]:
    provider = Simulated()
    app = web.Application(middlewares=[provider.instead])
    app.router.add_get("/.well-known/openid-configuration", provider.metadata)
    app.router.add_get("/keys", provider.keys)
    app.router.add_post("/token", provider.exchange)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    provider.address = f"http://127.0.0.1:{port}"
    try:
        yield provider
    finally:
        await runner.cleanup()


async def get(node: Node, path: str, cookie: str = "") -> Response:
    route, _, query = path.partition("?")
    headers = {"host": "127.0.0.1:1026", **({"cookie": cookie} if cookie else {})}
    return await node.answer(Request("GET", route, query, headers, b"", "http://127.0.0.1:1026"))


async def begun(node: Node, provider: Simulated, after: str = "") -> tuple[str, str]:
    """The cookie and the state of a sign-in that went to the provider."""
    answer = await get(node, "/oidc/begin?" + urlencode({"after": after}))
    assert answer.status == 303, answer.body
    provider.asked = {
        name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
    }
    assert "HttpOnly" in answer.headers["set-cookie"]
    return answer.headers["set-cookie"].partition(";")[0], provider.asked["state"]


def scenario(run: Run, tmp_path: Path, steps: Callable[[Node, Simulated], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        table = tmp_path / "people.toml"
        table.write_text(TABLE)
        async with a_provider() as provider:
            settings = Settings(
                open_access=False, oidc_issuer=provider.address, oidc_client_id=CLIENT,
                oidc_secret="hush", oidc_people=table,
            )  # fmt: skip
            async with open_node(settings) as node:
                await steps(node, provider)

    run(live())


async def who(node: Node, answer: Response) -> Any:
    session = answer.headers["set-cookie"].partition(";")[0]
    assert "SameSite=Strict" in answer.headers["set-cookie"]
    return await actor_of(node.store, Request("GET", "/", headers={"cookie": session}), now())


def test_who_stands_in_the_table_signs_in_with_roles_and_party(run: Run, tmp_path: Path) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        cookie, state = await begun(node, provider, "/en/types?x=1")
        assert provider.asked["code_challenge_method"] == "S256"
        assert provider.asked["redirect_uri"] == "http://127.0.0.1:1026/oidc/return"
        answer = await get(node, f"/oidc/return?code=the-code&state={state}", cookie)
        assert answer.status == 200, answer.body
        assert b"url=/en/types?x=1" in answer.body
        actor = await who(node, answer)
        assert (actor.roles, actor.party, actor.may) == ({"provider"}, "firm-1", {"trade"})
        assert actor.name.startswith("ana@city.test (127.0.0.1")
        assert provider.exchanged[0]["authorization"].startswith("Basic ")
        assert b"Sign in by the city" in (await get(node, "/en/sign-in")).body

    scenario(run, tmp_path, steps)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "bob@city.test"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": None},
        {"email": ["ana@city.test"]},
    ],
)
def test_who_does_not_is_signed_in_without_roles(run: Run, tmp_path: Path, claims: dict[str, Any]) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        provider.claims = claims
        cookie, state = await begun(node, provider)
        actor = await who(node, await get(node, f"/oidc/return?code=the-code&state={state}", cookie))
        assert (actor.roles, actor.party, actor.may) == (frozenset(), "", frozenset())

    scenario(run, tmp_path, steps)


MOMENT = int(datetime_of(now()).timestamp())
FORGED: list[dict[str, Any]] = [
    {"claims": {"iss": "https://other.test"}},
    {"claims": {"aud": "other"}},
    {"claims": {"aud": [CLIENT, "other"]}},
    {"claims": {"azp": "other"}},
    {"claims": {"aud": [CLIENT, "other"], "azp": "other"}},
    {"claims": {"nonce": "other"}},
    {"claims": {"nonce": None}},
    {"claims": {"exp": 1_000}},
    {"claims": {"exp": None}},
    {"claims": {"exp": "soon"}},
    {"claims": {"iat": MOMENT + 7_200, "exp": MOMENT + 7_300}},
    {"claims": {"iat": 1_000, "exp": 10**11}},
    {"claims": {"sub": None}},
    {"claims": {"sub": 7}},
    {"signer": ECKey.generate_key("P-256")},
    {"signer": OctKey.generate_key(256), "header": {"alg": "HS256"}},
    {"header": {"kid": "unknown"}},
    {"token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbmEifQ."},
    {"token": "nonsense"},
    {"token": "a.b.c"},
]


@pytest.mark.parametrize("forgery", FORGED)
@pytest.mark.filterwarnings("ignore")
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(
    run: Run, tmp_path: Path, forgery: dict[str, Any]
) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        for name, value in forgery.items():
            setattr(provider, name, value)
        cookie, state = await begun(node, provider)
        answer = await get(node, f"/oidc/return?code=the-code&state={state}", cookie)
        assert answer.status == 403, answer.body
        assert "set-cookie" not in answer.headers
        assert b"hush" not in answer.body

    scenario(run, tmp_path, steps)


def test_a_sign_in_is_of_one_browser_and_comes_back_once(run: Run, tmp_path: Path) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        cookie, state = await begun(node, provider)
        path = f"/oidc/return?code=the-code&state={state}"
        other, _ = await begun(node, provider)
        assert (await get(node, path)).status == 403, "no cookie"
        assert (await get(node, path, other)).status == 403, "another browser's cookie"
        assert not provider.exchanged
        cookie, state = await begun(node, provider)
        assert (await get(node, "/oidc/return?code=the-code&state=other", cookie)).status == 403
        assert (await get(node, f"/oidc/return?code=the-code&state={state}", cookie)).status == 403, "used up"
        cookie, state = await begun(node, provider)
        path = f"/oidc/return?code=the-code&state={state}"
        assert (await get(node, f"{path}&iss=https://other.test", cookie)).status == 403
        cookie, state = await begun(node, provider)
        path = f"/oidc/return?code=the-code&state={state}"
        assert (await get(node, path, cookie)).status == 200
        assert (await get(node, path, cookie)).status == 403, "a second time"
        assert len(provider.exchanged) == 1

    scenario(run, tmp_path, steps)


def test_what_goes_wrong_is_said(run: Run, tmp_path: Path) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        cookie, state = await begun(node, provider)
        denied = await get(node, f"/oidc/return?error=access_denied&state={state}", cookie)
        assert (denied.status, b"access_denied" in denied.body) == (403, True)
        cookie, state = await begun(node, provider)
        wrong = await get(node, f"/oidc/return?code=another&state={state}", cookie)
        assert (wrong.status, b"answers 400" in wrong.body) == (502, True)

    scenario(run, tmp_path, steps)


def test_a_discovery_document_of_somebody_else_is_refused(run: Run, tmp_path: Path) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        provider.issuer = "https://other.test"
        answer = await get(node, "/oidc/begin")
        assert (answer.status, b"another issuer" in answer.body) == (502, True)

    scenario(run, tmp_path, steps)


NO_OBJECTS = [
    b"<html>busy</html>", b"", b"[1]", b"null", b'{"keys": [], "keys": []}', b'{"keys": "\\ud800"}', b"[" * 2_000,
    b'{"keys": "\xff"}', b'{"keys": ' + b"1" * 30 + b"}",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize("said", NO_OBJECTS)
def test_a_provider_whose_answer_is_no_json_object_is_refused(
    run: Run, tmp_path: Path, path: str, said: bytes
) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        if path == "/.well-known/openid-configuration":
            provider.said[path] = said
            answer = await get(node, "/oidc/begin")
        else:
            cookie, state = await begun(node, provider)
            provider.said[path] = said
            answer = await get(node, f"/oidc/return?code=the-code&state={state}", cookie)
        assert (answer.status, b"answers what is no JSON object" in answer.body) == (502, True), answer.body

    scenario(run, tmp_path, steps)


@pytest.mark.parametrize(
    "key",
    [7, None, {}, {"kty": []}, {"kty": {}, "use": []}, {"kty": "EC"}, {"kty": "EC", "crv": [], "x": 1, "y": {}},
     {"kty": "EC", "crv": "P-256", "x": "é", "y": "="}, {"kty": "RSA", "n": "AQ", "e": "AQ"},
     {"kty": "OKP", "crv": "Ed25519", "x": ""}, {"kty": "OKP", "crv": "Ed25519", "x": "A", "kid": []},
     {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "key_ops": 7}],
)  # fmt: skip
def test_a_provider_whose_keys_cannot_be_used_is_refused(run: Run, tmp_path: Path, key: Any) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        cookie, state = await begun(node, provider)
        provider.said["/keys"] = json.dumps({"keys": [key]}).encode()
        answer = await get(node, f"/oidc/return?code=the-code&state={state}", cookie)
        assert answer.status in {403, 502}, answer.body

    scenario(run, tmp_path, steps)


@pytest.mark.parametrize(
    "address", [None, 7, [], "", "/authorize", "javascript:alert(1)", "https://[", "https://[v1.x",
                "https://a.test/\r\nset-cookie: a=b", "https://a.test/é", "https://a b.test/", "https://"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_an_address_of_a_provider_that_cannot_be_used_is_refused(
    run: Run, tmp_path: Path, name: str, address: Any
) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        metadata = json.loads((await provider.metadata(None)).body)  # type: ignore[arg-type]
        provider.said["/.well-known/openid-configuration"] = json.dumps({**metadata, name: address}).encode()
        if name == "authorization_endpoint":
            answer = await get(node, "/oidc/begin")
        else:
            cookie, state = await begun(node, provider)
            answer = await get(node, f"/oidc/return?code=the-code&state={state}", cookie)
        assert answer.status == 502, answer.body

    scenario(run, tmp_path, steps)


@pytest.mark.parametrize(
    "after", ["https://other.test/", "//other.test", "/\\other.test", "javascript:alert(1)"]
)
def test_after_signing_in_nobody_is_sent_elsewhere(run: Run, tmp_path: Path, after: str) -> None:
    async def steps(node: Node, provider: Simulated) -> None:
        cookie, state = await begun(node, provider, after)
        answer = await get(node, f"/oidc/return?code=the-code&state={state}", cookie)
        assert b'url=/"' in answer.body

    scenario(run, tmp_path, steps)


@pytest.mark.parametrize(
    "text",
    ["claim = 7", "people = 3", '[people.ana]\nroles = ["king"]', "[people.ana]\nroles = 3", "what is this"],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    table = tmp_path / "people.toml"
    table.write_text(text)
    with pytest.raises(Problem):
        read_people(table)
