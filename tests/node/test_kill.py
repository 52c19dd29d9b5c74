"""kill -9 at random moments under load: what was acknowledged is there, whole, and was told to subscribers."""

import http.client
import json
import os
import random
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from tests.node.process import ENTITIES, NodeProcess, exchange, room

ROUNDS = 8
LIFE_S = (0.4, 1.6)
ENOUGH = 20_000
IN_BATCH = 40
BATCHES = 10
BATCH = "/ngsi-ld/v1/entityOperations"
COUNTERS = 3
MOST_SECONDS = 45.0


class Receiver(ThreadingHTTPServer):
    """Counts what notifications tell: entity and value."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.told: set[tuple[str, int]] = set()
        self.notifications = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                owner.notifications += 1
                for entity in body["data"]:
                    owner.told.add((entity["id"], entity["n"]))
                self.send_response(204)
                self.end_headers()

            @override
            def log_message(self, format: str, *arguments: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A node that is killed leaves its connections half-way."""


class Writers:
    """What was asked and what was acknowledged, over all rounds."""

    def __init__(self, node: NodeProcess) -> None:
        self._node = node
        self.created: set[str] = set()
        self.batches: dict[str, int] = {}
        self.counters: dict[str, int] = {}
        self.asked: dict[str, int] = defaultdict(int)
        self.acknowledged = 0
        self.strange: list[object] = []
        self.told: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def run(self, stopped: threading.Event, turn: int) -> list[threading.Thread]:
        work = [
            *(lambda c, k=k: self._create(c, turn, k) for k in range(2)),
            *(lambda c, k=k: self._batch(c, k) for k in range(3)),
            *(lambda c, k=k: self._count(c, k) for k in range(COUNTERS)),
        ]
        threads = [threading.Thread(target=self._repeat, args=(stopped, each)) for each in work]
        for thread in threads:
            thread.start()
        return threads

    def _repeat(self, stopped: threading.Event, work: Any) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._node.port, timeout=30)
        while not stopped.is_set():
            try:
                work(connection)
            except (OSError, http.client.HTTPException):
                break  # the node is gone
        connection.close()

    def _next(self, name: str) -> int:
        with self._lock:
            self.asked[name] += 1
            return self.asked[name]

    def _create(self, connection: http.client.HTTPConnection, turn: int, writer: int) -> None:
        name = f"{turn}-{writer}-{self._next(f'create-{turn}-{writer}')}"
        if self._is(exchange(connection, "POST", ENTITIES, room(name, n=1)).status, 201, 1):
            self.created.add(f"urn:ngsi-ld:Room:{name}")

    def _batch(self, connection: http.client.HTTPConnection, writer: int) -> None:
        """One of ten batches of the writer's own, every entity of it with the same number."""
        of = f"batch-{writer}-{random.randrange(BATCHES)}"
        number = self._next(of)
        batch = [{**room(f"{of}-{k}", n=number), "type": "Batch"} for k in range(IN_BATCH)]
        if self._is(exchange(connection, "POST", f"{BATCH}/upsert", batch).status, (201, 204), IN_BATCH):
            self.batches[of] = number

    def _count(self, connection: http.client.HTTPConnection, writer: int) -> None:
        name = f"urn:ngsi-ld:Counter:{writer}"
        number = self._next(name)
        if self._is(
            exchange(
                connection, "PATCH", f"{ENTITIES}/{name}", {"n": {"type": "Property", "value": number}}
            ).status,
            204,
            1,
        ):
            self.counters[name] = number
            self.told.add((name, number))

    def _is(self, status: int, wanted: int | tuple[int, ...], size: int) -> bool:
        good = status in (wanted if isinstance(wanted, tuple) else (wanted,))
        with self._lock:
            if good:
                self.acknowledged += size
            else:
                self.strange.append(status)
        return good


def every(node: NodeProcess, entity_type: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        path = f"{ENTITIES}?type={entity_type}&limit=1000&offset={len(found)}&format=simplified"
        page = node.get(path).json
        found.extend(page)
        if len(page) < 1_000:
            return found


def check_nothing_is_lost(node: NodeProcess, writers: Writers) -> None:
    there = {entity["id"] for entity in every(node, "Room")}
    assert writers.created <= there, f"{len(writers.created - there)} created entities are lost"
    numbers: dict[str, set[int]] = defaultdict(set)
    sizes: dict[str, int] = defaultdict(int)
    for entity in every(node, "Batch"):
        of = entity["id"].removeprefix("urn:ngsi-ld:Room:").rpartition("-")[0]
        numbers[of].add(entity["n"])
        sizes[of] += 1
    for of, acknowledged in writers.batches.items():
        assert sizes[of] == IN_BATCH
        assert len(numbers[of]) == 1, f"half a batch: {numbers[of]}"
        assert numbers[of] <= set(range(acknowledged, writers.asked[of] + 1))
    for name, acknowledged in writers.counters.items():
        number = node.get(f"{ENTITIES}/{name}?format=simplified").json["n"]
        assert acknowledged <= number <= writers.asked[name]


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_the_node_is_killed(tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(4))
    random.seed(seed)
    print(f"seed {seed}")
    starts: list[float] = []
    receiver = Receiver()
    listening = threading.Thread(target=receiver.serve_forever)
    listening.start()
    try:
        with NodeProcess(tmp_path, str(tmp_path / "data")) as node:
            uri = f"http://127.0.0.1:{receiver.server_port}/"
            subscription = {
                "type": "Subscription",
                "entities": [{"type": "Counter"}],
                "notification": {"format": "concise", "endpoint": {"uri": uri}},
            }
            assert node.call("POST", "/ngsi-ld/v1/subscriptions", subscription).status == 201
            for k in range(COUNTERS):
                counter = {"id": f"urn:ngsi-ld:Counter:{k}", "type": "Counter", "n": 0}
                assert node.call("POST", ENTITIES, counter).status == 201
            writers = Writers(node)
            began, turn = time.monotonic(), 0
            while turn < ROUNDS or (
                writers.acknowledged < ENOUGH and time.monotonic() < began + MOST_SECONDS
            ):
                stopped = threading.Event()
                threads = writers.run(stopped, turn)
                time.sleep(random.uniform(*LIFE_S))
                node.kill()
                stopped.set()
                for thread in threads:
                    thread.join()
                node.start()
                starts.append(node.started_in)
                check_nothing_is_lost(node, writers)
                turn += 1
            assert not writers.strange, writers.strange[:5]
            until = time.monotonic() + 60
            while not writers.told <= receiver.told and time.monotonic() < until:
                time.sleep(0.1)
            missing = writers.told - receiver.told
            print(
                f"{turn} kills, {writers.acknowledged} writes acknowledged ({len(writers.created)} created, "
                f"{sum(writers.counters.values())} patched at most), 0 lost; {len(writers.told)} changes to tell, "
                f"{receiver.notifications} notifications, {len(missing)} missing; "
                f"restart in {min(starts):.1f} to {max(starts):.1f} s"
            )
            assert not missing, sorted(missing)[:10]
            assert writers.acknowledged >= ENOUGH
    finally:
        receiver.shutdown()
        listening.join()
        receiver.server_close()
