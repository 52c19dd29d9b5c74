"""How many traces are read in one go: few at first, then more, and few where each of them is large."""

from collections.abc import Sequence
from typing import Final

from beffroi.store.port import Trace

FIRST_PIECE: Final = 16
LARGEST_PIECE: Final = 1_024
PIECE_BYTES: Final = 8_000_000


def next_piece(traces: Sequence[Trace]) -> int:
    """How many to ask for after these."""
    average = sum(len(trace.body) for trace in traces) // max(1, len(traces)) + 1
    return max(1, min(4 * len(traces), LARGEST_PIECE, PIECE_BYTES // average))
