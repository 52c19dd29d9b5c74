"""What was written of a request of which a part was not (clauses 5.2.17, 5.2.18, 5.6.3, 5.6.9)."""

from typing import Any

import pytest

from tests.broker.client import LD_JSON, Client

PATH = "/entities/urn:x:1"
P: dict[str, Any] = {"type": "Property", "value": 1}
ONE = {**P, "datasetId": "urn:d:1"}
TWO = {**P, "value": 2, "datasetId": "urn:d:2"}
ROOM: dict[str, Any] = {"id": "urn:x:1", "type": "Room", "p": [P, ONE]}
WRITTEN = "The others were written"


def test_an_append_says_which_instances_were_written(memory_node: Client) -> None:
    memory_node.post("/entities", ROOM)
    body = {"p": [{**ONE, "value": 9}, TWO], "q": P}
    got = memory_node.post(f"{PATH}/attrs?options=noOverwrite", body)
    assert got.status == 207
    assert [name.rpartition("/")[2] for name in got.json["updated"]] == ["p", "q"]
    (kept,) = got.json["notUpdated"]
    assert "the instance with the datasetId 'urn:d:1'" in kept["reason"]
    assert WRITTEN in kept["reason"]
    assert memory_node.get(PATH).json["p"] == [P, ONE, TWO]


@pytest.mark.parametrize("asked", [[P], [{**P, "value": 7}, ONE]])
def test_an_append_of_what_is_there_writes_nothing(memory_node: Client, asked: list[Any]) -> None:
    memory_node.post("/entities", ROOM)
    got = memory_node.post(f"{PATH}/attrs?options=noOverwrite", {"p": asked})
    assert (got.status, got.json["updated"]) == (207, [])
    assert WRITTEN not in got.json["notUpdated"][0]["reason"]


def test_a_batch_says_it_too(memory_node: Client) -> None:
    memory_node.post("/entities", ROOM)
    body = [{"id": "urn:x:1", "type": "Room", "p": [P, TWO]}]
    got = memory_node.post("/entityOperations/update?options=noOverwrite", body)
    assert got.status == 207
    (error,) = got.json["errors"]
    assert error["entityId"] == "urn:x:1"
    assert "the default instance" in error["error"]["detail"]
    assert WRITTEN in error["error"]["detail"]


@pytest.mark.parametrize("member", ["id", "@id"])
def test_an_element_without_a_context_is_named_by_its_id(memory_node: Client, member: str) -> None:
    body = [{member: "urn:x:2", "type": "Room"}, {**ROOM, "@context": {}}, {"type": "Room"}]
    got = memory_node.post("/entityOperations/create", body, Content_Type=LD_JSON)
    assert got.status == 207
    assert got.json["success"] == ["urn:x:1"]
    assert sorted(error["entityId"] for error in got.json["errors"]) == ["", "urn:x:2"]
    assert all("@context" in error["error"]["detail"] for error in got.json["errors"])
