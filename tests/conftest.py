"""Fixtures for everybody: an event loop, and the store on every engine."""

import asyncio
import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psycopg
import pytest

import beffroi
from beffroi.store.opening import open_store
from beffroi.store.port import Indexer, Store
from beffroi.store.postgres.connecting import prepare

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
POSTGIS = Path("/usr/share/postgresql/15/extension/postgis.control")
MEMORY = Path("/dev/shm")
ROOM_IN_MEMORY = 2_000_000_000
FOLDER = "beffroi-postgres-"
_DATABASES = itertools.count()

SOURCES = Path(__file__).parents[1] / "src"
if Path(beffroi.__file__).is_relative_to(SOURCES):  # so that programs which a test starts run the same
    os.environ["PYTHONPATH"] = str(SOURCES)

T = TypeVar("T")


class Run(Protocol):
    """`run(coroutine)` on the test's own event loop; what it returns is what the coroutine returns."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T: ...


OpenEngine = Callable[[Mapping[str, Indexer]], Store]


def pytest_configure(config: pytest.Config) -> None:
    """Where the environment wants no compiled modules beside their source, the tests and the many programs that
    they start would compile all of them each time: they keep them in the cache of the tests instead."""
    cache = getattr(config, "cache", None)  # a plugin that can be left out
    if cache is not None and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(cache.mkdir("compiled"))
        sys.dont_write_bytecode = False


class PostgresServer:
    """Started by the tests and stopped by them; PostgreSQL refuses to run as root, so root steps down.

    It has two databases to copy: `beffroi` with PostGIS, and `begun` with the tables of a store that was opened.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._admin: psycopg.Connection[Any] | None = None
        self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] * (os.geteuid() == 0)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "PostgresServer":
        if self._as:
            shutil.chown(self.directory, "postgres", "postgres")
        options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", f"--pgdata={self.directory / 'data'}", *options)
        self.start()
        self.command("CREATE DATABASE beffroi")
        self.command("CREATE EXTENSION postgis", "beffroi")
        self.command("CREATE DATABASE begun TEMPLATE beffroi")
        asyncio.run(prepare(self.address("begun")))
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGINT)
        shutil.rmtree(self.directory)

    def start(self) -> None:
        # Should the tests be killed, the server goes with them.
        command = [*(self._as or ["setpriv"]), "--pdeathsig=INT"]
        command += [str(PROGRAMS / "postgres"), "-D", str(self.directory / "data")]
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.directory),
            "shared_buffers": "64MB",
            "max_wal_size": "256MB",
        }
        command += [f"--{name}={value}" for name, value in settings.items()]
        for _ in range(600):
            if self._process is None or self._process.poll() is not None:  # the killed one may still be dying
                with (self.directory / "log").open("ab") as log:
                    self._process = subprocess.Popen(
                        command, cwd=self.directory, stdout=log, stderr=log, start_new_session=True
                    )
            if self._run("pg_isready", "--host", str(self.directory), check=False) == 0:
                return
            time.sleep(0.05)
        pytest.fail((self.directory / "log").read_text()[-2000:])

    def stop(self, by: signal.Signals) -> None:
        """Stop the server and wait; SIGKILL goes to all its processes at once."""
        assert self._process is not None
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        pid = self._process.pid
        backends = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self._process.send_signal(by)
        for backend in backends if by == signal.SIGKILL else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(backend), by)
        self._process.wait()
        self._process = None

    def address(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.directory}"

    def command(self, sql: str, database: str = "postgres") -> None:
        if database == "postgres":
            self._administer(sql)
        else:
            with psycopg.connect(self.address(database), autocommit=True) as connection:
                connection.execute(sql)

    def copy(self, template: str, name: str) -> None:
        """A database like the template. Its files are copied where that is memory; elsewhere a copy of files
        waits for the disk longer than one that the server logs."""
        strategy = "FILE_COPY" if MEMORY in self.directory.parents else "WAL_LOG"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY {strategy}")

    def _administer(self, sql: str) -> None:
        if self._admin is None or self._admin.closed:
            self._admin = psycopg.connect(self.address("postgres"), autocommit=True)
        self._admin.execute(sql)

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        command = [*self._as, str(PROGRAMS / program), *arguments]
        done = subprocess.run(command, cwd=self.directory, check=False, capture_output=True)
        if check and done.returncode:
            pytest.fail(done.stderr.decode())
        return done.returncode


@pytest.fixture
def run() -> Iterator[Run]:
    """`run(coroutine)` on the test's own event loop."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    """What `store` indexes; a module that needs some overrides this fixture."""
    return {}


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the engine under test."""
    return str(request.param)


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of this engine."""
    match engine:
        case "memory":
            return "memory:"
        case "sqlite":
            return f"sqlite:{tmp_path / 'store.db'}"
        case _:
            return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def open_engine(database: str, run: Run) -> Iterator[Callable[[Mapping[str, Indexer]], Store]]:
    """`open_engine(indexers)`: open the test's database, once more at every call; closed at the end."""
    opened: list[Store] = []

    def open_one(indexers: Mapping[str, Indexer]) -> Store:
        opened.append(run(open_store(database, indexers)))
        return opened[-1]

    yield open_one
    for store in opened:
        run(store.close())


@pytest.fixture
def store(open_engine: Callable[[Mapping[str, Indexer]], Store], indexers: Mapping[str, Indexer]) -> Store:
    """An empty store, on each engine in turn."""
    return open_engine(indexers)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL of our own for the session, on a socket in a directory of its own."""
    if not PROGRAMS.exists() or not POSTGIS.exists():
        pytest.skip("PostgreSQL is not there: `apt-get install postgresql postgresql-15-postgis-3`.")
    folder = _in_memory()
    if folder:
        _forget_killed(folder)
    with PostgresServer(Path(tempfile.mkdtemp(prefix=FOLDER, dir=folder))) as server:
        yield server


def _in_memory() -> Path | None:
    """A folder that is kept in memory, where a machine has room there: a server that makes and drops a database
    for each test syncs all the time, and none of these tests cuts the power."""
    room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free
    return MEMORY if room > ROOM_IN_MEMORY else None


def _forget_killed(folder: Path) -> None:
    """Free the memory that tests which were killed hold: servers that ended more than an hour ago."""
    for left in folder.glob(f"{FOLDER}*"):
        with contextlib.suppress(OSError):
            if not (left / "data" / "postmaster.pid").exists() and left.stat().st_mtime < time.time() - 3600:
                shutil.rmtree(left)


@pytest.fixture
def postgres_database(postgres_server: PostgresServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database with the tables of a store, and nothing in them."""
    name = f"test_{next(_DATABASES)}"
    postgres_server.copy("begun", name)
    yield postgres_server.address(name)
    postgres_server.command(f"DROP DATABASE {name} WITH (FORCE)")
