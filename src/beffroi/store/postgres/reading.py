"""Sessions for reading: a few for scans, one that gathers reads by id into one statement."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Key, Record
from beffroi.store.port import Raced
from beffroi.store.postgres.connecting import Session
from beffroi.store.postgres.writing import record_of
from beffroi.store.wording import Sql

SCANS = 4

_RECORDS = """
SELECT c.tenant, c.kind, r.id, r.document, r.version, r.number
FROM unnest(?::text[], ?::text[], ?::text[]) AS wanted (tenant, kind, id)
JOIN collection c ON c.tenant = wanted.tenant AND c.kind = wanted.kind
JOIN record r ON r.collection = c.number AND r.id = wanted.id
"""


class Readers:
    def __init__(self, url: str) -> None:
        self._scans = asyncio.Semaphore(SCANS)
        self._idle = [Session(url) for _ in range(SCANS)]
        self._gathering = Session(url)
        self._reading = asyncio.Lock()
        self._wanted: dict[Key, None] = {}
        self._round: asyncio.Future[dict[Key, Record]] | None = None

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session]:
        async with self._scans:
            session = self._idle.pop()
            try:
                yield session
            finally:
                self._idle.append(session)

    async def records(self, keys: Sequence[Key]) -> dict[Key, Record]:
        """The records that exist among `keys`.

        Who comes while a statement is on its way waits for the next one, together with all who wait:
        the first of them sends it.
        """
        self._wanted |= dict.fromkeys(keys)
        answer = self._round
        if answer is None:
            answer = self._round = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._send(answer))
        found = await asyncio.shield(answer)
        return {key: found[key] for key in keys if key in found}

    async def close(self) -> None:
        for session in (*self._idle, self._gathering):
            await session.close()

    async def _send(self, answer: "asyncio.Future[dict[Key, Record]]") -> None:
        async with self._reading:
            wanted, self._wanted, self._round = list(self._wanted), {}, None
            tenants, kinds, ids = (list(names) for names in zip(*wanted, strict=True))
            try:
                (rows,) = await self._gathering.run(Sql(_RECORDS, (tenants, kinds, ids)))
            except (Problem, Raced) as failure:
                answer.set_exception(failure)
            else:
                answer.set_result({record.key: record for record in map(record_of, rows)})
