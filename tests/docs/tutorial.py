"""Run a document as a reader does: its fenced blocks, in order, in one shell."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = frozenset({"text", "json", "http"})
LONGEST_S = 60.0
NORMAL = (
    (re.compile(r"urn:uuid:[0-9a-f-]{36}"), "urn:uuid:…"),
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One block that is run (`bash`) or saved (`python`), and the answer that the text shows for it."""

    line: int
    language: str
    text: str
    shown: str | None


def steps(document: str) -> Iterator[Step]:
    """The blocks of a document; a block in any other language is for people only."""
    blocks = [
        (m.group(1), m.group(2), document.count("\n", 0, m.start()) + 1) for m in BLOCK.finditer(document)
    ]
    for n, (language, text, line) in enumerate(blocks):
        if language in {"bash", "python"}:
            after = blocks[n + 1] if n + 1 < len(blocks) else ("", "", 0)
            yield Step(line, language, text, after[1] if after[0] in SHOWN else None)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def replaced(text: str, words: Mapping[str, str]) -> str:
    """`text` with whole words replaced."""
    pattern = "|".join(map(re.escape, words))
    return re.sub(rf"\b({pattern})\b", lambda match: words[match.group(1)], text)


def normal(text: str) -> str:
    """`text` without what differs from run to run or from terminal to terminal: made-up ids, colours, blanks."""
    for pattern, instead in NORMAL:
        text = pattern.sub(instead, text)
    return text.strip()


def agrees(shown: str, said: str) -> bool:
    """Whether an answer is the one that is shown; `…` stands for anything.

    >>> agrees("Partial. 1… of 25", "Partial. 18 of 25"), agrees("[]", "[1]")
    (True, False)
    """
    parts = map(re.escape, normal(shown).split("…"))
    return re.fullmatch(".*".join(parts), normal(said)) is not None


class Reader:
    """A terminal in an empty folder, with the program on its path; what it starts ends with it."""

    def __init__(self, folder: Path, ports: Mapping[str, str]) -> None:
        self._folder = folder
        self._ports = ports
        self._back = {actual: written for written, actual in ports.items()}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-euo", "pipefail"],
            cwd=folder,
            env={**os.environ, "PATH": path, "NO_COLOR": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def do(self, step: Step) -> str:
        """Run or save one block; what it printed, with the ports of the document."""
        text = replaced(step.text, self._ports)
        if step.language == "python":
            name = text.partition("\n")[0].removeprefix("# ").strip()
            assert re.fullmatch(r"\w+\.py", name), f"Line {step.line}: the first line names no file."
            (self._folder / name).write_text(text, "utf-8")
            return ""
        return replaced(self._run(text, step.line), self._back)

    def _run(self, text: str, line: int) -> str:
        assert self._shell.stdin is not None
        out = self._folder / f"line-{line}.out"
        script = self._folder / f"line-{line}.sh"
        script.write_text(text, "utf-8")
        # sourced in the reader's one shell, so that names and background jobs stay; the mark says that it ended
        self._shell.stdin.write(f"source '{script}' > '{out}' 2>&1\necho done\n".encode())
        self._shell.stdin.flush()
        if not self._ended():
            raise AssertionError(
                f"Line {line} failed:\n{text}\n{out.read_text('utf-8') if out.exists() else ''}"
            )
        return out.read_text("utf-8")

    def _ended(self) -> bool:
        """True when the shell says that the block ended; False when the shell ended or takes too long."""
        assert self._shell.stdout is not None
        with DefaultSelector() as selector:
            selector.register(self._shell.stdout, EVENT_READ)
            if not selector.select(LONGEST_S):
                return False
        return self._shell.stdout.readline() == b"done\n"

    def leave(self) -> None:
        """Close the terminal and everything that was started in it."""
        with suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGTERM)
        self._shell.communicate(timeout=20)
