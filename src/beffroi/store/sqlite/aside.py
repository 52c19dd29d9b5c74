"""One thread for what would hold up the event loop: COMMIT, and waiting for another process.

It does one thing at a time. An executor's futures, locks and callbacks cost a batch as much as its commit.
"""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeAlias

_Work: TypeAlias = "tuple[Callable[[], None], asyncio.Future[None]]"


class Aside:
    """Its thread starts with the first work, and ends with `close`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[[], None]) -> None:
        """Do the work in the thread; what it raises is raised here. Who is cancelled does not stop it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._work.put((work, done))
        await done

    def close(self) -> None:
        """Finish what waits."""
        if self._thread is not None:
            self._work.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (asked := self._work.get()) is not None:
            work, done = asked
            try:
                work()
            except BaseException as failure:  # noqa: BLE001 - it belongs to who waits
                _tell(done, failure)
            else:
                _tell(done, None)


def _tell(done: "asyncio.Future[None]", failure: BaseException | None) -> None:
    def tell() -> None:
        if done.cancelled():
            return
        if failure is None:
            done.set_result(None)
        else:
            done.set_exception(failure)

    loop = done.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(tell)
