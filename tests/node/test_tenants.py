"""Tenants: nothing of one shows in another, on any row of any table (clauses 4.14, 5.5.10, 6.3.14)."""

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import permutations

import pytest
from typing_extensions import override

from beffroi.app.documents import DOCUMENT_ROUTES
from beffroi.broker.routes import ROUTES
from beffroi.broker.wire.answers import ROOT
from beffroi.ogc.routes import OGC_ROUTES
from beffroi.portal.routes import PORTAL_ROUTES
from beffroi.sources.routes import ROUTES as SOURCE_ROUTES
from tests.node.process import ENTITIES, Answer, NodeProcess

TABLES = (
    ("", PORTAL_ROUTES),
    ("", DOCUMENT_ROUTES),
    (ROOT, ROUTES),
    ("/ogc", OGC_ROUTES),
    ("/sources", SOURCE_ROUTES),
)
EVERY = sorted({(route.method, prefix + route.path) for prefix, routes in TABLES for route in routes})
SUBSCRIPTIONS = f"{ROOT}/subscriptions"

TENANTS = {
    "": "delta",
    "alpha": "amber",
    "Alpha": "birch",
    "alpha2": "cedar",
    "Aa": "onyx",
    "BB": "flint",
    "urn:ngsi-ld:tenant:x": "grove",
}
"""Tenants with the word that stands in everything of theirs; names that a careless reader would mix up."""


def entity_id(tenant: str, kind: str = "own") -> str:
    return f"urn:ngsi-ld:Thing:{TENANTS[tenant]}-{kind}" if kind == "own" else "urn:ngsi-ld:Thing:shared"


def documents(tenant: str) -> list[dict[str, object]]:
    """An entity of the tenant's own, and one whose id every tenant has."""
    word = TENANTS[tenant]
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.05, 50.63]}}
    own = {f"{word}Level": {"type": "Property", "value": f"{word}-value"}, "location": place}
    return [
        {"id": entity_id(tenant), "type": f"{word.title()}Kind", **own},
        {
            "id": entity_id(tenant, "shared"),
            "type": "Thing",
            "owner": {"type": "Property", "value": f"{word}-value"},
        },
    ]


