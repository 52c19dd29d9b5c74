"""Titles and descriptions of offerings in several languages."""

from typing import Any

import pytest

from beffroi.kernel.problem import Problem
from beffroi.market.rules.dcat.offer import offered_from
from beffroi.market.rules.offers.translations import check_translations, said_in, tagged

FRENCH = {"fr": {"name": "Vélos"}}
BOTH = {"fr": {"name": "Vélos"}, "en": {"name": "Bikes"}}


def test_a_language_without_a_row_has_the_own_text() -> None:
    body: Any = {"name": "Bikes", "description": "All.", "translation": FRENCH}
    assert [said_in(body, "name", code) for code in ("fr", "en")] == ["Vélos", "Bikes"]
    assert said_in(body, "description", "fr") == "All."


@pytest.mark.parametrize(
    ("translation", "texts"),
    [
        (None, []),
        (FRENCH, [{"@value": "Vélos", "@language": "fr"}, "Own"]),
        ({"fr": {}}, [{"@value": "Own", "@language": "fr"}]),
        (
            {"en": {}, **FRENCH},
            [{"@value": "Own", "@language": "en"}, {"@value": "Vélos", "@language": "fr"}],
        ),
        (BOTH, [{"@value": "Bikes", "@language": "en"}, {"@value": "Vélos", "@language": "fr"}]),
    ],
)
def test_texts_have_their_languages(translation: Any, texts: list[Any]) -> None:
    assert tagged({"name": "Own", "translation": translation}, "name") == texts


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "fr",
        {"de": {"name": "x"}},
        {"fr": "x"},
        {"fr": {"title": "x"}},
        {"fr": {"name": ""}},
        {"fr": {"name": 7}},
        {"fr": {"name": "x" * 201}},
    ],
)
def test_what_is_no_translation_is_refused(wrong: Any) -> None:
    with pytest.raises(Problem, match="translation"):
        check_translations({"translation": wrong})


@pytest.mark.parametrize("right", [None, {}, FRENCH, BOTH, {"en": {"description": "x"}}])
def test_what_is_one_is_taken(right: Any) -> None:
    check_translations({"translation": right})


def test_the_catalogue_for_machines_tags_them() -> None:
    offering: Any = {"id": "1", "name": "Own", "translation": BOTH, "description": "Text"}
    found = offered_from(offering, None)
    assert [text["@language"] for text in found.titles] == ["en", "fr"]  # type: ignore[call-overload, index]
    assert (found.descriptions, found.description) == ((), "Text")
