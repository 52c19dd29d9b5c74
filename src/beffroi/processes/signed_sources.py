"""Sources and the audit log: who adds, changes or removes a source stands there, in the same commit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.instant import Instant
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.sources.rules.source import KIND
from beffroi.store.port import Decide, Find, Found, Store

RESOURCE: Final = "source"
"""What the log calls them."""


@dataclass(frozen=True, slots=True)
class SignedSources:
    """A store for what `actor` does to sources (`sources.operations.registry.Keeping`)."""

    store: Store
    actor: str
    now: Callable[[], Instant]
    new_id: Callable[[], str]
    reason: str = ""

    async def read(self, keys: Sequence[Key]) -> dict[Key, Record]:
        return await self.store.read(keys)

    async def find(self, find: Find) -> Found:
        return await self.store.find(find)

    async def transact(self, reads: Sequence[Key], decide: Decide) -> None:
        """Commit what is decided, with an entry of the log for each source that it touches."""
        if not any(key.kind == KIND for key in reads):
            await self.store.transact(reads, decide)
            return
        now, name = self.now(), self.new_id()

        def decided(stored: Mapping[Key, Record]) -> Commit:
            commit = decide(stored)
            touched = [change for change in commit.changes if change.key.kind == KIND]
            entries = [
                audit_entry(
                    f"{now}|{n:04d}|{name}", self.actor, now, RESOURCE, _named(each.key), _done(each, stored),
                    self.reason,
                )
                for n, each in enumerate(touched)
            ]  # fmt: skip
            return commit._replace(changes=(*commit.changes, *entries))

        await transact_chained(self.store, reads, decided)


def _named(key: Key) -> str:
    return f"{key.tenant}/{key.id}" if key.tenant else key.id


def _done(change: Change, stored: Mapping[Key, Record]) -> str:
    if change.document is None:
        return "delete"
    return "change" if change.key in stored else "create"
