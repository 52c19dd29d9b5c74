"""Dates in words: the first of a month has an ordinal in French, wherever it is written."""

from datetime import date

import pytest

from beffroi.kernel.instant import Instant
from beffroi.market.rules.bills.view import _day
from beffroi.market.wire.speech import speech
from beffroi.portal.words.labels import load_labels
from beffroi.portal.words.language import Language, load_language

FIRST = Instant("2026-11-01T11:05:00.000000Z")
ELEVENTH = Instant("2026-11-11T11:05:00.000000Z")


def language(code: str) -> Language:
    return load_language(code, "Europe/Paris", load_labels())


@pytest.mark.parametrize(("at", "day"), [(FIRST, "1er"), (ELEVENTH, "11")])
def test_the_first_of_a_month_is_le_premier(at: Instant, day: str) -> None:
    french = language("fr")
    assert french.day(at) == f"{day} novembre 2026"
    assert french.written_day(at) == f"{day} nov. 2026"
    assert french.moment(at).startswith(f"{day} nov. 2026")
    assert french.in_zone(at, "Europe/Paris").startswith(f"{day} nov. 2026, 12:05")
    assert french.utc_day(at).split(" ", 1)[1] == f"{day} nov."
    assert speech("fr").day(at) == f"{day} novembre 2026"
    assert _day(date.fromisoformat(at[:10]), "fr_FR") == f"{day} novembre 2026"


def test_english_keeps_its_number() -> None:
    assert language("en").day(FIRST) == "1 November 2026"
    assert _day(date(2026, 11, 1), "en_GB") == "1 November 2026"
