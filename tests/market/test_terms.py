"""Terms as members of documents, as an ODRL policy and as sentences."""

import re
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from beffroi.kernel.grant import Quota
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import JsonObject, decode, encode
from beffroi.kernel.licence import LICENCES
from beffroi.kernel.problem import Problem
from beffroi.market.rules.terms.clauses import PURPOSES, clauses
from beffroi.market.rules.terms.data_use_term import (
    OwnLicence,
    Terms,
    agreed,
    read_terms,
    term_element,
    terms_of,
)
from beffroi.market.rules.terms.odrl import Limits, Parties, policy_of
from beffroi.market.wire.speech import LANGUAGES, speech
from beffroi.portal.words.update import collected, stored

NOON = Instant("2026-11-22T12:00:00.000000Z")
LATER = Instant("2027-11-22T12:00:00.000000Z")
SQUARE: JsonObject = {
    "type": "Polygon",
    "coordinates": [[[3.0, 50.6], [3.1, 50.6], [3.1, 50.7], [3.0, 50.7], [3.0, 50.6]]],
}
FULL = Terms(
    "ODbL-1.0", ("research", "urn:city:planning"), ("FR", "EEA"), NOON, LATER, None, False, "pseudonymised"
)
LIMITS = Limits(SQUARE, (Quota("requests", 1000, "day"), Quota("entities", 50_000, "month")))

texts = some.text(
    some.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40
).filter(str.strip)
every_terms = some.builds(
    Terms,
    some.sampled_from(sorted(LICENCES))
    | some.builds(
        OwnLicence,
        texts,
        texts,
        some.sampled_from(["", "https://city.example/licence"]),
        some.just(()) | some.tuples(some.tuples(some.sampled_from(LANGUAGES), texts, texts)),
    ),
    some.lists(some.sampled_from([*PURPOSES, "own-word", "https://city.example/p#1"]), unique=True).map(
        tuple
    ),
    some.lists(some.sampled_from(["FR", "BE", "EU", "EEA", "FR-HDF"]), unique=True).map(tuple),
    some.sampled_from([NO_INSTANT, NOON]),
    some.sampled_from([NO_INSTANT, LATER]),
    some.none() | some.tuples(some.integers(1, 10_000), some.sampled_from(["day", "week", "month", "year"])),
    some.booleans(),
    some.sampled_from(["none", "pseudonymised", "personal"]),
)
every_limits = some.builds(
    Limits,
    some.sampled_from([None, SQUARE]),
    some.lists(
        some.builds(
            Quota,
            some.sampled_from(["requests", "bytes"]),
            some.integers(0, 10**12),
            some.sampled_from(["day", "month"]),
        ),
        max_size=3,
    ).map(tuple),
)


@given(every_terms)
def test_terms_are_read_as_they_were_written(terms: Terms) -> None:
    written = decode(encode(term_element(terms, "https://city.example")))
    assert isinstance(written, dict)
    assert read_terms(written) == terms
    assert terms_of({"productOfferingTerm": [{"name": "another term"}, written]}) == terms
    assert terms_of({"agreementItem": [{"termOrCondition": [written]}]}) == terms


@given(every_terms, every_terms)
def test_a_policy_loses_nothing_of_the_terms(terms: Terms, others: Terms) -> None:
    for one in fields(Terms):
        mixed = replace(terms, **{one.name: getattr(others, one.name)})
        assert (_policy(mixed, LIMITS) == _policy(terms, LIMITS)) == (mixed == terms), one.name


@given(every_limits, every_limits)
def test_a_policy_loses_nothing_of_the_limits(limits: Limits, others: Limits) -> None:
    for one in fields(Limits):
        mixed = replace(limits, **{one.name: getattr(others, one.name)})
        assert (_policy(FULL, mixed) == _policy(FULL, limits)) == (mixed == limits), one.name


