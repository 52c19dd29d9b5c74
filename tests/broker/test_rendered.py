"""What is remembered of a rendering is what rendering again would give."""

from beffroi.broker.operations.rendered import Rendered
from beffroi.broker.rules.context import jsonld
from beffroi.broker.rules.query.query import View
from beffroi.kernel.json import decode, encode
from beffroi.kernel.record import Key, Record

NORMALIZED, SIMPLIFIED = View(), View(form="simplified")


def _record(level: int, version: int) -> Record:
    entity = {"id": "urn:x:1", "type": ["https://example.org/T"], "attrs": {}}
    entity["attrs"] = {"https://example.org/level": [{"type": "Property", "value": level}]}
    return Record(Key("", "entity", "urn:x:1"), encode(entity), version, number=1)


def _level(body: bytes) -> object:
    entity = decode(body)
    assert isinstance(entity, dict)
    return entity["https://example.org/level"]


def test_the_same_document_is_written_once() -> None:
    rendered = Rendered()
    (first,) = rendered.bodies([_record(1, 1)], NORMALIZED, jsonld.CORE)
    (again,) = rendered.bodies([_record(1, 1)], NORMALIZED, jsonld.CORE)
    assert again is first


def test_another_document_under_the_same_number_and_version_is_another_answer() -> None:
    rendered = Rendered()
    levels = [_level(rendered.bodies([_record(n, 1)], SIMPLIFIED, jsonld.CORE)[0]) for n in (1, 2, 1)]
    assert levels == [1, 2, 1]


def test_views_do_not_share_an_answer() -> None:
    rendered = Rendered()
    record = _record(5, 1)
    assert _level(rendered.bodies([record], SIMPLIFIED, jsonld.CORE)[0]) == 5
    assert _level(rendered.bodies([record], NORMALIZED, jsonld.CORE)[0]) == {"type": "Property", "value": 5}


def test_what_is_remembered_is_bounded_and_an_answer_larger_than_the_bound_is_still_given() -> None:
    rendered = Rendered(most_bytes=10)
    (first,) = rendered.bodies([_record(1, 1)], NORMALIZED, jsonld.CORE)
    (again,) = rendered.bodies([_record(1, 1)], NORMALIZED, jsonld.CORE)
    assert again == first
    assert again is not first


def test_a_long_answer_is_given_again_as_it_was_written() -> None:
    rendered, long = Rendered(), _record(1, 1)
    long.document = long.document.replace(b'"value":1', b'"value":"%b"' % (b"ab" * 1_000))
    (first,) = rendered.bodies([long], NORMALIZED, jsonld.CORE)
    (again,) = rendered.bodies([long], NORMALIZED, jsonld.CORE)
    assert again == first
    assert again is not first
