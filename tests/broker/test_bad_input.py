"""Bad input gets a clear error in the standard's shape and changes nothing; `python -m bench.bad_input` says how quickly."""

import json
from typing import Any

import pytest

from beffroi.broker.wire.problems import TABLE, problem_details
from beffroi.kernel.problem import CATALOGUE, Problem
from tests.broker.bad_bodies import BATCHES, BODIES
from tests.broker.client import LD_JSON, Client

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
ROOM: dict[str, Any] = {"id": "urn:ngsi-ld:Room:1", "type": "Room", "co2": {"type": "Property", "value": 400}}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_bad_body_is_refused_and_nothing_is_written(memory_node: Client, body: bytes) -> None:
    memory_node.post("/entities", ROOM)
    got = memory_node.send("POST", "/entities", raw=body)
    assert got.status in {400, 413}, got.text
    problem = got.json
    types = {ERRORS + "InvalidRequest", ERRORS + "BadRequestData"} if got.status == 400 else {"about:blank"}
    assert problem["type"] in types
    assert problem["title"]
    assert len(problem["detail"]) > 15
    assert memory_node.get("/entities?local=true&count=true").headers["ngsild-results-count"] == "1"


OWNED: dict[str, Any] = {
    **ROOM,
    "owner": {
        "type": "Relationship",
        "object": "urn:x:1",
        "since": {"type": "VocabProperty", "vocab": "new"},
    },
}
OF = "https://uri.etsi.org/ngsi-ld/default-context/"


@pytest.mark.parametrize(
    ("path", "fragment", "said"),
    [
        ("", {"owner": "nobody"}, f"The object of relationship '{OF}owner' 'nobody' is not a URI."),
        ("", {"owner": []}, f"Relationship '{OF}owner' has an empty array of objects."),
        ("", {"owner": {"since": [7]}}, f"into the VocabProperty '{OF}since' is no string"),
        ("", {"owner": {"by": {"observedAt": "2026-11-22T10:00:00Z"}}}, f"'{OF}by' is new and has neither"),
        ("", {"floor": {"type": "Property"}}, f"Attribute '{OF}floor' is a Property and has no value."),
        ("", {"owner": {"type": "Property"}}, f"Attribute '{OF}owner' is a Property and has no value."),
        ("/attrs", {"owner": {"type": "Property"}}, f"Attribute '{OF}owner' is a Property and has no value."),
        ("/attrs", {"floor": {"unitCode": "MTR"}}, f"Attribute '{OF}floor' is new and has neither"),
        ("/attrs/owner", {"since": {"unitCode": "MTR"}}, f"Attribute '{OF}since' is new and has neither"),
    ],
)
def test_a_refused_change_names_the_attribute(
    memory_node: Client, path: str, fragment: Any, said: str
) -> None:
    assert memory_node.post("/entities", OWNED).status == 201
    got = memory_node.patch(f"/entities/{ROOM['id']}{path}", fragment)
    assert (got.status, said in got.json.get("detail", "")) == (400, True), got.text
    assert memory_node.get(f"/entities/{ROOM['id']}").json["owner"] == OWNED["owner"]


def test_what_is_too_long_is_refused_before_it_is_parsed(memory_node: Client) -> None:
    """The sentence tells which look refused it: no value of it was made."""
    line = json.dumps({"type": "LineString", "coordinates": [[3.06, 50.63]] * 300_000})
    long = {"id": "urn:x:2", "type": "R", "location": {"type": "GeoProperty", "value": line}}
    got = memory_node.post("/entities", long)
    assert (got.status, "has 4,500,039 characters" in got.json["detail"]) == (400, True), got.text
    got = memory_node.post("/entities", {"id": "urn:x:2", "type": "R", "a": "x" * 9_000_000})
    assert got.status == 413
    assert "9,000,039 bytes" in got.json["detail"], got.text
    instances = [{"id": "urn:x:2", "type": "R", "a": [{"value": 1}] * 1_000_000}]
    got = memory_node.post("/entityOperations/create", instances)
    assert (got.status, "more than 1,000,000 values" in got.json["detail"]) == (400, True), got.text


