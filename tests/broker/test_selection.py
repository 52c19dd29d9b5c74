"""The entity type selection language (clause 4.17)."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.query.query import EachOf, Name, OneOf
from beffroi.broker.rules.query.selection import parse_types, type_matcher
from beffroi.kernel.problem import BadRequestData, Problem, TooComplexQuery

CONTEXT = Context(
    "", {"Home": "ex:Home", "Van": "ex:Van", "Boat": "ex:Boat", "w": "https://water.example/"}, {}
)


@pytest.mark.parametrize("text", ["Home|Van", "Home,Van", "(Home)|(Van)"])
def test_a_bar_and_a_comma_both_mean_or(text: str) -> None:
    assert parse_types(text, CONTEXT) == OneOf((Name("ex:Home"), Name("ex:Van")))


def test_a_semicolon_means_and_and_binds_tighter() -> None:
    assert parse_types("(Home;Van)|Boat", CONTEXT) == OneOf(
        (EachOf((Name("ex:Home"), Name("ex:Van"))), Name("ex:Boat"))
    )
    assert parse_types("Boat,Home;Van", CONTEXT) == OneOf(
        (Name("ex:Boat"), EachOf((Name("ex:Home"), Name("ex:Van"))))
    )


def test_parentheses_may_nest() -> None:
    assert parse_types("(Home;(Van|Boat))", CONTEXT) == EachOf(
        (Name("ex:Home"), OneOf((Name("ex:Van"), Name("ex:Boat"))))
    )


def test_names_with_a_prefix_and_uris_are_types_too() -> None:
    assert parse_types("w:Lake", CONTEXT) == Name("https://water.example/Lake")
    assert parse_types("https://example.org/a#B", CONTEXT) == Name("https://example.org/a#B")


@pytest.mark.parametrize(
    "text",
    ["", "*", "Home|", "|Home", "Home||Van", "(Home", "Home)", "()", "Ho me", "Home;", "\x00", '"Home"'],
)
def test_what_is_no_selection_is_bad_request_data(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_types(text, CONTEXT)
    assert caught.value.kind is BadRequestData


@pytest.mark.parametrize("text", ["(" * 50 + "A" + ")" * 50, ",".join(["A"] * 600), "A" * 20_000])
def test_a_selection_that_asks_too_much_is_too_complex(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_types(text, CONTEXT)
    assert caught.value.kind is TooComplexQuery


@pytest.mark.parametrize(
    ("text", "types", "selected"),
    [
        ("Home", ["ex:Van", "ex:Home"], True),
        ("Home", ["ex:Van"], False),
        ("(Home;Van)", ["ex:Van", "ex:Home"], True),
        ("(Home;Van)", ["ex:Home"], False),
        ("(Home;Van),Boat", ["ex:Boat"], True),
        ("Van|Boat", ["ex:Boat"], True),
        ("Van|Boat", ["ex:Home"], False),
    ],
)
def test_an_entity_is_selected_by_the_types_it_has(text: str, types: list[str], selected: bool) -> None:
    assert type_matcher(parse_types(text, CONTEXT))(types) is selected


@settings(deadline=None)
@given(st.text(alphabet="AB|,;() *é:\x00", max_size=30))
def test_any_text_is_read_or_refused_with_a_problem(text: str) -> None:
    with suppress(Problem):
        parse_types(text, CONTEXT)