def _policy(terms: Terms, limits: Limits) -> bytes:
    return encode(policy_of("urn:p:1", "urn:o:1", terms, limits, Parties("urn:city")))


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("licence", {"spdxId": "WTFPL"}, "'WTFPL'"),
        ("licence", {"name": "Ours"}, "neither an spdxId nor"),
        ("licence", None, "no licence"),
        ("licence", {"name": "Ours", "text": "x", "url": "javascript:alert(1)"}, "javascript"),
        (
            "licence",
            {"name": "Ours", "text": "x", "translation": "nos"},
            "The translation of the licence to ''",
        ),
        ("licence", {"name": "Ours", "text": "x", "translation": {"de": {"name": "U", "text": "y"}}}, "'de'"),
        ("licence", {"name": "Ours", "text": "x", "translation": {"fr": {"name": "Nos"}}}, "'fr'"),
        ("purpose", ["Research!"], "'Research!'"),
        ("purpose", "research", "no list"),
        ("region", ["France"], "'France'"),
        ("resale", "no", "'no'"),
        ("personalData", "some", "'some'"),
        ("duration", {"amount": 0, "units": "month"}, "0 month"),
        ("duration", {"amount": 1, "units": "fortnight"}, "'fortnight'"),
        ("validFor", {"startDateTime": "soon"}, "'soon'"),
        (
            "validFor",
            {"startDateTime": "2027-01-01T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"},
            "2026",
        ),
    ],
)
def test_terms_that_are_wrong_are_refused_with_the_value(member: str, value: object, words: str) -> None:
    element = {"licence": {"spdxId": "CC0-1.0"}, member: value}
    with pytest.raises(Problem, match=re.escape(words)):
        read_terms(element)  # type: ignore[arg-type]


def test_two_terms_in_one_document_are_refused() -> None:
    element = term_element(FULL)
    with pytest.raises(Problem, match="2 terms"):
        terms_of({"productOfferingTerm": [element, element]})


def test_an_agreement_begins_at_once_and_ends_when_its_duration_is_over() -> None:
    terms = Terms("CC0-1.0", duration=(1, "year"))
    assert agreed(terms, NOON, LATER) == Terms("CC0-1.0", since=NOON, until=LATER)
    assert agreed(replace(terms, since=LATER), NOON, LATER).since == LATER
    sooner = Instant("2027-01-01T00:00:00.000000Z")
    assert agreed(replace(terms, until=sooner), NOON, LATER).until == sooner
    assert agreed(Terms("CC0-1.0"), NOON, NO_INSTANT).until == NO_INSTANT


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_clause_is_a_sentence_in_the_language_of_the_reader(code: str) -> None:
    sentences = clauses(FULL, LIMITS, speech(code))
    assert len(sentences) == 12
    assert all(re.match(r"[A-ZÀ-Ü].*[.]$", each) for each in sentences), sentences
    assert not any("%" in each for each in sentences)


def test_clauses_name_purposes_places_days_and_amounts_as_people_do() -> None:
    french = " ".join(clauses(FULL, LIMITS, speech("fr")))
    assert "recherche et urn:city:planning" in french
    assert "France et l’Espace économique européen" in french
    assert "prend fin le 22 novembre 2027" in french
    assert re.search(r"50\s000 entités", french)
    english = " ".join(
        clauses(Terms(OwnLicence("City terms", "Be kind."), resale=True), Limits(), speech("en"))
    )
    assert "own licence “City terms”: Be kind." in english
    assert "may be sold on" in english


def test_a_licence_in_own_words_is_said_in_the_language_of_its_reader() -> None:
    both = (("fr", "Conditions de la ville", "Soyez gentils."), ("en", "City terms", "Be kind."))
    terms = Terms(OwnLicence("City terms", "Be kind.", translation=both))
    french, english = (" ".join(clauses(terms, Limits(), speech(code))) for code in ("fr", "en"))
    assert "Conditions de la ville" in french
    assert "Soyez gentils." in french
    assert "own licence “City terms”: Be kind." in english


def test_every_sentence_of_the_market_has_its_french() -> None:
    catalogue = stored("fr", "beffroi.market")
    said = {message.id for message in collected("beffroi.market") if message.id}
    assert said
    assert said == {message.id for message in catalogue if message.id and message.string}


@given(every_terms, every_limits, some.sampled_from(LANGUAGES))
def test_all_terms_can_be_said(terms: Terms, limits: Limits, code: str) -> None:
    assert all(clauses(terms, limits, speech(code)))
