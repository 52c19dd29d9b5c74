"""Run a solution's program as a process of its own: its own environment, bounded, its words kept in a file.

A program is a folder with `manifest.json` and a Python package named as the id in it (hyphens as
underscores); it is started as `python -m PACKAGE --config FILE`. Which folder is the operator's word alone:
nothing that a manifest or another node says is ever run.
"""

import asyncio
import os
import resource
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from beffroi.kernel.json import JsonObject, decode, encode
from beffroi.kernel.problem import BadRequestData, Problem

MOST_MEMORY: Final = 1 << 30
MOST_FILES: Final = 256
MOST_FILE_BYTES: Final = 256 << 20
LAST_BYTES: Final = 8_000
END_S: Final = 15.0
PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TZ")


@dataclass(frozen=True, slots=True)
class Start:
    """What is started: the folder and the package of a program, the folder that it works in, its
    configuration; `secrets` go to its environment and to no file."""

    folder: Path
    module: str
    work: Path
    config: Path
    secrets: Mapping[str, str]

    @property
    def log(self) -> Path:
        return self.work / "program.log"


@dataclass(frozen=True, slots=True)
class Program:
    """A program that runs, and where its words are."""

    process: Process
    log: Path

    @property
    def ended(self) -> bool:
        return self.process.returncode is not None

    @property
    def reason(self) -> str:
        """Why it ended, as far as it said so."""
        code = self.process.returncode
        how = f"signal {-code}" if code is not None and code < 0 else f"code {code}"
        return f"The program ended with {how}: {self.last or 'it said nothing'}"

    @property
    def last(self) -> str:
        """The last reason that it gave in a line of JSON, or else its last lines."""
        lines = _tail(self.log).decode(errors="replace").splitlines()
        told = [reason for line in lines if (reason := _reason_in(line))]
        return (told[-1] if told else " ".join(line.strip() for line in lines[-3:]))[:500]


def prepare(
    folder: Path,
    id: str,
    config: JsonObject,
    files: Mapping[str, JsonObject],
    work: Path,
    secrets: Mapping[str, str],
) -> Start:
    """Write the configuration and the files beside it. Raises Problem(BadRequestData) for a folder that does
    not have the program."""
    module = id.replace("-", "_")
    if not (folder / module / "__main__.py").is_file():
        raise Problem(BadRequestData, f"'{folder}' has no program: '{module}/__main__.py' is missing.")
    work.mkdir(parents=True, exist_ok=True)
    for name, content in {**files, "config.json": config}.items():
        (work / name).write_bytes(encode(content))
    return Start(folder.resolve(), module, work.resolve(), (work / "config.json").resolve(), secrets)


@asynccontextmanager
async def running(start: Start) -> AsyncGenerator[Program]:
    """Start a program; at the end of the block it is asked to end, then made to, with all it has started."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    with start.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-B", "-m", start.module, "--config", str(start.config),
            cwd=start.work, env={**kept, "PYTHONPATH": str(start.folder), **start.secrets},
            stdin=DEVNULL, stdout=DEVNULL, stderr=log, start_new_session=True,
        )  # fmt: skip
    _bound(process.pid)
    try:
        yield Program(process, start.log)
    finally:
        await _end(process)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _bound(pid: int) -> None:
    """So much memory, so many files, so large ones, no core; a program that has ended needs none of it."""
    limits = (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_NOFILE, MOST_FILES),
        (resource.RLIMIT_FSIZE, MOST_FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    )
    with suppress(ProcessLookupError):
        for limit, most in limits:
            resource.prlimit(pid, limit, (most, most))


def _tail(log: Path) -> bytes:
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - LAST_BYTES, 0))
        return file.read(LAST_BYTES)


def _reason_in(line: str) -> str:
    try:
        found = decode(line.encode())
    except Problem:
        return ""
    return str(found.get("reason", "")) if isinstance(found, dict) else ""
