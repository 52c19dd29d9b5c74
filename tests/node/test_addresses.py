"""A node that may not call private addresses: whatever a client writes, nothing on this machine is called."""

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.node.process import ENTITIES, NodeProcess, room

SUBSCRIPTIONS = "/ngsi-ld/v1/subscriptions"
CONTEXT = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
DOCUMENT = b'{"@context": {"Room": "https://example.org/Room"}}'


class Canary:
    """Listens on the loopback addresses and counts who comes."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        four = socket.create_server(("127.0.0.1", 0))
        self.port = four.getsockname()[1]
        self._listening = [four]
        with contextlib.suppress(OSError):  # there are machines without IPv6
            self._listening.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._threads = [threading.Thread(target=self._sing, args=(each,)) for each in self._listening]
        for thread in self._threads:
            thread.start()

    def _sing(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                client.settimeout(5)
                self.hits.append(client.recv(2_000).partition(b"\r\n")[0].decode())
                head = b"HTTP/1.1 200 OK\r\ncontent-type: application/ld+json\r\nconnection: close\r\n"
                client.sendall(head + b"content-length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT)

    def close(self) -> None:
        for listening in self._listening:
            listening.shutdown(socket.SHUT_RDWR)
            listening.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    bird = Canary()
    yield bird
    bird.close()


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node that behaves as if it listened elsewhere."""
    with NodeProcess(tmp_path_factory.mktemp("public"), "memory:", "--no-private-endpoints") as node:
        yield node


HOSTS = [
    "127.0.0.1", "localhost", "LocalHost", "localhost.", "x.localhost", "127.0.0.1.", "127.1", "127.0.1", "0",
    "2130706433", "0177.0.0.1", "017700000001", "0x7f000001", "0x7f.0.0.1", "0x7F.1", "127.0.0.01", "0.0.0.0",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "[::1%25lo]", "user@127.0.0.1", "user:pass@localhost", "127.0.0.1%00.example.org",
    "127.0.0.1%2f.example.org", "①②⑦.0.0.1", "127。0。0。1", "ip6-localhost", socket.gethostname(),
]  # fmt: skip


@pytest.fixture(params=HOSTS, ids=ascii)
def here(request: pytest.FixtureRequest, canary: Canary) -> str:
    """The address of the canary in one spelling."""
    return f"http://{request.param}:{canary.port}/context.jsonld"


def test_no_spelling_of_this_machine_is_called(public: NodeProcess, canary: Canary, here: str) -> None:
    """By Link, in a body, for notifications, as a source and as something to check."""
    linkable = here.isascii()
    context = {"Content-Type": "application/ld+json"}
    endpoint = {"endpoint": {"uri": here}}
    subscription = {"type": "Subscription", "entities": [{"type": "Room"}], "notification": endpoint}
    good = {"endpoint": {"uri": "https://example.org/"}}
    asked = [
        *([("GET", f"{ENTITIES}?type=Room", None, {"Link": CONTEXT.format(here)})] if linkable else []),
        ("POST", ENTITIES, {**room("a"), "@context": here}, context),
        ("POST", ENTITIES, {**room("b"), "@context": [{"a": "http://a/"}, here]}, context),
        ("POST", ENTITIES, {**room("c"), "@context": {"@import": here}}, context),
        ("POST", "/ngsi-ld/v1/entityOperations/create", [{**room("d"), "@context": here}], context),
        ("POST", SUBSCRIPTIONS, {**subscription, "notification": good, "@context": here}, context),
        ("POST", SUBSCRIPTIONS, {**subscription, "notification": good, "jsonldContext": here}, {}),
        ("POST", SUBSCRIPTIONS, subscription, {}),
        ("POST", "/sources", {"url": here}, {}),
        ("POST", "/sources/discovery", {"url": here}, {}),
    ]
    for method, path, body, headers in asked:
        answer = public.call(method, path, body, headers)
        if path == SUBSCRIPTIONS and isinstance(body, dict) and body["notification"] is endpoint:
            assert answer.status in {201, 400, 403, 422}, answer  # a name is looked up when it is sent to
        else:
            assert answer.status in {207, 400, 403, 422, 502, 503, 504}, (path, answer)
        assert answer.status == 201 or len(answer.body) > 20
        assert b"Traceback" not in answer.body
    assert public.call("POST", ENTITIES, room(f"change-{time.monotonic_ns()}", n=1)).status == 201
    assert canary.hits == []


