"""What has passed its expiresAt is not seen any more, and is removed as if somebody had deleted it (4.22)."""

import asyncio
from typing import Any

from typing_extensions import override

from beffroi.broker.operations.expiry import lasting, remove_expired
from beffroi.broker.operations.lasting_store import LOOK_S, LastingStore
from beffroi.broker.rules.entity.entity import KIND, entity_key
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.kernel.instant import NO_INSTANT, plus_seconds
from beffroi.kernel.json import decode
from beffroi.store.memory import MemoryStore
from beffroi.store.port import Find, Found, Past, Where
from tests.broker.client import Client, client_of
from tests.conftest import Run

ALERT = "urn:ngsi-ld:Alert:1"
PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def _alert(**members: object) -> dict[str, object]:
    return {"id": ALERT, "type": "Alert", "level": {"type": "Property", "value": 1}, **members}


def _traces(node: Client, run: Run) -> list[Any]:
    history = run(node.broker.store.history(entity_key("", ALERT), Past(10)))
    return [decode(trace.body) for trace in reversed(history)]


def test_an_expired_entity_is_neither_retrieved_nor_listed(node: Client, run: Run) -> None:
    client = client_of(lasting(node.broker), run)
    client.post("/entities", _alert(expiresAt=PAST))
    assert client.get(f"/entities/{ALERT}").status == 404
    assert client.get("/entities?type=Alert").json == []
    assert client.get("/entities?type=Alert&orderBy=id").json == []


def test_an_entity_that_expires_later_is_there(node: Client) -> None:
    node.post("/entities", _alert(expiresAt=FUTURE))
    assert node.get(f"/entities/{ALERT}").status == 200
    assert len(node.get("/entities?type=Alert").json) == 1


def test_an_expired_entity_is_not_found_by_a_write_and_may_be_created_again(node: Client) -> None:
    node.post("/entities", _alert(expiresAt=PAST))
    fragment = {"level": {"type": "Property", "value": 2}}
    assert node.send("PATCH", f"/entities/{ALERT}/attrs", fragment).status == 404
    assert node.post("/entities", _alert()).status == 201
    assert node.get(f"/entities/{ALERT}").json["level"]["value"] == 1


def test_only_the_expired_instance_of_an_attribute_goes(node: Client, run: Run) -> None:
    client = client_of(lasting(node.broker), run)
    instances = [
        {"type": "Property", "value": 1, "expiresAt": PAST},
        {"type": "Property", "value": 2, "datasetId": "urn:ngsi-ld:Dataset:2", "expiresAt": FUTURE},
    ]
    client.post(
        "/entities", _alert(depth=instances, gone={"type": "Property", "value": 3, "expiresAt": PAST})
    )
    shown = client.get(f"/entities/{ALERT}").json
    assert shown["depth"]["value"] == 2
    assert "gone" not in shown


def test_removal_leaves_a_deletion_in_the_history(node: Client, run: Run) -> None:
    node.post("/entities", _alert(expiresAt=PAST))
    assert run(remove_expired(node.broker, "")) == 1
    assert run(remove_expired(node.broker, "")) == 0
    assert run(node.broker.store.read([entity_key("", ALERT)])) == {}
    assert _traces(node, run)[-1]["deleted"] is True


def test_removal_takes_an_expired_attribute_and_leaves_the_rest(node: Client, run: Run) -> None:
    node.post("/entities", _alert(gone={"type": "Property", "value": 3, "expiresAt": PAST}))
    assert run(remove_expired(node.broker, "")) == 1
    (record,) = run(node.broker.store.read([entity_key("", ALERT)])).values()
    left: Any = record.body["attrs"]
    assert [name.rpartition("/")[2] for name in left] == ["level"]
    changed = _traces(node, run)[-1]["changed"]
    assert list(changed.values()) == [[]]


def test_what_expires_later_is_left_alone(node: Client, run: Run) -> None:
    node.post("/entities", _alert(expiresAt=FUTURE))
    assert run(remove_expired(node.broker, "")) == 0


def test_what_has_expired_is_neither_counted_nor_joined_nor_found_by_old_values(
    node: Client, run: Run
) -> None:
    client = client_of(lasting(node.broker), run)
    gone = {"type": "Property", "value": 7, "expiresAt": PAST}
    client.post("/entities", _alert(expiresAt=PAST))
    link = {"type": "Relationship", "object": ALERT}
    client.post("/entities", {"id": "urn:ngsi-ld:Stop:1", "type": "Stop", "alert": link, "depth": gone})
    counted = client.get("/entities?type=Alert&count=true")
    assert (counted.headers["ngsild-results-count"], counted.json) == ("0", [])
    assert client.get("/entities?type=Stop&q=depth==7&count=true").headers["ngsild-results-count"] == "0"
    joined = client.get("/entities/urn:ngsi-ld:Stop:1?join=inline").json["alert"]
    assert "entity" not in joined
    assert client.get("/types").json["typeList"] == ["Stop"]


def test_what_expires_while_nobody_writes_is_not_counted(node: Client, run: Run) -> None:
    client = client_of(lasting(node.broker), run)
    soon = plus_seconds(node.broker.now(), 600)
    client.post("/entities", _alert(expiresAt=soon))
    count = "/entities?type=Alert&count=true"
    assert client.get(count).headers["ngsild-results-count"] == "1"
    while node.broker.now() < soon:
        pass  # each look at this clock is a second
    run(asyncio.sleep(LOOK_S))
    assert client.get(count).headers["ngsild-results-count"] == "0"


class _HeldUp(MemoryStore):
    """Holds up looks for what expires until `go`; counts them."""

    def __init__(self) -> None:
        super().__init__({KIND: ENTITY_INDEX})
        self.go = asyncio.Event()
        self.looks = 0

    @override
    async def find(self, find: Find) -> Found:
        if isinstance(find.where, Where):
            self.looks += 1
            await self.go.wait()
        return await super().find(find)


async def _nothing_left(_: str) -> bool:
    return False


def test_questions_that_wait_for_one_look_go_on_together() -> None:
    async def turns_until_all_are_answered() -> tuple[int, int]:
        held_up = _HeldUp()
        store = LastingStore(held_up, lambda: NO_INSTANT, _nothing_left)
        asked = [asyncio.create_task(store.find(Find("", KIND))) for _ in range(60)]
        await asyncio.sleep(0)
        held_up.go.set()
        turns = 0
        while not all(task.done() for task in asked):
            await asyncio.sleep(0)
            turns += 1
        return held_up.looks, turns

    looks, turns = asyncio.run(turns_until_all_are_answered())
    assert looks == 1
    assert turns < 10


def test_who_waits_for_a_look_that_fails_looks_again() -> None:
    async def answers() -> list[Found | BaseException]:
        held_up = _HeldUp()
        store = LastingStore(held_up, lambda: NO_INSTANT, _nothing_left)
        asked = [asyncio.create_task(store.find(Find("", KIND))) for _ in range(3)]
        await asyncio.sleep(0)
        asked[0].cancel()
        held_up.go.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert held_up.looks == 2
        return found

    cancelled, *others = asyncio.run(answers())
    assert isinstance(cancelled, asyncio.CancelledError)
    assert [found.records for found in others if isinstance(found, Found)] == [[], []]