def test_only_error_types_of_the_table_stand_in_the_namespace_of_etsi(memory_node: Client) -> None:
    """Clause 5.5.2; what is a status of HTTP alone (6.3.2) is about:blank, as RFC 7807 says."""
    long = {"id": "urn:x:2", "type": "R", "a": "x" * 9_000_000}
    for got, status in (
        (memory_node.patch("/types", ROOM), 405),
        (memory_node.get("/entities?type=R", accept="text/html"), 406),
        (memory_node.post("/entities", long), 413),
    ):
        assert (got.status, got.json["status"], got.json["type"]) == (status, status, "about:blank")
        assert got.headers["content-type"] == "application/json"
        assert got.json["title"] not in {"", got.json["detail"]}
    types = {problem_details(Problem(kind, "No."))["type"] for kind in CATALOGUE}
    assert types == {"about:blank", *(ERRORS + name for name in TABLE)}
    assert len(TABLE) == 12


@pytest.mark.parametrize(("path", "body"), BATCHES.values(), ids=BATCHES)
def test_a_batch_that_takes_long_to_parse_is_refused_before_it_is_parsed(
    memory_node: Client, path: str, body: bytes
) -> None:
    """The sentence tells which look refused it."""
    memory_node.post("/entities", ROOM)
    got = memory_node.send("POST", f"/entityOperations/{path}", raw=body)
    assert (got.status, got.json["type"]) == (400, ERRORS + "InvalidRequest"), got.text
    assert " values" in got.json["detail"]
    assert memory_node.get("/entities?local=true&count=true").headers["ngsild-results-count"] == "1"


def test_the_largest_ordinary_batches_are_taken(memory_node: Client) -> None:
    reading = {"type": "Property", "value": 20.5, "unitCode": "CEL", "observedAt": "2026-11-22T10:00:00Z"}
    rooms = [
        {"id": f"urn:ngsi-ld:Room:{n}", "type": "Room", **{f"reading{k}": reading for k in range(10)}}
        for n in range(10_000)
    ]
    assert len(json.dumps(rooms)) > 10_000_000
    assert memory_node.post("/entityOperations/upsert", rooms).status == 201
    ids = [room["id"] for room in rooms]
    got = memory_node.post("/entityOperations/delete", [*ids, "urn:ngsi-ld:Room:10001"])
    assert got.status == 413
    assert memory_node.post("/entityOperations/delete", ids).status == 204


def test_commas_in_the_texts_of_a_batch_are_no_values(memory_node: Client) -> None:
    texts = [",[{" * 20_000, '\\",[' * 20_000, '","' * 20_000]
    rooms = [
        {"id": f"urn:ngsi-ld:Room:{n}", "type": "Room", **{f"text{k}": text for k, text in enumerate(texts)}}
        for n in range(10)
    ]
    assert memory_node.post("/entityOperations/create", rooms).status == 201


def test_a_text_may_hold_a_million_commas(memory_node: Client) -> None:
    body = {"id": "urn:x:2", "type": "R", "a": "," * 1_000_000}
    assert memory_node.post("/entities", body).status == 201


