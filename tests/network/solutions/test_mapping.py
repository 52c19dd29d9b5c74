"""Mappings: expressions, what goes wrong in one entity, what is refused."""

from typing import Any

import pytest

from beffroi.kernel.problem import Problem
from beffroi.network.rules.solutions.mapping import apply, parse_mapping, tally
from tests.network.solutions.cities import entity
from tests.network.solutions.vectors import VECTORS


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


def test_dividing_by_zero_is_contained_in_the_entity_and_counted() -> None:
    (mapping,) = parse_mapping(document(x={"quotient": ["a", "b"]}, y={"from": "a"}))
    found = [apply(mapping, entity(n, "Have", a=6, b=n)) for n in range(3)]
    counted = tally(found)
    assert (counted.entities, counted.whole) == (3, 2)
    assert counted.missing == {"x": {"'b' is 0 and divides nothing": 1}}
    assert found[0].entity["y"]["value"] == 6


def test_the_moment_of_a_result_is_the_oldest_of_what_went_in() -> None:
    (mapping,) = parse_mapping(document(x={"sum": ["a", "b"]}))
    one = entity(1, "Have", a=1, b=2)
    one["b"]["observedAt"] = "2026-11-22T10:00:00Z"
    assert apply(mapping, one).entity["x"]["observedAt"] == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ({"from": "a", "sum": ["a", "b"]}, "2 sources"),
        ({}, "0 sources"),
        ({"eval": "1+1"}, "'eval'"),
        ({"from": "a", "divide": 0}, "divide' is 0"),
        ({"from": "a", "factor": "2"}, '"2"'),
        ({"from": "a", "as": "code"}, "'code'"),
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
    one = {"need": "A", "from": "B", "attributes": {}}
    with pytest.raises(Problem, match="'A' 2 times"):
        parse_mapping({"mapping": "1", "types": [one, one]})


def test_a_number_that_grows_too_large_is_contained() -> None:
    assert "too large" in made({"from": "a", "factor": 1e15}, a=1e300).missing["x"]
