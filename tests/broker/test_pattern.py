"""Users' regular expressions (clauses 4.9 and 5.7.2), which nobody can make slow."""

import pytest

from beffroi.kernel.effort import MOST_STEPS, Effort
from beffroi.kernel.pattern import compile_pattern, finder, literal_start
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
        ("^Tour.*", "Tour Eiffel", True),
        ("^Tour.*", "La Tour", False),
        (".*Tour", "La Tour\nEiffel", True),
        ("Tour$", "La Tour", True),
        ("Tour$", "La Tour\n", False),
        ("^Tour$", "Tour", True),
        ("^Tour$", "Tour de Tour", False),
        ("^$", "", True),
        ("^.*Tour", "La\nTour", False),
        ("Tour.*$", "Tour\n", False),
        (".*", "", True),
        ("^Tour|La", "La Tour", True),
    ],
)
def test_a_pattern_matches_anywhere_unless_it_is_tied(pattern: str, text: str, found: bool) -> None:
    assert compile_pattern(pattern).test(text) is found


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


@pytest.mark.parametrize("pattern", ["(a?){50}" * 30 + "b", "(x*a.{1,900}x*)b", r"\pL{1,20}b"])
def test_a_pattern_that_becomes_a_large_program_is_too_complex(pattern: str) -> None:
    with pytest.raises(Problem) as caught:
        compile_pattern(pattern)
    assert caught.value.kind is TooComplexQuery
    assert "2,500 steps" in caught.value.detail


@pytest.mark.parametrize(
    "pattern",
    [
        "^urn:.*",
        r"(foo|bar).*\d{4}",
        r"^[\w.+-]+@[\w-]+\.[a-z]{2,}$",
        r"^\pL+ \pL+$",
        "a.{1,200}b",
        "(?i)école",
    ],
)
def test_an_ordinary_pattern_is_tested_on_ordinary_texts(pattern: str) -> None:
    assert not finder(pattern, Effort())("é" * 1_500 + "!")


def test_a_test_that_would_take_long_is_refused_and_not_taken_for_no_match() -> None:
    found = finder("(a?){50}" * 9 + "b", Effort())
    assert found("a" * 5_000 + "b")
    with pytest.raises(Problem) as caught:
        found("a" * 5_000 + "b")
    assert caught.value.kind is TooComplexQuery
    assert f"{MOST_STEPS:,}" in caught.value.detail


def test_what_is_tested_on_one_document_is_counted_together_in_bytes() -> None:
    effort = Effort()
    found = finder("(x?y){50}", effort)
    texts = ["x" * 10_000, "é" * 5_000]
    spent = list[int]()
    for text in texts:
        before = effort.steps
        assert not found(text)
        spent.append(before - effort.steps)
    assert spent[0] == spent[1] > 10_000
    effort.renew()
    assert effort.steps == MOST_STEPS


@pytest.mark.parametrize("pattern", ["a!", "^a", "a!$", ".*a!.*", "^a.*"])
def test_plain_words_are_found_in_texts_of_any_length(pattern: str) -> None:
    assert finder(pattern, Effort())("a" * 10_000_000 + "!")


def test_a_text_with_another_start_costs_nothing() -> None:
    assert not finder("^urn:[a-z]+(a?){300}$", Effort())("a" * 10_000_000)


def test_a_catastrophic_pattern_comes_to_an_end() -> None:
    """One that goes back would take 2^100,000 steps."""
    holds = compile_pattern("^(a+)+$").test
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
