"""Take in notifications over HTTP; tell whoever looks that the program is alive."""

import json
import queue
import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from availability.trouble import Unusable

MOST_BYTES = 5_000_000
MOST_WAITING = 10_000


class Listener:
    """A small HTTP server: `POST /notify/<secret>` takes notifications, `GET /` says how things are.

    What comes in waits in `entities`; when that is full, a notification is refused with 503 and the node
    sends it again."""

    def __init__(self, listen: str, callback: str, status: Callable[[], dict[str, Any]]) -> None:
        host, _, port = listen.rpartition(":")
        self.entities: queue.Queue[dict[str, Any]] = queue.Queue(MOST_WAITING)
        self.came = threading.Event()
        self._taking = threading.Lock()
        path = f"/notify/{secrets.token_urlsafe(16)}"
        self.status = status
        handler = type("Handler", (_Handler,), {"listener": self, "notify": path})
        try:
            self._server = ThreadingHTTPServer((host or "127.0.0.1", int(port)), handler)
        except (OSError, ValueError, OverflowError) as failure:
            raise Unusable(f"Nothing can listen at '{listen}': {failure}") from failure
        self._server.daemon_threads = True
        bound = self._server.server_address[1]
        self.address = callback.rstrip("/") or f"http://{host or '127.0.0.1'}:{bound}"
        self.callback = f"{self.address}{path}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, entities: list[dict[str, Any]]) -> bool:
        """Let entities wait; False if there is no room for all of them."""
        with self._taking:
            if self.entities.qsize() + len(entities) > MOST_WAITING:
                return False
            for entity in entities:
                self.entities.put_nowait(entity)
        self.came.set()
        return True

    def drain(self) -> list[dict[str, Any]]:
        """Everything that waits."""
        self.came.clear()
        found: list[dict[str, Any]] = []
        while len(found) < MOST_WAITING:
            try:
                found.append(self.entities.get_nowait())
            except queue.Empty:
                break
        return found


def _entities(content: bytes) -> list[dict[str, Any]]:
    """What a notification tells of. Raises ValueError."""
    said = json.loads(content)
    if not isinstance(said, dict) or not isinstance(said.get("data"), list):
        raise ValueError("That is no notification.")
    return [each for each in said["data"] if isinstance(each, dict)]


class _Handler(BaseHTTPRequestHandler):
    """Answers one request; a listener makes its own class of it."""

    listener: Listener
    notify: str
    timeout = 20

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if self.path != self.notify:
            return self._answer(404, {"detail": "There is nothing here."})
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return self._answer(413, {"detail": f"A notification has at most {MOST_BYTES} bytes."})
        try:
            entities = _entities(self.rfile.read(int(length)))
        except ValueError as failure:
            return self._answer(400, {"detail": str(failure)})
        if not self.listener.take(entities):
            return self._answer(503, {"detail": "Too much waits; please send it again."})
        return self._answer(204, None)

    def do_GET(self) -> None:
        if self.path == "/":
            return self._answer(200, self.listener.status())
        return self._answer(404, {"detail": "There is nothing here."})

    def _answer(self, code: int, body: dict[str, Any] | None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(code)
        if content:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""
