"""A real node: `python -m beffroi serve` as a process, with what a test needs to talk to it and to end it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import override

START_S = 60.0
STOP_S = 30.0
ENTITIES = "/ngsi-ld/v1/entities"
COMMAND = [sys.executable, "-m", "beffroi"]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @override
    def __repr__(self) -> str:
        return f"{self.status} {dict(self.headers)} {self.body[:500]!r}"


class NodeProcess:
    """`with NodeProcess(folder, "memory:") as node`: started, ready, and at the end asked to end."""

    def __init__(self, folder: Path, data: str, *options: str, host: str = "127.0.0.1") -> None:
        self.data, self.options, self.host = data, options, host
        self.port = free_port()
        self.log = folder / f"node-{self.port}.log"
        self.started_in = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "NodeProcess":
        self.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._process is None:
            return
        if kind is None:
            self.stop()
        else:
            self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        began = time.monotonic()
        address = ["--host", self.host, "--port", str(self.port)]
        command = [*COMMAND, "serve", "--data", self.data, *address, *self.options]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while time.monotonic() < began + START_S:
            if self._process.poll() is not None:
                raise AssertionError(f"The node ended with {self._process.returncode}: {self.told()}")
            if self._answers():
                self.started_in = time.monotonic() - began
                return
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"The node is not ready after {START_S} s: {self.told()}")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> float:
        """Ask the node to end; it has to do so properly. The seconds that it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(by)
        try:
            code = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"The node did not end within {STOP_S} s: {self.told()}") from None
        took = time.monotonic() - began
        self._process = None
        assert code == 0, self.told()
        assert not self._answers(), "something still listens"
        assert "Traceback" not in self.told(), self.told()
        return took

    def signal(self, by: signal.Signals) -> None:
        """Send a signal, if the process is still there."""
        if self._process is not None:
            self._process.send_signal(by)

    def kill(self) -> None:
        """End the node as a power cut would end it, as far as a process can."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def told(self) -> str:
        """What the node has printed and logged so far."""
        return self.log.read_text(errors="replace")

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = 60,
    ) -> Answer:
        """One request on a connection of its own; a body that is not bytes is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            return exchange(connection, method, path, body, headers)
        finally:
            connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.call("GET", path, None, headers)

    def raw(self, sent: bytes, seconds: float = 30.0) -> bytes:
        """All that comes back for these bytes until the node closes. Raises TimeoutError if it does not."""
        with self.connect(seconds) as connection:
            connection.sendall(sent)
            return until_closed(connection)

    def connect(self, seconds: float = 30.0) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def _answers(self) -> bool:
        try:
            self.connect(5).close()
        except OSError:
            return False
        return True


def exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on a connection that stays open."""
    sent = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **sent}
    connection.request(method, path, body, sent)
    with connection.getresponse() as response:  # closed also when the node ends in the middle of it
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())


def until_closed(connection: socket.socket) -> bytes:
    """All that comes until the other side closes; a reset is a close."""
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except ConnectionError:
        pass
    return received


def status_of(received: bytes) -> int:
    """The status in a raw answer; 0 if the connection was closed without one."""
    return int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/1.") else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def beffroi(*arguments: str, folder: Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "1000", "NO_COLOR": "1"},
    )


def room(number: int | str, **attributes: Any) -> dict[str, Any]:
    """An entity to send."""
    return {
        "id": f"urn:ngsi-ld:Room:{number}",
        "type": "Room",
        **{name: {"type": "Property", "value": value} for name, value in attributes.items()},
    }
