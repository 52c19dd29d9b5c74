"""Bodies that are too large, packed or bombs: refused in the shape of the standard, with memory bounded."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from random import Random

import psutil
import pytest

from beffroi.broker.wire.bodies import LONGEST_OBJECT
from tests.node.process import ENTITIES, NodeProcess, exchange, room, status_of

LIMIT = 32 * 1024 * 1024
BATCH = "/ngsi-ld/v1/entityOperations/create"
MOST_GROWTH = 400 * 1024 * 1024


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node with the usual time-outs."""
    with NodeProcess(tmp_path_factory.mktemp("patient"), "memory:") as node:
        yield node


def ngsi_ld(answer: dict[str, object]) -> None:
    too_large = answer["status"] == 413
    assert str(answer["type"]).startswith(
        "about:blank" if too_large else "https://uri.etsi.org/ngsi-ld/errors/"
    )
    assert answer["title"]
    assert answer["detail"]


def problem(answer: dict[str, object]) -> None:
    assert {"type", "title", "status", "detail"} <= answer.keys()


SHAPES = [(ENTITIES, "application/json", ngsi_ld), ("/sources", "application/problem+json", problem)]


@pytest.mark.parametrize(("path", "media", "check"), SHAPES, ids=["ngsi-ld", "sources"])
def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(
    patient: NodeProcess, path: str, media: str, check: Callable[[dict[str, object]], None]
) -> None:
    start = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    sent = f"{start}Content-Length: {LIMIT + 1}\r\nExpect: 100-continue\r\n\r\n"
    head, _, body = patient.raw(sent.encode()).partition(b"\r\n\r\n")
    assert status_of(head) == 413
    assert f"content-type: {media}".encode() in head
    check(json.loads(body))


def test_a_client_that_sends_all_of_a_body_that_is_too_large_is_told(patient: NodeProcess) -> None:
    answer = patient.call("POST", ENTITIES, b" " * (LIMIT + 1_000_000), {"Content-Type": "application/json"})
    assert answer.status == 413
    ngsi_ld(answer.json)


def test_a_body_of_unknown_length_is_refused_as_soon_as_it_is_too_large(patient: NodeProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", patient.port, timeout=30)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/sources", (b" " * 65_536 for _ in range(600)), headers)
    answer = connection.getresponse()
    assert answer.status == 413
    problem(json.loads(answer.read()))
    connection.close()


def test_a_body_without_end_is_cut(patient: NodeProcess) -> None:
    head = b"POST /sources HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    sent, began = 0, time.monotonic()
    with patient.connect() as connection:
        connection.sendall(head)
        try:
            while time.monotonic() < began + 60:
                connection.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
        else:
            pytest.fail(f"the node took {sent} bytes")
    assert patient.get("/health").status == 200


def test_the_largest_body_that_is_allowed_is_read(patient: NodeProcess) -> None:
    batch = json.dumps([room("large", note="x" * 1_000_000)]).encode()
    whole = batch + b" " * (LIMIT - len(batch))
    assert patient.call("POST", BATCH, whole, {"Content-Type": "application/json"}).status == 201


def test_one_object_may_be_as_large_as_it_is_said_to_be(patient: NodeProcess) -> None:
    body = b"{" + b" " * (LONGEST_OBJECT - 2) + b"}"
    headers = {"Content-Type": "application/json"}
    assert patient.call("POST", ENTITIES, body, headers).status == 400
    assert patient.call("POST", ENTITIES, body + b" ", headers).status == 413


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, identity", "anything"])
def test_a_packed_body_is_refused(patient: NodeProcess, coding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    answer = patient.call("POST", "/sources", b"{}", headers)
    assert answer.status == 415
    assert f"content coding '{coding}'" in answer.json["detail"]
    answer = patient.call("POST", ENTITIES, b"{}", headers)
    assert (answer.status, answer.headers["accept-encoding"]) == (415, "identity")
    assert patient.call("POST", ENTITIES, b"{}", {**headers, "Content-Encoding": "identity"}).status == 400


def test_a_problem_of_features_is_problem_json(patient: NodeProcess) -> None:
    for path, status in (
        ("/ogc/collections/nothing", 404),
        ("/ogc/nothing", 404),
        ("/ogc/collections?f=x", 400),
    ):
        answer = patient.get(path)
        assert answer.status == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem(answer.json)
    assert patient.call("POST", "/ogc/collections", {}).headers["content-type"] == "application/problem+json"


def a_million_members() -> bytes:
    return b'{"id":"urn:a:b","type":"Room",' + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}"


def deep(opening: bytes, closing: bytes) -> bytes:
    return b'{"id":"urn:a:b","type":"Room","a":' + opening * 100_000 + b"1" + closing * 100_000 + b"}"


