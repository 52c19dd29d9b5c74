"""Measuring a city over its open interfaces: what is found, what is bounded, what is said of what is not."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from tests.conftest import Run
from tests.network.solutions.cities import NOW, entity, needing, place
from typing_extensions import override

from beffroi.kernel.problem import Problem
from beffroi.network.rules.solutions.manifest import Manifest
from beffroi.outbound import Answer, Failed
from beffroi.processes.measuring import MOST_REQUESTS, Measured, measure

BIKES = "https://smartdatamodels.org/dataModel.Transportation/BikeHireDockingStation"
WANTED = {"name": "availableBikeNumber", "kind": "integer"}


class CityNode:
    """A fake node: entities by type, and what else it answers with, by path."""

    def __init__(self, entities: Mapping[str, list[Any]], counts: bool = True, **more: Any) -> None:
        self.entities, self.counts, self.more = entities, counts, more
        self.asked: list[str] = []
        self.headers: Mapping[str, str] = {}

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        self.asked.append(url)
        self.headers = headers
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = self._answer(parts.path, query)
        if isinstance(found, Exception):
            raise found
        if found is None:
            return Answer(404, {}, b"", url)
        body, headers = found if isinstance(found, tuple) else (found, {})
        return Answer(200, headers, body if isinstance(body, bytes) else json.dumps(body).encode(), url)

    def _answer(self, path: str, query: Mapping[str, str]) -> Any:
        if path in self.more:
            return self.more[path]
        if path == "/ngsi-ld/v1/types":
            return [
                {"typeName": name, "attributeNames": [each for each in rows[0] if each not in {"id", "type"}]}
                for name, rows in self.entities.items()
            ]
        if path == "/ngsi-ld/v1/entities":
            rows = self.entities[query["type"]]
            start, limit = int(query["offset"]), int(query["limit"])
            counted = {"ngsild-results-count": str(len(rows))} if self.counts else {}
            return rows[start : start + limit], counted
        return None


@pytest.fixture
def measured(run: Run) -> Callable[..., Measured]:
    def go(
        node: CityNode, manifest: Manifest | None = None, address: str = "https://city.example", **more: str
    ) -> Measured:
        return run(measure(node.get, address, manifest or needing(WANTED), NOW, **more))

    return go


def bikes(count: int) -> list[Any]:
    return [
        entity(n, BIKES, availableBikeNumber=n, location=place(3 + n / count, 50 + n / count))
        for n in range(count)
    ]


def test_a_sample_is_taken_from_all_over_the_list_and_the_whole_is_counted(measured: Any) -> None:
    node = CityNode({BIKES: bikes(2_000)})
    found = measured(node)
    facts = found.facts.types[BIKES]
    assert (facts.count, facts.sampled) == (2_000, 500)
    ids = {int(each["id"].rpartition(":")[2]) for each in found.samples[BIKES]}
    assert min(ids) < 100 < 1_500 < max(ids)
    assert facts.attributes["availableBikeNumber"].median_s == 60.0
    assert len(facts.cells) == 8


def test_a_city_with_very_many_types_is_asked_so_often_and_no_more(measured: Any) -> None:
    node = CityNode({f"Type{n}": [entity(1, f"Type{n}", availableBikeNumber=1)] * 900 for n in range(400)})
    found = measured(node)
    assert len(node.asked) <= MOST_REQUESTS
    assert found.facts.requests == len(node.asked)


def test_a_node_that_does_not_count_is_read_from_the_beginning(measured: Any) -> None:
    node = CityNode({BIKES: bikes(250)}, counts=False)
    facts = measured(node).facts.types[BIKES]
    assert (facts.count, facts.sampled) == (250, 250)


@pytest.mark.parametrize(("token", "said"), [("", "wants a token"), ("wrong", "refuses this token")])
def test_a_node_that_wants_a_token_is_said_to(measured: Any, token: str, said: str) -> None:
    class Closed(CityNode):
        @override
        async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
            return Answer(401, {}, b"", url)

    with pytest.raises(Problem, match=said):
        measured(Closed({}), token=token)


def test_names_are_asked_whole_and_a_token_is_shown(measured: Any) -> None:
    node = CityNode({BIKES: bikes(3)})
    measured(node, token="secret")
    assert node.headers["authorization"] == "Bearer secret"
    assert any(f"type={BIKES}" in unquote(url) for url in node.asked)


def test_licence_and_reference_systems_are_those_of_the_ogc_api(measured: Any) -> None:
    link = {"rel": "license", "href": "https://opendatacommons.org/licenses/odbl/1-0/"}
    lambert = "http://www.opengis.net/def/crs/EPSG/0/2154"
    collections = {"collections": [{"id": "a", "crs": [lambert]}], "links": [link]}
    ogc: dict[str, Any] = {"/ogc": {"links": [link]}, "/ogc/collections": collections}
    found = measured(CityNode({BIKES: bikes(3)}, **ogc))
    assert found.facts.licences == ("ODbL-1.0",)
    assert lambert in found.facts.crs


def test_a_city_without_ogc_api_is_measured_and_what_was_not_read_is_said(measured: Any) -> None:
    found = measured(CityNode({BIKES: bikes(3)}))
    assert found.facts.licences == ()
    assert "'https://city.example/ogc' answers with 404." in found.facts.unread


def test_how_far_the_past_goes_is_asked_of_the_past(measured: Any) -> None:
    old = {"type": "Property", "value": 3, "observedAt": "2026-11-10T12:00:00Z"}
    past = {
        f"/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:X:{n}": {"availableBikeNumber": [old]} for n in range(3)
    }
    quoted: dict[str, Any] = {path.replace(":", "%3A"): body for path, body in past.items()}
    manifest = needing({**WANTED, "history": "P7D"})
    found = measured(CityNode({BIKES: bikes(3)}, **quoted), manifest)
    assert found.facts.history_s == {"availableBikeNumber": 12 * 86_400.0}
    assert measured(CityNode({BIKES: bikes(3)}), manifest).facts.history_s == {"availableBikeNumber": 0.0}


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (b"<html>", "not JSON"),
        (Failed("'https://city.example' does not answer."), "does not answer"),
    ],
)
def test_what_is_no_node_is_said_so(measured: Any, types: Any, said: str) -> None:
    with pytest.raises(Problem, match=said):
        measured(CityNode({}, **{"/ngsi-ld/v1/types": types}))


def test_an_address_that_is_none_is_refused_before_anything_is_asked(measured: Any) -> None:
    node = CityNode({})
    with pytest.raises(Problem, match="no address of a node"):
        measured(node, address="file:///etc/passwd")
    assert node.asked == []


@pytest.mark.parametrize(
    "entities",
    [
        {"a": 1},
        [1, None, "x", []],
        [{"id": 7, "type": None, "availableBikeNumber": [None]}],
        [{"id": "urn:a:1", "availableBikeNumber": {"type": "Property", "value": 10**18, "observedAt": 5}}],
        [{"id": "urn:a:1", "location": {"type": "GeoProperty", "value": {"coordinates": ["x", {}]}}}],
        [{"id": "urn:a:1", "availableBikeNumber": {"type": "Property", "value": "x" * 100_000}}],
    ],
)
def test_entities_that_are_none_are_contained(measured: Any, entities: Any) -> None:
    node = CityNode({BIKES: bikes(1)}, **{"/ngsi-ld/v1/entities": entities})
    assert measured(node).facts.types[BIKES].sampled <= 1


def test_a_city_that_sends_very_much_is_left_when_it_is_enough(measured: Any) -> None:
    node = CityNode({BIKES: [entity(n, BIKES, note="x" * 90_000) for n in range(500)]})
    found = measured(node)
    assert len(node.asked) == 6
    assert any("it is enough" in note for note in found.facts.unread)
