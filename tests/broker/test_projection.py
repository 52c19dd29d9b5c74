"""The attribute projection language of pick and omit (clause 4.21)."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.query.query import Projection
from beffroi.broker.rules.representation.projection import parse_projection, projection_depth
from beffroi.kernel.problem import BadRequestData, Problem, TooComplexQuery

CONTEXT = Context(
    "", {"name": "ex:name", "owner": "ex:owner", "co2": "ex:co2", "w": "https://water.example/"}, {}
)


@pytest.mark.parametrize("text", ["name,co2", "name|co2"])
def test_names_stand_between_commas_or_bars(text: str) -> None:
    assert parse_projection(text, CONTEXT) == Projection((("ex:name", None), ("ex:co2", None)))


def test_members_of_the_entity_stay_as_they_are() -> None:
    members = ("id", "type", "scope", "createdAt", "modifiedAt", "expiresAt")
    assert parse_projection(",".join(members), CONTEXT).members == tuple((name, None) for name in members)


def test_braces_project_the_linked_entity() -> None:
    projection = parse_projection("id,owner{id,owner{name|co2}}", CONTEXT)
    inner = Projection((("ex:name", None), ("ex:co2", None)))
    assert projection == Projection(
        (("id", None), ("ex:owner", Projection((("id", None), ("ex:owner", inner)))))
    )
    assert projection_depth(projection) == 2


def test_a_name_that_is_given_twice_counts_once() -> None:
    assert parse_projection("owner{name},owner{co2},name,name", CONTEXT) == Projection(
        (("ex:owner", Projection((("ex:name", None), ("ex:co2", None)))), ("ex:name", None))
    )
    assert parse_projection("owner{name},owner", CONTEXT) == Projection((("ex:owner", None),))


def test_names_with_a_prefix_and_uris_are_expanded() -> None:
    assert parse_projection("w:level,https://example.org/a#b", CONTEXT) == Projection(
        (("https://water.example/level", None), ("https://example.org/a#b", None))
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id;name",
        "id,owner{name",
        "id,owner{{name}",
        "id,,name",
        "name||co2",
        "id,owner{,name}",
        "owner{}",
        "owner{name}}",
        "owner}",
        "2nd",
        "a.b",
        "name,",
        "{name}",
        "na me",
        "w:",
        "name{id}x",
    ],
)
def test_what_is_no_projection_is_bad_request_data(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_projection(text, CONTEXT)
    assert caught.value.kind is BadRequestData


@pytest.mark.parametrize("text", ["a{" * 50 + "a" + "}" * 50, ",".join(f"a{n}" for n in range(1001))])
def test_a_projection_that_asks_too_much_is_too_complex(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_projection(text, CONTEXT)
    assert caught.value.kind is TooComplexQuery


@settings(deadline=None)
@given(st.text(alphabet="ab{},|:. é\x00", max_size=30))
def test_any_text_is_read_or_refused_with_a_problem(text: str) -> None:
    with suppress(Problem):
        parse_projection(text, CONTEXT)
