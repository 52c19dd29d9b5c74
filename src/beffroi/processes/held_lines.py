"""Lines of the gate's journal that wait for the answers they are of: written together, before those leave."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from beffroi.kernel.instant import Instant
from beffroi.market.rules.access.allowance import Spent
from beffroi.market.rules.access.journal_line import Counts, line_of
from beffroi.store.journal import Journal

MOST_HELD: Final = 1_000

Held: TypeAlias = tuple[str, Instant, str, str, int, Counts, Spent | None]
"""What a line is made of (`line_of`), and who has to count it still: nobody where a limit made somebody do so
at once."""


@dataclass(slots=True)
class HeldLines:
    """`flush` has to be called before an answer leaves whose line is held."""

    journal: Journal
    _held: list[Held] = field(default_factory=list[Held])
    _has_failed: bool = False

    def hold(self, line: Held) -> None:
        """Keep a line until the next flush. After a flush that failed lines are written at once until one is
        written, which raises Problem(StorageFull) where it can be told."""
        self._held.append(line)
        if self._has_failed or len(self._held) >= MOST_HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held. Raises Problem(StorageFull): then it is dropped, as its answers are."""
        if not self._held:
            return
        held, self._held = self._held, []
        self._has_failed = True
        lines = _together(held)
        self.journal.append(*[line_of(*line[:6]) for line in lines])
        self._has_failed = False
        for _, at, _, _, _, counted, spent in lines:
            if spent is not None:
                spent.turn(at)
                spent.add(counted)


def _together(held: list[Held]) -> list[Held]:
    """Answers that follow each other and are alike, as one line: those of one turn of the event loop have one
    moment. What counts no request stands alone, so that it can be counted."""
    lines: list[Held] = []
    first = held[0]
    requests, entities, size, told = first[5]
    for line in held[1:]:
        counted = line[5]
        if requests and counted[0] and _is_alike(first, line):
            requests += counted[0]
            entities += counted[1]
            size += counted[2]
            told += counted[3]
        else:
            lines.append((*first[:5], (requests, entities, size, told), first[6]))
            first = line
            requests, entities, size, told = counted
    lines.append((*first[:5], (requests, entities, size, told), first[6]))
    return lines


def _is_alike(one: Held, other: Held) -> bool:
    """Whether two lines differ in nothing but what they count."""
    return (
        one[1] == other[1]
        and one[0] == other[0]
        and one[3] == other[3]
        and one[4] == other[4]
        and one[2] == other[2]
        and one[6] is other[6]
    )
