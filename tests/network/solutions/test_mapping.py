"""Mappings: expressions, what goes wrong in one entity, what is refused."""

from typing import Any

import pytest

from beffroi.kernel.json import Json
from beffroi.kernel.problem import Problem
from beffroi.network.rules.solutions.mapping import apply, apply_all, parse_mapping, tally
from tests.network.solutions.cities import entity
from tests.network.solutions.vectors import PARTS, VECTORS


def document(**attributes: Any) -> Any:
    return {"mapping": "1", "types": [{"need": "Need", "from": "Have", "attributes": attributes}]}


def made(expression: Any, **values: Any) -> Any:
    (mapping,) = parse_mapping(document(x=expression))
    return apply(mapping, entity(1, "Have", **values))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_published_examples_hold(vector: Any) -> None:
    (mapping,) = parse_mapping(document(x=vector["expression"]))
    found = apply(mapping, vector["entity"])
    if "result" in vector:
        assert found.entity["x"] == vector["result"]
    else:
        assert "x" in found.missing


@pytest.mark.parametrize("vector", PARTS, ids=lambda vector: vector["name"])
def test_the_published_examples_of_parts_hold(vector: Any) -> None:
    said = document(x=vector["expression"])
    said["types"][0]["group"] = vector["group"]
    (mapping,) = parse_mapping(said)
    ((first, found),) = apply_all(mapping, vector["entities"])
    assert (first, found.entity["id"]) == (vector["entities"][0], vector["id"])
    assert found.entity.get("x") == vector.get("result")
    assert ("x" in found.missing) is ("result" not in vector)


def test_a_part_that_names_no_whole_is_left_out_and_counted() -> None:
    said = document(x={"constant": 1, "over": "sum"})
    said["types"][0]["group"] = "whole"
    (mapping,) = parse_mapping(said)
    found = apply_all(mapping, [entity(1, "Have", whole="a"), entity(2, "Have")])
    entities: list[dict[str, Any]] = [each.entity for _, each in found]
    assert [each.get("x", {}).get("value") for each in entities] == [1, None]
    assert tally(each for _, each in found).missing == {"group": {"'whole' has no value": 1}}


def test_dividing_by_zero_is_contained_in_the_entity_and_counted() -> None:
    (mapping,) = parse_mapping(document(x={"quotient": ["a", "b"]}, y={"from": "a"}))
    found = [apply(mapping, entity(n, "Have", a=6, b=n)) for n in range(3)]
    counted = tally(found)
    assert (counted.entities, counted.whole) == (3, 2)
    assert counted.missing == {"x": {"'b' is 0 and divides nothing": 1}}
    first: dict[str, Any] = found[0].entity
    assert first["y"]["value"] == 6


def test_the_moment_of_a_result_is_the_oldest_of_what_went_in() -> None:
    (mapping,) = parse_mapping(document(x={"sum": ["a", "b"]}))
    one = entity(1, "Have", a=1, b=2)
    one["b"]["observedAt"] = "2026-11-22T10:00:00Z"
    found: dict[str, Any] = apply(mapping, one).entity
    assert found["x"]["observedAt"] == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ({"from": "a", "sum": ["a", "b"]}, "2 sources"),
        ({}, "0 sources"),
        ({"eval": "1+1"}, "'eval'"),
        ({"from": "a", "divide": 0}, "divide' is 0"),
        ({"from": "a", "factor": "2"}, '"2"'),
        ({"from": "a", "as": "code"}, "'code'"),
        ({"from": "a", "over": "sum"}, "no 'group'"),
        ({"from": "a", "over": "all"}, "'all'"),
        ({"from": "a", "unit": "PARSEC"}, "'PARSEC'"),
        ({"quotient": ["a", "b", "c"]}, "list of 2"),
        ({"sum": "a"}, '"a"'),
        ({"from": ["a"] * 9}, "path"),
        ({"from": "a", "values": {"x": {"y": 1}}}, "values.x"),
        ("a", '"a"'),
    ],
)
def test_what_is_no_expression_is_refused_with_member_and_value(expression: Any, said: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_mapping(document(x=expression))
    assert said in refused.value.detail


def test_a_mapping_of_another_format_or_with_a_need_twice_is_refused() -> None:
    with pytest.raises(Problem, match="'mapping'"):
        parse_mapping({"mapping": "7", "types": []})
    one: Json = {"need": "A", "from": "B", "attributes": {}}
    with pytest.raises(Problem, match="'A' 2 times"):
        parse_mapping({"mapping": "1", "types": [one, one]})


def test_a_number_that_grows_too_large_is_contained() -> None:
    assert "too large" in made({"from": "a", "factor": 1e15}, a=1e300).missing["x"]
