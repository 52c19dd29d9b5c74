"""What every engine promises, whatever it is made of."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.commits import always
from tests.conftest import Run

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import encode
from beffroi.kernel.problem import BadRequestData, Conflict, Problem, Unavailable
from beffroi.kernel.record import Change, Commit, Event, Key, Postponement, Record
from beffroi.store.port import Find, Named, Past, Store

COUNTER = Key("city", "counter", "one")
T1, T2, T3 = (Instant(f"2026-11-22T13:49:0{n}.000000Z") for n in (1, 2, 3))


def put(key: Key, body: dict[str, Any], trace: bytes | None = None) -> Commit:
    return Commit((Change(key, encode(body), trace),))


def adding_one(records: Mapping[Key, Record]) -> Commit:
    stored = records.get(COUNTER)
    value = stored.body["value"] if stored else 0
    assert isinstance(value, int)
    return Commit((Change(COUNTER, encode({"value": value + 1}), b"{}"),), (Event("count", b"%d" % value),))


def test_forty_concurrent_increments_of_one_record_lose_nothing(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await asyncio.gather(*(store.transact([COUNTER], adding_one) for _ in range(40)))
        (record,) = (await store.read([COUNTER])).values()
        assert record.body == {"value": 40}
        assert record.version == 40
        assert [event.body for event in await store.pending("count", 100)] == [b"%d" % n for n in range(40)]

    run(scenario())


def test_a_decision_that_raises_leaves_no_row_and_no_event(store: Store, run: Run) -> None:
    async def scenario() -> None:
        def refusing(_: Mapping[Key, Record]) -> Commit:
            raise Problem(Conflict, "No.")

        def failing(_: Mapping[Key, Record]) -> Commit:
            raise ZeroDivisionError

        results = await asyncio.gather(
            store.transact([COUNTER], adding_one),
            store.transact([COUNTER], refusing),
            store.transact([COUNTER], failing),
            store.transact([COUNTER], adding_one),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [type(None), Problem, ZeroDivisionError, type(None)]
        assert (await store.read([COUNTER]))[COUNTER].body == {"value": 2}
        assert len(await store.pending("count", 100)) == 2
        assert await store.last_trace() == 2

    run(scenario())


def test_a_commit_is_all_or_nothing(store: Store, run: Run) -> None:
    async def scenario() -> None:
        good = Change(Key("city", "thing", "good"), b"{}", b"{}")
        bad = Change(Key("city", "thing", "x" * 5000), b"{}", b"{}")
        with pytest.raises(Problem) as refused:
            await store.transact([good.key], lambda _: Commit((good, bad), (Event("lane", b"x"),)))
        assert refused.value.kind is BadRequestData
        assert await store.read([good.key, bad.key]) == {}
        assert await store.next_due() is None
        assert await store.last_trace() == 0

    run(scenario())


def test_a_later_decision_sees_what_an_earlier_one_did(store: Store, run: Run) -> None:
    seen: list[int] = []

    async def scenario() -> None:
        def looking(records: Mapping[Key, Record]) -> Commit:
            seen.append(records[COUNTER].version if COUNTER in records else 0)
            return adding_one(records)

        await asyncio.gather(*(store.transact([COUNTER], looking) for _ in range(3)))
        assert (await store.read([COUNTER]))[COUNTER].version == 3

    run(scenario())
    assert seen[-1] == 2


def test_what_a_decision_did_not_ask_for_it_can_still_change(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await store.transact([COUNTER], adding_one)
        await store.transact([], lambda _: put(COUNTER, {"value": 7}))
        record = (await store.read([COUNTER]))[COUNTER]
        assert (record.body, record.version) == ({"value": 7}, 2)

    run(scenario())


def test_numbers_follow_the_order_of_creation_and_are_never_given_again(store: Store, run: Run) -> None:
    keys = [Key("city", "thing", f"{n}") for n in range(3)]

    async def scenario() -> None:
        for key in keys:
            await store.transact([key], always(put(key, {})))
        first = await store.read(keys)
        numbers = [first[key].number for key in keys]
        assert numbers == sorted(numbers)
        assert len(set(numbers)) == 3
        await store.transact([keys[2]], lambda _: Commit((Change(keys[2], None),)))
        await store.transact([keys[2]], lambda _: put(keys[2], {}))
        again = (await store.read([keys[2]]))[keys[2]]
        assert again.number > numbers[2]
        assert again.version == 1
        await store.transact([keys[0]], lambda _: put(keys[0], {"a": 1}))
        assert (await store.read([keys[0]]))[keys[0]].number == numbers[0]

    run(scenario())


def test_removed_and_made_again_in_one_commit_is_a_new_record(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await store.transact([COUNTER], adding_one)
        before = (await store.read([COUNTER]))[COUNTER]
        both = Commit((Change(COUNTER, None, b"1"), Change(COUNTER, b"[]", b"2")))
        await store.transact([COUNTER], lambda _: both)
        after = (await store.read([COUNTER]))[COUNTER]
        assert after.number > before.number
        assert (after.version, after.document) == (1, b"[]")
        assert [trace.body for trace in await store.traces(after=1, limit=9)] == [b"1", b"2"]

    run(scenario())


@pytest.mark.parametrize(
    "document", [b'"\\u0000"', b'{"a": 1e400, "b":[ ]}', '"é\U0001f600"'.encode(), b"x" * 300_000]
)
def test_a_document_comes_back_byte_for_byte(store: Store, run: Run, document: bytes) -> None:
    async def scenario() -> None:
        await store.transact(
            [], lambda _: Commit((Change(COUNTER, document, document),), (Event("l", document),))
        )
        assert (await store.read([COUNTER]))[COUNTER].document == document
        assert (await store.history(COUNTER, Past(1)))[0].body == document
        assert (await store.pending("l", 1))[0].body == document

    run(scenario())


NAMES = [
    "city", "City", "CITY", "cit", "city ", "cit_", "cit%", "city\0", "city\\0",
    "ville-é", "ville-e\u0301", "ß", "ss", "'; --",
    "a" * 255, "a" * 256, "a" * 1024, "Aa", "BB", "\U0001f600", "", "villeAa", "villeBB",
]  # fmt: skip


def test_tenants_kinds_and_ids_never_mix(store: Store, run: Run) -> None:
    keys = [Key(*names) for name in NAMES for names in ((name, "k", "i"), ("t", name, "i"), ("t", "k", name))]

    async def scenario() -> None:
        for key in keys:
            body = {"key": list(key)}
            await store.transact([key], always(put(key, body, encode(body))))
        found = await store.read(keys)
        assert {key: record.body for key, record in found.items()} == {
            key: {"key": list(key)} for key in keys
        }
        assert set(await store.tenants()) == {*NAMES, "t"}
        for key in keys:
            one = await store.find(Find(key.tenant, key.kind, Named((key.id,)), count=True))
            assert [record.key for record in one.records] == [key]
            assert one.count == 1
            history = await store.history(key, Past(9))
            assert [trace.key for trace in history] == [key]
        everything = await store.traces(after=0, limit=1000)
        assert [trace.key for trace in everything] == keys

    run(scenario())


def test_a_name_that_cannot_be_stored_is_refused_and_found_nowhere(store: Store, run: Run) -> None:
    async def scenario() -> None:
        for id in ("x" * 1025, "\ud800", "é" * 513):
            key = Key("city", "thing", id)
            with pytest.raises(Problem) as refused:
                await store.transact([key], always(put(key, {})))
            assert refused.value.kind is BadRequestData
            assert await store.read([key]) == {}
            assert (await store.find(Find("city", "thing", Named((id,))))).records == []
            assert await store.history(key, Past(1)) == []
            assert (await store.find(Find(id, "thing"))).records == []

    run(scenario())


def test_history_is_that_of_one_record_newest_or_oldest_first(store: Store, run: Run) -> None:
    other = Key("city", "counter", "other")

    async def scenario() -> None:
        for n, at in enumerate((T1, T2, T3)):
            changes = (Change(COUNTER, b"%d" % n, b"%d" % n), Change(other, b"0", b"-%d" % n))
            await store.transact([], always(Commit(changes, at=at)))
        await store.transact([], lambda _: Commit((Change(COUNTER, None, b"gone"),), at=T3))
        kept = await store.history(COUNTER, Past(2))
        assert [(trace.body, trace.at) for trace in kept] == [(b"gone", T3), (b"2", T3)]
        assert [trace.body for trace in await store.history(COUNTER, Past(9, T2, first="oldest"))] == [
            b"1",
            b"2",
            b"gone",
        ]
        everything = await store.traces(after=0, limit=100)
        assert [trace.body for trace in everything] == [b"0", b"-0", b"1", b"-1", b"2", b"-2", b"gone"]
        numbers = [trace.number for trace in everything]
        assert numbers == sorted(set(numbers))
        assert await store.traces(after=numbers[4], limit=1) == [everything[5]]
        assert await store.last_trace() == numbers[-1]

    run(scenario())


def test_lanes_are_in_order_and_do_not_wait_for_each_other(store: Store, run: Run) -> None:
    async def scenario() -> None:
        events = (
            Event("b", b"1"),
            Event("a", b"2"),
            Event("b", b"3", T3),
            Event("c", b"4", T2),
            Event("c", b"5"),
        )
        await store.transact([], lambda _: Commit(events=events))
        assert await store.lanes(T1, 10) == ["b", "a"]
        assert await store.lanes(T2, 10) == ["b", "a", "c"]
        assert await store.lanes(T2, 1) == ["b"]
        assert await store.next_due() == NO_INSTANT
        first, second = await store.pending("b", 10)
        assert (first.body, first.attempts, second.body, second.due) == (b"1", 0, b"3", T3)
        # Settled together with a change, in one commit.
        settling = Commit((Change(COUNTER, b"1"),), settled=(first.number,))
        await store.transact([COUNTER], lambda _: settling)
        assert [event.body for event in await store.pending("b", 10)] == [b"3"]
        assert await store.lanes(T2, 10) == ["a", "c"]
        (of_a,) = await store.pending("a", 10)
        later = Commit(postponed=(Postponement(of_a.number, T3, b"2 again"),))
        await store.transact([], lambda _: later)
        await store.transact([], lambda _: later)
        (of_a,) = await store.pending("a", 10)
        assert (of_a.due, of_a.body, of_a.attempts) == (T3, b"2 again", 2)
        assert await store.next_due() == T2
        await store.transact([], lambda _: Commit(settled=(of_a.number, second.number, 999)))
        assert await store.lanes(T3, 10) == ["c"]
        of_c = tuple(event.number for event in await store.pending("c", 10))
        await store.transact([], lambda _: Commit(settled=of_c))
        assert await store.next_due() is None

    run(scenario())


def test_paging_is_whole_while_others_write(store: Store, run: Run) -> None:
    async def scenario() -> None:
        def things(first: int, last: int) -> Commit:
            return Commit(tuple(Change(Key("city", "thing", f"{n}"), b"{}") for n in range(first, last)))

        await store.transact([], lambda _: things(0, 100))
        seen: list[str] = []
        after = 0
        for page_number in range(100):
            page, _ = await asyncio.gather(
                store.find(Find("city", "thing", after=after, limit=7)),
                store.transact([], always(things(100 + page_number, 101 + page_number))),
            )
            seen += [record.key.id for record in page.records]
            if not page.more:
                break
            after = page.records[-1].number
        assert seen[:100] == [f"{n}" for n in range(100)]
        assert len(seen) == len(set(seen))
        assert [record.key.id async for record in store.stream(Find("city", "thing"))][:100] == seen[:100]

    run(scenario())


def test_a_page_says_whether_more_follow(store: Store, run: Run) -> None:
    async def scenario() -> None:
        changes = tuple(Change(Key("city", "thing", f"{n}"), encode({"n": n})) for n in range(10))
        await store.transact([], lambda _: Commit(changes))

        async def page(**asked: Any) -> tuple[list[int], bool, int | None]:
            found = await store.find(Find("city", "thing", **asked))
            return [int(record.key.id) for record in found.records], found.more, found.count

        def even(record: Record) -> bool:
            return int(record.key.id) % 2 == 0

        assert await page() == ([*range(10)], False, None)
        assert await page(limit=4) == ([0, 1, 2, 3], True, None)
        assert await page(limit=10) == ([*range(10)], False, None)
        assert await page(limit=4, offset=8, count=True) == ([8, 9], False, 10)
        assert await page(limit=0, count=True) == ([], True, 10)
        assert await page(limit=None, offset=3) == ([*range(3, 10)], False, None)
        assert await page(limit=2, keep=even) == ([0, 2], True, None)
        assert await page(limit=2, offset=3, keep=even, count=True) == ([6, 8], False, 5)
        assert await page(limit=0, keep=even, count=True) == ([], True, 5)
        assert await page(limit=None, keep=even) == ([0, 2, 4, 6, 8], False, None)
        assert await page(offset=99) == ([], False, None)
        fourth = (await store.find(Find("city", "thing", limit=4))).records[-1].number
        assert await page(limit=2, after=fourth, keep=even, count=True) == ([4, 6], True, 5)

        def small(records: list[Record]) -> list[Record]:
            return [record for record in records if int(record.key.id) < 7]

        assert await page(limit=2, also=small, keep=even) == ([0, 2], True, None)
        assert await page(limit=9, also=small) == ([0, 1, 2, 3, 4, 5, 6], False, None)
        assert await page(limit=1, offset=3, also=small, keep=even, count=True) == ([6], False, 4)
        assert await page(limit=2, after=fourth, offset=1, count=True) == ([5, 6], True, 10)

    run(scenario())


def test_the_oldest_traces_are_forgotten_and_the_newest_stays(store: Store, run: Run) -> None:
    def at(moment: Instant) -> Callable[[Mapping[Key, Record]], Commit]:
        return lambda _: Commit((Change(COUNTER, b"{}", b'{"at": "%s"}' % moment.encode()),), at=moment)

    async def scenario() -> None:
        for moment in (T1, T1, T2, T2, T3):
            await store.transact([COUNTER], at(moment))
        numbers = [trace.number for trace in await store.traces(after=0, limit=9)]
        assert await store.forget_traces(T1, 9) == 0
        assert await store.forget_traces(T3, 1) == 1
        assert await store.forget_traces(T2, 9) == 1
        assert [trace.at for trace in await store.traces(after=0, limit=9)] == [T2, T2, T3]
        assert [trace.number for trace in await store.history(COUNTER, Past(9, first="oldest"))] == numbers[
            2:
        ]
        assert [trace.number for trace in await store.traces(after=numbers[3], limit=9)] == numbers[4:]
        assert await store.forget_traces(Instant("2030-01-01T00:00:00.000000Z"), 9) == 2
        assert await store.last_trace() == numbers[4]
        await store.transact([COUNTER], at(T3))
        assert await store.last_trace() > numbers[4]
        assert (await store.read([COUNTER]))[COUNTER].version == 6

    run(scenario())


def test_forgetting_and_writing_do_not_hinder_each_other(store: Store, run: Run) -> None:
    async def scenario() -> None:
        for _ in range(20):
            await store.transact([COUNTER], adding_one)
        done = await asyncio.gather(
            *(store.transact([COUNTER], adding_one) for _ in range(20)),
            *(store.forget_traces(T3, 3) for _ in range(5)),
        )
        assert sum(count for count in done if count is not None) == 15
        assert (await store.read([COUNTER]))[COUNTER].body == {"value": 40}
        assert len(await store.traces(after=0, limit=99)) == 25

    run(scenario())


def test_a_closed_store_forgets_nothing(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await store.close()
        with pytest.raises(Problem, match="closed"):
            await store.forget_traces(T3, 1)

    run(scenario())


def test_listeners_hear_of_events_only(store: Store, run: Run) -> None:
    heard: list[bool] = []

    async def scenario() -> None:
        store.on_commit(lambda: heard.append(True))
        await store.transact([], lambda _: Commit((Change(COUNTER, b"{}"),)))
        await store.transact([], lambda _: Commit((Change(COUNTER, b"{}", b"{}"),)))
        assert heard == []
        await store.transact([], lambda _: Commit(events=(Event("lane", b""),)))
        assert len(heard) == 1

    run(scenario())


def test_closing_finishes_what_waits(store: Store, run: Run) -> None:
    async def scenario() -> None:
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(store.transact([COUNTER], adding_one)) for _ in range(100)]
            await asyncio.sleep(0)
            await store.close()
            assert all(task.done() or task for task in waiting)
        assert [task.exception() for task in waiting] == [None] * 100
        with pytest.raises(Problem) as closed:
            await store.transact([COUNTER], adding_one)
        assert closed.value.kind is Unavailable
        with pytest.raises(Problem):
            await store.read([COUNTER])

    run(scenario())


def test_a_caller_that_is_cancelled_stops_nobody_else(store: Store, run: Run) -> None:
    async def scenario() -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(store.transact([COUNTER], adding_one)) for _ in range(50)]
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
        done = sum(not task.cancelled() for task in tasks)
        value = (await store.read([COUNTER]))[COUNTER].body["value"]
        assert isinstance(value, int)
        assert done <= value <= 50

    run(scenario())


def test_more_callers_than_may_wait_are_all_served(store: Store, run: Run) -> None:
    async def scenario() -> None:
        await asyncio.gather(*(store.transact([COUNTER], adding_one) for _ in range(10_000)))
        assert (await store.read([COUNTER]))[COUNTER].body == {"value": 10_000}

    run(scenario())


def test_the_property_of_numbers_survives_a_restart(
    open_engine: Callable[[Mapping[str, Any]], Store], engine: str, run: Run
) -> None:
    if engine == "memory":
        pytest.skip("The memory engine forgets when it is closed.")

    async def fill(store: Store) -> int:
        await store.transact([], lambda _: Commit((Change(COUNTER, b"{}", b"1"),), (Event("lane", b"1"),)))
        number = (await store.read([COUNTER]))[COUNTER].number
        await store.transact([], lambda _: Commit((Change(COUNTER, None, b"2"),)))
        await store.close()
        return number

    async def again(store: Store, number: int) -> None:
        await store.transact([], lambda _: Commit((Change(COUNTER, b"{}", b"3"),), (Event("lane", b"2"),)))
        assert (await store.read([COUNTER]))[COUNTER].number > number
        assert [trace.body for trace in await store.traces(after=0, limit=9)] == [b"1", b"2", b"3"]
        assert [event.body for event in await store.pending("lane", 9)] == [b"1", b"2"]

    number = run(fill(open_engine({})))
    run(again(open_engine({}), number))