def test_checks_of_this_machine_call_nothing(public: NodeProcess, canary: Canary) -> None:
    for host in ("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", socket.gethostname()):
        page = public.get("/en/checks")
        found = re.search(rb'name="proof" value="([0-9a-f]+)"', page.body)
        assert found
        form = urlencode({"proof": found[1].decode(), "url": f"http://{host}:{canary.port}/"})
        answer = public.call(
            "POST", "/en/checks", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert answer.status in {303, 422}, answer
    until = time.monotonic() + 60
    while b"running" in public.get("/en/checks").body.lower() and time.monotonic() < until:
        time.sleep(0.2)
    assert canary.hits == []


def test_notifications_to_names_of_this_machine_are_not_sent(public: NodeProcess, canary: Canary) -> None:
    uri = f"http://{socket.gethostname()}:{canary.port}/"
    subscription = {
        "type": "Subscription",
        "entities": [{"type": "Room"}],
        "notification": {"endpoint": {"uri": uri}},
    }
    made = public.call("POST", SUBSCRIPTIONS, subscription)
    if made.status != 201:
        return
    assert public.call("POST", ENTITIES, room("told", n=1)).status == 201
    until = time.monotonic() + 30
    notification: Any = None
    while time.monotonic() < until:
        notification = public.get(made.headers["location"]).json["notification"]
        if notification.get("timesFailed"):
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"no failure was counted: {notification}")
    assert canary.hits == []


@pytest.mark.parametrize(
    "url",
    [
        "http://[",
        "http://[::1",
        "http://℀/",
        "http://a:b/",
        "http://a:99999/",
        "http://",
        "http:///",
        "http://a\0b/",
    ],
    ids=ascii,
)
def test_what_is_no_address_is_told(public: NodeProcess, url: str) -> None:
    notification = {"endpoint": {"uri": url}}
    subscription = {"type": "Subscription", "entities": [{"type": "Room"}], "notification": notification}
    assert public.call("POST", SUBSCRIPTIONS, subscription).status == 400
    assert public.call("POST", "/sources", {"url": url}).status == 400
    body = {**room("n"), "@context": url}
    assert public.call("POST", ENTITIES, body, {"Content-Type": "application/ld+json"}).status in {400, 504}
    found = re.search(rb'name="proof" value="([0-9a-f]+)"', public.get("/en/checks").body)
    assert found
    form = urlencode({"proof": found[1].decode(), "url": url}).encode()
    answer = public.call("POST", "/en/checks", form, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status in {303, 400, 422}


@pytest.mark.parametrize("scheme", ["file", "gopher", "ftp", "unix", "data", "javascript", "mqtt", "ws"])
def test_only_http_is_called(public: NodeProcess, canary: Canary, scheme: str) -> None:
    url = f"{scheme}://127.0.0.1:{canary.port}/etc/passwd"
    subscription = {
        "type": "Subscription",
        "entities": [{"type": "Room"}],
        "notification": {"endpoint": {"uri": url}},
    }
    assert public.call("POST", SUBSCRIPTIONS, subscription).status in {400, 422}
    body = json.dumps({**room("x"), "@context": url}).encode()
    assert public.call("POST", ENTITIES, body, {"Content-Type": "application/ld+json"}).status == 400
    assert public.call("POST", "/sources", {"url": url}).status == 400
    assert canary.hits == []


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
        "224.0.0.1",
        "255.255.255.255",
        "metadata.google.internal",
    ],
)
def test_private_networks_are_not_called(public: NodeProcess, host: str) -> None:
    answer = public.call(
        "POST",
        ENTITIES,
        {**room("p"), "@context": f"http://{host}/latest/meta-data"},
        {"Content-Type": "application/ld+json"},
    )
    assert answer.status in {400, 503, 504}
    assert "is not available" in answer.json["detail"]


def test_the_canary_is_heard_by_a_node_that_may_call_it(tmp_path: Path) -> None:
    bird = Canary()
    try:
        with NodeProcess(tmp_path, "memory:") as node:
            url = f"http://127.0.0.1:{bird.port}/context.jsonld"
            assert node.get(f"{ENTITIES}?type=Room", {"Link": CONTEXT.format(url)}).status == 200
        assert bird.hits == ["GET /context.jsonld HTTP/1.1"]
    finally:
        bird.close()