@pytest.mark.parametrize(
    "path",
    [
        "/entities?type=Room&unknown=1",
        "/entities?type=Room&type=House",
        "/entities?type=Room&limit=-1",
        "/entities?type=Room&limit=abc",
        "/entities?type=Room&limit=0",
        "/entities?type=Room&offset=1.5",
        "/entities?type=Room&count=yes",
        "/entities?type=Room&options=everything",
        "/entities?type=Room&q=co2>",
        "/entities?type=Room&q=((((co2>1)",
        "/entities?type=Room&q=" + "(" * 5000 + "co2" + ")" * 5000,
        "/entities?type=Room&q=co2~=((((",
        "/entities?type=Room&idPattern=[",
        "/entities?type=Room&georel=near&geometry=Point&coordinates=[1,2]",
        "/entities?type=Room&georel=within&geometry=Polygon&coordinates=[[[1,2],[3,4]]]",
        "/entities?type=Room&georel=within&geometry=Point",
        "/entities?type=Room&coordinates=[1,2]",
        "/entities?type=Room&lang=fr;q=abc",
        "/entities?type=Room&lang=not a lang!",
        "/entities?type=Room&pick=a&omit=a",
        "/entities?type=(Room",
        "/entities?id=urn:x:1",
        "/entities",
        "/entities/no-uri",
        "/entities?type=Room&q=%ff",
        "/entities?type=%00",
    ],
)
def test_a_bad_question_is_refused(memory_node: Client, path: str) -> None:
    got = memory_node.get(path)
    assert got.status in {400, 403}, got.text
    assert got.json["type"].startswith(ERRORS)
    assert got.json["detail"]


def test_a_regular_expression_cannot_run_away(memory_node: Client) -> None:
    body = {
        "id": "urn:ngsi-ld:Room:1",
        "type": "Room",
        "name": {"type": "Property", "value": "a" * 5000 + "!"},
    }
    memory_node.post("/entities", body)
    got = memory_node.get("/entities?type=Room&q=name~=(a%2B)%2B$")
    assert (got.status, got.json) == (200, [])


def test_a_pattern_that_is_too_large_for_a_stored_text_is_refused_on_every_engine(node: Client) -> None:
    name = {"type": "Property", "value": "a" * 200_000 + "!"}
    assert node.post("/entities", {"id": "urn:ngsi-ld:Room:1", "type": "Room", "name": name}).status == 201
    for q in (
        "name~=(a%3F){50}(a%3F){50}b",
        "name!~=(a%3F){50}(a%3F){50}b",
        "name~=" + "(a%3F){50}" * 30 + "b",
    ):
        got = node.get(f"/entities?type=Room&q={q}")
        assert (got.status, got.json["type"]) == (403, ERRORS + "TooComplexQuery"), q
        assert "steps" in got.json["detail"]
    assert node.get("/entities?type=Room&q=name~=^a.*").json[0]["id"] == "urn:ngsi-ld:Room:1"
    assert node.get("/entities?type=Room&q=name~=(a%3F){50}(a%3F){50}b;speed>5").json == []
    got = node.get("/entities?type=Room&idPattern=" + "(a%3F){50}" * 30)
    assert (got.status, got.json["type"]) == (403, ERRORS + "TooComplexQuery")


def test_headers_are_checked_in_the_order_of_the_standard(memory_node: Client) -> None:
    no_length = memory_node.send("POST", "/entities", raw=b"{}", headers={"content-length": "2"})
    assert no_length.status == 400
    media = memory_node.send("POST", "/entities", raw=b"<xml/>", headers={"content-type": "text/xml"})
    assert (media.status, media.text) == (415, b"")
    context_in_json = memory_node.post("/entities", {**ROOM, "@context": "https://example.org/c.jsonld"})
    assert context_in_json.json["type"] == ERRORS + "BadRequestData"
    without_context = memory_node.post("/entities", ROOM, Content_Type=LD_JSON)
    assert without_context.json["type"] == ERRORS + "BadRequestData"
    assert memory_node.send("PUT", "/types").headers["allow"] == "GET, HEAD"


def test_text_of_every_script_comes_back(node: Client) -> None:
    text = "Métropole Ελλάδα 日本語 \U0001f514 <script>alert('x')</script> \\u0000 \u2028"
    body = {**ROOM, "nom_de_la_salle": {"type": "Property", "value": text}, "größe": 5}
    assert node.post("/entities", body).status == 201
    assert node.get(f"/entities/{ROOM['id']}?format=simplified").json["nom_de_la_salle"] == text
    assert [e["id"] for e in node.get("/entities?q=größe==5").json] == [ROOM["id"]]
