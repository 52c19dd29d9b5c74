"""A node that needs sign-in: who may do what, and that no secret is told to anybody."""

import http.client
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from beffroi.app.documents import DOCUMENT_ROUTES
from beffroi.broker.routes import ROUTES
from beffroi.broker.wire.answers import ROOT
from beffroi.market.routes.auditing import AUDIT_ROUTES
from beffroi.market.routes.dcat import DCAT_ROUTES
from beffroi.market.routes.inventory import INVENTORY_ROUTES
from beffroi.market.routes.levels import LEVEL_ROUTES
from beffroi.market.routes.offers import OFFER_ROUTES
from beffroi.market.routes.ratings import RATING_ROUTES
from beffroi.market.routes.tmf import TMF_ROUTES
from beffroi.network.routes import NETWORK_ROUTES
from beffroi.network.routes.feed import DID_ROUTES
from beffroi.network.routes.nodes import NODE_ROUTES
from beffroi.network.rules.kind import ROOT as NETWORK
from beffroi.ogc.routes import OGC_ROUTES
from beffroi.portal.routes import PORTAL_ROUTES
from beffroi.sources.routes import ROUTES as SOURCE_ROUTES
from beffroi.web.routing import Route
from tests.node.process import ENTITIES, Answer, NodeProcess, beffroi, room

TABLES: tuple[tuple[str, Sequence[Route[Any]]], ...] = (
    ("", PORTAL_ROUTES),
    ("", DOCUMENT_ROUTES),
    (ROOT, ROUTES),
    ("/ogc", OGC_ROUTES),
    ("/sources", SOURCE_ROUTES),
    ("/tmf-api", TMF_ROUTES),
    ("/market", (*INVENTORY_ROUTES, *AUDIT_ROUTES)),
    (NETWORK, (*NETWORK_ROUTES, *NODE_ROUTES)),
    ("", DID_ROUTES),
    ("", (*DCAT_ROUTES, *OFFER_ROUTES, *LEVEL_ROUTES, *RATING_ROUTES)),
)
EVERY = sorted(
    {(route.method, prefix + route.path, route.needs) for prefix, routes in TABLES for route in routes}
)
SECRET = "hush-4f1c"
VALUE = b"7357173571"
FORM_WITHOUT_PROOF = (b"This form is not valid any more", "Ce formulaire n’est plus valable".encode())
"""A page that takes a form refuses one that no page of ours has shown, whoever sends it."""
RIGHTS = {"nothing", "browse", "read", "trade", "steer", "coordinate", "judge", "write", "operate"}
FOR_ROLES = {"/en/market/audit", "/fr/market/audit", "/market/audit"}
"""Pages that ask for a role besides the right."""


def address(template: str) -> str:
    """An address of a row; the arguments lead to things that are there where there are any."""
    known = {
        "{id}": "urn:ngsi-ld:Room:1",
        "{type}": "Room",
        "{attribute}": "n",
        "{collection}": "Room",
        "{feature}": "urn:ngsi-ld:Room:1",
        "{format}": "csv",
    }
    return re.sub(r"\{\w+\}", lambda found: known.get(found[0], "nothing"), template)


