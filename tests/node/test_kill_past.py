"""kill -9 while a past is provided and deleted: what was acknowledged is there or gone, whole."""

import http.client
import json
import random
import threading
import time
from pathlib import Path
from typing import Any

from tests.node.process import NodeProcess

ROUNDS = 4
LIFE_S = (0.6, 1.6)
PASTS = "/ngsi-ld/v1/temporal/entities"


class Writer:
    """One meter: provides a day after the other, and deletes an attribute or all of it now and then."""

    def __init__(self, port: int, name: int, chance: random.Random) -> None:
        self.port, self.id, self.chance = port, f"urn:ngsi-ld:Meter:{name}", chance
        self.there: set[int] = set()
        self.unsure: set[int] = set()
        self.may_be_empty = False
        self.day = 0
        self.acknowledged = 0

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            while True:
                self._step(connection)
        except (OSError, http.client.HTTPException):
            return  # the node is gone

    def _step(self, connection: http.client.HTTPConnection) -> None:
        if self.there and self.chance.random() < 0.05:
            self.may_be_empty = True
            path = f"{PASTS}/{self.id}" + self.chance.choice(["", "/attrs/energy"])
            self._send(connection, "DELETE", path, None)
            self.there, self.may_be_empty = set(), False
            return
        new = set(range(self.day, self.day + 30))
        self.day += 30
        self.unsure = new
        body = {"id": self.id, "type": "Meter", "energy": [reading(n) for n in new]}
        self._send(connection, "POST", PASTS, body)
        self.there |= new
        self.unsure = set()

    def _send(self, connection: http.client.HTTPConnection, method: str, path: str, body: object) -> None:
        content = json.dumps(body).encode() if body is not None else b""
        connection.request(method, path, content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status in {201, 204}
        self.acknowledged += 1

    def check(self, found: set[int]) -> None:
        """What was not acknowledged is there whole or not at all."""
        whole = [self.there, self.there | self.unsure, *([set[int]()] if self.may_be_empty else [])]
        assert found in whole
        self.there, self.unsure, self.may_be_empty = found, set(), False


def reading(n: int) -> dict[str, object]:
    return {"type": "Property", "value": n, "observedAt": moment(n)}


def moment(n: int) -> str:
    return f"{2000 + n // 336:04}-{1 + n // 28 % 12:02}-{1 + n % 28:02}T00:00:00Z"


def read(node: NodeProcess, entity_id: str) -> set[int]:
    values: set[int] = set()
    since, status = moment(0), 206
    while status == 206:
        query = f"timerel=after&timeAt={since}&attrs=energy"
        got = node.get(f"{PASTS}/{entity_id}?{query}")
        if got.status == 404:
            return set()
        found: list[dict[str, Any]] = got.json.get("energy", [])
        values |= {each["value"] for each in found}
        status = got.status
        since = found[-1]["observedAt"] if found else since
    return values


def test_an_acknowledged_past_is_there_whole_after_a_kill(tmp_path: Path) -> None:
    chance = random.Random(7)
    node = NodeProcess(tmp_path, str(tmp_path / "city.db"))
    writers: list[Writer] = []
    for _ in range(ROUNDS):
        node.start()
        writers = writers or [Writer(node.port, name, random.Random(name)) for name in range(3)]
        threads = [threading.Thread(target=writer.run) for writer in writers]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(*LIFE_S))
        node.kill()
        for thread in threads:
            thread.join()
        node.start()
        for writer in writers:
            writer.check(read(node, writer.id))
        node.stop()
    assert sum(writer.acknowledged for writer in writers) > 100
