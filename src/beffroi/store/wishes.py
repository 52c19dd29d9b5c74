"""Which further paths shall be indexed: those that finds missed, within limits; the least used make room."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from beffroi.store.indexing import IndexPath

MOST_PATHS = 64
"""Paths indexed beyond `always` for one tenant and kind."""
MOST_BUILDING = 8
RECORDS_AT_ONCE = 256
"""Records that are indexed in one piece of work between batches."""
ROWS_AT_ONCE = 2_000
"""Index rows that are dropped in one piece."""


class Indexed(NamedTuple):
    """A path that the database knows; `state` is 'building', 'ready' or 'dropping'."""

    number: int
    state: str


class Wishes:
    """Calls `wake` when there is a new one."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._asked: defaultdict[tuple[str, str], set[IndexPath]] = defaultdict(set)
        self._used: dict[int, int] = {}
        self._clock = 0

    def ask(self, tenant: str, kind: str, paths: frozenset[IndexPath]) -> None:
        """A find wanted these and had no index."""
        self._asked[tenant, kind] |= paths
        self._wake()

    def note_use(self, numbers: tuple[int, ...]) -> None:
        """These paths served a find."""
        self._clock += 1
        for number in numbers:
            self._used[number] = self._clock

    def take(self) -> tuple[str, str, set[IndexPath]] | None:
        """The tenant, kind and paths of one wish; it is forgotten."""
        if not self._asked:
            return None
        (tenant, kind), paths = self._asked.popitem()
        return tenant, kind, paths

    def granted(
        self, asked: Collection[IndexPath], known: Mapping[IndexPath, Indexed], always: Collection[str]
    ) -> tuple[list[IndexPath], list[IndexPath]]:
        """Of the asked paths those to be built now, and the known ones that make room for them."""
        building = sum(one.state == "building" for one in known.values())
        new = sorted(set(asked) - known.keys())[: max(MOST_BUILDING - building, 0)]
        optional = {
            path: self._used.get(one.number, 0)
            for path, one in known.items()
            if path.path not in always and one.state != "dropping"
        }
        surplus = max(len(optional) + len(new) - MOST_PATHS, 0)
        return new, sorted(optional, key=lambda path: optional[path])[:surplus]
