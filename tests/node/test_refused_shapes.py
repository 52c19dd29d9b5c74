"""What is refused before a row is looked for is told in the shape of the standard that the path belongs to."""

import json

import pytest

from tests.node.process import Answer, NodeProcess, status_of, until_closed

HOST = b"Host: localhost\r\n"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"

REFUSED: dict[str, tuple[bytes, int, str]] = {
    "a path that is no UTF-8": (b"GET {}%ff HTTP/1.1\r\n" + HOST + b"\r\n", 400, "InvalidRequest"),
    "raw bytes in the path": (b"GET {}\xff HTTP/1.1\r\n" + HOST + b"\r\n", 400, "InvalidRequest"),
    "raw bytes in the query": (
        "GET {}?q=name==é HTTP/1.1\r\n".encode() + HOST + b"\r\n",
        400,
        "InvalidRequest",
    ),
    "a fragment": (b"GET {}#a HTTP/1.1\r\n" + HOST + b"\r\n", 400, "InvalidRequest"),
    "no Host": (b"GET {} HTTP/1.1\r\n\r\n", 400, "InvalidRequest"),
    "two lengths": (
        b"POST {} HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n",
        400,
        "InvalidRequest",
    ),
    "a broken field": (b"GET {} HTTP/1.1\r\nA B\r\n\r\n", 400, "InvalidRequest"),
    "an unknown method": (b"FROB {} HTTP/1.1\r\n" + HOST + b"\r\n", 400, "InvalidRequest"),
    "another version": (b"GET {} HTTP/3.0\r\n" + HOST + b"\r\n", 400, "InvalidRequest"),
    "a space in the target": (b"GET {} b HTTP/1.1\r\n" + HOST + b"\r\n", 400, "InvalidRequest"),
    "a strange Host": (b"GET {} HTTP/1.1\r\nHost: a@b\r\nConnection: close\r\n\r\n", 400, "InvalidRequest"),
    "a foreign Host": (
        b"GET {} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        403,
        "Forbidden",
    ),
    "a foreign target": (
        b"GET http://evil.example{} HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
        403,
        "Forbidden",
    ),
    "a head that is late": (b"GET {} HTTP/1.1\r\nHost", 408, "RequestTimeout"),
    "a target that is too long": (
        b"GET {}" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        414,
        "TargetTooLong",
    ),
    "an expectation": (b"GET {} HTTP/1.1\r\n" + HOST + b"Expect: gold\r\n\r\n", 417, "ExpectationFailed"),
    "a head that is too large": (
        b"GET {} HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        431,
        "HeaderTooLarge",
    ),
    "too many fields": (
        b"GET {} HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 200 + b"\r\n",
        431,
        "HeaderTooLarge",
    ),
}
"""What is sent for a path, the status, and the kind of the problem."""


def answered(node: NodeProcess, sent: bytes, path: str) -> Answer:
    raw = node.raw(sent.replace(b"{}", path.encode()))
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:]]
    return Answer(status_of(raw), {name.lower(): value for name, _, value in lines}, body)


@pytest.mark.parametrize("name", REFUSED)
def test_below_the_routes_ngsi_ld_is_told_in_problem_details(node: NodeProcess, name: str) -> None:
    """Clause 6.3.2: the body of an error is ProblemDetails, with a type of table 5.5.2-1 where there is one."""
    sent, status, kind = REFUSED[name]
    answer = answered(node, sent, "/ngsi-ld/v1/entities/urn:x:1")
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["type"] == (ERRORS + kind if status == 400 else "about:blank")
    assert answer.json["status"] == status
    assert answer.json["title"]
    assert answer.json["detail"].endswith(".")


@pytest.mark.parametrize("name", REFUSED)
def test_tmf_is_told_as_tmf630_says(node: NodeProcess, name: str) -> None:
    sent, status, kind = REFUSED[name]
    answer = answered(node, sent, "/tmf-api/productCatalogManagement/v4/category")
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert (answer.json["code"], answer.json["status"], answer.json["@type"]) == (kind, str(status), "Error")


@pytest.mark.parametrize("path", ["/ogc/collections", "/sources", "/network/v1/need"])
@pytest.mark.parametrize("name", ["a path that is no UTF-8", "a foreign Host", "too many fields"])
def test_ogc_and_our_own_apis_are_told_in_problem_json(node: NodeProcess, name: str, path: str) -> None:
    sent, status, kind = REFUSED[name]
    answer = answered(node, sent, path)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json["code"], answer.json["status"]) == (kind, status)
    assert answer.json["instance"].startswith(path)


@pytest.mark.parametrize("name", REFUSED)
def test_elsewhere_a_line_of_text_tells_it(node: NodeProcess, name: str) -> None:
    """Of pages nobody is shown one to whom the node does not answer."""
    sent, status, _ = REFUSED[name]
    answer = answered(node, sent, "/fr/types")
    assert answer.status == status
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.body.endswith(b".\n")


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01/ngsi-ld/v1/entities", b"/ngsi-ld/v1/entities HTTP/1.1\r\n"],
)
def test_where_the_request_line_cannot_be_read_it_is_text(node: NodeProcess, sent: bytes) -> None:
    answer = answered(node, sent + b"\r\n\r\n", "")
    assert (answer.status, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")


def test_a_refusal_has_the_shape_of_its_own_path_and_not_that_of_the_request_before(
    node: NodeProcess,
) -> None:
    before = b"GET /ngsi-ld/v1/types HTTP/1.1\r\n" + HOST + b"\r\n"
    for bad in (b"\x16\x03\x01\r\n\r\n", b"GET /fr/%ff HTTP/1.1\r\n" + HOST + b"\r\n"):
        with node.connect() as connection:
            for _ in range(2):  # the second is read as one that comes again
                connection.sendall(before)
                connection.recv(65_536)
            connection.sendall(bad)
            answer = until_closed(connection)
            assert b" 400 " in answer
            assert b"content-type: text/plain" in answer


def test_what_is_not_there_below_ngsi_ld_is_told_in_ngsi_ld(node: NodeProcess) -> None:
    answer = node.get("/ngsi-ld/v2/entities")
    assert (answer.status, answer.json["type"]) == (404, f"{ERRORS}ResourceNotFound")


def test_a_refusal_is_json_whatever_the_path_holds(node: NodeProcess) -> None:
    answer = answered(node, b'GET /ogc/"%0d%0aa%ff HTTP/1.1\r\n' + HOST + b"\r\n", "")
    assert answer.status == 400
    assert json.loads(answer.body)["instance"] == "/ogc/%22%0D%0Aa%EF%BF%BD"
