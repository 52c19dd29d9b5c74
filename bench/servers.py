"""The two servers that are measured: a node on SQLite, and a bare function on Granian."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

BARE = """
import asyncio, sys
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
ENTITY = b"x" * 1500
class Bare:
    async def __rsgi__(self, scope, protocol):
        if scope.method != "GET":
            async for _ in protocol:
                pass
        protocol.response_bytes(200, [("content-type", "application/json")], ENTITY)
server = Server(Bare(), address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.RSGI,
                http=HTTPModes.http1, websockets=False, log_enabled=False)
asyncio.run(server.serve())
"""

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
"""The cores that the benchmark was given, before it keeps itself to one of them."""


@contextmanager
def node(folder: Path, port: int, source: Path | None = None) -> Iterator[psutil.Process]:
    """A node as `beffroi serve` runs it: SQLite, every write synced; from the source that is given, or else
    from what is installed."""
    command = [sys.executable, "-m", "beffroi", "serve", "--data", str(folder), "--port", str(port)]
    with _running(command, port, {"PYTHONPATH": str(source)} if source else {}) as process:
        yield process


@contextmanager
def bare(port: int) -> Iterator[psutil.Process]:
    """A function that reads the body and answers 1,500 bytes: what a server in Rust does."""
    with _running([sys.executable, "-c", BARE, str(port)], port) as process:
        yield process


@contextmanager
def _running(
    command: list[str], port: int, environment: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    try:
        _pin(process.pid, 0)
        _wait(port)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


class Spent(NamedTuple):
    """Seconds that a process had a core, and that its threads were ready and waited for one."""

    computed: float
    waited: float

    def since(self, before: "Spent") -> "Spent":
        return Spent(self.computed - before.computed, self.waited - before.waited)


def spent(process: psutil.Process) -> Spent:
    """What the process spent so far, to the nanosecond where the system says it."""
    try:
        threads = Path(f"/proc/{process.pid}/task").iterdir()
        told = [(each / "schedstat").read_text().split() for each in threads]
    except OSError:
        times = process.cpu_times()
        return Spent(float(times.user + times.system), 0.0)
    return Spent(sum(int(ran) for ran, *_ in told) / 1e9, sum(int(waited) for _, waited, *_ in told) / 1e9)


def busy(process: psutil.Process) -> float:
    """Seconds of processor time of the process so far."""
    return spent(process).computed


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pin_client() -> None:
    """The load runs on the other core, so that the server has one of its own."""
    _pin(0, 1)


def _pin(pid: int, core: int) -> None:
    if len(CORES) > 1:
        os.sched_setaffinity(pid, {CORES[core]})


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing answers on port {port}")
