"""What docs/doubts.md says with a tick: how we read the standard where it is open or disputed."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.conftest import Run

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.broker.rules.context import jsonld
from beffroi.broker.rules.geo.distance import geodesic
from beffroi.config import Settings
from beffroi.web.message import Request

Json = Any

ENTITIES: list[Json] = [
    {"id": "urn:x:array", "type": "T", "a": {"type": "Property", "value": [1, 5]}, "scope": "Madrid"},
    {
        "id": "urn:x:several",
        "type": "T",
        "a": [{"type": "Property", "value": 5}, {"type": "Property", "value": 8, "datasetId": "urn:d:1"}],
        "scope": ["/Madrid", "/Gardens"],
    },
    {"id": "urn:x:language", "type": "T", "name": {"languageMap": {"fr": "Pont", "en": "Bridge"}}},
    {"id": "urn:x:text", "type": "T", "name": "the Eiffel Tower", "letter": "é"},
    {"id": "urn:x:origin", "type": "P", "location": {"type": "Point", "coordinates": [0, 0]}},
]


class City:
    """A node in memory, asked without a server."""

    def __init__(self, node: Node, run: Run) -> None:
        self._node, self._run = node, run

    def ask(
        self, method: str, path: str, body: Json = None, *, media: str = "application/json", **parameters: str
    ) -> tuple[int, Json]:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"host": "localhost"}
        if body is not None:
            headers |= {"content-type": media, "content-length": str(len(content))}
        request = Request(method, f"/ngsi-ld/v1{path}", urlencode(parameters), headers, content)
        answer = self._run(self._node.answer(request))
        return answer.status, json.loads(answer.body) if answer.body else None

    def found(self, **parameters: str) -> set[str]:
        status, entities = self.ask("GET", "/entities", None, type="T", **parameters)
        assert status == 200, entities
        return {entity["id"].removeprefix("urn:x:") for entity in entities}


@pytest.fixture
def city(run: Run) -> Iterator[City]:
    opening = open_node(Settings(data="memory:"))
    city = City(run(opening.__aenter__()), run)
    for entity in ENTITIES:
        assert city.ask("POST", "/entities", entity)[0] == 201
    yield city
    run(opening.__aexit__(None, None, None))


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("a>4", {"array", "several"}),
        ("a<2", {"array"}),
        ("a==1", {"array"}),
        ("a!=5", {"several"}),
        ("a!=8", {"array", "several"}),
        ("missing!=1", set()),
        ('name=="Bridge"', {"language"}),
        ('name[*]=="Pont"', {"language"}),
        ('name[FR]=="Pont"', {"language"}),
        ('name[fr]=="Bridge"', set()),
        ('name~="Eiffel"', {"text"}),
        ('name~="^Eiffel"', set()),
        ('letter>"z"', {"text"}),
        ("!a", {"language", "text"}),
    ],
)
def test_the_query_language_is_read_so(city: City, q: str, found: set[str]) -> None:
    assert city.found(q=q) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Madrid", {"array", "several"}),
        ("/Madrid", {"array", "several"}),
        ("/Madrid;/Gardens", {"several"}),
        ("(/Madrid;/Gardens)", {"several"}),
    ],
)
def test_scopes_are_read_so(city: City, query: str, found: set[str]) -> None:
    assert city.found(scopeQ=query) == found


def test_put_and_patch_without_an_id_are_bad_requests(city: City) -> None:
    assert city.ask("PUT", "/entities", {})[0] == 400
    assert city.ask("PATCH", "/entities/", {"a": 1})[0] == 400


def test_a_polygon_that_crosses_itself_is_accepted(city: City) -> None:
    ring = [[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]
    entity = {"id": "urn:x:bow", "type": "G", "location": {"type": "Polygon", "coordinates": [ring]}}
    assert city.ask("POST", "/entities", entity)[0] == 201


def test_flat_retrieval_with_nothing_to_append_is_an_object(city: City) -> None:
    assert isinstance(city.ask("GET", "/entities/urn:x:text", None, join="flat")[1], dict)


def test_null_removes_the_expiry_of_a_subscription(city: City) -> None:
    subscription = {
        "id": "urn:s:1",
        "type": "Subscription",
        "entities": [{"type": "T"}],
        "expiresAt": "2999-01-01T00:00:00Z",
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }
    assert city.ask("POST", "/subscriptions", subscription)[0] == 201
    assert city.ask("PATCH", "/subscriptions/urn:s:1", {"expiresAt": None})[0] == 204
    assert "expiresAt" not in city.ask("GET", "/subscriptions/urn:s:1")[1]


def test_a_context_that_cannot_be_had_is_504(city: City) -> None:
    entity = {**ENTITIES[0], "id": "urn:x:new", "@context": "http://127.0.0.1:9/none.jsonld"}
    status, problem = city.ask("POST", "/entities", entity, media="application/ld+json")
    assert (status, problem["type"].rpartition("/")[2]) == (504, "LdContextNotAvailable")


def test_a_name_that_is_taken_is_written_with_the_prefix() -> None:
    context = jsonld.compile_context({"almostFull": "https://example.org/almostFull"}, {})
    name = context.compact("https://uri.etsi.org/ngsi-ld/default-context/almostFull")
    assert name == "ngsi-ld:default-context/almostFull"


def test_near_counts_its_edge_for_max_and_not_for_min(city: City) -> None:
    def near(distance: str) -> int:
        asked = {"type": "P", "georel": f"near;{distance}", "geometry": "Point", "coordinates": "[1,0]"}
        status, found = city.ask("GET", "/entities", None, **asked)
        assert status == 200, found
        return len(found)

    metres = geodesic(0, 0, 1, 0)
    assert (near(f"maxDistance=={metres!r}"), near(f"minDistance=={metres!r}")) == (1, 0)


def test_create_takes_the_simplified_format(city: City) -> None:
    assert (
        city.ask(
            "POST", "/entities", {"id": "urn:x:s", "type": "S", "a": {"type": "x"}}, format="simplified"
        )[0]
        == 201
    )
    assert city.ask("GET", "/entities/urn:x:s")[1]["a"] == {"type": "Property", "value": {"type": "x"}}


def test_a_plain_object_is_the_value_of_a_property(city: City) -> None:
    assert city.ask("POST", "/entities", {"id": "urn:x:s", "type": "S", "plain": {"a": 1}})[0] == 201
    assert city.ask("GET", "/entities/urn:x:s")[1]["plain"] == {"type": "Property", "value": {"a": 1}}


def test_more_than_a_thousand_on_a_page_is_cut_to_a_thousand(city: City) -> None:
    batch = [{"id": f"urn:x:many:{n}", "type": "Many"} for n in range(1_001)]
    assert city.ask("POST", "/entityOperations/create", batch)[0] == 201
    assert len(city.ask("GET", "/entities", None, type="Many", limit="5000")[1]) == 1_000


def test_what_is_ordered_is_local_unless_it_says_that_it_is_not(city: City) -> None:
    ordered = {"entities": [{"type": "T"}], "ordering": {"orderBy": ["id"]}}
    for local, status in ((None, 200), ("true", 200), ("false", 400)):
        said = {} if local is None else {"local": local}
        got, answer = city.ask("GET", "/entities", None, type="T", orderBy="id", **said)
        assert got == status
        assert status == 400 or [each["id"] for each in answer] == sorted(each["id"] for each in answer)
        asked = city.ask("POST", "/entityOperations/query", {"type": "Query", **ordered}, **said)
        assert asked[0] == status
        assert city.ask("GET", "/entities", None, type="T", **said)[0] == 200


def test_a_moment_that_is_stored_is_in_utc_and_one_that_is_asked_for_may_have_a_zone(city: City) -> None:
    moment = "2026-01-01T01:00:00+01:00"
    told = {"type": "Property", "value": 1, "observedAt": moment}
    status, problem = city.ask("POST", "/entities", {"id": "urn:x:u", "type": "U", "p": told})
    assert status == 400
    assert moment in problem["detail"]
    told["observedAt"] = "2026-01-01T00:00:00Z"
    assert city.ask("POST", "/entities", {"id": "urn:x:u", "type": "U", "p": told})[0] == 201
    assert len(city.ask("GET", "/entities", None, type="U", q=f"p.observedAt=={moment}")[1]) == 1
    past = city.ask(
        "GET", "/temporal/entities/urn:x:u", None, timerel="before", timeAt="2026-01-01T01:30:00+01:00"
    )
    assert [each["value"] for each in past[1]["p"]] == [1]


def test_an_update_tells_of_a_scope_that_is_not_there(city: City) -> None:
    assert city.ask("POST", "/entities", {"id": "urn:x:s", "type": "S"})[0] == 201
    status, updated = city.ask("PATCH", "/entities/urn:x:s/attrs", {"scope": "/x"})
    assert (status, [each["attributeName"] for each in updated["notUpdated"]]) == (207, ["scope"])
    assert city.ask("GET", "/entities/urn:x:s")[1] == {"id": "urn:x:s", "type": "S"}
