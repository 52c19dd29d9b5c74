"""Open connections to the file, bring its tables up to date, and tell SQLite's errors as ours."""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

import apsw

from beffroi.kernel.problem import Problem, ProblemKind, StorageFull, TooComplexQuery, Unavailable
from beffroi.store.wording import Row

APPLICATION = 0x42454646  # BEFF
MIGRATIONS = Path(__file__).parent / "migrations"

STEPS_OF_A_TURN, MOST_TURNS = 10_000, 5
"""Of SQLite's virtual machine, for a brief statement: together about a millisecond."""

_READING = """
PRAGMA busy_timeout = 5000;
PRAGMA cache_size = -8192;
PRAGMA temp_store = MEMORY;
PRAGMA query_only = ON;
"""
_WRITING = """
PRAGMA busy_timeout = 5000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -32768;
PRAGMA temp_store = MEMORY;
PRAGMA wal_autocheckpoint = 0;
PRAGMA journal_size_limit = 67108864;
"""


class Connection(Protocol):
    """What the engine uses of a connection: so little that a test can stand between."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run one statement and give all its rows."""
        ...

    def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None: ...

    def checkpoint(self) -> None:
        """Copy what the log holds into the database, without waiting for anybody."""
        ...

    @property
    def logged(self) -> int:
        """Pages in the log after this connection's last commit."""
        ...

    @property
    def in_transaction(self) -> bool: ...

    def wait(self, seconds: float) -> None:
        """From now on wait so long for other connections; then Busy is raised."""
        ...

    def close(self) -> None: ...


class Busy(Problem):
    """Another connection has what this one needs."""


class Interrupted(Problem):
    """A statement took more steps than its connection allows."""


class _Cursor(Protocol):
    def fetchall(self) -> list[Row]: ...


class _Apsw(Protocol):
    """The part of apsw.Connection in use; its own types name some that Python 3.11 has not."""

    def execute(self, statements: str, bindings: Sequence[object] = ...) -> _Cursor: ...

    def executemany(self, statements: str, sequenceofbindings: Sequence[Sequence[object]]) -> object: ...

    def config(self, op: int, value: int) -> int: ...

    def set_wal_hook(self, callable: Callable[[apsw.Connection, str, int], int]) -> None: ...

    def set_progress_handler(self, callable: Callable[[], bool], nsteps: int) -> None: ...

    def wal_checkpoint(self, *, mode: int) -> tuple[int, int]: ...

    @property
    def in_transaction(self) -> bool: ...

    def set_busy_timeout(self, milliseconds: int) -> None: ...

    def close(self) -> None: ...


class FileConnection:
    """A Connection by apsw, with errors told as Problems."""

    def __init__(self, path: Path, pragmas: str) -> None:
        self._path = path
        self.logged = 0
        self._turns = 0
        with translated(path):
            self._apsw = cast("_Apsw", apsw.Connection(str(path), statementcachesize=200))
            self._apsw.execute(pragmas).fetchall()  # all rows, or it stops at the first pragma that has one
            # Else SQLite compiles a statement anew whenever a bound value differs, to look at its statistics.
            self._apsw.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
            self._apsw.set_wal_hook(self._note_log)

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        self._turns = 0
        try:
            return self._apsw.execute(sql, parameters).fetchall()
        except apsw.Error as failure:
            raise problem_of(failure, self._path) from failure

    def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        try:
            self._apsw.executemany(sql, rows)
        except apsw.Error as failure:
            raise problem_of(failure, self._path) from failure

    def checkpoint(self) -> None:
        with translated(self._path):
            self._apsw.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    @property
    def in_transaction(self) -> bool:
        return self._apsw.in_transaction

    def wait(self, seconds: float) -> None:
        self._apsw.set_busy_timeout(int(seconds * 1000))

    def be_brief(self) -> None:
        """From now on interrupt a statement that takes long."""
        self._apsw.set_progress_handler(self._is_too_long, STEPS_OF_A_TURN)

    def _is_too_long(self) -> bool:
        self._turns += 1
        return self._turns > MOST_TURNS

    def close(self) -> None:
        self._apsw.close()

    def _note_log(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self.logged = pages
        return apsw.SQLITE_OK


def carray(values: object) -> object:
    """Many values as one parameter, for `IN (SELECT value FROM carray(?))`."""
    return cast("Callable[[object], object]", apsw.carray)(values)  # pyright: ignore[reportUnknownMemberType]


def open_writer(path: Path) -> Connection:
    """The connection that writes; makes the file and migrates its tables where needed."""
    connection = FileConnection(path, _WRITING)
    try:
        _check_promises(connection, path)
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    connection.wait(0)  # it runs on the event loop, where nothing may wait
    return connection


def open_reader(path: Path) -> Connection:
    return FileConnection(path, _READING)


def open_brief_reader(path: Path) -> Connection:
    """For the event loop: statements that take long are Interrupted."""
    connection = FileConnection(path, _READING)
    connection.be_brief()
    return connection


def _check_promises(connection: Connection, path: Path) -> None:
    """Every commit is synced, and readers do not wait for the writer."""
    journal, synchronous = (
        connection.execute(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous")
    )
    if (journal, synchronous) != ("wal", 2):
        raise Problem(Unavailable, f"The database '{path}' cannot be kept safely on this file system.")


def _migrate(connection: Connection, path: Path) -> None:
    steps = sorted(MIGRATIONS.glob("*.sql"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        (application,), (done,) = (
            connection.execute("PRAGMA application_id")[0],
            connection.execute("PRAGMA user_version")[0],
        )
        tables = connection.execute("SELECT count(*) FROM sqlite_schema")[0][0]
        if application != APPLICATION and tables:
            raise Problem(Unavailable, f"The file '{path}' is a database of another program.")
        assert isinstance(done, int)
        if done > len(steps):
            raise Problem(Unavailable, f"The database '{path}' was written by a newer version of beffroi.")
        for step in steps[done:]:
            connection.execute(step.read_text())
        if done < len(steps):
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(path: Path) -> Generator[None]:
    try:
        yield
    except apsw.Error as failure:
        raise problem_of(failure, path) from failure


def problem_of(failure: apsw.Error, path: Path) -> Problem:
    kind: ProblemKind = Unavailable
    match failure:
        case apsw.FullError():
            kind, sentence = StorageFull, f"The disk of the database '{path}' is full."
        case apsw.IOError() if _is_full(path):
            kind, sentence = StorageFull, f"The disk of the database '{path}' is full."
        case apsw.InterruptError():
            return Interrupted(TooComplexQuery, "The query takes too long.")
        case apsw.BusyError():
            return Busy(Unavailable, f"The database '{path}' is in use by another process.")
        case apsw.NotADBError() | apsw.CorruptError():
            sentence = f"The file '{path}' is no sound database: {failure}."
        case apsw.CantOpenError():
            sentence = f"The database '{path}' cannot be opened."
        case _:
            sentence = f"The database '{path}' fails: {failure}."
    return Problem(kind, sentence)


def _is_full(path: Path) -> bool:
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < 1 << 20
