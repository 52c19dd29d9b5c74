"""Go through a history in pieces: few traces at first, then more, and few where each of them is large."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.record import Key
from beffroi.store.port import Past, Store, Trace

FIRST_PIECE: Final = 16
LARGEST_PIECE: Final = 1_024
PIECE_BYTES: Final = 8_000_000


def next_piece(traces: Sequence[Trace]) -> int:
    """How many to ask for after these."""
    average = sum(len(trace.body) for trace in traces) // max(1, len(traces)) + 1
    return max(1, min(4 * len(traces), LARGEST_PIECE, PIECE_BYTES // average))


async def newest_first(
    store: Store, key: Key, since: Instant = NO_INSTANT, until: Instant = NO_INSTANT
) -> AsyncGenerator[list[Trace]]:
    """The traces of a record from then on and from before then, a piece at a time."""
    past = Past(FIRST_PIECE, since, until)
    while traces := await store.history(key, past):
        yield traces
        if len(traces) < past.limit:
            return
        past = Past(next_piece(traces), since, until, before=traces[-1].number)
