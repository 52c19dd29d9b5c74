"""Every engine answers a find as the pure evaluator does, whatever is indexed at the moment."""

import asyncio
import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Run

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.store.holds import holds
from beffroi.store.port import (
    All,
    Between,
    Comparator,
    Either,
    Extent,
    Facet,
    Filter,
    Find,
    Indexer,
    Named,
    Prefix,
    Sort,
    Store,
    Touches,
    Where,
)

Body = dict[str, Any]

TEXTS = [
    "",
    "a",
    "A",
    "ab",
    "a%",
    "a_",
    "%",
    "_",
    "\\",
    "\0",
    "a\0",
    "a\0b",
    "é",
    "e\u0301",
    "\U0001f600",
    "\ufffd",
]
TEXTS += [
    "\uffff",
    "a" * 239,
    "a" * 240,
    "a" * 241,
    "a" * 240 + "b",
    "é" * 130,
    "é" * 130 + "a",
    "2026",
    "1",
    "true",
]
NUMBERS = [
    0,
    -0.0,
    0.0,
    1,
    -1,
    1.5,
    1e308,
    -1e308,
    5e-324,
    -5e-324,
    2**53,
    2**53 + 1,
    2**63,
    -(2**63),
    0.1,
    50,
]
TIMES = [f"2026-11-22T13:49:0{n}.000000Z" for n in range(4)]
DEGREES = [-1e300, -180.0, -90, -0.0, 0, 3.0570, 3.0571, 3.05700001, 50.63, 90, 180.0, 1e300]
PATHS = ["always", "asked", "other", "path.with%_'\"\0?"]
IDS = ["urn:1", "urn:2", "URN:2", "urn:%", "urn:\0", "é", ""]

few = st.sampled_from(["a", "ab"])  # so that asked values often meet stored ones
text = few | st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
number = (
    st.sampled_from([1, 50]) | st.sampled_from(NUMBERS) | st.floats(allow_nan=False, allow_infinity=False)
)
time = st.sampled_from(TIMES)
path = st.sampled_from(PATHS[:2]) | st.sampled_from(PATHS)
degrees = st.sampled_from(DEGREES) | st.floats(-180, 180, width=64)
sorted_value = st.one_of(
    st.tuples(st.just("boolean"), st.booleans()),
    st.tuples(st.just("number"), number),
    st.tuples(st.just("text"), text),
    st.tuples(st.just("time"), time),
)
facet = st.tuples(path, sorted_value).map(lambda pair: [pair[0], *pair[1]])


def box_of(edges: list[float]) -> list[float]:
    west, east = sorted(edges[:2])
    south, north = sorted(edges[2:])
    return [west, south, east, north]


