"""Indexes: built while the store is in use, kept up to date, dropped when others are wanted more."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from tests.commits import always
from tests.conftest import Run

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.store.port import All, Either, Extent, Facet, Find, Found, Indexer, Prefix, Store, Touches, Where

OpenEngine = Callable[[Mapping[str, Indexer]], Store]


def facets_of(body: JsonObject, paths: frozenset[str]) -> Iterable[Facet]:
    for path in paths & body.keys():
        value = body[path]
        if isinstance(value, str):
            yield Facet(path, "text", value)
        elif isinstance(value, int):
            yield Facet(path, "number", value)


def extents_of(body: JsonObject) -> Iterable[Extent]:
    if isinstance(x := body.get("x"), int):
        yield Extent("location", Box(x, 0, x, 0))


INDEXER = Indexer(facets_of, extents_of, frozenset({"type"}), "type")


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return {"thing": INDEXER}


@pytest.fixture(autouse=True)
def _only_databases(engine: str) -> None:
    if engine == "memory":
        pytest.skip("The memory engine has no index.")


def things(first: int, last: int, **more: Any) -> Commit:
    return Commit(
        tuple(
            Change(
                Key("city", "thing", f"{n}"), encode({"type": f"T{n % 2}", "speed": n, "x": n % 100} | more)
            )
            for n in range(first, last)
        )
    )


async def until_indexed(store: Store, find: Callable[..., Find]) -> Found:
    """Ask until no document has to be looked at."""

    def unneeded(record: Record) -> bool:
        raise LookupError(record.key.id)

    await store.find(find())
    for _ in range(500):
        try:
            return await store.find(find(keep=unneeded, exact=True))
        except LookupError:
            await asyncio.sleep(0.01)
    pytest.fail("The index does not get ready.")


def test_what_is_always_indexed_is_never_judged(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await store.transact([], lambda _: things(0, 100))

        def unneeded(_: Record) -> bool:
            raise AssertionError

        for where, count in (
            (Where("type", "==", "text", "T1"), 50),
            (Touches("location", Box(10, 0, 19, 0)), 10),
            (All((Where("type", "==", "text", "T1"), Touches("location", Box(10, 0, 19, 0)))), 5),
            (Prefix("type", "T"), 100),
        ):
            found = await store.find(Find("city", "thing", where, unneeded, exact=True, limit=3, count=True))
            assert found.count == count

    run(scenario())


def test_one_record_gains_an_extent_and_another_moves_in_one_commit(store: Store, run: Run) -> None:
    async def scenario() -> None:
        one, other = (Key("city", "thing", name) for name in ("one", "other"))

        async def put(first: dict[str, Any], second: dict[str, Any]) -> None:
            changes = (Change(one, encode(first)), Change(other, encode(second)))
            await store.transact([], lambda _: Commit(changes))

        async def near(x: int) -> list[str]:
            found = await store.find(Find("city", "thing", Touches("location", Box(x, 0, x, 0))))
            return [record.key.id for record in found.records]

        await put({}, {"x": 1})
        await put({"x": 1}, {"x": 2})
        assert (await near(1), await near(2)) == (["one"], ["other"])
        await put({}, {"x": 1})
        assert (await near(1), await near(2)) == (["other"], [])

    run(scenario())


def test_a_path_that_a_find_asked_is_indexed_while_others_write(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await store.transact([], lambda _: things(0, 3000))
        fast = Where("speed", ">=", "number", 2990)
        assert (await store.find(Find("city", "thing", fast, count=True))).count == 10
        for n in range(3000, 3050):
            await store.transact([], always(things(n, n + 1)))
            await store.transact([], always(things(n - 1000, n - 999, speed=0)))
            await store.transact([], always(Commit((Change(Key("city", "thing", f"{n - 20}"), None),))))
        expected = [*(f"{n}" for n in range(3030, 3050))]
        found = await until_indexed(
            store, lambda **how: Find("city", "thing", fast, limit=None, count=True, **how)
        )
        assert [record.key.id for record in found.records] == expected
        assert found.count == len(expected)

    run(scenario())


def test_a_build_goes_on_after_a_restart(open_engine: OpenEngine, run: Run) -> None:
    slow = Where("speed", "<", "number", 10)

    async def begin(store: Store) -> None:
        await store.transact([], lambda _: things(0, 5000))
        await store.find(Find("city", "thing", slow))
        await store.transact([], lambda _: things(5000, 5001))
        await store.close()

    async def go_on(store: Store) -> None:
        found = await until_indexed(store, lambda **how: Find("city", "thing", slow, limit=None, **how))
        assert len(found.records) == 10

    run(begin(open_engine({"thing": INDEXER})))
    run(go_on(open_engine({"thing": INDEXER})))


def test_a_path_that_became_always_is_built_at_the_next_start(open_engine: OpenEngine, run: Run) -> None:
    async def before(store: Store) -> None:
        await store.transact([], lambda _: things(0, 500, colour="red"))
        await store.close()

    async def after(store: Store) -> None:
        assert await store.values("city", "thing", "colour") == {"red": 500}
        red = Where("colour", "==", "text", "red")
        found = await until_indexed(store, lambda **how: Find("city", "thing", red, count=True, **how))
        assert found.count == 500
        assert await store.values("city", "thing", "colour") == {"red": 500}

    run(before(open_engine({"thing": INDEXER})))
    run(after(open_engine({"thing": Indexer(facets_of, extents_of, frozenset({"type", "colour"}))})))


def test_the_path_least_in_use_makes_room(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await store.transact([], lambda _: things(0, 10, **{f"p{n}": n for n in range(80)}))

        def asking(n: int) -> Callable[..., Find]:
            return lambda **how: Find("city", "thing", Where(f"p{n}", "==", "number", n), **how)

        for n in range(70):
            await until_indexed(store, asking(n))
            await until_indexed(store, asking(0))
        assert len((await until_indexed(store, asking(0))).records) == 10
        assert len((await store.find(asking(1)())).records) == 10
        assert len((await until_indexed(store, asking(1))).records) == 10
        await store.transact([], lambda _: things(5, 10, p1=-1))
        assert len((await until_indexed(store, asking(1))).records) == 5

    run(scenario())


def test_values_are_counted_by_record_even_when_long(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await store.transact([], lambda _: things(0, 5))
        assert await store.values("city", "thing", "type") == {"T0": 3, "T1": 2}
        long = "x" * 300
        await store.transact([], lambda _: things(0, 2, type=long))
        assert await store.values("city", "thing", "type") == {long: 2, "T0": 2, "T1": 1}
        await store.transact([], lambda _: things(0, 2, type=f"{long}y\0"))
        assert await store.values("city", "thing", "type") == {f"{long}y\0": 2, "T0": 2, "T1": 1}
        assert await store.values("village", "thing", "type") == {}

    run(scenario())


def test_a_body_that_comes_with_a_change_is_indexed_as_its_document(store: Store, run: Run) -> None:
    key = Key("city", "thing", "one")

    async def scenario() -> None:
        for x in (1, 2):
            body: JsonObject = {"type": f"T{x}", "x": x}

            def decide(stored: Mapping[Key, Record], body: JsonObject = body) -> Commit:
                assert all(record.shared is record.shared == record.body for record in stored.values())
                return Commit((Change(key, encode(body), None, body),))

            await store.transact([key], decide)
            body.clear()  # it was written by then
        assert [await ids_of(store, n) for n in (1, 2)] == [[], ["one"]]

    run(scenario())


def test_who_shares_the_database_keeps_the_index_right(open_engine: OpenEngine, run: Run) -> None:
    async def scenario(one: Store, other: Store) -> None:
        for x, store in enumerate((one, one, other, one, other, other, one)):
            await store.transact([Key("city", "thing", "one")], always(things(1, 2, type=f"T{x}", x=x)))
            for asked in (one, other):
                found = [await ids_of(asked, n) for n in range(x + 1)]
                assert found == [*([[]] * x), ["1"]]

    run(scenario(open_engine({"thing": INDEXER}), open_engine({"thing": INDEXER})))


async def ids_of(store: Store, n: int) -> list[str]:
    """The things that have this type and are at this place."""
    where = All((Where("type", "==", "text", f"T{n}"), Touches("location", Box(n, 0, n, 0))))
    return [record.key.id for record in (await store.find(Find("city", "thing", where))).records]


def test_one_of_several_texts_is_found_where_each_of_them_is_frequent(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await store.transact([], lambda _: things(0, 600))
        either = Either(tuple(Where("type", "==", "text", name) for name in ("T0", "T1")))
        for limit in (5, 500, None):
            found = await store.find(Find("city", "thing", either, exact=True, limit=limit))
            assert [record.key.id for record in found.records] == [f"{n}" for n in range(600)][:limit]
        few = All((either, Where("speed", "==", "number", 7)))
        await until_indexed(store, lambda **how: Find("city", "thing", few, **how))
        assert [each.key.id for each in (await store.find(Find("city", "thing", few))).records] == ["7"]

    run(scenario())


@pytest.mark.parametrize("slow", [False, True])
def test_a_quick_test_is_asked_beside_what_the_indexes_say(store: Store, run: Run, *, slow: bool) -> None:
    """However long it takes, so that it is asked on the event loop or beside it."""

    async def scenario() -> None:
        await store.transact([], lambda _: things(0, 300))

        def unneeded(_: Record) -> bool:
            raise AssertionError

        def also(records: list[Record]) -> list[Record]:
            if slow:
                time.sleep(0.0001 * len(records))
            return [record for record in records if int(record.key.id) % 3 == 0]

        odd = Where("type", "==", "text", "T1")
        want = [f"{n}" for n in range(300) if n % 2 and n % 3 == 0]

        async def page(**how: Any) -> tuple[list[str], bool, int | None]:
            found = await store.find(Find("city", "thing", odd, unneeded, exact=True, also=also, **how))
            return [record.key.id for record in found.records], found.more, found.count

        assert await page(limit=20) == (want[:20], True, None)
        assert await page(limit=20, offset=40) == (want[40:], False, None)
        assert await page(limit=2, count=True) == (want[:2], True, 50)
        assert await page(limit=None) == (want, False, None)
        kept = await store.find(Find("city", "thing", odd, lambda r: r.key.id > "9", also=also, limit=None))
        assert [record.key.id for record in kept.records] == [name for name in want if name > "9"]
        streamed = [record.key.id async for record in store.stream(Find("city", "thing", odd, also=also))]
        assert streamed == want

    run(scenario())


@pytest.mark.parametrize(
    ("east", "where"), [(99, "T1"), (90, "T1"), (50, "T1"), (3, "T1"), (-1, "T1"), (90, "")]
)
def test_a_place_that_a_quick_test_implies_chooses_candidates_and_no_more(
    store: Store, run: Run, east: int, where: str
) -> None:
    """Where it lets most, some, few or none through: as if the place were not named, page after page."""

    async def scenario() -> None:
        await store.transact([], lambda _: things(0, 600))

        def also(records: list[Record]) -> list[Record]:
            return [record for record in records if int(record.key.id) % 100 <= east and record.key.id != "7"]

        around = Touches("location", Box(0, 0, east, 0))
        of_type = Where("type", "==", "text", where) if where else All()
        want = [f"{n}" for n in range(600) if n % 100 <= east and n != 7 and (not where or n % 2)]

        def find(**how: Any) -> Find:
            return Find("city", "thing", of_type, also=also, around=around, **how)

        async def ids(**how: Any) -> list[str]:
            return [record.key.id for record in (await store.find(find(**how))).records]

        await until_indexed(store, lambda **how: Find("city", "thing", of_type, **how))
        for _ in range(2):
            assert await ids(limit=20) == want[:20]
            assert await ids(limit=20, offset=30) == want[30:50]
            assert await ids(limit=None) == want
            counted = await store.find(find(limit=2, count=True))
            assert (counted.count, counted.more) == (len(want), len(want) > 2)
            assert [record.key.id async for record in store.stream(find())] == want
            seen, after = list[str](), 0
            while (page := await store.find(find(limit=50, after=after))).records:
                seen, after = [*seen, *(record.key.id for record in page.records)], page.records[-1].number
            assert seen == want

    run(scenario())
