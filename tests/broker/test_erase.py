"""A trace that something was taken out of tells all the rest, and no more (clauses 5.6.13 to 5.6.16)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from beffroi.broker.rules.entity.entity import LOCATION, Attributes, Entity, Instance
from beffroi.broker.rules.entity.trace import trace_of
from beffroi.broker.rules.provided.erase import erased
from beffroi.broker.rules.provided.provided import EVERY, Gone, Provided
from beffroi.broker.rules.temporal.evolution import events_of, instance_id, told_of
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import decode_object

METER = "urn:ngsi-ld:Meter:1"
NAMES, DATASETS = ("energy", "power", LOCATION), ("", "urn:d:a")


def at(n: int) -> Instant:
    return Instant(f"2026-01-01T00:00:{n:02}.000000Z")


def an_instance(dataset: str, value: int, moment: int) -> Instance:
    found = Instance(type="Property", value=value, createdAt=at(0), modifiedAt=at(moment))
    return {**found, "datasetId": dataset} if dataset else found


_ATTRS = st.dictionaries(
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(DATASETS), st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1),
)
_GONE = st.builds(
    Gone,
    st.sampled_from(("", *NAMES)),
    st.sampled_from((EVERY, *DATASETS)),
    st.builds(at, st.integers(0, 12)),
)


def an_entity(attrs: dict[str, dict[str, tuple[int, int]]], scope: list[str]) -> Entity:
    made: Attributes = {
        name: [an_instance(dataset, *told) for dataset, told in found.items()]
        for name, found in attrs.items()
    }
    entity = Entity(id=METER, type=["Meter"], attrs=made, createdAt=at(0))
    return {**entity, "scope": scope} if scope else entity


_ENTITY = st.builds(an_entity, _ATTRS, st.sampled_from(([], ["/a"])))


@given(
    before=st.none() | _ENTITY, after=_ENTITY | st.none(), gone=st.lists(_GONE, max_size=2), data=st.data()
)
def test_what_is_left_of_a_trace_is_what_is_to_be_seen(
    before: Entity | None, after: Entity | None, gone: list[Gone], data: st.DataObject
) -> None:
    trace = trace_of(before, after)
    told = list(events_of(told_of(at(10), trace)))
    ids = [instance_id(METER, event) for event in told]
    hidden = data.draw(st.lists(st.sampled_from(ids), max_size=2)) if ids else []
    provided = Provided(METER, gone=tuple(gone), hidden=tuple(hidden))
    left = erased(provided, at(10), trace)
    expected = [event._replace(size=0) for event in provided.seen(told)]
    assert [event._replace(size=0) for event in events_of(told_of(at(10), left))] == expected
    assert erased(provided, at(10), left) is left
    assert (left is trace) == (left == trace)
    for event in told:
        changed: Any = decode_object(left).get("changed", {})
        repeats = event.instance in changed.get(event.name, [])
        assert not (provided.hides(event) and repeats)


def test_what_a_trace_repeats_goes_with_what_it_repeats() -> None:
    first, second = an_instance("", 111, 1), an_instance("urn:d:a", 222, 2)
    before = an_entity({}, [])
    before["attrs"]["energy"] = [first]
    after = an_entity({}, [])
    after["attrs"]["energy"] = [first, second]
    created, changed = trace_of(None, before), trace_of(before, after)
    (event,) = events_of(told_of(at(1), created))
    provided = Provided(METER, hidden=(instance_id(METER, event),))
    assert b"111" not in erased(provided, at(1), created)
    assert b"111" not in erased(provided, at(2), changed)
    assert b"222" in erased(provided, at(2), changed)
