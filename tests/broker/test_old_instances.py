"""One old instance is taken out of the traces that tell of it, and of no others (clauses 5.6.14, 5.6.15)."""

import pytest

from beffroi.broker.operations.provided import read_provided
from beffroi.broker.rules.entity.entity import entity_key
from beffroi.broker.rules.provided.provided import (
    Gone,
    Provided,
    body_of,
    provided_of,
    without,
    without_instance,
)
from beffroi.kernel.instant import Instant
from beffroi.store.port import Past
from tests.broker.client import Client

METER = "urn:ngsi-ld:Meter:1"
PAST = f"/temporal/entities/{METER}"


def reading(value: object, n: int, **more: object) -> dict[str, object]:
    return {"type": "Property", "value": value, "observedAt": f"2025-01-{n:02}T00:00:00Z", **more}


def history_of(node: Client) -> bytes:
    """All that the history says of the meter."""
    found = node.run(node.broker.store.history(entity_key("", METER), Past(1_000)))
    return b"\n".join(trace.body for trace in found)


def live_beside(node: Client, values: dict[str, object], n: int) -> None:
    """A change of instances of the energy with these datasetIds, the others are left as they are."""
    changed = [
        reading(value, n, **({"datasetId": f"urn:d:{dataset}"} if dataset else {}))
        for dataset, value in values.items()
    ]
    if node.get(f"/entities/{METER}").status == 404:
        assert node.post("/entities", {"id": METER, "type": "Meter", "energy": changed}).status == 201
    else:
        assert node.post(f"/entities/{METER}/attrs", {"energy": changed}).status == 204


@pytest.mark.parametrize("ending", ["replaced", "deleted", "entity", "none"])
def test_an_instance_that_later_changes_repeat_is_taken_out_of_all_of_them(node: Client, ending: str) -> None:
    live_beside(node, {"": 1, "a": 777_777}, 1)
    for n in range(2, 25):
        live_beside(node, {"": n}, n)
        assert node.post(f"/entities/{METER}/attrs", {"other": reading(n, n)}).status == 204
    match ending:
        case "replaced":
            live_beside(node, {"a": 5}, 25)
        case "deleted":
            assert node.send("DELETE", f"/entities/{METER}/attrs/energy?datasetId=urn:d:a").status == 204
        case "entity":
            assert node.send("DELETE", f"/entities/{METER}").status == 204
        case _:
            pass
    for n in range(26, 29):
        live_beside(node, {"": n}, n)
    assert history_of(node).count(b"777777") > 20
    (old,) = [each for each in node.get(PAST).json["energy"] if each.get("value") == 777_777]
    assert node.send("DELETE", f"{PAST}/attrs/energy/{old['instanceId']}").status == 204
    assert b"777777" not in history_of(node)
    assert 777_777 not in [each.get("value") for each in node.get(PAST).json["energy"]]
    left = node.run(read_provided(node.broker.store, "", METER))
    assert left is None or left.is_settled


def test_of_two_corrections_at_once_the_traces_of_both_are_gone_through() -> None:
    first, second, third = (Instant(f"2026-01-0{n}T00:00:00.000000Z") for n in (1, 2, 3))
    one = without_instance(Provided(METER), "i1", second, third)
    assert (one.erasing, one.erasing_until) == (second, third)
    both = without_instance(one, "i2", first, first)
    assert (both.erasing, both.erasing_until) == (first, third)
    assert without_instance(both, "i3", second).erasing_until == ""
    assert (
        without_instance(without_instance(Provided(METER), "i3", first), "i1", first, first).erasing_until
        == ""
    )
    every = without_instance(without(both, Gone("", "*", third)), "i4", second, second)
    assert (every.erasing, every.erasing_until) == ("", "")
    assert provided_of(body_of(both)) == both


def test_what_was_stored_before_says_no_until() -> None:
    body = body_of(without_instance(Provided(METER), "i1", Instant("2026-01-01T00:00:00.000000Z")))
    del body["erasingUntil"]
    assert provided_of(body).erasing_until == ""
