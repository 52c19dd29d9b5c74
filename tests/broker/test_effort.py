"""What one query may cost: all its regular expressions and geometries together, over all that it looks at."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from beffroi.broker.operations.services import granted
from beffroi.kernel.effort import MOST_SECONDS, MOST_STEPS, Effort
from beffroi.kernel.grant import Grant
from beffroi.kernel.problem import Problem, TooComplexQuery
from tests.broker.client import Client, client_of
from tests.got import Got

ENOUGH, TOO_MANY = 5, 8
"""Entities that may be looked at where each costs a second, and more than may be."""

STATION = "https://uri.etsi.org/ngsi-ld/default-context/S"
LINE = "[[3,50],[3.1,50]]"
Asking = Callable[[Client], Got]


class Seconds:
    """Processor time of which a second goes by between two looks."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def doubled(number: int) -> int:
    return 2 * number


def inverse(number: int) -> float:
    return 1 / number


def test_work_is_refused_once_it_has_taken_too_long_in_all() -> None:
    twice = Effort(Seconds()).timed(doubled)
    assert [twice(n) for n in range(int(MOST_SECONDS) + 1)] == [0, 2, 4, 6, 8, 10]
    with pytest.raises(Problem) as caught:
        twice(1)
    assert caught.value.kind is TooComplexQuery
    assert f"{MOST_SECONDS:g} seconds" in caught.value.detail


def test_work_that_fails_counts_as_well() -> None:
    effort = Effort(Seconds())
    for _ in range(int(MOST_SECONDS) + 1):
        with pytest.raises(ZeroDivisionError):
            effort.timed(inverse)(0)
    with pytest.raises(Problem):
        effort.timed(inverse)(1)


def test_another_document_renews_the_steps_and_not_the_time() -> None:
    effort = Effort(Seconds())
    twice = effort.timed(doubled)
    for _ in range(int(MOST_SECONDS) + 1):
        effort.steps -= 1_000
        effort.renew()
        twice(1)
    assert effort.steps == MOST_STEPS
    with pytest.raises(Problem):
        twice(1)


def test_without_a_clock_nothing_is_measured() -> None:
    same = Effort().timed(lambda number: number)
    assert [same(1) for _ in range(100)] == [1] * 100


def get(path: str) -> Asking:
    return lambda client: client.get(path)


def query(body: dict[str, Any]) -> Asking:
    return lambda client: client.post("/entityOperations/query?limit=1000", {"type": "Query", **body})


GEO = f"georel=near;maxDistance==100000&geometry=LineString&coordinates={LINE}"
NEAR = {"georel": "near;maxDistance==100000", "geometry": "LineString", "coordinates": LINE}
ASKED = {
    "pattern": get('/entities?type=S&q=name~="S[a-z]%2B"&limit=1000'),
    "no pattern": get('/entities?type=S&q=name!~="T[a-z]%2B"&limit=1000'),
    "idPattern": get("/entities?type=S&idPattern=S:[0-9]%2B&limit=1000"),
    "geometry": get(f"/entities?type=S&{GEO}&limit=1000"),
    "count": get('/entities?type=S&q=name~="S[a-z]%2B"&limit=0&count=true'),
    "order by distance": get(
        f"/entities?type=S&orderBy=location;dist-asc&orderGeometry=LineString&orderFrom={LINE}&limit=1000"
    ),
    "order and pattern": get('/entities?type=S&orderBy=name&q=name~="S[a-z]%2B"&limit=1000'),
    "link": get('/entities?type=S&q=at{name}~="S[a-z]%2B"&join=flat&joinLevel=1&limit=1000'),
    "post": query({"entities": [{"type": "S"}], "geoQ": NEAR}),
    "several": query({"entities": [{"type": "S", "idPattern": "S:[0-9]+"}, {"type": "S"}]}),
    "past": get(
        '/temporal/entities?type=S&q=name~="S[a-z]%2B"&timerel=before&timeAt=2030-01-01T00:00:00Z&'
        "timeproperty=modifiedAt"
    ),
    "past, ids": get(
        "/temporal/entities?type=S&idPattern=S:[0-9]%2B&timerel=before&timeAt=2030-01-01T00:00:00Z&"
        "timeproperty=modifiedAt"
    ),
}