class Guarded:
    """A node with sign-in, and a token for every right."""

    def __init__(self, node: NodeProcess, tokens: Mapping[str, str]) -> None:
        self.node, self.tokens = node, tokens

    def ask(self, who: str, method: str, path: str, body: object = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.node.call(method, path, body, {"Authorization": f"Bearer {self.tokens[who]}", **named})


def made_token(folder: Path, *rights: str) -> str:
    options = [option for right in rights for option in ("--may", right)]
    done = beffroi("token", "add", "-".join(rights), "--data", str(folder / "data"), *options, folder=folder)
    assert done.returncode == 0, done
    return done.stdout.strip()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    tokens = {
        "reader": made_token(folder, "read"),
        "firm": made_token(folder, "trade"),
        "trader": made_token(folder, "read", "trade"),
        "writer": made_token(folder, "read", "write"),
        "operator": made_token(folder, "read", "write", "operate"),
    }
    with NodeProcess(folder, str(folder / "data"), "--no-open-access") as node:
        found = Guarded(node, tokens)
        assert found.ask("writer", "POST", ENTITIES, room(1, n=int(VALUE))).status == 201
        yield found
        told = node.told()
        for token in tokens.values():
            assert token not in told
        assert SECRET not in told


@pytest.mark.parametrize(("method", "path", "needs"), EVERY, ids=lambda value: str(value))
def test_every_row_asks_for_what_it_needs(guarded: Guarded, method: str, path: str, needs: str) -> None:
    assert needs in RIGHTS
    at = address(path)
    body: dict[str, object] | None = {} if method in {"POST", "PUT", "PATCH"} else None
    without = guarded.node.call(method, at, body)
    if needs == "nothing":
        assert without.status != 401
        return
    assert without.status == 401
    assert without.headers["www-authenticate"].startswith("Bearer")
    assert VALUE not in without.body
    reader = guarded.ask("reader", "HEAD" if at == "/live" else method, at, body)
    if path in FOR_ROLES:
        assert reader.status == 403, reader
        assert guarded.ask("operator", method, at).status == 200
    elif needs in {"read", "browse"}:
        unproven = method == "POST" and any(said in reader.body for said in FORM_WITHOUT_PROOF)
        assert reader.status not in {401, 403} or (reader.status == 403 and unproven), reader
    else:
        assert reader.status == 403, reader
    if needs == "write":
        assert guarded.ask("trader", method, at, body).status == 403
    if needs == "operate":
        assert guarded.ask("writer", method, at, body).status == 403


def test_who_only_trades_sees_the_market_and_no_data(guarded: Guarded) -> None:
    for path in ("/tmf-api/productCatalogManagement/v4/productOffering", "/en/market"):
        assert guarded.ask("firm", "GET", path).status == 200
    data = (
        f"{ENTITIES}?type=Room", f"{ENTITIES}/urn:ngsi-ld:Room:1", f"{ROOT}/types", "/ogc/collections/Room/items",
        "/en/data/Room", "/sources", "/live", "/en/", "/en/marketing", "/tmf-apix",
    )  # fmt: skip
    for path in data:
        answer = guarded.ask("firm", "GET", path)
        assert answer.status in {403, 404}, path
        assert VALUE not in answer.body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unknown_page_tells_nothing(guarded: Guarded, method: str) -> None:
    assert guarded.node.call(method, "/nothing").status == 404


def test_an_open_node_takes_who_says_who_they_are_as_that(tmp_path: Path) -> None:
    reader = made_token(tmp_path, "read")
    with NodeProcess(tmp_path, str(tmp_path / "data")) as node:
        named = {"Authorization": f"Bearer {reader}"}
        assert node.call("POST", ENTITIES, room(1), named).status == 403
        assert node.call("POST", ENTITIES, room(1)).status == 201
        assert node.get(f"{ENTITIES}/urn:ngsi-ld:Room:1", named).status == 200
        assert node.call("POST", ENTITIES, room(2), {"Cookie": "beffroi_session=gone"}).status == 201


def test_a_token_that_does_not_hold_is_no_missing_one_on_an_open_node(tmp_path: Path) -> None:
    """RFC 6750, section 3.1."""
    with NodeProcess(tmp_path, str(tmp_path / "data")) as node:
        for stale in ("Bearer bef_gone", "Bearer ", "bearer x"):
            headers = {"Authorization": stale}
            for refused in (
                node.call("POST", ENTITIES, room(1), headers),
                node.get(f"{ENTITIES}?type=Room", headers),
            ):
                assert refused.status == 401
                assert 'error="invalid_token"' in refused.headers["www-authenticate"]
        assert node.get(f"{ENTITIES}/urn:ngsi-ld:Room:1").status == 404


def test_only_the_whole_token_opens(guarded: Guarded) -> None:
    token = guarded.tokens["reader"]
    path = f"{ENTITIES}?type=Room"
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert guarded.node.get(path, {"Authorization": f"{scheme} {token}"}).status == 200
    wrong = [
        token[:-1], token + "a", token.upper(), token.swapcase(), token[4:], "", "null", "undefined", "*", "' OR 1=1 --",
        token.removeprefix("bef_"), f"{token},{token}", f'"{token}"', "a" * 60_000,
    ]  # fmt: skip
    for bad in wrong:
        assert guarded.node.get(path, {"Authorization": f"Bearer {bad}"}).status == 401, bad[:50]
    for header in (token, f"Basic {token}", f"Token {token}", "Bearer", f"Bearer{token}"):
        assert guarded.node.get(path, {"Authorization": header}).status == 401
    assert guarded.node.get(f"{path}&access_token={token}").status in {400, 401}
    assert guarded.node.get(path, {"X-Authorization": f"Bearer {token}"}).status == 401


def test_two_tokens_in_one_request_open_nothing(guarded: Guarded) -> None:
    lines = "".join(f"Authorization: Bearer {guarded.tokens[who]}\r\n" for who in ("reader", "writer"))
    head = f"GET {ENTITIES}?type=Room HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n"
    assert guarded.node.raw(head.encode()).startswith(b"HTTP/1.1 401 ")


def test_a_body_is_not_read_of_who_may_not_send_it(guarded: Guarded) -> None:
    head = f"POST {ENTITIES} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000000\r\nExpect: 100-continue\r\n\r\n"
    assert guarded.node.raw(head.encode()).startswith(b"HTTP/1.1 401 ")


def test_another_host_is_refused_before_anything_else(guarded: Guarded) -> None:
    for host in (
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "169.254.169.254",
        "[::2]",
        "0.0.0.0",
    ):
        answer = guarded.ask("reader", "GET", "/ngsi-ld/v1/types", Host=host)
        assert answer.status == 403, host
        assert b"Room" not in answer.body
    for host in (
        "localhost",
        "LOCALHOST",
        "127.0.0.1",
        "127.9.9.9",
        "[::1]",
        f"localhost:{guarded.node.port}",
    ):
        assert guarded.ask("reader", "GET", "/ngsi-ld/v1/types", Host=host).status in {200, 403}
    assert guarded.ask("reader", "GET", "/ngsi-ld/v1/types", Host="localhost").status == 200


def proof_in(page: bytes) -> str:
    found = re.search(rb'name="proof" value="([0-9a-f]+)"', page)
    assert found, page[:2_000]
    return found[1].decode()


def submit(node: NodeProcess, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    form = {"Content-Type": "application/x-www-form-urlencoded", **named}
    return node.call("POST", path, urlencode(fields).encode(), form)


def signed_in(guarded: Guarded, token: str) -> str:
    """The cookie of a new session."""
    page = guarded.node.get("/en/sign-in")
    assert page.status == 200
    answer = submit(guarded.node, "/en/sign-in", {"proof": proof_in(page.body), "token": token})
    assert answer.status == 303, answer
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert token not in cookie
    return cookie.partition(";")[0]


def test_signing_in_and_out(guarded: Guarded) -> None:
    assert guarded.node.get("/en/").status == 401
    cookie = signed_in(guarded, guarded.tokens["reader"])
    page = guarded.node.get("/en/", {"Cookie": cookie})
    assert page.status == 200
    assert page.headers["cache-control"] == "no-store"
    assert guarded.node.get("/ngsi-ld/v1/types", {"Cookie": cookie}).status == 200
    assert guarded.node.call("POST", ENTITIES, room("cookie"), {"Cookie": cookie}).status == 403
    assert guarded.node.get("/en/", {"Cookie": cookie[:-1]}).status == 401
    assert guarded.node.get("/en/", {"Cookie": cookie.upper()}).status == 401
    proof = proof_in(page.body)
    assert submit(guarded.node, "/en/sign-out", {"proof": "0" * 64}, Cookie=cookie).status == 403
    assert guarded.node.get("/en/", {"Cookie": cookie}).status == 200
    assert submit(guarded.node, "/en/sign-out", {"proof": proof}, Cookie=cookie).status == 303
    assert guarded.node.get("/en/", {"Cookie": cookie}).status == 401


def test_a_form_of_another_site_is_refused(guarded: Guarded) -> None:
    token = guarded.tokens["reader"]
    proof = proof_in(guarded.node.get("/en/sign-in").body)
    right = {"proof": proof, "token": token}
    assert submit(guarded.node, "/en/sign-in", right, Origin="https://evil.example").status == 403
    for origin in ("null", "http://[", "http://a:b", "//"):
        assert submit(guarded.node, "/en/sign-in", right, Origin=origin).status == 403
    assert submit(guarded.node, "/en/sign-in", right, Sec_Fetch_Site="cross-site").status == 403
    assert submit(guarded.node, "/en/sign-in", {"token": token}).status == 403
    assert submit(guarded.node, "/en/sign-in", {"proof": proof, "token": "wrong"}).status == 403
    assert submit(guarded.node, "/en/sign-in", {"proof": proof, "token": ""}).status == 403
    assert submit(guarded.node, "/en/sign-in", right).status == 303


def test_a_token_that_is_taken_back_ends_its_sessions(guarded: Guarded) -> None:
    folder = Path(guarded.node.data).parent
    token = made_token(folder, "read", "operate")
    cookie = signed_in(guarded, token)
    assert guarded.node.get("/en/", {"Cookie": cookie}).status == 200
    done = beffroi("token", "remove", "read-operate", "--data", guarded.node.data, folder=folder)
    assert done.returncode == 0, done
    assert guarded.node.get("/en/", {"Cookie": cookie}).status == 401
    assert guarded.node.get("/ngsi-ld/v1/types", {"Authorization": f"Bearer {token}"}).status == 401


def test_tokens_are_stored_as_hashes_only(guarded: Guarded) -> None:
    session = signed_in(guarded, guarded.tokens["writer"]).partition("=")[2]
    folder = Path(guarded.node.data)
    stored = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    for secret in (*guarded.tokens.values(), session):
        assert secret.encode() not in stored


def test_the_secrets_of_a_subscription_are_not_shown(guarded: Guarded) -> None:
    pairs = [
        {"key": "Authorization", "value": SECRET},
        {"key": "X-Api-Key", "value": SECRET},
        {"key": "Cookie", "value": SECRET},
    ]
    endpoint = {"uri": "http://127.0.0.1:9/", "receiverInfo": pairs}
    made = guarded.ask(
        "writer",
        "POST",
        "/ngsi-ld/v1/subscriptions",
        {"type": "Subscription", "entities": [{"type": "Room"}], "notification": {"endpoint": endpoint}},
    )
    assert made.status == 201
    shown = guarded.ask("reader", "GET", made.headers["location"])
    assert shown.json["notification"]["endpoint"]["receiverInfo"][0] == {
        "key": "Authorization",
        "value": "***",
    }
    wrong = {"notification": {"endpoint": {**endpoint, "nothing": SECRET}}}
    answers = [
        shown,
        guarded.ask("reader", "GET", "/ngsi-ld/v1/subscriptions"),
        guarded.ask("reader", "GET", "/ngsi-ld/v1/subscriptions?options=sysAttrs"),
        guarded.ask("writer", "PATCH", made.headers["location"], wrong),
        guarded.ask("writer", "POST", ENTITIES, room(1, n=2)),
    ]
    assert all(SECRET.encode() not in answer.body for answer in answers)


def test_a_cookie_that_cannot_be_read_is_none(guarded: Guarded) -> None:
    for cookie in (
        "beffroi_session",
        "beffroi_session=",
        "=",
        ";" * 1_000,
        "a=" + "b" * 50_000,
        'beffroi_session="\\',
        "beffroi_session=a; beffroi_session=b",
    ):
        assert guarded.node.get("/en/", {"Cookie": cookie}).status == 401


def test_guesses_by_the_hundred_are_refused_and_others_are_served(guarded: Guarded) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", guarded.node.port, timeout=30)
    for number in range(300):
        connection.request("GET", "/ngsi-ld/v1/types", headers={"Authorization": f"Bearer bef_{number:043}"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 401
    connection.close()
    assert guarded.ask("reader", "GET", "/ngsi-ld/v1/types").status == 200
