"""Scopes and scope queries (clauses 4.18 and 4.19)."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.broker.rules.query.query import EachOf, Name, OneOf
from beffroi.broker.rules.query.scope import check_scope, parse_scope_query, scope_matcher
from beffroi.kernel.problem import BadRequestData, Problem


@pytest.mark.parametrize("scope", ["/Lille", "Lille", "/Lille/Parcs/Citadelle_2", "/Éco/第3"])
def test_a_scope_is_levels_of_letters_numbers_and_underscores(scope: str) -> None:
    check_scope(scope)


@pytest.mark.parametrize(
    "scope", ["", "/", "//Lille", "/Lille/", "/2nd", "/a-b", "/a b", "/+", "/Lille/#", "/a\x00"]
)
def test_anything_else_is_no_scope(scope: str) -> None:
    with pytest.raises(Problem) as caught:
        check_scope(scope)
    assert caught.value.kind is BadRequestData


@pytest.mark.parametrize(
    ("text", "scopes", "selected"),
    [
        ("/Lille/Parcs", ["/Lille/Parcs"], True),
        ("/Lille/Parcs", ["Lille/Parcs"], True),
        ("Lille", ["/Lille"], True),
        ("/Lille", ["/Lille/Parcs"], False),
        ("/Lille/#", ["/Lille"], True),
        ("/Lille/#", ["/Lille/Parcs/Citadelle"], True),
        ("/Lille/#", ["/Lillebonne"], False),
        ("/#", ["/Lille"], True),
        ("/#", [], False),
        ("/Lille/+/Citadelle", ["/Lille/Parcs/Citadelle"], True),
        ("/Lille/+/Citadelle", ["/Lille/Citadelle"], False),
        ("/Lille/+", ["/Lille/Parcs/Citadelle"], False),
        ("/+/Parcs/#", ["/Lille/Parcs/Citadelle"], True),
        ("/+", ["Lille"], True),
        ("(/Lille;/Gaz)", ["/Gaz", "/Lille"], True),
        ("(/Lille;/Gaz)", ["/Gaz"], False),
        ("/Lille;/Gaz", ["/Gaz", "/Lille"], True),
        ("(/Lille;/Gaz)|/Eau", ["/Eau"], True),
        ("(/Lille;/Gaz),/Eau", ["/Eau"], True),
        ('"/Lille,/Eau"', ["/Eau"], True),
    ],
)
def test_an_entity_is_selected_by_the_scopes_it_has(text: str, scopes: list[str], selected: bool) -> None:
    assert scope_matcher(parse_scope_query(text))(scopes) is selected


def test_a_scope_query_is_read_into_patterns_with_their_first_slash() -> None:
    assert parse_scope_query("(/A;B/#)|/+") == OneOf((EachOf((Name("/A"), Name("/B/#"))), Name("/+")))


@pytest.mark.parametrize(
    "text",
    ["", "/", "/#/A", "/A/#/B", "/A//B", "/A#", "/A+", "(/A", "/A)", "/A||/B", "/A;", '""', "/a b"],
)
def test_what_is_no_scope_query_is_bad_request_data(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_scope_query(text)
    assert caught.value.kind is BadRequestData


@settings(deadline=None)
@given(
    st.text(alphabet='A/+#|,;()" é2', max_size=30), st.lists(st.text(alphabet="A/é", max_size=8), max_size=3)
)
def test_any_text_is_read_or_refused_with_a_problem(text: str, scopes: list[str]) -> None:
    with suppress(Problem):
        scope_matcher(parse_scope_query(text))(scopes)