@pytest.mark.parametrize("asked", ASKED)
def test_all_entities_that_a_query_looks_at_are_paid_for_together(node: Client, asked: str) -> None:
    client = client_of(replace(node.broker, processor=Seconds()), node.run)
    few = {"link": 3, "order and pattern": 3, "past, ids": 2}.get(asked, ENOUGH)  # they look at each twice
    stations(client, range(few))
    answered = ASKED[asked](client)
    assert answered.status == 200, answered.text
    assert asked == "count" or len(answered.json) == few
    stations(client, range(few, TOO_MANY))
    refused = ASKED[asked](client)
    assert refused.status == 403, refused.text
    assert refused.json["type"].endswith("/TooComplexQuery")
    assert "Narrow" in refused.json["detail"]
    again = client.get("/entities?type=S&q=name&limit=1000")
    assert len(again.json) == TOO_MANY


def holder(node: Client) -> Client:
    """Who bought the stations within an area, and the past of them."""
    corners: Any = [[3, 50], [4, 50], [4, 51], [3, 51], [3, 50]]
    area = json.dumps({"type": "Polygon", "coordinates": [corners]})
    of = Grant("p", types=frozenset({STATION}), area=area, history=True)
    return client_of(granted(replace(node.broker, processor=Seconds()), of), node.run)


PAST = "timerel=before&timeAt=2030-01-01T00:00:00Z&timeproperty=modifiedAt"
ASKED_BY_HOLDERS = {
    "page": get("/entities?type=S&limit=1000"),
    "count": get("/entities?type=S&limit=0&count=true"),
    "order": get("/entities?type=S&orderBy=name&limit=1000"),
    "value": get('/entities?type=S&q=name!="x"&limit=1000'),
    "post": query({"entities": [{"type": "S"}]}),
    "link": get('/entities?type=S&q=at{name}!="x"&join=flat&joinLevel=1&limit=1000'),
    "past": get(f"/temporal/entities?type=S&{PAST}"),
}


@pytest.mark.parametrize("asked", ASKED_BY_HOLDERS)
def test_what_is_compared_with_the_area_of_a_holder_is_paid_for_by_the_question(
    node: Client, asked: str
) -> None:
    few = {"past": 2}.get(asked, ENOUGH)  # it looks at where each was, too
    stations(node, range(few))
    answered = ASKED_BY_HOLDERS[asked](holder(node))
    assert answered.status == 200, answered.text
    assert asked == "count" or len(answered.json) == few
    stations(node, range(few, TOO_MANY))
    refused = ASKED_BY_HOLDERS[asked](holder(node))
    assert refused.status == 403, refused.text
    assert refused.json["type"].endswith("/TooComplexQuery")
    assert "Narrow" in refused.json["detail"]


def test_what_a_question_found_out_of_an_area_costs_the_next_ones_nothing(node: Client) -> None:
    stations(node, range(TOO_MANY))
    client = holder(node)
    assert client.get("/entities?type=S&limit=1000").status == 403
    assert len(client.get("/entities?type=S&limit=3").json) == 3
    assert len(client.get("/entities?type=S&limit=1000").json) == TOO_MANY


def stations(client: Client, numbers: range) -> None:
    bodies = [
        {
            "id": f"urn:x:S:{n}",
            "type": "S",
            "name": {"type": "Property", "value": f"Station{n}"},
            "at": {"type": "Relationship", "object": "urn:x:S:0"},
            "location": {
                "type": "GeoProperty",
                "value": {"type": "LineString", "coordinates": [[3 + n / 1000, 50.1], [3, 50.2]]},
            },
        }
        for n in numbers
    ]
    assert client.post("/entityOperations/create", bodies).status == 201
