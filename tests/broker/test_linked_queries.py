"""Conditions on linked entities (clause 4.9, examples 13 and 14): whole answers, exact pages, bounds."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any
from urllib.parse import quote

import pytest

from beffroi.broker.operations.scanning import MOST_CANDIDATES, scan
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import KIND
from beffroi.broker.rules.query.q import parse_q
from beffroi.broker.rules.query.query import EntityQuery, Page
from beffroi.kernel.effort import Effort
from beffroi.kernel.json import encode
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.kernel.record import Key, Record
from beffroi.store.port import Find
from tests.broker.client import Client
from tests.got import Got

SENSORS = 700


@pytest.fixture
def city(node: Client) -> Client:
    """700 sensors on lamps in three streets; each third lamp is lit; sensor 699 stands on nothing."""
    streets = [
        {"id": f"urn:x:Street:{s}", "type": "Street", "name": {"type": "Property", "value": f"S{s}"}}
        for s in range(3)
    ]
    lamps = [
        {
            "id": f"urn:x:Lamp:{n}",
            "type": "Lamp",
            "lit": {"type": "Property", "value": n % 3 == 0},
            "street": {"type": "Relationship", "object": f"urn:x:Street:{n % 3}"},
        }
        for n in range(SENSORS - 1)
    ]
    sensors = [
        {
            "id": f"urn:x:Sensor:{n}",
            "type": "Sensor",
            "on": {"type": "Relationship", "object": f"urn:x:Lamp:{n}"},
        }
        for n in range(SENSORS)
    ]
    assert node.post("/entityOperations/create", [*streets, *lamps, *sensors]).status == 201
    return node


def ask(node: Client, q: str, level: int = 1, **parameters: object) -> Got:
    asked = {"type": "Sensor", "q": q, "join": "flat", "joinLevel": level, "pick": "id", **parameters}
    return node.get("/entities?" + "&".join(f"{key}={quote(str(value))}" for key, value in asked.items()))


def numbers(got: Got) -> list[int]:
    return [int(entity["id"].rpartition(":")[2]) for entity in got.json]


def test_a_condition_on_a_linked_entity_pages_and_counts_exactly(city: Client) -> None:
    lit = [n for n in range(SENSORS - 1) if n % 3 == 0]
    seen: list[int] = []
    for offset in range(0, 300, 100):
        got = ask(city, "on{lit}==true", limit=100, offset=offset, count="true")
        assert got.headers["ngsild-results-count"] == str(len(lit))
        assert ('rel="next"' in got.headers.get("link", "")) == (offset < 200)
        seen += numbers(got)
    assert seen == lit


def test_a_condition_goes_along_two_links(city: Client) -> None:
    assert numbers(ask(city, 'on{street{name}}=="S1"', 2, limit=3)) == [1, 4, 7]


def test_a_condition_on_a_linked_type_holds_for_that_type_alone(city: Client) -> None:
    assert ask(city, "on{Lamp:lit}==true", limit=1, count="true").headers["ngsild-results-count"] == "233"
    assert ask(city, "on{Street:lit}==true").json == []


def test_what_does_not_exist_matches_no_condition(city: Client) -> None:
    unequal = ask(city, "on{lit}!=true", limit=1000, count="true")
    assert unequal.headers["ngsild-results-count"] == str(SENSORS - 1 - 233)
    assert SENSORS - 1 not in numbers(unequal)


def test_linked_and_plain_conditions_stand_together(city: Client) -> None:
    assert numbers(ask(city, 'on=="urn:x:Lamp:5"|on{lit}==true', limit=3)) == [0, 3, 5]


def test_limit_zero_counts(city: Client) -> None:
    got = ask(city, "on{lit}==true", limit=0, count="true")
    assert (got.json, got.headers["ngsild-results-count"]) == ([], "233")


@pytest.mark.parametrize("parameters", [{"join": "@none"}, {"joinLevel": 1}])
def test_a_condition_that_goes_deeper_than_the_join_is_refused(city: Client, parameters: Any) -> None:
    got = ask(city, 'on{street{name}}=="S1"', 2, **parameters)
    assert (got.status, got.json["type"].rpartition("/")[2]) == (400, "BadRequestData")


class Endless:
    """As much of a store as a scan uses: sensors without number, all on a lamp that does not exist."""

    def __init__(self) -> None:
        self.read_at_once: list[int] = []

    async def stream(self, find: Find) -> AsyncGenerator[Record, None]:
        number = 0
        link = {"type": "Relationship", "object": "urn:x:Lamp:1"}
        document = encode({"id": "urn:x:s", "type": ["S"], "attrs": {"on": [link]}})
        while True:
            number += 1
            yield Record(Key(find.tenant, find.kind, f"urn:x:{number}"), document, 1, number)

    async def read(self, keys: Sequence[Key]) -> dict[Key, Record]:
        self.read_at_once.append(len(keys))
        return {}


def test_a_query_that_goes_through_too_much_is_refused(run: Callable[[Any], Any]) -> None:
    store: Any = Endless()
    context = Context("", {"on": "on", "lit": "lit"}, {})
    query = EntityQuery(q=parse_q("on{lit}==true", context))
    with pytest.raises(Problem) as caught:
        run(scan(store, Find("", KIND), [query], Page(), None, Effort()))
    assert caught.value.kind is TooComplexQuery
    assert str(MOST_CANDIDATES) in caught.value.detail
    assert set(store.read_at_once) == {1}
