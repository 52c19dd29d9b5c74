"""A large batch lets other work of the event loop have its turn while its rows are planned and written."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from tests.commits import always

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Key
from beffroi.store.port import Facet, Indexer
from beffroi.store.sqlite.engine import SqliteStore
from beffroi.store.sqlite.writing import AT_ONCE

RECORDS = 2_000


class _Counting:
    """An indexer that knows how many records were looked at in this turn, and most of all in one turn."""

    def __init__(self) -> None:
        self.looked_at = self.most = 0

    def facets(self, body: JsonObject, paths: frozenset[str]) -> Iterable[Facet]:
        self.looked_at += 1
        self.most = max(self.most, self.looked_at)
        return [Facet(path, "text", str(body[path])) for path in paths & body.keys()]

    async def take_turns(self) -> None:
        while True:
            self.looked_at = 0
            await asyncio.sleep(0)


def _batch(turn: int) -> Commit:
    """Records that are all new, or that all differ from those before in what is indexed."""
    keys = [Key("", "thing", str(number)) for number in range(RECORDS)]
    return Commit(tuple(Change(key, encode({"type": f"{key.id} {turn}"})) for key in keys))


async def _most_in_a_turn(path: Path) -> int:
    counting = _Counting()
    indexer = Indexer(counting.facets, lambda _: (), frozenset({"type"}))
    store = await SqliteStore.open(path, {"thing": indexer})
    turns = asyncio.create_task(counting.take_turns())
    try:
        for turn in range(2):
            batch = _batch(turn)
            keys = [change.key for change in batch.changes]
            await store.transact(keys, always(batch))
    finally:
        turns.cancel()
        await store.close()
    return counting.most


def test_other_work_has_its_turn_while_a_large_batch_is_planned(tmp_path: Path) -> None:
    most = asyncio.run(_most_in_a_turn(tmp_path / "turns.db"))
    assert AT_ONCE <= most <= 2 * AT_ONCE  # before and after a change
