"""Ordered answers (clauses 4.23, 5.2.43, 5.7.2) through the routes, and their bounds."""

from collections.abc import AsyncGenerator, Callable
from typing import Any
from urllib.parse import quote

import pytest

from beffroi.broker.operations.scanning import MOST_ORDERED, scan
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import KIND
from beffroi.broker.rules.query.ordering import parse_ordering, ranking
from beffroi.broker.rules.query.query import EntityQuery, Page
from beffroi.kernel.effort import Effort
from beffroi.kernel.json import encode
from beffroi.kernel.problem import Problem, TooManyResults
from beffroi.kernel.record import Key, Record
from beffroi.store.port import Find
from tests.broker.client import Client
from tests.got import Got


def ask(node: Client, **parameters: object) -> Got:
    asked = {"type": "V", **parameters}
    return node.get("/entities?" + "&".join(f"{key}={quote(str(value))}" for key, value in asked.items()))


def ids(got: Got) -> list[int]:
    return [int(entity["id"].rpartition(":")[2]) for entity in got.json]


def vehicles(node: Client, speeds: list[Any]) -> None:
    bodies = [
        {"id": f"urn:x:V:{n}", "type": "V", "speed": {"type": "Property", "value": speed}}
        for n, speed in enumerate(speeds)
    ]
    assert node.post("/entityOperations/create", bodies).status == 201


def test_pages_of_an_order_with_ties_neither_repeat_nor_miss(node: Client) -> None:
    speeds = [n % 3 for n in range(100)]
    vehicles(node, speeds)
    seen: list[int] = []
    for offset in range(0, 100, 7):
        got = ask(node, orderBy="speed;desc", limit=7, offset=offset, count="true")
        assert got.headers["ngsild-results-count"] == "100"
        assert ('rel="next"' in got.headers.get("link", "")) == (offset + 7 < 100)
        seen += ids(got)
    assert seen == sorted(range(100), key=lambda n: (-speeds[n], n))


def test_the_best_of_many_are_found_wherever_they_stand(node: Client) -> None:
    speeds = [(n * 7919) % 2500 for n in range(2500)]
    vehicles(node, speeds)
    best = sorted(range(2500), key=lambda n: speeds[n])
    assert ids(ask(node, orderBy="speed", limit=5)) == best[:5]
    assert ids(ask(node, orderBy="speed", limit=5, offset=1200)) == best[1200:1205]


def test_ordering_goes_with_a_query_and_a_view(node: Client) -> None:
    vehicles(node, [5, 1, 3, 4])
    got = ask(node, q="speed>1", orderBy="speed", pick="id", local="true")
    assert got.json == [{"id": f"urn:x:V:{n}"} for n in (2, 3, 0)]


def test_ordering_goes_with_linked_conditions(node: Client) -> None:
    vehicles(node, [5, 1, 3])
    for n in range(3):
        link = {"type": "Relationship", "object": f"urn:x:V:{n}"}
        rank = {"type": "Property", "value": -n}
        assert (
            node.post("/entities", {"id": f"urn:x:D:{n}", "type": "D", "of": link, "rank": rank}).status
            == 201
        )
    got = ask(node, type="D", q="of{speed}>2", join="flat", pick="id", orderBy="rank", count="true")
    assert (ids(got), got.headers["ngsild-results-count"]) == ([2, 0], "2")


def test_a_query_in_a_body_orders(node: Client) -> None:
    for n, longitude in enumerate((10.0, 8.1, 9.0)):
        location = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, 40]}}
        assert node.post("/entities", {"id": f"urn:x:V:{n}", "type": "V", "location": location}).status == 201
    query = {"type": "Query", "entities": [{"type": "V"}]}

    def answer(**ordering: Any) -> Got:
        return node.post("/entityOperations/query", {**query, "ordering": ordering})

    assert ids(answer(orderBy=["location;dist-desc"], coordinates=[8, 40], geometry="Point")) == [0, 2, 1]
    assert ids(answer(orderBy=["type", "id;desc"], collation="und")) == [2, 1, 0]
    wrong: list[dict[str, Any]] = [
        {"orderBy": ["location;dist-asc"]},
        {"orderBy": ["location;dist-asc"], "coordinates": "[8,40]"},
        {"orderBy": ["id"], "geometry": 5},
        {"orderBy": "id"},
        {"orderBy": []},
        {"orderBy": ["id"], "collation": "no tag!"},
        {"orderBy": ["id"], "direction": "asc"},
    ]
    for ordering in wrong:
        assert answer(**ordering).status == 400, ordering


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"orderBy": "speed;dist-asc"}, 400),
        ({"orderBy": "speed;up"}, 400),
        ({"collation": "!!nope"}, 400),
        ({"orderBy": "speed", "collation": "sv"}, 422),
        ({"orderFrom": "8,40"}, 400),
        ({"orderBy": "speed;dist-asc", "orderFrom": "[8,40]", "orderGeometry": "Circle"}, 400),
        ({"orderBy": "speed;dist-asc", "orderFrom": "[8,40]"}, 200),
    ],
)
def test_what_is_no_order_is_refused(memory_node: Client, parameters: "dict[str, str]", status: int) -> None:
    assert ask(memory_node, **parameters).status == status


class Endless:
    """As much of a store as a scan uses: entities without number."""

    async def stream(self, find: Find) -> AsyncGenerator[Record, None]:
        document = encode({"id": "urn:x:v", "type": ["V"], "attrs": {}})
        number = 0
        while True:
            number += 1
            yield Record(Key(find.tenant, find.kind, f"urn:x:{number}"), document, 1, number)


def test_more_than_can_be_put_in_order_is_refused(run: Callable[[Any], Any]) -> None:
    store: Any = Endless()
    rank = ranking(parse_ordering("speed", Context("", {}, {})), Effort())
    with pytest.raises(Problem) as caught:
        run(scan(store, Find("", KIND), [EntityQuery()], Page(), rank, Effort()))
    assert caught.value.kind is TooManyResults
    assert str(MOST_ORDERED) in caught.value.detail
