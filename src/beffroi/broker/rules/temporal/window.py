"""Window: as many instances of an entity as one answer takes, out of however many pass by (clause 6.3.10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from beffroi.broker.rules.entity.entity import AttributeType
from beffroi.broker.rules.temporal.evolution import Event, moment_of
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem, TooManyResults

_SLACK: Final = 500
MOST_BYTES: Final = 16_000_000
"""Bytes of history that one answer has of an entity."""

MOST_AT_ONCE: Final = 10
"""Instances of one moment are not torn apart: so many times the most that an answer takes may stand there."""


class Placed(NamedTuple):
    """An instance and the moment by which the query places it."""

    moment: Instant
    event: Event


_Place: TypeAlias = tuple[str, str, str, str, bool]


@dataclass(slots=True)
class Window:
    """Keeps `most` instances of `most_bytes`, the oldest ones, or with lastN the newest ones, so that memory
    stays bounded.

    `is_cut` says whether more were asked for than are kept.
    """

    query: TemporalQuery
    most: int
    most_bytes: int = MOST_BYTES
    is_cut: bool = False
    _kept: dict[_Place, Placed] = field(default_factory=dict[_Place, Placed])
    _kinds: dict[str, AttributeType] = field(default_factory=dict[str, AttributeType])
    _size: int = 0
    _left: tuple[int, int] = (0, 0)

    def take(self, events: Iterable[Event]) -> None:
        """Look at instances in any order; of two with one place the first one counts."""
        for event in events:
            moment = moment_of(event, self.query)
            if moment is not None:
                self._kinds.setdefault(event.name, event.instance["type"])
                self._kept.setdefault(event.place, Placed(moment, event))
                self._size += event.size
                if self._is_overgrown():
                    self._prune()

    @property
    def is_full(self) -> bool:
        """Whether an answer that goes forwards has all it takes, if what is to come is later."""
        return len(self._kept) > self.most or self._size > self.most_bytes

    def kinds(self) -> Mapping[str, AttributeType]:
        """The attributes that had instances in the time asked for, also where all of them were cut off."""
        return self._kinds

    def settled_since(self, names: Iterable[str]) -> Instant | None:
        """The oldest moment among the last ones of these attributes; None unless all have enough."""
        self._prune()
        oldest: list[Instant] = []
        for name in names:
            moments = [placed.moment for placed in self._kept.values() if placed.event.name == name]
            if len(moments) < self.query.last:
                return None
            oldest.append(min(moments))
        return min(oldest, default=None)

    def placed(self) -> list[Placed]:
        """The instances of the answer, oldest first."""
        self._prune()
        return sorted(self._kept.values(), key=_in_time)

    def end_of(self, placed: Sequence[Placed]) -> Instant:
        """The last moment in the direction in which an answer is read."""
        return placed[0].moment if self.query.goes_backwards else placed[-1].moment

    def _is_overgrown(self) -> bool:
        """Whether pruning pays: a moment that is not torn apart may stay above `most`."""
        count, size = self._left
        return len(self._kept) > max(2 * self.most + _SLACK, count * 5 // 4) or self._size > max(
            2 * self.most_bytes, size * 5 // 4
        )

    def _prune(self) -> None:
        backwards = self.query.goes_backwards
        ordered = sorted(self._kept.values(), key=_in_time, reverse=backwards)
        if backwards:
            ordered = _last_of_each(ordered, self.query.last)
        kept = whole_moments(ordered, min(self.most, _fitting(ordered, self.most_bytes)))
        self.is_cut = self.is_cut or len(kept) < len(ordered)
        self._kept = {placed.event.place: placed for placed in kept}
        self._size = sum(placed.event.size for placed in kept)
        self._left = len(kept), self._size


def _fitting(ordered: list[Placed], most_bytes: int) -> int:
    """How many of the first ones have no more bytes than these; at least one."""
    size = 0
    for count, placed in enumerate(ordered):
        size += placed.event.size
        if size > most_bytes:
            return max(1, count)
    return max(1, len(ordered))


def whole_moments(ordered: list[Placed], most: int) -> list[Placed]:
    """The first `most`, and those that share the moment of the last: who reads on from it misses none.

    There is more than one moment among them if there is more than one at all, so that reading on comes to an
    end. Raises Problem(TooManyResults) where these are too many.
    """
    if len(ordered) <= most:
        return ordered
    end = _end_of_moment(ordered, most)
    if end < len(ordered) and ordered[0].moment == ordered[end - 1].moment:
        end = _end_of_moment(ordered, end + 1)
    if end > MOST_AT_ONCE * most:
        last = ordered[end - 1].moment
        detail = f"More than {MOST_AT_ONCE * most} instances have the moment {last}; name fewer attributes."
        raise Problem(TooManyResults, detail)
    return ordered[:end]


def _end_of_moment(ordered: list[Placed], count: int) -> int:
    """How many there are up to the last one that shares the moment of the one at `count`."""
    last, end = ordered[count - 1].moment, count
    while end < len(ordered) and ordered[end].moment == last:
        end += 1
    return end


def _last_of_each(newest_first: list[Placed], last: int) -> list[Placed]:
    """The newest `last` of each attribute."""
    counts: dict[str, int] = {}
    kept: list[Placed] = []
    for placed in newest_first:
        count = counts[placed.event.name] = counts.get(placed.event.name, 0) + 1
        if count <= last:
            kept.append(placed)
    return kept


def _in_time(placed: Placed) -> tuple[Instant, Instant, str]:
    """By the moment asked for; of one moment, as it was written."""
    return placed.moment, placed.event.at, placed.event.dataset
