"""A question for which nobody waits any more ends, and what is judged does not hold up the event loop."""

import asyncio
import threading
import time

import pytest
from tests.conftest import Run

from beffroi.kernel.json import encode
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.store.port import Find, Store

MANY = 1_500


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """The engines that answer beside the event loop."""
    return str(request.param)


async def fill(store: Store) -> None:
    changes = tuple(Change(Key("city", "thing", f"urn:x:{n}"), encode({"n": n})) for n in range(MANY))
    await store.transact([], lambda _: Commit(changes))


def test_a_question_that_is_given_up_looks_at_no_more_documents(store: Store, run: Run) -> None:
    seen: list[str] = []
    begun = threading.Event()

    def keep(record: Record) -> bool:
        seen.append(record.key.id)
        begun.set()
        time.sleep(0.002)
        return True

    async def scenario() -> None:
        await fill(store)
        asking = asyncio.create_task(store.find(Find("city", "thing", keep=keep, limit=None)))
        await asyncio.to_thread(begun.wait)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        found = await store.find(Find("city", "thing", limit=None))
        assert len(found.records) == MANY
        await store.close()  # when the last reader has ended

    run(scenario())
    assert 0 < len(seen) < MANY


def test_documents_are_judged_beside_the_event_loop(store: Store, run: Run) -> None:
    threads = set[threading.Thread]()

    def keep(_: Record) -> bool:
        threads.add(threading.current_thread())
        return True

    async def scenario() -> int:
        await fill(store)
        found = await store.find(Find("city", "thing", keep=keep, limit=10, count=True))
        assert len(found.records) == 10
        assert found.more
        return found.count or 0

    assert run(scenario()) == MANY
    assert threads
    assert threading.main_thread() not in threads


def test_what_goes_wrong_with_a_document_is_told_who_asked(store: Store, run: Run) -> None:
    def keep(_: Record) -> bool:
        raise ZeroDivisionError

    async def scenario() -> None:
        await fill(store)
        with pytest.raises(ZeroDivisionError):
            await store.find(Find("city", "thing", keep=keep))
        assert len((await store.find(Find("city", "thing", limit=5))).records) == 5

    run(scenario())


def test_a_store_goes_on_whenever_a_question_is_given_up(store: Store, run: Run) -> None:
    """Before it has begun, in the middle of a statement, or while documents are judged."""

    async def scenario() -> None:
        await fill(store)
        whole = Find("city", "thing", keep=lambda _: True, limit=None)
        for turns in range(60):
            asking = [asyncio.create_task(store.find(whole)) for _ in range(6)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for each in asking:
                each.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        found = await asyncio.gather(*(store.find(whole) for _ in range(6)))
        assert [len(each.records) for each in found] == [MANY] * 6

    run(scenario())
