"""The mapping language: what a file may say, what becomes of a record, what a dry run tells."""

from typing import Any

import pytest

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.sources.operations.catalogue import read_mapping
from beffroi.sources.rules.mapping.apply import Mapped, Refused, Setting, Skipped, map_record
from beffroi.sources.rules.mapping.parse import mapping_of
from beffroi.sources.rules.mapping.tally import dry_run

SETTING = Setting("source", Box(2.9, 50.5, 3.2, 50.8))


def mapping(attributes: dict[str, Any], **more: Any) -> Any:
    return mapping_of(
        {"name": "m", "title": "M", "type": "Thing", "id": "id", "attributes": attributes, **more}
    )


def value(rule: dict[str, Any], field: Any, **more: Any) -> Any:
    outcome = map_record(mapping({"a": rule}, **more), {"id": "1", "f": field}, SETTING)
    assert isinstance(outcome, Mapped)
    attribute: Any = outcome.entity.get("a")
    return None if attribute is None else attribute.get("value", attribute.get("object"))


@pytest.mark.parametrize(
    ("rule", "field", "result"),
    [
        ({"field": "f"}, " Opéra ", "Opéra"),
        ({"field": "f"}, 5, "5"),
        ({"field": "f"}, "", None),
        ({"field": "f", "read": "number"}, "12,50", 12.5),
        ({"field": "f", "read": "integer"}, "12", 12),
        ({"field": "f", "read": "integer"}, "12.5", None),
        ({"field": "f", "unit": "kW", "code": "WTT"}, 7.4, 7400),
        ({"field": "f", "unit": "%", "code": "C62"}, 73, 0.73),
        ({"field": "f", "unit": "km/h", "code": "MTS", "digits": 2}, 17.3, 4.81),
        ({"field": "f", "unit": "ppb", "code": "GQ", "factor": 1.9125, "digits": 1}, 20, 38.2),
        ({"field": "f", "read": "number", "divide": 10, "offset": 1}, 25, 3.5),
        ({"field": "f", "read": "number", "least": 0}, -999, None),
        ({"field": "f", "read": "boolean"}, "oui", True),
        ({"field": "f", "read": "boolean"}, 0, False),
        ({"field": "f", "read": "boolean"}, "peut-être", None),
        ({"field": "f", "read": "list", "separator": ";"}, "a; b;;c", ["a", "b", "c"]),
        ({"field": "f", "words": {"LIBRE": 1, "occupé": 0}}, "libre", 1),
        ({"field": "f", "words": {"LIBRE": 1}}, "?", None),
        ({"field": "f", "words": {"LIBRE": 1}, "otherwise": 9}, "?", 9),
        ({"field": "f", "words": {"inconnu": ""}}, "Inconnu", None),
        ({"field": "f", "read": "list", "words": {"a": "x", "b": "x"}}, ["a", "b"], ["x"]),
        ({"field": "f", "read": "moment"}, "2022-11-29T11:47:16+01:00", {"@type": "DateTime", "@value": "2022-11-29T10:47:16Z"}),
        ({"field": "f", "read": "day"}, "2022-11-29", {"@type": "Date", "@value": "2022-11-29"}),
        ({"field": "f.0.text"}, [{"text": "Opéra", "language": "fr"}], "Opéra"),
        ({"field": {"first": ["none", "f"]}}, "x", "x"),
        ({"value": ["car"]}, None, ["car"]),
        ({"flags": {"f": "Type2"}}, "TRUE", ["Type2"]),
        ({"flags": {"f": "Type2"}}, "false", None),
        ({"members": {"town": {"field": "f"}}}, "Lille", {"town": "Lille"}),
        ({"members": {"town": {"field": "f"}}}, None, None),
        ({"sum": ["f", "f"], "minus": ["f"]}, "2,5", 2.5),
        ({"field": "f", "target": "Room"}, "1 a", "urn:ngsi-ld:Room:source:1%20a"),
    ],
)  # fmt: skip
def test_a_rule_says_how_a_value_comes_about(rule: dict[str, Any], field: Any, result: Any) -> None:
    found = value(rule, field)
    assert found == result
    assert type(found) is type(result)


