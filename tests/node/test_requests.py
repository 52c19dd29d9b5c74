"""Requests as nobody should send them: the node answers 4xx or closes, and goes on serving others."""

import socket
import threading
import time
from random import Random
from urllib.parse import quote

import pytest

from tests.node.process import ENTITIES, NodeProcess, room, status_of, until_closed

HOST = b"Host: localhost\r\n"
CLOSE = HOST + b"Connection: close\r\n"
JSON = b"Content-Type: application/json\r\n"
GET = b"GET /health HTTP/1.1\r\n"
POST = b"POST /ngsi-ld/v1/entities HTTP/1.1\r\n"


def is_well(node: NodeProcess) -> bool:
    return bool(node.get("/health").json == {"status": "pass"})


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"GET /hea",
        GET + HOST + b"X-Half: ",
        POST + HOST + JSON + b"Content-Length: 100\r\n\r\n",
        POST + HOST + JSON + b'Content-Length: 100\r\n\r\n{"id": "urn:a:b", ',
    ],
    ids=["nothing", "line", "header", "no-body", "half-body"],
)
def test_a_half_sent_request_is_closed_by_time_out_and_others_are_served(
    node: NodeProcess, half: bytes
) -> None:
    with node.connect() as connection:
        connection.sendall(half)
        assert is_well(node)
        assert status_of(until_closed(connection)) in {0, 400, 408}
    assert is_well(node)


@pytest.mark.parametrize(
    "start", [b"GET /health", POST + HOST + JSON + b"Content-Length: 5000\r\n\r\n"], ids=["head", "body"]
)
def test_a_request_that_drips_is_closed_by_time_out(node: NodeProcess, start: bytes) -> None:
    with node.connect() as connection:
        connection.sendall(start)
        ended = threading.Event()

        def drip() -> None:
            while not ended.wait(0.1):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert status_of(until_closed(connection)) in {0, 400, 408}
        finally:
            ended.set()
            dripping.join()
    assert is_well(node)


def test_a_body_that_comes_too_late_is_told_so(node: NodeProcess) -> None:
    answer = node.raw(POST + HOST + JSON + b"Content-Length: 100\r\n\r\n{")
    assert status_of(answer) == 408
    assert b"The body has not come in time." in answer


def test_a_body_that_is_cut_short_is_not_taken_for_a_whole_one(node: NodeProcess) -> None:
    entity = b'{"id": "urn:ngsi-ld:Room:cut", "type": "Room"}'
    with node.connect() as connection:
        connection.sendall(POST + HOST + JSON + b"Content-Length: %d\r\n\r\n" % (len(entity) + 40) + entity)
        connection.shutdown(socket.SHUT_WR)
        assert status_of(until_closed(connection)) == 400
    assert node.get(f"{ENTITIES}/urn:ngsi-ld:Room:cut").status == 404


def test_a_body_of_unknown_length_is_read(node: NodeProcess) -> None:
    entity = b'{"id": "urn:ngsi-ld:Room:chunked", "type": "Room"}'
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (entity[:20], entity[20:]))
    chunked = POST + CLOSE + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    assert status_of(node.raw(chunked + chunks + b"0\r\n\r\n")) == 201
    assert node.get(f"{ENTITIES}/urn:ngsi-ld:Room:chunked").json["type"] == "Room"


