"""A document that tells by its head that all of it is seen tells the truth."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.broker.operations.granted_seen import Seen
from beffroi.broker.rules.entity.entity import Entity, entity_key
from beffroi.broker.rules.granted import heads, is_whole, visible
from beffroi.kernel.grant import Grant
from beffroi.kernel.json import encode
from beffroi.kernel.record import Record

GRANT = Grant("p", types=frozenset({"A", "B"}))

ids = st.sampled_from(["urn:x:1", "urn:x:é", 'urn:x:"', 'x","type":["A"],"attrs":', "\\", "\n", ""])
types = st.lists(
    st.sampled_from(["A", "B", "C", 'A"],"attrs":', 'B"', "é"]), min_size=1, max_size=2, unique=True
)
attributes = st.sampled_from(
    [{}, {"a": [{"type": "JsonProperty", "json": {"id": "", "type": ["A"], "attrs": {}}}]}, {"type": ["A"]}]
)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    whole = {"id": draw(ids), "type": draw(types), "attrs": draw(attributes), "scope": ["/a"]}
    names = draw(st.one_of(st.just(list(whole)), st.permutations(list(whole))))
    return {name: whole[name] for name in names}


def record_of(body: dict[str, Any]) -> Record:
    return Record(entity_key("", body["id"]), encode(body), 1, 1)


@given(bodies())
def test_what_is_whole_by_its_head_is_seen_as_it_is(body: dict[str, Any]) -> None:
    record = record_of(body)
    entity: Entity = body  # type: ignore[assignment]
    shown = visible(entity, GRANT)
    if is_whole(record, heads(GRANT)):
        assert shown is entity
    seen = Seen(GRANT)
    assert (seen.of(record) is record) is (shown is entity)
    assert (seen.of(record) is None) is (shown is None)
    assert seen.all([record]) == [each for each in [seen.of(record)] if each is not None]
    assert seen.shown_among([record]) == ([] if shown is None else [record])


@pytest.mark.parametrize("kind", ["A", "B"])
def test_an_entity_as_it_is_stored_tells_without_being_decoded(kind: str) -> None:
    record = record_of({"id": "urn:x:1", "type": [kind], "attrs": {}, "createdAt": "2026-11-22T13:49:01Z"})
    assert is_whole(record, heads(GRANT))


def test_where_attributes_or_an_area_decide_no_head_tells() -> None:
    area = '{"type":"Point","coordinates":[3,50]}'
    for grant in (
        Grant("p", types=GRANT.types, area=area),
        Grant("p", types=GRANT.types, attributes=frozenset({"a"})),
    ):
        assert not is_whole(record_of({"id": "urn:x:1", "type": ["A"], "attrs": {}}), heads(grant))