def ask(node: NodeProcess, tenant: str, method: str, path: str, body: object = None) -> Answer:
    return node.call(method, path, body, {"NGSILD-Tenant": tenant} if tenant else {})


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent, by path."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                owner.received.append((self.path, body))
                self.send_response(204)
                self.end_headers()

            @override
            def log_message(self, format: str, *arguments: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def city(node: NodeProcess, receiver: Receiver) -> NodeProcess:
    """A node with every tenant's entities, each with a subscription to everything."""
    for tenant, word in TENANTS.items():
        for document in documents(tenant):
            assert ask(node, tenant, "POST", ENTITIES, document).status == 201
        subscription = {
            "id": f"urn:ngsi-ld:Subscription:{word}",
            "type": "Subscription",
            "description": f"{word} listens",
            "entities": [{"type": "*"}],
            "notification": {"endpoint": {"uri": f"http://127.0.0.1:{receiver.server_port}/{word}"}},
        }
        made = ask(node, tenant, "POST", SUBSCRIPTIONS, subscription)
        assert made.status == 201, made
    return node


def leaks(answer: Answer, tenant: str) -> list[str]:
    """Words of other tenants in an answer."""
    text = (answer.body + repr(dict(answer.headers)).encode()).lower()
    return [word for other, word in TENANTS.items() if other != tenant and word.encode() in text]


def address(template: str, other: str) -> str:
    """An address of a row that names what belongs to another tenant, as far as a row names anything."""
    word = TENANTS[other]
    thing = f"urn:ngsi-ld:Subscription:{word}" if "subscriptions" in template else entity_id(other)
    known = {
        "{id}": thing,
        "{type}": f"{word.title()}Kind",
        "{attribute}": f"{word}Level",
        "{collection}": f"{word.title()}Kind",
        "{feature}": entity_id(other),
        "{format}": "csv",
    }
    return re.sub(r"\{\w+\}", lambda found: known.get(found[0], "nothing"), template)


READS = [path for method, path in EVERY if method == "GET" and path not in {"/live"}]


@pytest.mark.parametrize("path", READS)
def test_no_row_shows_another_tenant(city: NodeProcess, path: str) -> None:
    pairs = [("alpha", "Alpha"), ("Aa", "BB"), ("", "alpha"), ("alpha", "")]
    for tenant, other in pairs if "{" in path else [(tenant, tenant) for tenant in TENANTS]:
        if path.startswith(("/fr", "/en", "/download", "/features")) and other == "":
            continue  # the portal shows the default tenant to everybody
        at = address(path, other)
        answer = ask(city, tenant, "GET", at)
        assert answer.status < 500
        if at != path:
            assert answer.status in {400, 404, 200}, answer
            found = set(leaks(answer, tenant))
            assert found <= {TENANTS[other]}, answer
            assert f"{TENANTS[other]}-value".encode() not in answer.body
            if path.startswith((ROOT, "/ogc")):
                assert answer.status == 404, answer
        else:
            shown = "" if path.startswith(("/fr", "/en", "/features")) else tenant
            assert leaks(answer, shown) == [], answer


QUERIES = [
    "?idPattern=.*&type=*", "?type=*&count=true", "?q=owner", "?type=Thing", "?id=urn:ngsi-ld:Thing:shared", "?attrs=owner",
    "?local=true&idPattern=.*", "?type=*&limit=1000&offset=1", "?type=*&options=sysAttrs",
    "?georel=near;maxDistance==5000&geometry=Point&coordinates=[3.05,50.63]", "?type=*&orderBy=id",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_finds_what_another_tenant_has(city: NodeProcess, query: str) -> None:
    for tenant in TENANTS:
        answer = ask(city, tenant, "GET", ENTITIES + query)
        assert answer.status in {200, 400}, answer
        assert leaks(answer, tenant) == []
        if "count" in query:
            assert answer.headers["ngsild-results-count"] == "2"


def test_no_batch_query_finds_what_another_tenant_has(city: NodeProcess) -> None:
    for tenant in TENANTS:
        query = {"type": "Query", "entities": [{"type": "*"}]}
        answer = ask(city, tenant, "POST", f"{ROOT}/entityOperations/query", query)
        assert answer.status == 200
        assert len(answer.json) == 2
        assert leaks(answer, tenant) == []


def test_lists_and_counts_are_a_tenants_own(city: NodeProcess) -> None:
    for tenant, word in TENANTS.items():
        assert sorted(ask(city, tenant, "GET", f"{ROOT}/types").json["typeList"]) == sorted(
            ["Thing", f"{word.title()}Kind"]
        )
        assert ask(city, tenant, "GET", f"{ROOT}/types/Thing").json["entityCount"] == 1
        assert ask(city, tenant, "GET", f"{ROOT}/attributes/owner").json["attributeCount"] == 1
        subscriptions = ask(city, tenant, "GET", f"{SUBSCRIPTIONS}?count=true")
        assert [one["id"] for one in subscriptions.json] == [f"urn:ngsi-ld:Subscription:{word}"]
        assert subscriptions.headers["ngsild-results-count"] == "1"
        collections = ask(city, tenant, "GET", "/ogc/collections").json["collections"]
        assert sorted(one["id"] for one in collections) == sorted(["Thing", f"{word.title()}Kind"])
        items = ask(city, tenant, "GET", "/ogc/collections/Thing/items").json
        assert items["numberMatched"] == 1
        assert f"{word}-value" in str(items["features"])


def changes(other: str) -> list[tuple[str, str, object]]:
    """Every way to change, told the ids of another tenant."""
    theirs, entity = f"{ENTITIES}/{entity_id(other)}", documents(other)[0]
    name = f"{TENANTS[other]}Level"
    fragment = {name: {"type": "Property", "value": "stolen"}}
    batch = f"{ROOT}/entityOperations"
    return [
        ("PATCH", theirs, fragment),
        ("PUT", theirs, {"type": entity["type"], **fragment}),
        ("POST", f"{theirs}/attrs", fragment),
        ("PATCH", f"{theirs}/attrs", fragment),
        ("PATCH", f"{theirs}/attrs/{name}", {"value": "stolen"}),
        ("PUT", f"{theirs}/attrs/{name}", {"type": "Property", "value": "stolen"}),
        ("DELETE", f"{theirs}/attrs/{name}", None),
        ("DELETE", theirs, None),
        ("POST", f"{batch}/update", [{"id": entity["id"], "type": entity["type"], **fragment}]),
        ("POST", f"{batch}/merge", [{"id": entity["id"], "type": entity["type"], **fragment}]),
        ("POST", f"{batch}/delete", [entity["id"]]),
        ("PATCH", f"{SUBSCRIPTIONS}/urn:ngsi-ld:Subscription:{TENANTS[other]}", {"description": "stolen"}),
        ("DELETE", f"{SUBSCRIPTIONS}/urn:ngsi-ld:Subscription:{TENANTS[other]}", None),
        ("PATCH", f"/sources/{TENANTS[other]}", {"title": "stolen"}),
        ("DELETE", f"/sources/{TENANTS[other]}", None),
    ]


def test_no_row_changes_another_tenant(city: NodeProcess) -> None:
    names = [tenant for tenant in TENANTS if tenant in {"", "alpha", "Alpha", "Aa", "BB"}]
    for tenant, other in permutations(names, 2):
        for method, path, body in changes(other):
            assert ask(city, tenant, method, path, body).status in {207, 400, 404}, (method, path)
        theirs = ask(city, other, "GET", f"{ENTITIES}/{entity_id(other)}")
        assert theirs.json[f"{TENANTS[other]}Level"]["value"] == f"{TENANTS[other]}-value"
        subscription = ask(city, other, "GET", f"{SUBSCRIPTIONS}/urn:ngsi-ld:Subscription:{TENANTS[other]}")
        assert subscription.json["description"] == f"{TENANTS[other]} listens"


def test_notifications_stay_in_their_tenant(city: NodeProcess, receiver: Receiver) -> None:
    receiver.received.clear()
    for tenant, word in TENANTS.items():
        path = f"{ENTITIES}/urn:ngsi-ld:Thing:shared"
        assert (
            ask(city, tenant, "PATCH", path, {"owner": {"type": "Property", "value": f"{word}-news"}}).status
            == 204
        )
    until = time.monotonic() + 30
    while len(receiver.received) < len(TENANTS) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    assert sorted(path for path, _ in receiver.received) == sorted(f"/{word}" for word in TENANTS.values())
    for path, body in receiver.received:
        assert f"{path[1:]}-news".encode() in body
        assert not [word for word in TENANTS.values() if word != path[1:] and word.encode() in body]


@pytest.mark.parametrize(
    "tenant", ["nobody", "ALPHA", "alpha3", "aA", "urn:ngsi-ld:tenant:X", "alpha.", "a" * 200]
)
def test_a_tenant_that_is_none_has_nothing(city: NodeProcess, tenant: str) -> None:
    for path in (
        f"{ENTITIES}?type=Thing",
        f"{ROOT}/types",
        SUBSCRIPTIONS,
        f"{ENTITIES}/urn:ngsi-ld:Thing:shared",
    ):
        answer = ask(city, tenant, "GET", path)
        assert answer.status == 404, answer
        assert leaks(answer, tenant) == []


BAD = [
    "a" * 201,
    "a'b",
    'a"b',
    "a;b",
    "a,b",
    "a\tb",
    "a%00b",
    "é",
    "' OR 1=1",
    "a  b",
    "../alpha",
    "*",
    "alpha, Alpha",
]


@pytest.mark.parametrize("tenant", BAD)
def test_a_name_that_is_none_opens_nothing(city: NodeProcess, tenant: str) -> None:
    head = f"GET {ENTITIES}?type=Thing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nNGSILD-Tenant: {tenant}\r\n\r\n"
    answer = city.raw(head.encode())
    assert answer.split(b" ")[1] in {b"400", b"404"}
    assert b"-value" not in answer


def test_two_tenants_in_one_request_are_none(city: NodeProcess) -> None:
    lines = "NGSILD-Tenant: alpha\r\nNGSILD-Tenant: Alpha\r\n"
    head = f"GET {ENTITIES}?type=Thing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n"
    assert city.raw(head.encode()).startswith(b"HTTP/1.1 400 ")
