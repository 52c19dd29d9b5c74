"""Manifests: right ones are read, wrong and hostile ones refused with member and value."""

import json
from typing import Any

import jsonschema_rs
import pytest

from beffroi.kernel.problem import Problem
from beffroi.network.rules.solutions.manifest import MOST_BYTES, parse_manifest, read_manifest
from beffroi.network.rules.solutions.manifest_schema import MANIFEST_SCHEMA
from tests.network.solutions.cities import content, reference


def need(**changes: Any) -> Any:
    attribute = {"name": "speed", "kind": "number"} | changes
    return content(needs=[{"type": "Car", "attributes": [attribute]}])


def test_the_reference_solution_has_a_right_manifest() -> None:
    found = parse_manifest(reference())
    assert [each.type for each in found.needs] == ["BikeHireDockingStation", "EVChargingStation"]
    assert found.needs[0].attributes[0].max_age_s == 3600
    assert found.writes == ("AvailabilityForecast",)


def test_the_schema_is_itself_right() -> None:
    jsonschema_rs.meta.validate(MANIFEST_SCHEMA)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (need(unit="KMPH"), ["needs[0].attributes[0].unit", "'KMPH'"]),
        (need(unit="KMH", kind="text"), ["attributes[0].unit", "'KMH'", "'text'"]),
        (need(kind="float"), ["needs[0].attributes[0].kind", '"float"']),
        (need(maxAge="5 minutes"), ["maxAge", '"5 minutes"']),
        (need(maxAge="P"), ["maxAge", "'P'"]),
        (need(share=1.5), ["share", "1.5"]),
        (need(values=["a"]), ["values", "'number'"]),
        (need(name="../../etc/passwd"), ["name", "../../etc/passwd"]),
        (need(name="(a+)+$"), ["name", "(a+)+$"]),
        (content(id="A B"), ["'id'", '"A B"']),
        (content(licence="Do-what-you-want"), ["'licence'", "Do-what-you-want"]),
        (content(program="file:///etc/passwd"), ["'program'", "file:///etc/passwd"]),
        (content(start="rm -rf /"), ["start"]),
        (content(needs=[]), ["'needs'", "[]"]),
        (content(manifest="2"), ["'manifest'", '"2"']),
        (content(version="latest"), ["'version'", '"latest"']),
        (content(data={"accepts": ["WTFPL-9"]}), ["data.accepts[0]", "WTFPL-9"]),
        ({"manifest": "1"}, ["id"]),
    ],
)
def test_what_is_wrong_is_refused_with_member_and_value(wrong: Any, said: list[str]) -> None:
    with pytest.raises(Problem) as refused:
        parse_manifest(wrong)
    for part in said:
        assert part in refused.value.detail


def test_a_type_or_an_attribute_is_asked_for_once() -> None:
    twice = {"name": "speed", "kind": "number"}
    with pytest.raises(Problem, match="'speed' 2 times"):
        parse_manifest(content(needs=[{"type": "Car", "attributes": [twice, twice]}]))
    one = {"type": "Car", "attributes": [twice]}
    with pytest.raises(Problem, match="'Car' 2 times"):
        parse_manifest(content(needs=[one, one]))


def test_what_is_huge_or_deep_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(Problem, match="bytes"):
        read_manifest(b" " * (MOST_BYTES + 1))
    deep: Any = "x"
    for _ in range(60):
        deep = [deep]
    with pytest.raises(Problem, match="deeper than 12"):
        parse_manifest(content(needs=deep))
    with pytest.raises(Problem, match="not JSON"):
        read_manifest(b"{")
    with pytest.raises(Problem, match="not an object"):
        read_manifest(json.dumps([1]).encode())
