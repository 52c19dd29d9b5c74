"""The audience: a change that concerns nobody leaves no event; one that may concern somebody always does."""

import pytest

from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.subscription.audience import Ear, audience_key, events, heard, listeners
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import decode_object
from beffroi.kernel.record import Record
from beffroi.store.port import Store
from tests.conftest import Run
from tests.courier.city import START, City, a_city


def value(of: float, at: Instant = START) -> list[Instance]:
    return [{"type": "Property", "value": of, "createdAt": START, "modifiedAt": at}]


BEFORE: Entity = {"id": "urn:r:1", "type": ["Room"], "attrs": {"co2": value(1), "label": value(2)}}
AFTER: Entity = {"id": "urn:r:1", "type": ["Room"], "attrs": {"co2": value(9), "label": value(2)}}


def audience(*ears: Ear) -> Record:
    (change,) = heard(None, "lille", "urn:s:1", ears)
    assert change.document is not None
    return Record(audience_key("lille"), change.document, 1, 1)


@pytest.mark.parametrize(
    ("ear", "concerned"),
    [
        ({}, True),
        ({"types": ["Room"]}, True),
        ({"types": ["Car", "Room"]}, True),
        ({"types": ["Car"]}, False),
        ({"ids": ["urn:r:1"]}, True),
        ({"ids": ["urn:r:2"]}, False),
        ({"ids": ["urn:r:1"], "types": ["Car"]}, False),
        ({"attrs": ["co2"]}, True),
        ({"attrs": ["label"]}, False),
        ({"attrs": ["other", "co2"], "types": ["Room"]}, True),
        ({"on": ["attributeUpdated"]}, True),
        ({"on": ["entityCreated"]}, False),
        ({"until": plus_seconds(START, 1)}, True),
        ({"until": START}, False),
    ],
)
def test_an_update_is_heard_by_whom_it_may_concern(ear: Ear, concerned: bool) -> None:
    assert bool(events("lille", audience(ear), BEFORE, AFTER, START)) == concerned
    assert bool(events("lille", audience({"types": ["Car"]}, ear), BEFORE, AFTER, START)) == concerned


@pytest.mark.parametrize(
    ("before", "after", "triggers"),
    [
        (None, AFTER, {"entityCreated", "attributeCreated"}),
        (BEFORE, None, {"entityDeleted", "attributeDeleted"}),
        (BEFORE, AFTER, {"attributeUpdated", "attributeCreated", "attributeDeleted"}),
        (BEFORE, BEFORE, set[str]()),
    ],
)
def test_creations_updates_and_deletions_have_their_triggers(
    before: Entity | None, after: Entity | None, triggers: set[str]
) -> None:
    every = ["entityCreated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted"]
    for trigger in every:
        concerned = bool(events("lille", audience({"on": [trigger]}), before, after, START))
        assert concerned == (trigger in triggers), trigger


def test_nobody_listens_where_there_is_no_audience() -> None:
    assert events("lille", None, None, AFTER, START) == ()


def test_an_event_carries_of_an_update_only_what_differs() -> None:
    (event,) = events("lille", audience({}), BEFORE, AFTER, START)
    body = decode_object(event.body)
    assert event.lane == "change:lille"
    assert body == {
        "tenant": "lille",
        "at": START,
        "before": {**BEFORE, "attrs": {"co2": value(1)}},
        "after": AFTER,
        "created": [],
    }


def test_an_audience_forgets_a_subscription_that_stops() -> None:
    record = audience({"types": ["Room"]})
    assert listeners(record) == ["urn:s:1"]
    (second,) = heard(record, "lille", "urn:s:2", [{"types": ["Car"]}])
    assert second.document is not None
    both = Record(record.key, second.document, 2, 1)
    assert listeners(both) == ["urn:s:1", "urn:s:2"]
    (one,) = heard(both, "lille", "urn:s:1", [])
    assert one.document is not None
    assert not events("lille", Record(record.key, one.document, 3, 1), BEFORE, AFTER, START)
    (none,) = heard(Record(record.key, one.document, 3, 1), "lille", "urn:s:2", [])
    assert none.document is None
    assert heard(None, "lille", "urn:s:3", []) == ()


def test_without_a_subscription_for_it_a_write_leaves_no_event(store: Store, run: Run) -> None:
    async def live() -> None:
        async with a_city(store) as city:
            await _without_events(city)

    run(live())


async def _without_events(city: City) -> None:
    await city.subscribe(entities=[{"type": "Car"}])
    await city.subscribe(isActive=False)
    await city.room(co2=value(1))
    await city.patch(co2=2)
    await city.done("DELETE", "entities/urn:ngsi-ld:Room:1")
    assert await city.store.next_due() is None
