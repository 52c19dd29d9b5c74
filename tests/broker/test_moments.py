"""A DateTime is in UTC with a Z, and has at most six digits after the second (clause 4.6.3)."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.broker.client import Client

PATH = "/entities/urn:x:1"
PAST = "/temporal/entities/urn:x:1"
NEVER = [
    "2026-01-01T01:00:00+01:00",
    "2026-01-01T00:00:00+00:00",
    "2026-01-01T00:00:00-0500",
    "2026-01-01T00:00:00.123456789Z",
    "2026-01-01T00:00:00.1234567Z",
    "2026-01-01T00:00:00.Z",
    "2026-01-01t00:00:00Z",
    "2026-01-01T00:00:00z",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00Z",
    "2026-01-01T25:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01",
    "2026-01-01T00:00:0\u0661Z",
]
TAKEN = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.1Z",
    "2026-01-01T00:00:00.123456Z",
    "2026-01-01T00:00:00,5Z",
]
WATCH: dict[str, Any] = {
    "type": "Subscription",
    "entities": [{"type": "T"}],
    "notification": {"endpoint": {"uri": "https://receiver.example/"}},
}


def entity(**more: Any) -> dict[str, Any]:
    return {"id": "urn:x:1", "type": "T", **more}


def at(moment: str, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": 1, "observedAt": moment, **more}


@pytest.mark.parametrize("moment", NEVER)
def test_what_is_none_is_refused_and_named(memory_node: Client, moment: str) -> None:
    asked = quote(moment, safe="")
    assert memory_node.post("/entities", entity(p=at("2025-01-01T00:00:00Z"))).status == 201
    before = memory_node.get(f"{PATH}?options=sysAttrs").json
    new = {"id": "urn:x:2", "type": "T"}
    refused = [
        memory_node.post("/entities", {**new, "p": at(moment)}),
        memory_node.post("/entities", {**new, "p": at("2025-01-01T00:00:00Z", s=at(moment))}),
        memory_node.post("/entities", {**new, "expiresAt": moment}),
        memory_node.post("/entities", {**new, "p": {"type": "Property", "value": 1, "expiresAt": moment}}),
        memory_node.patch(PATH, {"p": at(moment)}),
        memory_node.patch(f"{PATH}?observedAt={asked}", {"p": 2}),
        memory_node.patch(f"{PATH}/attrs/p", at(moment)),
        memory_node.post("/temporal/entities", {**new, "p": [at(moment)]}),
        memory_node.post("/temporal/entities", {**new, "scope": [at(moment, value="/a")]}),
        memory_node.post("/subscriptions", {**WATCH, "expiresAt": moment}),
    ]
    for number, got in enumerate(refused):
        assert (got.status, got.json["type"].rpartition("/")[2]) == (400, "BadRequestData"), number
        assert f"'{moment}'" in got.json["detail"], number
    assert memory_node.get(f"{PATH}?options=sysAttrs").json == before


@pytest.mark.parametrize("moment", TAKEN)
def test_what_is_one_comes_out_as_it_went_in(memory_node: Client, moment: str) -> None:
    assert memory_node.post("/entities", entity(p=at(moment))).status == 201
    assert memory_node.get(PATH).json["p"]["observedAt"] == moment
    assert memory_node.get(f"{PAST}?timerel=before&timeAt=2027-01-01T00:00:00{moment[19:]}").json["p"]


def test_who_only_asks_may_write_a_zone(memory_node: Client) -> None:
    """docs/doubts.md: nothing of it is stored, and the moment is the same."""
    assert memory_node.post("/entities", entity(p=at("2026-01-01T00:00:00Z"))).status == 201
    for moment, there in (("2026-01-01T01:00:01%2B01:00", True), ("2026-01-01T00:59:59%2B01:00", False)):
        got = memory_node.get(f"{PAST}?timerel=before&timeAt={moment}&timeproperty=observedAt")
        assert (got.status == 200 and bool(got.json.get("p"))) is there
        assert bool(memory_node.get(f"/entities?q=p.observedAt<{moment}").json) is there
