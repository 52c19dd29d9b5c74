"""How much one question may name, and that what its selectors share is read once (clauses 5.2.23, 5.2.33)."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from typing_extensions import override

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.query.matches import matcher
from beffroi.broker.rules.query.narrow import MOST_PRESENT, narrow, narrow_any
from beffroi.broker.rules.query.q import parse_q
from beffroi.broker.rules.query.query import EntityQuery, View, apart
from beffroi.broker.rules.query.selection import parse_types
from beffroi.broker.rules.temporal.temporal_view import TemporalView
from beffroi.broker.wire.query_body import read_queries
from beffroi.store.port import All, Either, Where
from tests.broker.client import Client

CONTEXT = Context("", {}, {})
QUERIES = ("/entityOperations/query", "/temporal/entityOperations/query")
LISTS = ("attrs", "datasetId", "containedBy")
PAST = {"temporalQ": {"timerel": "before", "timeAt": "2100-01-01T00:00:00Z", "timeproperty": "modifiedAt"}}


def body(path: str, **members: Any) -> dict[str, Any]:
    asked = {"type": "Query", "entities": [{"type": "Q"}], **members}
    return {**asked, **PAST} if "temporal" in path else asked


def many(count: int) -> list[str]:
    return [f"urn:x:a{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("path", "member"), [(QUERIES[0], each) for each in LISTS] + [(QUERIES[1], each) for each in LISTS[:2]]
)
def test_a_list_of_names_has_at_most_1000(memory_node: Client, path: str, member: str) -> None:
    memory_node.post("/entities", {"id": "urn:x:q", "type": "Q"})
    answer = memory_node.post(path, body(path, **{member: many(1_001)}))
    assert answer.status == 403, answer.json
    assert answer.json["detail"] == f"The list {member} has 1001 names; at most 1000 are taken."
    assert memory_node.post(path, body(path, **{member: many(1_000)})).status == 200


@pytest.mark.parametrize("member", ["expandValues", "jsonKeys"])
def test_the_lists_beside_q_have_at_most_1000(memory_node: Client, member: str) -> None:
    answer = memory_node.post(QUERIES[0], body(QUERIES[0], q="a==1", **{member: many(1_001)}))
    assert answer.status == 403
    assert answer.json["detail"] == f"The list {member} has 1001 names; at most 1000 are taken."


@pytest.mark.parametrize("path", QUERIES)
def test_a_list_of_names_has_at_most_16384_characters(memory_node: Client, path: str) -> None:
    answer = memory_node.post(path, body(path, attrs=[f"a{n}" + "x" * 99 for n in range(200)]))
    assert answer.status == 403
    assert answer.json["detail"].endswith("characters; at most 16384 are taken.")


def test_the_parameters_of_a_url_have_the_same_bound(memory_node: Client) -> None:
    answer = memory_node.get("/entities?type=Q&attrs=" + ",".join(["a"] * 1_001))
    assert answer.status == 403
    assert answer.json["detail"] == "The list attrs has 1001 names; at most 1000 are taken."


@pytest.mark.parametrize("path", QUERIES)
def test_a_query_has_at_most_100_selectors_and_none_is_left_out(memory_node: Client, path: str) -> None:
    memory_node.post("/entities", {"id": "urn:x:q", "type": "T99", "a": 1})
    selectors = [{"type": f"T{number}"} for number in range(101)]
    answer = memory_node.post(path, body(path, entities=selectors))
    assert answer.status == 400
    assert answer.json["detail"] == "The member 'entities' has 101 entity selectors; at most 100 are taken."
    found = memory_node.post(path, body(path, entities=selectors[:100]))
    assert [each["id"] for each in found.json] == ["urn:x:q"]


def test_the_selectors_of_a_query_name_at_most_1000_ids_together(memory_node: Client) -> None:
    selectors = [{"type": "Q", "id": many(501)}, {"type": "Q", "id": many(500)}]
    answer = memory_node.post(QUERIES[0], body(QUERIES[0], entities=selectors))
    assert answer.status == 403
    assert answer.json["detail"] == "The query names 1001 ids; at most 1000 are taken."


def test_the_types_of_all_selectors_have_16384_characters_together(memory_node: Client) -> None:
    selectors = [{"type": "|".join(f"T{n}_{m}" for m in range(200))} for n in range(100)]
    answer = memory_node.post(QUERIES[0], body(QUERIES[0], entities=selectors))
    assert answer.status == 403
    assert answer.json["detail"].startswith("The types of all selectors have ")


def test_the_selectors_of_a_subscription_have_the_same_bounds(memory_node: Client) -> None:
    made = {
        "type": "Subscription",
        "entities": [{"type": "Q", "id": many(501)}, {"type": "Q", "id": many(500)}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }
    answer = memory_node.post("/subscriptions", made)
    assert answer.status == 403
    assert answer.json["detail"] == "The query names 1001 ids; at most 1000 are taken."
    listed = {**made, "entities": [{"type": "Q"}], "q": "a==1", "expandValues": ",".join(many(1_001))}
    answer = memory_node.post("/subscriptions", listed)
    assert answer.json["detail"] == "The list expandValues has 1001 names; at most 1000 are taken."


class Counted(Mapping[str, str]):
    """Terms of a context without any, which count how often each is asked for."""

    def __init__(self) -> None:
        self.asked = list[str]()

    @override
    def __getitem__(self, term: str) -> str:
        self.asked.append(term)
        raise KeyError(term)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(())

    @override
    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize(
    "members",
    [
        {"attrs": ["a", "b"]},
        {"q": "a==1"},
        {
            "geoQ": {
                "georel": "near;maxDistance==1",
                "geometry": "Point",
                "coordinates": [3, 50],
                "geoproperty": "a",
            }
        },
    ],
)
def test_what_all_selectors_share_is_read_once(members: Mapping[str, Any]) -> None:
    terms = Counted()
    content = {"type": "Query", "entities": [{"type": f"T{n}"} for n in range(50)], **members}
    queries, _ = read_queries(content, {}, Context("", terms, {}))
    assert len(queries) == 50
    assert terms.asked.count("a") == 1
    assert len({id(each.q) for each in queries}) == 1
    assert len({id(each.geo) for each in queries}) == 1


def test_what_all_queries_share_is_asked_of_an_index_once() -> None:
    q = parse_q("a==1", CONTEXT)
    queries = [EntityQuery(types=parse_types(name, CONTEXT), q=q) for name in ("A", "B")]
    where, exact = narrow_any(queries)
    alone, common = apart(queries)
    assert isinstance(where, All)
    assert where.of == (Either(tuple(narrow(each)[0] for each in alone)), narrow(common)[0])
    assert exact


def test_queries_that_share_nothing_are_asked_one_by_one() -> None:
    queries = [EntityQuery(attrs=("ex:a",)), EntityQuery(q=parse_q("b==1", CONTEXT))]
    assert apart(queries) == (queries, EntityQuery())
    holds = matcher(*queries)
    assert holds({"id": "urn:x:1", "type": [], "attrs": {"ex:a": []}})
    assert not holds({"id": "urn:x:1", "type": [], "attrs": {"ex:c": []}})


def test_no_index_is_asked_for_one_of_too_many_attributes() -> None:
    asked = tuple(many(MOST_PRESENT + 1))
    assert narrow(EntityQuery(attrs=asked)) == (All(), False)
    where, exact = narrow(EntityQuery(attrs=asked[1:]))
    assert isinstance(where, Either)
    assert all(isinstance(each, Where) for each in where.of)
    assert exact


def test_the_names_of_a_temporal_view_are_made_once() -> None:
    view = TemporalView(View(attrs=frozenset({"ex:a"})))
    assert view.names is view.names is view.view.attrs
