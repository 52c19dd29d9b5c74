"""What databases do alike around a question: refuse names that none can hold, note wishes, read in pieces."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from beffroi.kernel.record import Key, Record
from beffroi.store.holds import NO_INDEXER
from beffroi.store.picture import nameable
from beffroi.store.port import Find, Found, Indexer
from beffroi.store.searching import Outcome
from beffroi.store.wishes import Wishes

PIECE = 500
"""Records of a stream that are in memory at once."""


async def found_by(
    ask: Callable[[Find, Indexer], Awaitable[Outcome]], find: Find, indexer: Indexer, wishes: Wishes
) -> Found:
    """Answer a find by `ask`, and wish for the indexes that it missed."""
    if not nameable(Key(find.tenant, find.kind, "")):
        return Found([], more=False, count=0 if find.count else None)
    outcome = await ask(find, indexer)
    wishes.note_use(outcome.used)
    if outcome.missing and indexer is not NO_INDEXER:
        wishes.ask(find.tenant, find.kind, outcome.missing)
    return outcome.found


async def streamed(ask: Callable[[Find], Awaitable[Found]], find: Find) -> AsyncIterator[Record]:
    """All matches of `find`, one page after another."""
    piece = replace(find, limit=PIECE, count=False)
    while True:
        found = await ask(piece)
        for record in found.records:
            yield record
        if not found.more:
            return
        piece = replace(piece, after=found.records[-1].number, offset=0)
