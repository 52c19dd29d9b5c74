"""The reference solution as others have it: its own folder, its own process, a small fake node."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

FOLDER = Path(__file__).parents[2] / "solutions/availability"
BIKES = "https://smartdatamodels.org/dataModel.Transportation/BikeHireDockingStation"
MAPPING = {
    "mapping": "1",
    "solution": "availability",
    "types": [
        {
            "need": "BikeHireDockingStation",
            "from": "Station",
            "attributes": {
                "availableBikeNumber": {"from": "velos"},
                "totalSlotNumber": {"sum": ["velos", "places"]},
            },
        }
    ],
}


def station(number: int, bikes: Any = 4, at: str = "2026-11-22T12:00:00Z") -> dict[str, Any]:
    """A simulated station in the words of a simulated city."""
    return {
        "id": f"urn:ngsi-ld:Station:{number}",
        "type": "Station",
        "velos": {"type": "Property", "value": bikes, "observedAt": at},
        "places": {"type": "Property", "value": 6, "observedAt": at},
    }


@dataclass
class Fake:
    """A node that answers as it is told; `refuse` maps a method and path to a status."""

    stations: list[Any]
    refuse: dict[str, int] = field(default_factory=dict)
    written: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    subscriptions: list[Any] = field(default_factory=list)
    address: str = ""

    def answer(self, method: str, path: str, body: Any, bearer: str) -> tuple[int, Any, dict[str, str]]:
        route = urlsplit(path).path
        self.asked.append((method, route, bearer))
        status = self.refuse.get(f"{method} {route}", 0)
        if status:
            return status, {"title": "Refused", "detail": f"'{route}' is not granted."}, {}
        match method, route:
            case "GET", "/ngsi-ld/v1/entities":
                query = parse_qs(urlsplit(path).query)
                offset, limit = int(query["offset"][0]), int(query["limit"][0])
                return 200, self.stations[offset : offset + limit], {}
            case "POST", "/ngsi-ld/v1/subscriptions":
                self.subscriptions.append(body)
                return 201, None, {"Location": "/ngsi-ld/v1/subscriptions/1"}
            case "POST", "/ngsi-ld/v1/entityOperations/upsert":
                self.written += body
                return 201, [], {}
            case "POST", "/oauth/token":
                return 200, {"access_token": f"token-{len(self.asked)}", "expires_in": 600}, {}
            case _:
                return 204, None, {}


@contextmanager
def fake_node(*stations: Any) -> Iterator[Fake]:
    node = Fake([*stations])

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("content-length", 0))
            text = self.rfile.read(length)
            body = json.loads(text) if "json" in self.headers.get("content-type", "") and text else None
            bearer = self.headers.get("authorization", "")
            status, said, headers = node.answer(self.command, self.path, body, bearer)
            content = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _do  # noqa: N815

        @override
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    node.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield node
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def configured(folder: Path, node: str, mapping: Any = MAPPING, **more: Any) -> Path:
    (folder / "mapping.json").write_text(json.dumps(mapping))
    path = folder / "config.json"
    path.write_text(json.dumps({"node": node, "mapping": "mapping.json", "state": "state.json", **more}))
    return path


def once(config: Path) -> tuple[int, list[Any]]:
    """Run the program once: its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "availability", "--config", str(config), "--once"],
        cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
        env={"PATH": ""},
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stderr.splitlines()]


@contextmanager
def running(config: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "availability", "--config", str(config)],
        cwd=FOLDER, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, env={"PATH": ""},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)
        if process.stderr is not None:
            process.stderr.close()


def heard(process: "subprocess.Popen[str]", event: str) -> Any:
    """The next line of the program that tells of such an event."""
    assert process.stderr is not None
    for line in process.stderr:
        said = json.loads(line)
        if said["event"] == event:
            return said
    raise AssertionError(f"The program ended without '{event}'.")
