"""Copy the log into the database beside the writer, so that no commit waits for it.

A checkpoint in its own thread never catches up with a busy writer, and the log can only begin anew when
it has been copied to its end. When the log is long, the writer copies the short rest itself.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from beffroi.kernel.problem import Problem
from beffroi.store.sqlite.connecting import Connection, open_reader

PAGES = 4_000
"""Begin a checkpoint when the log is longer."""
LONG = 16_000
"""Let the writer finish it: 64 MB."""


class Checkpoints:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._running: Future[None] | None = None
        self._copied = False
        self._connection: Connection | None = None

    def after_commit(self, logged: int) -> None:
        if logged > PAGES and (self._running is None or self._running.done()) and not self._copied:
            self._running = self._thread.submit(self._copy)

    def help_along(self, connection: Connection) -> None:
        """Called by the writer after a commit."""
        if connection.logged <= PAGES:
            self._copied = False
        elif self._copied and connection.logged > LONG:
            self._copied = False
            self._attempt(connection)

    def close(self) -> None:
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()

    def _copy(self) -> None:
        if self._connection is None:
            self._connection = open_reader(self._path)
        self._attempt(self._connection)
        self._copied = True

    def _attempt(self, connection: Connection) -> None:
        try:
            connection.checkpoint()
        except Problem:
            return  # the log goes on growing, and the next commit tells its caller what is wrong
