"""Users' regular expressions (clauses 4.9 and 5.7.2), which nobody can make slow."""

import pytest

from beffroi.kernel.pattern import compile_pattern, literal_start
from beffroi.kernel.problem import BadRequestData, Problem, TooComplexQuery


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^Eiffel", "Eiffel Tower", True),
        ("Tower", "Eiffel Tower", True),
        ("^Tower", "Eiffel Tower", False),
        ("urn:ngsi-ld:Building:.*", "urn:ngsi-ld:Building:1", True),
        (".*Tower$", "Eiffel Tower", True),
        ("[[:digit:]]{2}", "no 42", True),
        ("é+", "été", True),
    ],
)
def test_a_pattern_matches_anywhere_unless_it_is_tied(pattern: str, text: str, found: bool) -> None:
    assert compile_pattern(pattern)(text) is found


@pytest.mark.parametrize("pattern", ["(", "a**", "[a", "(?=a)", r"(a)\1", "\ud800"])
def test_what_is_no_regular_expression_is_bad_request_data(pattern: str) -> None:
    with pytest.raises(Problem) as caught:
        compile_pattern(pattern)
    assert caught.value.kind is BadRequestData


@pytest.mark.parametrize("pattern", ["a" * 1001, "((((a{100}){100}){100}){100}){100}", "(x{1000}){1000}"])
def test_a_pattern_that_is_too_large_is_refused(pattern: str) -> None:
    with pytest.raises(Problem) as caught:
        compile_pattern(pattern)
    assert caught.value.kind in {TooComplexQuery, BadRequestData}


def test_a_catastrophic_pattern_comes_to_an_end() -> None:
    """One that goes back would take 2^100,000 steps."""
    holds = compile_pattern("^(a+)+$")
    assert not holds("a" * 100_000 + "b")


@pytest.mark.parametrize(
    ("pattern", "start"),
    [
        ("^urn:a:[0-9]", "urn:a:"),
        ("^ab*", "a"),
        ("^ab?c", "a"),
        ("^ab+", "ab"),
        ("^a|b", ""),
        ("ab", ""),
        ("^", ""),
        ("^a{0}b", ""),
        ("^a\\.b", "a"),
        ("^(a|b)", ""),
        ("^ab$", "ab"),
    ],
)
def test_the_start_of_a_tied_pattern_is_known(pattern: str, start: str) -> None:
    assert literal_start(pattern) == start
