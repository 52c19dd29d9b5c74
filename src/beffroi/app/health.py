"""Whether the node is well: it reads, and it keeps what is written (draft-inadarei-api-health-check-06)."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Final

from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import Problem, is_of_the_store
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.store.port import Store

TRIED: Final = Key("", "health", "written")
TRIED_BYTES: Final = 16 * 1024
"""As much as a few entities: what is smaller finds room on a disk that is full for others."""
KNOWN_S: Final = 5.0
"""For so long a trial is believed, however often somebody asks."""
REFUSED_S: Final = 1.0
"""Likewise one that was refused, so that it is soon known when there is room again."""


class Health:
    """Writes one small record now and then, when somebody asks, to know whether writes are kept: a disk that
    is full shows in nothing else, while all reads go on."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._refusal = ""
        self._until = 0.0

    async def told(self) -> JsonObject:
        """The health as a document: `pass`, or `warn` where only reads are answered. Raises Problem where not
        even they are."""
        await self._store.last_trace()
        if self._clock() >= self._until:
            self._until = self._clock() + KNOWN_S  # who asks meanwhile is told what was known
            self._refusal = await self._tried()
            self._until = self._clock() + (REFUSED_S if self._refusal else KNOWN_S)
        if not self._refusal:
            return {"status": "pass"}
        failing: JsonObject = {"status": "fail", "output": self._refusal}
        return {"status": "warn", "output": self._refusal, "checks": {"storage:writes": [failing]}}

    async def _tried(self) -> str:
        """Why a write is refused; empty where it is kept."""
        document = encode({"written": secrets.token_hex(TRIED_BYTES // 2)})  # what does not pack well

        def decide(_: Mapping[Key, Record]) -> Commit:
            return Commit((Change(TRIED, document),))

        try:
            await self._store.transact([TRIED], decide)
        except Problem as problem:
            if is_of_the_store(problem):
                return f"Writes are refused, reads go on. {problem.kind.title}."
            raise
        return ""
