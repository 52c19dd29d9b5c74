"""Serve one node: the HTTP server and everything that runs beside it, until a signal ends them."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from beffroi.app.node import Node
from beffroi.app.opening import open_node
from beffroi.config import Settings
from beffroi.kernel.problem import Problem, Unavailable
from beffroi.web.rsgi import RsgiApplication

LOG = logging.getLogger("beffroi")
HEADER_MILLISECONDS = 15_000
GRACE_SECONDS = 10.0


async def serve(settings: Settings, ready: Callable[[Node, str], None]) -> None:
    """Run a node until SIGINT or SIGTERM; `ready` hears its address once it answers.

    Raises Problem(Unavailable) if the address is taken.
    """
    async with open_node(settings) as node:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with listening(node) as address:
            ready(node, address)
            await stop.wait()


class listening:  # noqa: N801 - reads as a sentence: async with listening(node)
    """The node's HTTP server and its work, running while the block runs; gives its address."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._tasks: asyncio.TaskGroup | None = None
        self._server: Server | None = None

    async def __aenter__(self) -> str:
        settings = self._node.settings
        port = settings.port or free_port(settings.host)
        check_free(settings.host, port)
        self._server = Server(
            RsgiApplication(self._node.answer, settings.base),
            address=settings.host,
            port=port,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
            websockets=False,
            log_enabled=False,
        )
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._tasks.create_task(self._server.serve())
        for work in self._node.work:
            self._tasks.create_task(work())
        await until_open(settings.host, port)
        return settings.base or f"http://{_written(settings.host)}:{port}"

    async def __aexit__(self, *failure: object) -> None:
        self._node.stop()
        if self._server is not None:
            self._server.stop()  # type: ignore[no-untyped-call]
        if self._tasks is not None:
            await self._tasks.__aexit__(None, None, None)


def check_free(host: str, port: int) -> None:
    """Raise Problem(Unavailable) if something else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            raise Problem(
                Unavailable, f"The address {host}:{port} cannot be used: {failure.strerror}."
            ) from failure


def is_free(host: str, port: int) -> bool:
    """Whether the address can be listened on."""
    try:
        check_free(host, port)
    except Problem:
        return False
    return True


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


async def until_open(host: str, port: int) -> None:
    """Return when the port takes connections. Raises TimeoutError after ten seconds."""
    async with asyncio.timeout(GRACE_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host
