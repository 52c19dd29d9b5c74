"""A full disk: writes are refused with 507, reads go on, and when there is room again so do writes."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.node.process import ENTITIES, Answer, NodeProcess, room
from tests.node.test_stopping import start_check

BATCH = "/ngsi-ld/v1/entityOperations"
MEGABYTE = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={24 * MEGABYTE}", "none", str(folder)]
    mounted = subprocess.run(command, check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip(f"Nothing can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(file: Path, leave: int) -> None:
    """Take all room on the disk but so many bytes."""
    disk = os.statvfs(file.parent)
    with file.open("ab") as filler:
        filler.write(b"\0" * max(0, disk.f_bavail * disk.f_frsize - leave))


def is_refused(answer: Answer) -> bool:
    if answer.status == 507:
        assert answer.json["type"] == "about:blank"
        assert "is full" in answer.json["detail"]
        return True
    assert answer.status in {201, 204}, answer
    return False


def until_health_is(node: NodeProcess, status: str) -> Any:
    """What is told of the health once it is this."""
    until = time.monotonic() + 20
    while (answer := node.get("/health")).json["status"] != status and time.monotonic() < until:
        time.sleep(0.2)
    assert (answer.status, answer.json["status"]) == (200, status)
    return answer.json


def test_a_full_disk_refuses_writes_loses_nothing_and_is_left_again(tmp_path: Path, small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with NodeProcess(tmp_path, str(small_disk / "data")) as node:
        assert node.call("POST", ENTITIES, room("first", n=0)).status == 201
        fill(ballast, 3 * MEGABYTE)
        acknowledged, refused, newest = set[str](), 0, 0
        for number in range(5_000):
            name = f"{number}"
            if is_refused(node.call("POST", ENTITIES, room(name, note="x" * 5_000))):
                refused += 1
            else:
                acknowledged.add(f"urn:ngsi-ld:Room:{name}")
            if refused >= 20:
                break
            fragment = {"n": {"type": "Property", "value": number}}
            if not is_refused(node.call("PATCH", f"{ENTITIES}/urn:ngsi-ld:Room:first", fragment)):
                newest = number
        assert refused >= 20, "the disk never filled"
        assert acknowledged
        batch = [room(f"batch-{n}", note="x" * 5_000) for n in range(200)]
        assert is_refused(node.call("POST", f"{BATCH}/create", batch))

        answer = node.get(f"{ENTITIES}?type=Room&limit=0&count=true")
        there = int(answer.headers["ngsild-results-count"])
        print(f"{len(acknowledged)} acknowledged, {refused} refused, {there} there")
        assert there == len(acknowledged) + 1
        first = node.get(f"{ENTITIES}/urn:ngsi-ld:Room:first")
        assert first.json["n"]["value"] == newest
        assert node.get("/ogc/collections/Room/items?limit=10").status == 200
        assert node.get("/fr/types").status == 200
        assert until_health_is(node, "warn")["checks"]["storage:writes"][0]["status"] == "fail"

        ballast.unlink()
        assert until_health_is(node, "pass") == {"status": "pass"}
        assert node.call("POST", ENTITIES, room("after", n=1)).status == 201
        assert node.call("POST", f"{BATCH}/create", batch).status == 201

        node.kill()
        node.start()
        found = {entity["id"] for entity in node.get(f"{ENTITIES}?type=Room&limit=1000").json}
        assert acknowledged <= found
        assert {entity["id"] for entity in batch} <= found


def test_a_node_starts_on_a_full_disk_and_serves_what_it_has(tmp_path: Path, small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with NodeProcess(tmp_path, str(small_disk / "data")) as node:
        assert node.call("POST", ENTITIES, room(1, n=1)).status == 201
        node.kill()
        fill(ballast, 0)
        node.start()
        assert node.get(f"{ENTITIES}/urn:ngsi-ld:Room:1").status == 200
        assert is_refused(node.call("POST", ENTITIES, room(2, note="x" * 100_000)))
        ballast.unlink()
        assert node.call("POST", ENTITIES, room(2, n=2)).status == 201


def test_a_check_that_ends_on_a_full_disk_does_not_end_the_node(tmp_path: Path, small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        NodeProcess(tmp_path, str(small_disk / "data")) as node,
    ):
        start_check(node, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        client, _ = silent.accept()
        fill(ballast, 0)
        silent.close()
        client.close()
        until = time.monotonic() + 60
        while "stands still" not in node.told() and time.monotonic() < until:
            time.sleep(0.2)
        assert "is full" in node.told()
        assert node.get("/health").status == 200
        ballast.unlink()
        assert node.call("POST", ENTITIES, room(1, n=1)).status == 201
