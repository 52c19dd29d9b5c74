"""Sources and runs as records of the store."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import AlreadyExists, Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.sources.rules.run import KIND as RUN
from beffroi.sources.rules.run import Run, run_key
from beffroi.sources.rules.source import KIND as SOURCE
from beffroi.sources.rules.source import Source, source_key, source_of
from beffroi.store.port import Decide, Facet, Find, Found, Indexer, Store, Where

KEPT_RUNS = 50
MOST_SOURCES = 10_000

HARVESTED = "harvested"
PAGE = "harvested-page"


def _of_source(body: JsonObject, paths: frozenset[str]) -> Iterable[Facet]:
    source = body.get("source")
    return [Facet("source", "text", source)] if "source" in paths and isinstance(source, str) else []


_BY_SOURCE = Indexer(_of_source, lambda _: (), frozenset({"source"}))
_PLAIN = Indexer(lambda _, __: (), lambda _: ())

INDEXERS: Mapping[str, Indexer] = {RUN: _BY_SOURCE, HARVESTED: _BY_SOURCE, PAGE: _BY_SOURCE, SOURCE: _PLAIN}
"""What an engine indexes of the records of this room, by kind."""


class Keeping(Protocol):
    """What sources are kept in: a store, or one that also writes down who changes them."""

    async def read(self, keys: Sequence[Key]) -> dict[Key, Record]: ...
    async def find(self, find: Find) -> Found: ...
    async def transact(self, reads: Sequence[Key], decide: Decide) -> None: ...


async def list_sources(store: Keeping, tenant: str) -> list[Source]:
    """All sources in the order in which they were added."""
    found = await store.find(Find(tenant, SOURCE, exact=True, limit=MOST_SOURCES))
    return [source_of(record.body) for record in found.records]


async def find_source(store: Keeping, tenant: str, name: str) -> Source:
    """Raises Problem(ResourceNotFound)."""
    key = source_key(tenant, name)
    record = (await store.read([key])).get(key)
    if record is None:
        raise Problem(ResourceNotFound, f"There is no source '{name[:100]}'.")
    return source_of(record.body)


async def add_sources(store: Keeping, tenant: str, sources: Sequence[Source]) -> None:
    """Add all or none; raises Problem(AlreadyExists)."""
    keys = [source_key(tenant, source.name) for source in sources]

    def decide(stored: Mapping[Key, Record]) -> Commit:
        for key in keys:
            if key in stored:
                raise Problem(AlreadyExists, f"There is a source '{key.id}' already.")
        return Commit(tuple(_written(tenant, source) for source in sources))

    await store.transact(keys, decide)


async def change_source(store: Keeping, tenant: str, name: str, change: Callable[[Source], Source]) -> Source:
    """Change a source as it is now; raises Problem(ResourceNotFound)."""
    key = source_key(tenant, name)
    result: list[Source] = []

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if key not in stored:
            raise Problem(ResourceNotFound, f"There is no source '{name[:100]}'.")
        result[:] = [change(source_of(stored[key].body))]
        return Commit((_written(tenant, result[0]),))

    await store.transact([key], decide)
    return result[0]


async def remove_source(store: Keeping, tenant: str, name: str) -> None:
    """Forget a source, its runs and what was known of its pages; its entities stay.

    Raises Problem(ResourceNotFound).
    """
    await find_source(store, tenant, name)
    await forget(store, tenant, (HARVESTED, PAGE, RUN), name)
    key = source_key(tenant, name)
    await store.transact([key], lambda stored: Commit((Change(key, None),) if key in stored else ()))


async def forget(store: Keeping, tenant: str, kinds: Sequence[str], source: str) -> None:
    """Delete all records of these kinds that belong to a source, some hundreds at a time."""
    for kind in kinds:
        while True:
            find = Find(
                tenant, kind, Where("source", "==", "text", source), _belongs(source), exact=True, limit=500
            )
            found = await store.find(find)
            if not found.records:
                break
            gone = tuple(Change(record.key, None) for record in found.records)
            await store.transact([change.key for change in gone], _commit(gone))


async def record_run(store: Store, tenant: str, run: Run, change: Callable[[Source], Source]) -> None:
    """Keep the report of a run, what the source now is, and only the last runs."""
    older = (await list_runs(store, tenant, run.source, limit=None))[KEPT_RUNS - 1 :]
    stale = [run_key(tenant, str(each["id"])) for each in older]
    key = source_key(tenant, run.source)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        changes = [Change(run_key(tenant, run.id), document_of(run.shown()))]
        if key in stored:
            changes.append(_written(tenant, change(source_of(stored[key].body))))
        changes.extend(Change(each, None) for each in stale if each in stored)
        return Commit(tuple(changes))

    await store.transact([key, run_key(tenant, run.id), *stale], decide)


async def list_runs(store: Store, tenant: str, source: str, limit: int | None = 20) -> list[JsonObject]:
    """The reports of the last runs of a source, the newest first."""
    where = Where("source", "==", "text", source)
    found = await store.find(Find(tenant, RUN, where, _belongs(source), exact=True, limit=None))
    newest = [record.body for record in reversed(found.records)]
    return newest if limit is None else newest[:limit]


def _belongs(source: str) -> Callable[[Record], bool]:
    return lambda record: record.body.get("source") == source


def _commit(changes: tuple[Change, ...]) -> Callable[[Mapping[Key, Record]], Commit]:
    return lambda stored: Commit(tuple(change for change in changes if change.key in stored))


def _written(tenant: str, source: Source) -> Change:
    return Change(source_key(tenant, source.name), document_of(source.shown()))