def test_nulls_of_the_source_are_no_values() -> None:
    rule = {"field": "f", "read": "number"}
    assert value(rule, "N/A", nulls=["n/a", -999]) is None
    assert value(rule, -999.0, nulls=["n/a", -999]) is None


def test_an_attribute_carries_its_unit_and_its_moment() -> None:
    rules = mapping(
        {"p": {"field": "p", "unit": "kW", "code": "WTT", "live": True}, "q": {"field": "q"}},
        observed={"field": "t"},
    )
    record: JsonObject = {"id": 1, "p": 7.4, "q": "x", "t": "2022-11-29T11:47:16+01:00"}
    outcome = map_record(rules, record, SETTING)
    assert isinstance(outcome, Mapped)
    assert outcome.entity == {
        "id": "urn:ngsi-ld:Thing:source:1",
        "type": "Thing",
        "p": {"type": "Property", "value": 7400, "unitCode": "WTT", "observedAt": "2022-11-29T10:47:16Z"},
        "q": {"type": "Property", "value": "x"},
    }


def test_a_record_without_id_or_required_value_is_refused_with_a_sentence() -> None:
    rules = mapping({"p": {"field": "p", "read": "integer", "required": True}})
    assert map_record(rules, {"p": 1}, SETTING) == Refused("", "'None' is not an id.")
    outcome = map_record(rules, {"id": "7", "p": "viele"}, SETTING)
    assert isinstance(outcome, Refused)
    assert (outcome.who, outcome.because) == ("7", "The attribute 'p' has no value, and it is required.")


def test_records_are_left_out_on_purpose() -> None:
    rules = mapping(
        {"p": {"field": "p"}}, skip=[{"field": "state", "is": ["gone"], "because": "It is gone."}]
    )
    assert map_record(rules, {"id": 1, "state": "GONE"}, SETTING) == Skipped("It is gone.")


def test_a_dry_run_tells_what_stays_unused_empty_absent_and_refused() -> None:
    rules = mapping({"p": {"field": "p", "read": "integer", "required": True}, "q": {"field": "q"}})
    records: list[Any] = [
        {"id": 1, "p": 1, "other": "x", "nothing": None},
        {"id": 2, "p": "many", "other": "x", "nothing": ""},
        {"id": 3, "p": "few", "other": "x", "nothing": ""},
        {"p": 1},
    ]
    shown = dry_run(rules, records, SETTING).shown(rules)
    assert (shown["read"], shown["mapped"], shown["refused"]) == (4, 1, 3)
    assert (shown["unused"], shown["empty"], shown["absent"]) == (["nothing", "other"], ["nothing"], ["q"])
    assert shown["reasons"] == [
        {"reason": "The attribute 'p' has no value, and it is required.", "count": 2, "examples": ["2", "3"]},
        {"reason": "'None' is not an id.", "count": 1, "examples": []},
    ]
    assert shown["entities"] == [
        {"id": "urn:ngsi-ld:Thing:source:1", "type": "Thing", "p": {"type": "Property", "value": 1}}
    ]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"field": "f", "read": "number", "divide": 0}, "by zero"),
        ({"field": "f", "read": "number", "factor": 0}, "by zero"),
        ({"field": "f", "read": "number", "factor": 1e300}, "too large"),
        ({"field": "f", "unit": "parsec"}, "not in the table"),
        ({"field": "f", "unit": "kW", "code": "KWH"}, "cannot become"),
        ({"field": "f", "read": "magic"}, "none of text"),
        ({"field": "f", "value": 1}, "exactly one of"),
        ({"read": "text"}, "exactly one of"),
        ({"field": "f", "eval": "1+1"}, "unknown member 'eval'"),
        ({"field": ""}, "neither a text nor"),
        ({"field": "a..b"}, "empty step"),
        ({"field": "a.b.c.d.e.f.g.h.i"}, "more than 8"),
        ({"field": "f", "digits": 99}, "whole number from 0"),
        ({"field": "f", "read": "moment", "layout": "%A %c"}, "layout"),
        ({"field": "f", "words": {}}, "no usable 'words'"),
        ({"members": {"a": {"members": {"b": {"members": {"c": {"members": {"d": {"members": {"e": {"value": 1}}}}}}}}}}}, "deep"),
        ("f", "not a table"),
    ],
)  # fmt: skip
def test_a_hostile_mapping_is_refused_with_a_sentence(rule: Any, why: str) -> None:
    with pytest.raises(Problem, match=why):
        mapping({"a": rule})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name =",
        "name = 'x'",
        "a = " + "[" * 5_000 + "]" * 5_000,
        "#" * 100_001,
        "name = 'a/b'\ntitle='x'",
    ],
)
def test_a_broken_file_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        read_mapping(text)


