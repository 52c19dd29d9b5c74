"""Serve one node: the HTTP server and everything that runs beside it, until a signal ends them."""

import asyncio
import fcntl
import gc
import logging
import resource
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from beffroi.app.node import Node, Work
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.kernel.problem import BadRequestData, Problem, Unavailable
from beffroi.web.limits import Limits
from beffroi.web.pause import pause
from beffroi.web.server import HttpServer

LOG = logging.getLogger("beffroi")
GRACE_SECONDS = 6.0
PAUSE_SECONDS = 5.0
MOST_CONNECTIONS = 10_000
SERVING_LOCK = 0x62656666726F69  # "beffroi"
KEPT_FILES = 1_280
"""File descriptors that connections may not take: databases, deliveries, harvests."""


COLLECT_AFTER = (20_000, 50, 100)
"""New objects before the youngest are looked at, and how often before the older ones are."""


async def serve(settings: Settings, ready: Callable[[Node, str], None]) -> None:
    """Run a node until SIGINT or SIGTERM; `ready` hears its address once it answers.

    Raises Problem(Unavailable) if the address is taken or another node serves the same folder.
    """
    with _alone(settings.data):
        port = settings.port or free_port(settings.host)
        await _serve(replace(settings, port=port), ready)


async def _serve(settings: Settings, ready: Callable[[Node, str], None]) -> None:
    async with open_node(settings) as node:
        _collect_seldom()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with listening(node) as address:
            ready(node, address)
            await stop.wait()


def _collect_seldom() -> None:
    """Look for cyclic garbage less often: a batch of 1,000 entities makes 40,000 objects that are none.

    Measured: looking for it was a quarter of the broker's time in a batch upsert.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


class listening:  # noqa: N801 - reads as a sentence: async with listening(node)
    """The node's HTTP server and its work, running while the block runs; gives its address."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._tasks: asyncio.TaskGroup | None = None
        self._server: HttpServer | None = None
        self._running: list[asyncio.Task[None]] = []
        self._ending = asyncio.Event()

    async def __aenter__(self) -> str:
        settings = self._node.settings
        host = address_of(settings.host)
        port = settings.port or free_port(host)
        listening = bound(host, port)
        limits = Limits(
            most_connections=most_connections(),
            header_seconds=settings.header_seconds,
            body_seconds=settings.body_seconds,
        )
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._server = HttpServer(
            self._node.answer,
            self._tasks.create_task,
            settings.base,
            limits,
            self._node.gate.holders.lines.flush,
            self._node.table.refuse,
        )
        await self._server.open(listening)
        work = [_kept_up(each, self._ending) for each in self._node.work]
        self._running = [self._tasks.create_task(each) for each in (self._server.ended(), *work)]
        return settings.base or f"http://{_written(settings.host)}:{port}"

    async def __aexit__(self, *failure: object) -> None:
        self._ending.set()
        self._node.stop()
        if self._server is None or self._tasks is None:
            return
        self._server.stop()
        # a client may read slowly, a check or a harvest may take minutes
        _, late = await asyncio.wait(self._running, timeout=GRACE_SECONDS)
        for task in late:
            task.cancel()
        self._server.abort()
        await self._tasks.__aexit__(None, None, None)


async def _kept_up(work: Work, ending: asyncio.Event) -> None:
    """Do a work beside the server. One that fails begins again after a pause: the node goes on without it."""
    while not ending.is_set():
        try:
            return await work()
        except Problem as problem:
            LOG.warning("Work beside the server stands still for a moment: %s", problem.detail)
        except Exception:
            LOG.exception("Work beside the server failed and begins again")
        await pause(ending, PAUSE_SECONDS)


@contextmanager
def _alone(data: str) -> Generator[None]:
    """Keep other nodes from serving the same folder: two would deliver every notification twice."""
    scheme, _, database = data.partition(":")
    if scheme in {"postgresql", "postgres"}:
        with _alone_on_postgres(data):
            yield
        return
    if scheme != "sqlite":
        yield
        return
    with _locked(Path(database)):
        yield


@contextmanager
def _alone_on_postgres(url: str) -> Generator[None]:
    """Hold a lock of the database's session: a second node would deliver and harvest everything twice."""
    import psycopg  # noqa: PLC0415 - most nodes have no such database

    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.Error as failure:
        raise Problem(Unavailable, f"The database does not answer: {failure}") from failure
    with connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [SERVING_LOCK]).fetchone()
        if row != (True,):
            raise Problem(Unavailable, "Another node serves this database already.")
        yield


def _locked(database: Path) -> BinaryIO:
    """The file beside a database that says, as long as it is open, that a node serves it."""
    folder = database.parent
    try:
        lock = database.with_name(f"{database.name}-served").open("ab")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as failure:
        raise Problem(Unavailable, f"Another node serves the folder '{folder}' already.") from failure
    except OSError as failure:
        raise Problem(Unavailable, f"The folder '{folder}' cannot be used: {failure.strerror}.") from failure
    return lock


def most_connections() -> int:
    """How many connections may be open at once: as many as there are file descriptors for."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + KEPT_FILES
    if files == resource.RLIM_INFINITY or files >= wanted:
        return MOST_CONNECTIONS
    files = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return max(files - KEPT_FILES, files // 4)


def address_of(host: str) -> str:
    """The address that a name of this machine stands for. Raises Problem for what is none."""
    if not host:
        raise Problem(BadRequestData, "The address to listen on is empty.")
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError) as failure:
        raise Problem(Unavailable, f"The address '{host}' cannot be used: it is not known.") from failure


def bound(host: str, port: int) -> socket.socket:
    """A socket with this address; it does not listen yet. Raises Problem(Unavailable) if something else
    listens there, or if it is no address of ours."""
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError as failure:
        found.close()
        raise Problem(
            Unavailable, f"The address {host}:{port} cannot be used: {failure.strerror}."
        ) from failure
    return found


def is_free(host: str, port: int) -> bool:
    """Whether the address can be listened on."""
    try:
        bound(host, port).close()
    except Problem:
        return False
    return True


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host
