"""Open sessions, bring the tables up to date, and tell PostgreSQL's errors as ours."""

from pathlib import Path
from typing import Final, TypeAlias, cast

import psycopg
from psycopg import AsyncConnection, conninfo, errors
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from beffroi.kernel.problem import Problem, StorageFull, Unavailable
from beffroi.store.port import Raced
from beffroi.store.wording import Row, Sql

FULL: Final = "The disk of the database is full."
NO_ROOM: Final = "could not write init file"
"""What PostgreSQL says to who connects while its disk is full."""
MIGRATIONS = Path(__file__).parent / "migrations"

MIGRATING = 0x42454646_00
CATALOG = 0x42454646_01
"""Writers share this lock; whoever changes which paths are indexed has it alone."""
ORDER = 0x42454646_02
"""Held from the giving out of numbers to the commit, so that no lower number appears later."""
BUILDING = 0x42454646_03
"""Held by the one process that builds or drops an index at the moment."""

_SESSION = (
    "SET search_path = public",
    "SET jit = off",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET idle_in_transaction_session_timeout = '60s'",
)
_PATIENCE = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}

Connection: TypeAlias = "AsyncConnection[TupleRow]"


class Session:
    """One connection that is opened when it is needed, and again after it was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection | None = None

    async def run(self, *statements: Sql) -> list[list[Row]]:
        """Run statements in one round trip; the rows of each. Raises Problem or Raced."""
        try:
            connection = await self._connected()
            if len(statements) == 1:
                return [await _run(connection, statements[0])]
            async with connection.pipeline():
                cursors = [await _start(connection, statement) for statement in statements]
            return [await _rows(cursor) for cursor in cursors]
        except psycopg.Error as failure:
            raise problem_of(failure) from failure

    async def roll_back(self) -> None:
        """End a transaction, if there is one, and let go of a connection that does not answer."""
        connection = self._connection
        if connection is None or connection.info.transaction_status == TransactionStatus.IDLE:
            return
        try:
            await connection.execute("ROLLBACK")
        except psycopg.Error:
            await self.close()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connected(self) -> Connection:
        connection = self._connection
        if connection is not None and not connection.closed:
            return connection
        opened = await AsyncConnection.connect(
            conninfo.make_conninfo(self._url, **_PATIENCE), autocommit=True
        )
        try:
            for setting in _SESSION:
                await opened.execute(setting.encode())
        except BaseException:
            await opened.close()
            raise
        self._connection = opened
        return opened


async def prepare(url: str) -> None:
    """Check that this database keeps its promises, and migrate its tables where needed."""
    session = Session(url)
    try:
        for setting in ("synchronous_commit", "fsync"):
            ((value,),) = (await session.run(Sql(f"SHOW {setting}")))[0]
            if value == "off":
                raise Problem(
                    Unavailable, f"The database has '{setting} = off': it may lose what it confirmed."
                )
        await session.run(Sql("BEGIN"), Sql("SELECT pg_advisory_xact_lock(?)", (MIGRATING,)))
        await _need_postgis(session)
        await _migrate(session)
        await session.run(Sql("COMMIT"))
    finally:
        await session.close()


async def _need_postgis(session: Session) -> None:
    installed = (await session.run(Sql("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")))[0]
    if installed:
        return
    try:
        await session.run(Sql("CREATE EXTENSION postgis"))
    except (Problem, Raced) as failure:
        sentence = (
            "The database has no PostGIS: install it and let an administrator run 'CREATE EXTENSION postgis'."
        )
        raise Problem(Unavailable, sentence) from failure


async def _migrate(session: Session) -> None:
    steps = sorted(MIGRATIONS.glob("*.sql"))
    await session.run(Sql("CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY)"))
    done = (await session.run(Sql("SELECT coalesce(max(number), 0) FROM migration")))[0][0][0]
    assert isinstance(done, int)
    if done > len(steps):
        raise Problem(Unavailable, "The database was written by a newer version of beffroi.")
    for number, step in enumerate(steps[done:], done + 1):
        await session.run(Sql(step.read_text()))
        await session.run(Sql("INSERT INTO migration VALUES (?)", (number,)))


def problem_of(failure: psycopg.Error) -> Problem | Raced:
    match failure:
        case errors.DiskFull():
            return Problem(StorageFull, FULL)
        case errors.UniqueViolation() | errors.SerializationFailure() | errors.DeadlockDetected():
            return Raced()
        case errors.InsufficientPrivilege():
            return Problem(Unavailable, f"The database refuses: {_sentence(failure)}")
        case psycopg.OperationalError() if NO_ROOM in str(failure):
            return Problem(StorageFull, FULL)
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return Problem(
                Unavailable, f"The database does not answer: {_sentence(failure)}", {"Retry-After": "2"}
            )
        case _:
            return Problem(Unavailable, f"The database fails: {_sentence(failure)}")


def escaped(text: str) -> str:
    r"""A name as it is stored: PostgreSQL's texts cannot hold a NUL.

    >>> escaped("a\0b\\c")
    'a\\0b\\\\c'
    """
    if "\0" in text or "\\" in text:
        return text.replace("\\", "\\\\").replace("\0", "\\0")
    return text


def unescaped(text: str) -> str:
    r"""The name again.

    >>> unescaped('a\\0b\\\\0')
    'a\x00b\\0'
    """
    if "\\" not in text:
        return text
    return "\\".join(part.replace("\\0", "\0") for part in text.split("\\\\"))


async def _run(connection: Connection, statement: Sql) -> list[Row]:
    return await _rows(await _start(connection, statement))


async def _start(connection: Connection, statement: Sql) -> "psycopg.AsyncCursor[TupleRow]":
    text = statement.text.replace("?", "%b").encode()
    return await connection.execute(text, [_bound(value) for value in statement.parameters] or None)


async def _rows(cursor: "psycopg.AsyncCursor[TupleRow]") -> list[Row]:
    return cast("list[Row]", await cursor.fetchall()) if cursor.description else []


def _bound(value: object) -> object:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, list):
        return [escaped(one) if isinstance(one, str) else one for one in cast("list[object]", value)]
    return value


def _sentence(failure: psycopg.Error) -> str:
    return " ".join(str(failure).split())[:200].rstrip(".") + "."
