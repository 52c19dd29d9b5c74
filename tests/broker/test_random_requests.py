"""Whatever is asked, the node answers, and what it took in can be read again in every form."""

import pytest

from tests.broker.client import Client
from tests.broker.random_requests import IDS, SHOWN, answers


@pytest.mark.parametrize("seed", range(4))
def test_no_request_fails_and_every_entity_can_be_read_afterwards(memory_node: Client, seed: int) -> None:
    statuses = set[int]()
    for asked, status, _ in answers(memory_node, seed, 600):
        assert status < 500 or status == 501, asked
        statuses.add(status)
        if asked.method != "GET":
            for shown in ("", "options=keyValues&lang=fr", "options=concise,sysAttrs"):
                found = memory_node.send("GET", f"/entities?type=T,U&{shown}")
                assert found.status == 200, asked
    assert {200, 201, 204, 207, 400, 404, 409} <= statuses
    assert {memory_node.send("GET", f"/entities/{id}?{SHOWN[1]}").status for id in IDS} <= {200, 404}
