"""A node that is asked to end: what it has acknowledged is there, what is under way is answered or cut."""

import http.client
import re
import signal
import socket
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.node.process import ENTITIES, NodeProcess, exchange, room, status_of, until_closed

ENDED_WITHIN = 20.0  # 10 s are promised; others use this machine too


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_node_ends_under_load_and_keeps_what_it_acknowledged(tmp_path: Path, by: signal.Signals) -> None:
    acknowledged: list[str] = []
    strange: list[object] = []
    with NodeProcess(tmp_path, str(tmp_path / "data")) as node:

        def write(writer: int) -> None:
            with closing(http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)) as connection:
                for number in range(100_000):
                    name = f"{writer}-{number}"
                    try:
                        answer = exchange(connection, "POST", ENTITIES, room(name, n=number))
                    except (OSError, http.client.HTTPException):
                        return
                    if answer.status != 201:
                        strange.append(answer)
                        return
                    acknowledged.append(name)

        writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        for writer in writers:
            writer.start()
        time.sleep(1.5)
        took = node.stop(by)
        for writer in writers:
            writer.join()
        print(f"{len(acknowledged)} acknowledged, ended in {took:.2f} s")
        assert took < ENDED_WITHIN
        assert not strange, strange[0]
        assert acknowledged
        node.start()
        there = {
            entity["id"]
            for page in range(0, len(acknowledged) + 100, 1_000)
            for entity in node.get(f"{ENTITIES}?type=Room&limit=1000&offset={page}").json
        }
        assert {f"urn:ngsi-ld:Room:{name}" for name in acknowledged} <= there


def start_check(node: NodeProcess, url: str) -> None:
    """Let the node check an address, by the form of its page."""
    found = re.search(rb'name="proof" value="([0-9a-f]+)"', node.get("/en/checks").body)
    assert found
    form = urlencode({"proof": found[1].decode(), "url": url}).encode()
    answer = node.call("POST", "/en/checks", form, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 303


def test_nothing_under_way_keeps_a_node_from_ending(tmp_path: Path) -> None:
    """Streams, half-sent requests, a client that reads nothing, a check of what never answers."""
    head = b"POST /ngsi-ld/v1/entities HTTP/1.1\r\nHost: localhost\r\n"
    stream = b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    slow = [b"", b"GET /hea", head, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    body = head + b"Content-Length: 100\r\n\r\n{"
    much = f"GET {ENTITIES}?type=Room&limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    batch = [room(n, note="x" * 50_000) for n in range(500)]
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        NodeProcess(tmp_path, str(tmp_path / "data")) as node,
        ExitStack() as closing_all,
    ):
        assert node.call("POST", "/ngsi-ld/v1/entityOperations/create", batch).status == 201
        start_check(node, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        closing_all.enter_context(silent.accept()[0])
        clients = [closing_all.enter_context(node.connect()) for _ in range(len(slow) + 3)]
        for client, sent in zip(clients, [stream, body, much, *slow], strict=True):
            client.sendall(sent)
        time.sleep(1)
        took = node.stop()
        print(f"ended in {took:.2f} s")
        assert took < ENDED_WITHIN
        assert until_closed(clients[0]).endswith(b"0\r\n\r\n"), "who listens for changes is told the end"
        assert status_of(until_closed(clients[1])) in {0, 408, 503}
        node.start()
        until = time.monotonic() + 60  # marked by work that begins beside the server
        while b"The node was stopped during the check." not in shown_check(node):
            assert time.monotonic() < until
            time.sleep(0.05)


def shown_check(node: NodeProcess) -> bytes:
    """The page of the only check."""
    found = re.search(rb'href="(/en/checks/[^"/]+)"', node.get("/en/checks").body)
    assert found
    return node.get(found[1].decode()).body


def test_a_second_signal_does_no_harm(tmp_path: Path) -> None:
    with NodeProcess(tmp_path, str(tmp_path / "data")) as node:
        assert node.call("POST", ENTITIES, room(1)).status == 201
        again = threading.Timer(0.05, lambda: node.signal(signal.SIGTERM))
        again.start()
        node.stop(signal.SIGINT)
        again.join()