edges = st.lists(degrees, min_size=4, max_size=4).map(box_of) | st.tuples(degrees, degrees).map(
    lambda at: [*at, *at]
)
extent = st.tuples(st.sampled_from(["location", "place"]), edges).map(list)
body = st.fixed_dictionaries(
    {"facets": st.lists(facet, max_size=4), "extents": st.lists(extent, max_size=2)}
)  # fmt: skip
# An asked value may be of another type than its sort, or not Unicode at all, or no number.
odd = st.sampled_from([("number", "1"), ("number", True), ("text", 1.0), ("boolean", 1.0), ("time", 5.0)])
odd |= st.sampled_from(
    [("number", math.nan), ("number", math.inf), ("number", -math.inf), ("text", "\ud800")]
)
asked_value = sorted_value | odd
comparator = st.sampled_from(["==", "<", "<=", ">", ">="])
where = st.builds(lambda p, c, v: Where(p, c, *v), path, comparator, asked_value)
between = st.builds(lambda p, a, b: Between(p, a[0], a[1], b[1]), path, asked_value, asked_value)
prefix = st.builds(Prefix, path, text)
touches = st.builds(lambda p, e: Touches(p, Box(*e)), st.sampled_from(["location", "place"]), edges)
named = st.builds(Named, st.lists(st.sampled_from([*IDS, "\ud800", "x" * 5000]), max_size=3).map(tuple))
part = st.builds(lambda value: Where("always", "==", "text", value), few)
filters: st.SearchStrategy[Filter] = st.recursive(
    where | between | prefix | touches | named,
    lambda inner: (
        st.builds(All, st.lists(inner, max_size=3).map(tuple))
        | st.builds(lambda of, one: All((one, *of)), st.lists(inner, min_size=1, max_size=3), part)
        | st.builds(Either, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


def facets_of(body: JsonObject, paths: frozenset[str]) -> Iterable[Facet]:
    found: Any = body["facets"]
    return [Facet(path, sort, value) for path, sort, value in found if path in paths]


def extents_of(body: JsonObject) -> Iterable[Extent]:
    found: Any = body["extents"]
    return [Extent(path, Box(*edges)) for path, edges in found]


INDEXER = Indexer(facets_of, extents_of, frozenset({"always"}), "always")
_TENANTS = itertools.count()


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return {"thing": INDEXER}


async def expect(store: Store, tenant: str, where: Filter, present: Mapping[str, Body]) -> None:
    """Compare a find, a count and pages with the evaluator; ids stand in the order of creation."""

    def satisfies(id: str, body: JsonObject) -> bool:
        return holds(where, list(facets_of(body, frozenset(PATHS))), list(extents_of(body)), id)

    def keep(record: Record) -> bool:
        return len(record.key.id) % 2 == 0 and satisfies(record.key.id, record.body)

    expected = [id for id, body in present.items() if satisfies(id, body)]
    everything = await store.find(Find(tenant, "thing", where, limit=None, count=True))
    assert [record.key.id for record in everything.records] == expected
    assert everything.count == len(expected)
    paged: list[str] = []
    after = 0
    while True:
        page = await store.find(Find(tenant, "thing", where, limit=2, after=after))
        paged += [record.key.id for record in page.records]
        assert page.more == (len(paged) < len(expected))
        if not page.more:
            break
        after = page.records[-1].number
    assert paged == expected
    skipped = await store.find(Find(tenant, "thing", where, limit=1, offset=1))
    assert [record.key.id for record in skipped.records] == expected[1:2]
    # A meaning that is narrower than what the index can say.
    even = await store.find(Find(tenant, "thing", where, keep, count=True))
    assert [record.key.id for record in even.records] == [id for id in expected if len(id) % 2 == 0]


@settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    bodies=st.dictionaries(st.sampled_from(IDS), body, max_size=7),
    changes=st.dictionaries(st.sampled_from(IDS), st.none() | body, max_size=4),
    where=filters,
)
def test_a_find_means_the_same_everywhere(
    store: Store, run: Run, bodies: dict[str, Body], changes: dict[str, Body | None], where: Filter
) -> None:
    tenant = f"tenant {next(_TENANTS)}"

    def keyed(bodies: Mapping[str, Body | None]) -> tuple[Change, ...]:
        return tuple(
            Change(Key(tenant, "thing", id), None if body is None else encode(body))
            for id, body in bodies.items()
        )

    async def scenario() -> None:
        present: dict[str, Body] = dict(bodies)
        await store.transact([], lambda _: Commit(keyed(bodies)))
        await expect(store, tenant, where, present)  # asks for what is not indexed yet
        await store.transact([], lambda _: Commit(keyed(changes)))
        for id, body in changes.items():
            if body is None:
                present.pop(id, None)
            else:
                present[id] = body
        await expect(store, tenant, where, present)  # while the index is built
        await asyncio.sleep(0.02)
        await expect(store, tenant, where, present)  # when it is ready
        back = {id: body for id, body in bodies.items() if id in changes}
        await store.transact([], lambda _: Commit(keyed(back)))
        present |= back
        await expect(store, tenant, where, present)  # kept up to date

    run(scenario())


@pytest.mark.parametrize("sort", ["text", "boolean"])
def test_a_conjunction_within_a_choice_is_asked_whole(store: Store, run: Run, sort: Any) -> None:
    """No index tells of one record whether a text or a truth value lies in a range."""
    first, second = ("a", "b") if sort == "text" else (False, True)
    both = All((Where("always", "==", sort, first), Where("always", ">", sort, first)))
    tenant = f"tenant {next(_TENANTS)}"
    bodies: dict[str, Body] = {
        "urn:1": {"facets": [["always", sort, first]], "extents": []},
        "urn:2": {"facets": [["always", sort, first], ["always", sort, second]], "extents": []},
    }
    changes = tuple(Change(Key(tenant, "thing", id), encode(body)) for id, body in bodies.items())

    async def scenario() -> None:
        await store.transact([], lambda _: Commit(changes))
        for where in (both, Either((Where("always", "<", sort, first), both))):
            await expect(store, tenant, where, bodies)

    run(scenario())


async def ids(store: Store, where: Filter) -> set[str]:
    return {
        record.key.id for record in (await store.find(Find("matrix", "thing", where, limit=None))).records
    }


VALUES: list[tuple[Sort, list[Any]]] = [
    ("boolean", [False, True]),
    ("number", [*NUMBERS, 7]),
    ("text", TEXTS),
    ("time", TIMES),
]


@pytest.mark.parametrize(("sort", "values"), VALUES)
def test_every_comparison_of_hard_values(store: Store, run: Run, sort: Sort, values: list[Any]) -> None:
    async def scenario() -> None:
        stored = {f"{n}": [Facet("always", sort, value)] for n, value in enumerate(values)}
        changes = tuple(
            Change(Key("matrix", "thing", id), encode({"facets": [list(facets[0])], "extents": []}))
            for id, facets in stored.items()
        )
        await store.transact([], lambda _: Commit(changes))
        asked: list[Filter] = [Prefix("always", text) for text in TEXTS]
        for value in [*values, "a" * 300, math.inf, True]:
            asked += [Where("always", comparator, sort, value) for comparator in get_args(Comparator)]
            asked += [Between("always", sort, value, high) for high in values[::5]]
        for where in asked:
            expected = {id for id, facets in stored.items() if holds(where, facets, [], id)}
            assert await ids(store, where) == expected, where

    run(scenario())


def test_deep_and_wide_filters_are_answered(store: Store, run: Run) -> None:
    async def scenario() -> None:
        here = Where("always", "==", "text", "here")
        wide = Either(tuple(Where("always", "==", "number", n) for n in range(5000)))
        deep: Filter = here
        for _ in range(100):
            deep = All(
                (Either((deep, Where("always", "<", "number", -1))), Where("always", ">=", "text", ""))
            )
        bodies: dict[str, JsonObject] = {
            "urn:1": {"facets": [["always", "text", "here"]], "extents": []},
            "urn:2": {"facets": [["always", "number", 4321]], "extents": []},
        }
        changes = tuple(Change(Key("wide", "thing", id), encode(body)) for id, body in bodies.items())
        await store.transact([], lambda _: Commit(changes))
        many = Named(tuple(f"urn:{n}" for n in range(2, 40_000)))
        for where, expected in ((wide, ["urn:2"]), (deep, ["urn:1"]), (many, ["urn:2"])):
            for filter in (where, All((where, wide)), Either((where, Named(())))):
                found = await store.find(Find("wide", "thing", filter, count=True))
                assert [record.key.id for record in found.records] == (
                    expected if filter != All((deep, wide)) else []
                )

    run(scenario())