def test_a_body_of_chunks_that_is_cut_short_is_not_taken_for_a_whole_one(node: NodeProcess) -> None:
    entity = b'{"id": "urn:ngsi-ld:Room:cut-chunks", "type": "Room"}'
    with node.connect() as connection:
        chunk = b"%x\r\n%b\r\n" % (len(entity), entity)
        connection.sendall(POST + HOST + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
        connection.shutdown(socket.SHUT_WR)
        answer = until_closed(connection)
    assert status_of(answer) == 400
    assert b"before its last chunk" in answer
    assert node.get(f"{ENTITIES}/urn:ngsi-ld:Room:cut-chunks").status == 404


@pytest.mark.parametrize("path", [b"/ngsi-ld/v1/entities", b"/sources"])
def test_a_request_without_a_body_is_asked_for_its_length(node: NodeProcess, path: bytes) -> None:
    assert status_of(node.raw(b"POST " + path + b" HTTP/1.1\r\n" + CLOSE + JSON + b"\r\n")) == 411


def test_ids_with_encoded_slashes_are_found(node: NodeProcess) -> None:
    for entity_id in ("urn:ngsi-ld:Room:a/b", "https://city.example/rooms/", "urn:ngsi-ld:Room:end/"):
        assert node.call("POST", ENTITIES, {"id": entity_id, "type": "Room"}).status == 201
        at = f"{ENTITIES}/{quote(entity_id, safe='')}"
        assert node.get(at).json["id"] == entity_id
        assert node.call("POST", f"{at}/attrs", {"n": 1}).status == 204
        assert node.call("PATCH", at, {"n": 2}).status == 204
        assert node.call("DELETE", f"{at}/attrs/n").status == 204
        assert node.call("DELETE", at).status == 204
    plain = "https://city.example/rooms/1"
    assert node.call("POST", ENTITIES, {"id": plain, "type": "Room"}).status == 201
    assert node.get(f"{ENTITIES}/{plain}").json["id"] == plain
    assert node.get(f"{ENTITIES}/{quote(plain, safe='')}").json["id"] == plain


def test_a_thousand_idle_connections_do_not_stop_the_node(node: NodeProcess) -> None:
    idle = [node.connect() for _ in range(1_000)]
    try:
        assert is_well(node)
        assert node.call("POST", ENTITIES, room("idle")).status == 201
        waiting = time.monotonic()
        assert until_closed(idle[-1]) == b""
        assert time.monotonic() < waiting + 20
    finally:
        for connection in idle:
            connection.close()


def test_requests_in_one_go_are_answered_in_order(node: NodeProcess) -> None:
    paths = [b"/health", b"/nothing", b"/ngsi-ld/v1/types", b"/ogc/conformance", b"/health"]
    sent = b"".join(
        b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Accept: application/json\r\n\r\n" for path in paths
    )
    answer = node.raw(sent + GET + CLOSE + b"\r\n")
    assert [status_of(b"HTTP/1.1" + part) for part in answer.split(b"HTTP/1.1")[1:]] == [
        200,
        404,
        200,
        200,
        200,
        200,
    ]


def test_one_connection_serves_many_requests(node: NodeProcess) -> None:
    with node.connect() as connection:
        for number in range(200):
            body = b'{"type": "Room", "id": "urn:ngsi-ld:Room:kept-%d"}' % number
            connection.sendall(POST + HOST + JSON + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert connection.recv(4_096).startswith(b"HTTP/1.1 201 ")


def test_a_connection_goes_on_after_a_body_that_nobody_read(node: NodeProcess) -> None:
    body = b"x" * 300_000
    sent = b"POST /nothing HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    answer = node.raw(sent + GET + CLOSE + b"\r\n")
    assert [status_of(b"HTTP/1.1" + part) for part in answer.split(b"HTTP/1.1")[1:]] == [404, 200]


ABSURD = {
    "NUL in a value": GET + CLOSE + b"X-A: a\0b\r\n\r\n",
    "control character in a value": GET + CLOSE + b"X-A: a\x07b\r\n\r\n",
    "bare CR in a value": GET + CLOSE + b"X-A: a\rb\r\n\r\n",
    "space before the colon": GET + CLOSE + b"X-A : b\r\n\r\n",
    "folded": GET + CLOSE + b"X-A: b\r\n c\r\n\r\n",
    "bad name": GET + CLOSE + b"X(A): b\r\n\r\n",
    "no colon": GET + CLOSE + b"nothing\r\n\r\n",
    "10,000 headers": GET + CLOSE + b"".join(b"X-%d: a\r\n" % n for n in range(10_000)) + b"\r\n",
    "70 kB of header": GET + CLOSE + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n",
    "200 headers": GET + CLOSE + b"X-A: a\r\n" * 200 + b"\r\n",
    "megabyte of header": GET + CLOSE + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "two lengths": POST + CLOSE + JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "list of lengths": POST + CLOSE + JSON + b"Content-Length: 2, 2\r\n\r\n{}",
    "negative length": POST + CLOSE + JSON + b"Content-Length: -2\r\n\r\n{}",
    "signed length": POST + CLOSE + JSON + b"Content-Length: +2\r\n\r\n{}",
    "hexadecimal length": POST + CLOSE + JSON + b"Content-Length: 0x2\r\n\r\n{}",
    "length beyond 64 bits": POST + CLOSE + JSON + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "length and chunks": POST
    + CLOSE
    + JSON
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks and length": POST
    + CLOSE
    + JSON
    + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "unknown coding": POST + CLOSE + JSON + b"Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "broken chunk": POST + CLOSE + JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "no Host": GET + b"Connection: close\r\n\r\n",
    "empty Host": GET + b"Host:\r\nConnection: close\r\n\r\n",
    "two Hosts": GET + b"Host: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "Host with a path": GET + b"Host: localhost/x\r\nConnection: close\r\n\r\n",
    "Host with a user": GET + b"Host: localhost@evil.example\r\nConnection: close\r\n\r\n",
    "another Host": GET + b"Host: evil.example\r\nConnection: close\r\n\r\n",
    "another Host in the target": b"GET http://evil.example/health HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "a tenant in Latin-1": b"GET /ngsi-ld/v1/types HTTP/1.1\r\n" + CLOSE + b"NGSILD-Tenant: \xe9\r\n\r\n",
    "a tenant in UTF-8": b"GET /ngsi-ld/v1/types HTTP/1.1\r\n" + CLOSE + "NGSILD-Tenant: é\r\n\r\n".encode(),
    "a Link in Latin-1": b"GET /ngsi-ld/v1/types HTTP/1.1\r\n"
    + CLOSE
    + b'Link: <http://\xe9/>; rel="http://www.w3.org/ns/json-ld#context"\r\n\r\n',
    "HTTP/0.9": b"GET /health\r\n\r\n",
    "HTTP/2.0": b"GET /health HTTP/2.0\r\n" + CLOSE + b"\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 500,
    "bad method": b"GE(T /health HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "unknown method": b"FROB /health HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "long method": b"G" * 60_000 + b" /health HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "CONNECT": b"CONNECT localhost:80 HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "OPTIONS *": b"OPTIONS * HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "NUL in an id": b"GET /ngsi-ld/v1/entities/urn:a:%00b HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "dots up": b"GET /static/../../../etc/passwd HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "encoded dots up": b"GET /static/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "encoded slashes up": b"GET /static/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "a built file up": b"GET /static/built/..%2f..%2frender.py HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "a context up": b"GET /contexts/..%2f..%2fetc%2fpasswd HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "64 kB of path": b"GET /" + b"a" * 65_000 + b" HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "more than 64 kB of path": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "30,000 segments": b"GET /ngsi-ld/v1/entities" + b"/a" * 30_000 + b" HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "an id of many slashes": b"GET /ngsi-ld/v1/entities/http:/"
    + b"/attrs" * 35
    + b" HTTP/1.1\r\n"
    + CLOSE
    + b"\r\n",
    "id that is no UTF-8": b"GET /ngsi-ld/v1/entities/urn:a:%ff%fe HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "id that is raw bytes": b"GET /ngsi-ld/v1/entities/urn:a:\xff HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "query that is no UTF-8": b"GET /ngsi-ld/v1/entities?type=%ff HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "surrogate in the query": b"GET /ngsi-ld/v1/entities?type=%ed%a0%80 HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "NUL in the query": b"GET /ngsi-ld/v1/entities?id=%00 HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "2,000 parameters": b"GET /ngsi-ld/v1/entities?"
    + b"&".join(b"p%d=1" % n for n in range(2_000))
    + b" HTTP/1.1\r\n"
    + CLOSE
    + b"\r\n",
    "line breaks in the path": b"GET /fr/%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\n" + CLOSE + b"\r\n",
}


@pytest.mark.parametrize("name", ABSURD)
def test_an_absurd_request_is_refused_or_closed(node: NodeProcess, name: str) -> None:
    answer = node.raw(ABSURD[name])
    assert status_of(answer) == 0 or 400 <= status_of(answer) < 500, answer[:500]
    assert b"root:" not in answer
    assert b"set-cookie" not in answer.partition(b"\r\n\r\n")[0].lower()
    assert is_well(node)


LEGAL = {
    "60 kB of header": GET + CLOSE + b"X-A: " + b"a" * 60_000 + b"\r\n\r\n",
    "Latin-1 in a header of no meaning": GET + CLOSE + b"User-Agent: \xe9\r\n\r\n",
    "HTTP/1.0": b"GET /health HTTP/1.0\r\n\r\n",
    "HTTP/1.0 with Host": b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n",
    "absolute form": b"GET http://localhost/health HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "body with GET": GET + CLOSE + b"Content-Length: 2\r\n\r\n{}",
    "chunked body with GET": GET + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "slash at the end": b"GET /ngsi-ld/v1/types/ HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "WebSocket": GET
    + HOST
    + b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
}


@pytest.mark.parametrize("name", LEGAL)
def test_an_unusual_request_is_answered(node: NodeProcess, name: str) -> None:
    assert status_of(node.raw(LEGAL[name])) == 200


def test_a_request_at_random_never_ends_the_node(node: NodeProcess) -> None:
    random = Random(7)
    parts = [
        b"GET ",
        b"POST ",
        b"/",
        b"ngsi-ld/v1/entities",
        b" HTTP/1.1\r\n",
        HOST,
        JSON,
        b"Content-Length: ",
        b"7",
        b"\r\n",
        b"\r\n\r\n",
        b"{",
        b'"a"',
        b":",
        b"}",
        b"\0",
        b"\xff",
        b"%",
        b"?q=",
        b"*",
        b";",
        b"chunked",
        b"Transfer-Encoding: ",
    ]
    for _ in range(300):
        sent = b"".join(random.choice(parts) for _ in range(random.randint(1, 20)))
        with node.connect() as connection:
            connection.sendall(sent + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            answer = until_closed(connection)
            assert b" 500 " not in answer.partition(b"\r\n")[0], sent
    assert is_well(node)


PAGES = [
    "/health", "/fr/", "/en/types", "/nothing", "/ngsi-ld/v1/types", "/ngsi-ld/v1/entities?type=Room",
    "/ngsi-ld/v1/entities", "/ogc", "/ogc/collections", "/ogc/nothing", "/sources", "/sources/nothing",
    "/contexts/city.jsonld", "/static/portal.css", "/",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_head_is_get_without_the_body(node: NodeProcess, path: str) -> None:
    got, head = node.get(path), node.call("HEAD", path)
    assert head.status == got.status
    assert head.body == b""
    unlike = {"date", "etag", "transfer-encoding"}
    assert {n: v for n, v in head.headers.items() if n not in unlike} == {
        n: v for n, v in got.headers.items() if n not in unlike
    }


@pytest.mark.parametrize("path", [ENTITIES, "/ogc/collections", "/sources", "/fr/about"])
def test_options_and_unknown_methods_are_told_what_there_is(node: NodeProcess, path: str) -> None:
    for method in ("OPTIONS", "TRACE", "PROPFIND"):
        answer = node.call(method, path)
        assert answer.status == 405
        assert "GET" in answer.headers["allow"]
    assert node.call("FROB", path).status == 400
