"""Commit what a rule decides from records that it names as it goes: read, ask for more, decide, store."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Commit, Key, Record
from beffroi.market.operations.chaining import transact_chained
from beffroi.store.port import Store

MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Picture:
    """The records that exist among the keys that were read."""

    records: Mapping[Key, Record]
    read: Set[Key]

    def lacks(self, keys: Iterable[Key]) -> frozenset[Key]:
        """Those of the keys that were not read."""
        return frozenset(keys) - self.read


Decide: TypeAlias = Callable[[Picture], "Commit | frozenset[Key]"]
"""The commit, or the further keys that are needed to decide."""


async def commit(store: Store, first: Iterable[Key], decide: Decide) -> None:
    """Decide on fresh, locked records and store the commit, all or nothing.

    A decision that asks for more is taken again with those records. Raises what `decide` raises.
    """
    reads = frozenset(first)
    for _ in range(MOST_ROUNDS):
        known = await store.read(list(reads))
        wanted = decide(Picture(known, reads))
        missing = wanted if isinstance(wanted, frozenset) else await _stored(store, reads, decide)
        if not missing:
            return
        reads |= missing
    raise Problem(Conflict, "What the request is about changes too often; try again.")


async def _stored(store: Store, reads: frozenset[Key], decide: Decide) -> frozenset[Key]:
    """The keys that were missing after all, because something changed meanwhile: then nothing is stored."""
    missing = list[frozenset[Key]]()

    def checked(records: Mapping[Key, Record]) -> Commit:
        decided = decide(Picture(records, reads))
        missing[:] = [decided] if isinstance(decided, frozenset) else []
        return Commit() if isinstance(decided, frozenset) else decided

    await transact_chained(store, list(reads), checked)
    return missing[0] if missing else frozenset()
