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
        self.journal.append(
            *[
                line_of(product, at, method, path, status, counted)
                for product, at, method, path, status, counted, _ in held
            ]
        )
        self._has_failed = False
        _count(held)


def _count(held: list[Held]) -> None:
    """Add up what is counted late, once for each run of lines of one product and day."""
    spent: Spent | None = None
    day, requests, entities, size = "", 0, 0, 0
    for _, at, _, _, _, counted, whose in held:
        if whose is not spent or not at.startswith(day):
            if spent is not None:
                spent.add((requests, entities, size, 0))
            spent, day, requests, entities, size = whose, at[:10], 0, 0, 0
            if spent is not None:
                spent.turn(at)
        requests += counted[0]
        entities += counted[1]
        size += counted[2]
    if spent is not None:
        spent.add((requests, entities, size, 0))
