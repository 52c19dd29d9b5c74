"""Watch: the latest changes of entities, read once for everybody who listens."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from beffroi.broker.rules.entity.entity import KIND, Entity, entity_of
from beffroi.kernel.instant import NO_INSTANT, Instant, seconds_between
from beffroi.store.port import Store, Trace

PIECE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the history is looked at, and how much is kept and sent at most."""

    seconds_between: float = 1.0
    heartbeat_seconds: float = 15.0
    longest_seconds: float = 600.0
    listeners: int = 200
    kept: int = 4_000
    in_message: int = 200


class Sighting(NamedTuple):
    """A change: `entity` is how it was read afterwards, None when it is gone."""

    number: int
    at: Instant
    id: str
    entity: Entity | None


class News(NamedTuple):
    """What came after a number. `missed`: more came than is kept, so the listener must read anew."""

    sightings: list[Sighting]
    last: int
    missed: bool


@dataclass(slots=True)
class Watch:
    """A bounded buffer of changes. Nobody listening: nothing is read."""

    store: Store
    tenant: str
    pace: Pace = Pace()
    listeners: int = 0
    kept: deque[Sighting] = field(default_factory=deque[Sighting])
    first: int = -1
    last: int = -1
    asked: Instant = NO_INSTANT
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> int:
        """The number from which a listener that knows nothing yet goes on."""
        return await self.store.last_trace()

    async def since(self, after: int, now: Instant) -> News:
        """What came after `after`, as read at most a second ago."""
        async with self.lock:
            if self.last < 0:
                self.first = self.last = max(after, await self.store.last_trace() - self.pace.kept)
            if not self.asked or abs(seconds_between(self.asked, now)) >= self.pace.seconds_between * 0.9:
                self.asked = now
                await self._read()
        missed = after < self.first
        return News([one for one in self.kept if one.number > after], max(self.last, after), missed)

    async def _read(self) -> None:
        while True:
            traces = await self.store.traces(after=self.last, limit=PIECE)
            if not traces:
                return
            await self._keep([trace for trace in traces if self._ours(trace)])
            self.last = traces[-1].number
            if len(traces) < PIECE:
                return

    async def _keep(self, traces: list[Trace]) -> None:
        newest = {trace.key: trace for trace in traces}
        records = await self.store.read(list(newest))
        for key, trace in sorted(newest.items(), key=lambda pair: pair[1].number):
            if len(self.kept) >= self.pace.kept:
                self.first = self.kept.popleft().number
            entity = entity_of(records[key].body) if key in records else None
            self.kept.append(Sighting(trace.number, trace.at, key.id, entity))

    def _ours(self, trace: Trace) -> bool:
        return trace.key.tenant == self.tenant and trace.key.kind == KIND
