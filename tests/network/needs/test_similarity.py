"""Similar needs across languages: measured on labelled pairs, and what a reason says."""

from collections.abc import Sequence

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.network.rules.needs.concepts import CONCEPTS, concepts_in
from beffroi.network.rules.needs.similarity import ALIKE, Profile, likeness, most_alike, profile
from beffroi.network.rules.needs.words import LANGUAGES
from tests.network.needs.labelled import CHOSEN_ON, MEASURED_ON, Labelled
from tests.network.needs.measuring import measured, pairs_of


def titled(needs: Sequence[Labelled], title: str) -> Profile:
    return profile(next(need.content for need in needs if need.content["title"] == title))


def test_needs_of_one_topic_are_found_in_texts_that_nothing_was_chosen_on() -> None:
    found = measured(pairs_of(MEASURED_ON))
    assert found.precision >= 0.8
    assert found.recall >= 0.85


def test_needs_are_found_across_french_and_english() -> None:
    found = measured([pair for pair in pairs_of(MEASURED_ON) if pair.is_across])
    assert found.precision >= 0.8
    assert found.recall >= 0.85


def test_the_reason_names_what_both_speak_of_the_domain_and_the_data() -> None:
    like = likeness(
        titled(CHOSEN_ON, "Trouver une place en centre-ville"),
        titled(CHOSEN_ON, "Show where car parks still have room"),
    )
    assert like.is_alike
    assert like.sentence("en").startswith("both speak of ")
    assert "parking" in like.sentence("en")
    assert "the same domain" in like.sentence("en")
    assert "both have OffStreetParking" in like.sentence("en")
    assert "les deux ont OffStreetParking" in like.sentence("fr")
    assert like.points == like.concept_points + like.domain_points + like.data_points + like.wording_points


def test_likeness_is_the_same_from_both_sides_and_whole_with_oneself() -> None:
    profiles = [profile(need.content) for need in MEASURED_ON[:12]]
    for one in profiles:
        assert likeness(one, one).points >= 90 - 10 * (not one.types)
        for other in profiles:
            assert likeness(one, other).points == likeness(other, one).points


def test_two_needs_without_a_subject_in_common_are_never_similar() -> None:
    dull: JsonObject = {
        "language": "en",
        "domain": "data",
        "data": [{"type": "Thing"}],
        "title": "A map in real time",
        "problem": "A sensor and an app that forecast.",
    }
    assert likeness(profile(dull), profile(dull)).points == ALIKE - 1


def test_a_text_in_a_language_without_terms_is_compared_by_words_of_all_four() -> None:
    assert set(concepts_in("Parcheggio: parking per bus", "it")) >= {"parking", "public transport"}


@pytest.mark.parametrize(
    ("text", "language", "concept"),
    [
        ("Parkplatzsuche in der Altstadt", "de", "parking"),
        ("De vuilnisbakken op de markt", "nl", "waste container"),
        ("L’ÉCLAIRAGE PUBLIC la nuit", "fr", "street light"),
        ("Fine PM2.5 in the streets", "en", "air quality"),
    ],
)
def test_terms_are_found_in_four_languages_and_inside_compounds(
    text: str, language: str, concept: str
) -> None:
    assert concept in concepts_in(text, language)


def test_every_concept_has_a_term_in_every_language() -> None:
    assert [c.name for c in CONCEPTS.values() if not all(c.terms[language] for language in LANGUAGES)] == []


def test_the_most_alike_come_first() -> None:
    asked = titled(CHOSEN_ON, "Balance our shared bikes")
    others = [(str(n), profile(need.content)) for n, need in enumerate(CHOSEN_ON)]
    found = most_alike(asked, others, most=3)
    assert len(found) == 3
    points = [like.points for _, like in found]
    assert points == sorted(points, reverse=True)


def test_a_hostile_text_is_read_and_finds_nothing() -> None:
    assert concepts_in("\x00" * 50 + "ﷺ" * 5_000 + "a" * 50_000, "de") == {}