def test_a_title_is_one_text_for_all_or_one_for_each_language() -> None:
    both = mapping({"a": {"field": "a"}}, title={"en": "Car parks", "fr": "Parkings"})
    assert [both.title_in(code) for code in ("en", "fr", "de")] == ["Car parks", "Parkings", "Car parks"]
    one = mapping({"a": {"field": "a"}}, title="Parkeergarages")
    assert [one.title_in(code) for code in ("en", "fr")] == ["Parkeergarages"] * 2


def test_a_mapping_means_the_same_whatever_its_title_and_note_say() -> None:
    first = mapping({"a": {"field": "a"}}, title="Car parks")
    second = mapping({"a": {"field": "a"}}, title="Parkings", note="Said otherwise.")
    assert first.fingerprint == second.fingerprint
    assert first.fingerprint != mapping({"a": {"field": "b"}}, title="Car parks").fingerprint


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ({"en": "Car parks"}, "no title in the language 'fr'"),
        ({"en": "Car parks", "fr": ""}, "no usable 'fr'"),
        ({"en": "A", "fr": "B", "nl": "C"}, "unknown member 'nl'"),
        ({}, "no title in the language 'en'"),
        (["Car parks"], "no usable 'title'"),
    ],
)
def test_a_title_without_a_language_is_refused(title: Any, why: str) -> None:
    with pytest.raises(Problem, match=why):
        mapping({"a": {"field": "a"}}, title=title)


def test_a_record_with_100_000_fields_is_refused() -> None:
    outcome = map_record(mapping({"p": {"field": "p"}}), {f"f{n}": n for n in range(100_000)}, SETTING)
    assert outcome == Refused("", "The record has 100000 fields; 1000 are allowed.")


def test_a_nested_bomb_in_a_field_is_no_text() -> None:
    bomb: Any = "x"
    for _ in range(900):
        bomb = [bomb]
    assert value({"field": "f"}, bomb) is None
    assert value({"field": "f"}, "x" * 30_000) is None
    assert value({"field": "f", "read": "json"}, bomb) is None
    assert value({"field": "f", "read": "list"}, [bomb]) is None
    assert value({"field": "f", "words": {"x": 1}}, bomb) is None
    assert value({"field": "f", "read": "json"}, {"a": [1]}) == {"a": [1]}
    outcome = map_record(mapping({"p": {"field": "p"}}), {"id": bomb}, SETTING)
    assert outcome == Refused("", "a list is not an id.")


def test_a_date_in_a_file_is_a_text_and_a_number_without_value_is_refused() -> None:
    text = 'name = "m"\ntitle = "M"\ntype = "T"\nid = "id"\n[attributes]\na = { value = 2026-11-22 }\n'
    outcome = map_record(read_mapping(text), {"id": 1}, SETTING)
    assert isinstance(outcome, Mapped)
    assert outcome.entity["a"] == {"type": "Property", "value": "2026-11-22"}
    for wrong in ("nan", "-inf", "99999999999999999999"):
        with pytest.raises(Problem):
            read_mapping(text.replace("value = 2026-11-22", f'field = "f", read = "number", least = {wrong}'))
