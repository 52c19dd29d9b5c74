"""What is known of earlier runs: a hash of every attribute that came in, and the mark of every page."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Literal, NamedTuple, TypeAlias

from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.sources.operations.registry import HARVESTED, PAGE
from beffroi.sources.rules.mapping.format import Mapping as Rules
from beffroi.sources.rules.page import Mark, mark_of
from beffroi.sources.rules.source import Source
from beffroi.store.port import Find, Store, Where

News: TypeAlias = Literal["new", "changed", "same"]


class Arrival(NamedTuple):
    """An entity that has come in, whole; how it differs from what came in last.

    `news` compares with earlier runs, not with what the broker has. `changed` names the attributes that are
    new or different, `vanished` those that it has no more.
    """

    entity: JsonObject
    news: News
    changed: frozenset[str]
    vanished: frozenset[str]

    @property
    def id(self) -> str:
        return str(self.entity["id"])


class Memory:
    """What the store knows of one source, under the mapping and settings that it has now."""

    def __init__(self, store: Store, tenant: str, source: Source, mapping: Rules) -> None:
        self._store = store
        self._tenant = tenant
        self._source = source.name
        settled = f"{mapping.fingerprint} {source.area} {source.zone} {source.axes} {source.dataset}"
        self._meaning = blake2b(settled.encode(), digest_size=8).hexdigest()

    async def judge(self, entities: Sequence[JsonObject]) -> list[Arrival]:
        """Compare entities with what is known; of several with one id, the last counts."""
        last = {str(entity["id"]): entity for entity in entities}
        stored = await self._store.read([self._key(each) for each in last])
        return [_arrival(stored.get(self._key(each)), entity) for each, entity in last.items()]

    async def keep(self, entities: Sequence[JsonObject]) -> None:
        """Remember that these have come in."""
        changes = tuple(Change(self._key(str(entity["id"])), self._known(entity)) for entity in entities)
        if changes:
            await self._store.transact([change.key for change in changes], lambda _: Commit(changes))

    async def absent(self, seen: "set[str]") -> tuple[list[str], int]:
        """Ids that came in once and are not in `seen`; and how many are known in all."""
        where = Where("source", "==", "text", self._source)
        start, gone, known = len(self._source) + 1, list[str](), 0
        find = Find(self._tenant, HARVESTED, where, self._is_ours, exact=True, limit=None)
        async for record in self._store.stream(find):
            known += 1
            if record.key.id[start:] not in seen:
                gone.append(record.key.id[start:])
        return gone, known

    async def drop(self, ids: Sequence[str]) -> None:
        """Forget these entities."""
        changes = tuple(Change(self._key(each), None) for each in ids)
        if changes:
            await self._store.transact(
                [change.key for change in changes],
                lambda stored: Commit(tuple(change for change in changes if change.key in stored)),
            )

    async def mark(self, url: str) -> Mark | None:
        """What is known of a page; None if the mapping has changed since."""
        key = self._page_key(url)
        record = (await self._store.read([key])).get(key)
        if record is None or record.body.get("meaning") != self._meaning:
            return None
        return mark_of(record.body)

    async def keep_mark(self, url: str, mark: Mark) -> None:
        """Remember a page that can say when it has not changed."""
        if not mark.conditions:
            return
        body: JsonObject = {
            "source": self._source,
            "meaning": self._meaning,
            "url": url,
            **mark.shown(),
        }
        change = Change(self._page_key(url), document_of(body))
        await self._store.transact([change.key], lambda _: Commit((change,)))

    async def drop_other_marks(self, visited: "set[str]") -> None:
        """Forget pages that a complete run has not met."""
        kept = {self._page_key(url) for url in visited}
        where = Where("source", "==", "text", self._source)
        find = Find(self._tenant, PAGE, where, self._is_ours, exact=True, limit=None)
        found = await self._store.find(find)
        changes = tuple(Change(each.key, None) for each in found.records if each.key not in kept)
        if changes:
            await self._store.transact(
                [change.key for change in changes],
                lambda stored: Commit(tuple(change for change in changes if change.key in stored)),
            )

    def _known(self, entity: JsonObject) -> bytes:
        hashes: JsonObject = dict[str, Json](_hashes(entity))
        return document_of({"source": self._source, "attributes": hashes})

    def _is_ours(self, record: Record) -> bool:
        return record.body.get("source") == self._source

    def _key(self, entity: str) -> Key:
        return Key(self._tenant, HARVESTED, f"{self._source} {entity}")

    def _page_key(self, url: str) -> Key:
        short = blake2b(url.encode(), digest_size=12).hexdigest()
        return Key(self._tenant, PAGE, f"{self._source} {short}")


def _arrival(record: Record | None, entity: JsonObject) -> Arrival:
    hashes = _hashes(entity)
    if record is None:
        return Arrival(entity, "new", frozenset(hashes), frozenset())
    known = record.body.get("attributes")
    before = known if isinstance(known, dict) else {}
    changed = frozenset(name for name, found in hashes.items() if before.get(name) != found)
    vanished = frozenset(before) - frozenset(hashes)
    return Arrival(entity, "changed" if changed or vanished else "same", changed, vanished)


def _hashes(entity: JsonObject) -> dict[str, str]:
    return {
        name: blake2b(encode(value), digest_size=8).hexdigest()
        for name, value in entity.items()
        if name not in ("id", "type")
    }