def a_million_points() -> bytes:
    points = b",".join(b"[%d,1.5]" % (n % 90) for n in range(1_000_000))
    geometry = b'{"type":"LineString","coordinates":[' + points + b"]}"
    return b'{"id":"urn:a:b","type":"Room","location":{"type":"GeoProperty","value":' + geometry + b"}}"


def a_long_string() -> bytes:
    return b'{"id":"urn:a:' + b"b" * 30_000_000 + b'","type":"Room"}'


def escapes() -> bytes:
    return b'{"id":"' + b"\\u0041" * 5_000_000 + b'","type":"Room"}'


def empty_objects() -> bytes:
    return b"[" + b",".join([b"{}"] * 2_000_000) + b"]"


def a_long_number() -> bytes:
    return b'{"id":"urn:a:b","type":"Room","a":' + b"9" * 10_000_000 + b"}"


BOMBS = {
    "a million members": a_million_members(),
    "deep arrays": deep(b"[", b"]"),
    "deep objects": deep(b'{"a":', b"}"),
    "a million points": a_million_points(),
    "a long string": a_long_string(),
    "escapes": escapes(),
    "empty objects": empty_objects(),
    "a long number": a_long_number(),
    "not JSON at all": b"\0" * 3_000_000,
    "never closed": b'{"id":"urn:a:b","type":"Room","a":"' + b"x" * 3_000_000,
    "contexts in a row, and no id": b'{"type":"Room","@context":[' + b",".join([b"{}"] * 500_000) + b"]}",
    "members named twice": b'{"id":"urn:a:b","type":"Room"' + b',"a":1' * 500_000 + b"}",
}


def a_tall_context() -> bytes:
    parts = b",".join(b'{"t%d":"http://a/%d"}' % (n, n) for n in range(60_000))
    return b'{"id":"urn:a:b","type":"Room","@context":[' + parts + b"]}"


def a_wide_context() -> bytes:
    part = b"{" + b",".join(b'"t%d":"http://a/%d"' % (n, n) for n in range(15_000)) + b"}"
    return b'{"id":"urn:a:b","type":"Room","@context":[' + b",".join([part] * 8) + b"]}"


BOMBS |= {"a tall context": a_tall_context(), "a wide context": a_wide_context()}


def test_memory_stays_bounded_under_hostile_bodies(patient: NodeProcess) -> None:
    process = psutil.Process(patient.pid)
    before = process.memory_info().rss
    took: dict[str, float] = {}
    highest = 0
    rounds = [
        (name, number) for name, body in BOMBS.items() for number in range(22 if len(body) < 4_000_000 else 4)
    ]
    Random(7).shuffle(rounds)
    assert len(rounds) >= 200
    for name, number in rounds:
        path = BATCH if number % 2 else ENTITIES
        media = "application/ld+json" if "context" in name else "application/json"
        spent = sum(process.cpu_times()[:2])
        answer = patient.call("POST", path, BOMBS[name], {"Content-Type": media})
        took[name] = max(took.get(name, 0), sum(process.cpu_times()[:2]) - spent)
        assert 400 <= answer.status < 500, (name, answer)
        ngsi_ld(answer.json)
        highest = max(highest, process.memory_info().rss)
    after = process.memory_info().rss
    slowest = {name: round(seconds, 2) for name, seconds in sorted(took.items(), key=lambda pair: -pair[1])}
    print(
        f"RSS {before >> 20} MB before, {highest >> 20} MB at most, {after >> 20} MB after; CPU s {slowest}"
    )
    assert after - before < MOST_GROWTH
    assert patient.get(f"{ENTITIES}?type=Room&count=true&limit=0").headers["ngsild-results-count"] == "1"


def test_large_bodies_at_once_are_bounded_and_small_ones_go_through(patient: NodeProcess) -> None:
    process = psutil.Process(patient.pid)
    before = process.memory_info().rss
    head = f"POST {ENTITIES} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    almost = f"{head}Content-Length: {LIMIT}\r\n\r\n".encode() + b" " * (LIMIT - 1)
    held = [patient.connect() for _ in range(14)]
    try:
        statuses = []
        for connection in held:
            try:
                connection.sendall(almost)
            except OSError:
                statuses.append(0)
        assert patient.call("POST", ENTITIES, room("small")).status == 201
        grown = process.memory_info().rss - before
        print(f"14 bodies of 32 MB under way: RSS + {grown >> 20} MB")
        assert grown < 12 * LIMIT
        last = held[-1]
        last.settimeout(30)
        assert status_of(last.recv(4_096)) in {0, 503}
    finally:
        for connection in held:
            connection.close()
    assert patient.get("/health").status == 200


def test_what_is_refused_leaves_the_connection_usable(patient: NodeProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", patient.port, timeout=30)
    for number in range(20):
        refused = exchange(connection, "POST", ENTITIES, b"{" * 1_000, {"Content-Type": "application/json"})
        assert refused.status == 400
        assert exchange(connection, "POST", ENTITIES, room(f"after-{number}")).status == 201
    connection.close()
