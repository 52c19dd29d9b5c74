"""What has passed its expiresAt is not seen any more, and is removed as if somebody had deleted it (4.22)."""

from collections.abc import Callable, Coroutine
from typing import Any

from beffroi.broker.operations.expiry import remove_expired
from beffroi.broker.rules.entity.entity import entity_key
from beffroi.kernel.instant import NO_INSTANT
from beffroi.kernel.json import decode
from tests.broker.client import Client

Run = Callable[[Coroutine[Any, Any, Any]], Any]
ALERT = "urn:ngsi-ld:Alert:1"
PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def _alert(**members: object) -> dict[str, object]:
    return {"id": ALERT, "type": "Alert", "level": {"type": "Property", "value": 1}, **members}


def _traces(node: Client, run: Run) -> list[Any]:
    history = run(node.broker.store.history(entity_key("", ALERT), since=NO_INSTANT, limit=10))
    return [decode(trace.body) for trace in history]


def test_an_expired_entity_is_neither_retrieved_nor_listed(node: Client) -> None:
    node.post("/entities", _alert(expiresAt=PAST))
    assert node.get(f"/entities/{ALERT}").status == 404
    assert node.get("/entities?type=Alert").json == []
    assert node.get("/entities?type=Alert&orderBy=id").json == []


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


def test_only_the_expired_instance_of_an_attribute_goes(node: Client) -> None:
    instances = [
        {"type": "Property", "value": 1, "expiresAt": PAST},
        {"type": "Property", "value": 2, "datasetId": "urn:ngsi-ld:Dataset:2", "expiresAt": FUTURE},
    ]
    node.post("/entities", _alert(depth=instances, gone={"type": "Property", "value": 3, "expiresAt": PAST}))
    shown = node.get(f"/entities/{ALERT}").json
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
    assert [name.rpartition("/")[2] for name in record.body["attrs"]] == ["level"]
    changed = _traces(node, run)[-1]["changed"]
    assert list(changed.values()) == [[]]


def test_what_expires_later_is_left_alone(node: Client, run: Run) -> None:
    node.post("/entities", _alert(expiresAt=FUTURE))
    assert run(remove_expired(node.broker, "")) == 0
