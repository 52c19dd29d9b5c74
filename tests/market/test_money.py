"""Money: exact in, exact out, never mixed, rounded by one rule."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.json import decode_object, encode
from beffroi.kernel.problem import Problem
from beffroi.market.rules.prices.money import EXACT, Money, money_document, money_of, total

EURO = "EUR"


def euro(text: str) -> Money:
    return Money(Decimal(text), EURO)


@given(st.integers(0, 10**15 - 1), st.integers(0, 9))
def test_an_amount_survives_json(units: int, places: int) -> None:
    amount = Money(Decimal(units).scaleb(-places), EURO)
    again = money_of(decode_object(encode(money_document(amount))), "It")
    assert again.amount == amount.amount


@given(st.integers(0, 10**15), st.integers(0, 10**12), st.integers(1, 10**6))
def test_a_quotient_is_rounded_half_up_as_fractions_say(units: int, factor: int, divisor: int) -> None:
    exact = Fraction(units, 10**6) * factor / divisor
    cents = (exact * 100 + Fraction(1, 2)).__floor__()
    assert Money(Decimal(units).scaleb(-6), EURO).times(factor, divisor).rounded().amount == Decimal(
        cents
    ).scaleb(-2)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"unit": "EUR", "value": -0.01}, "negative"),
        ({"unit": "EUR", "value": "NaN"}, "no number"),
        ({"unit": "EUR", "value": "Infinity"}, "no number"),
        ({"unit": "EUR", "value": True}, "no number"),
        ({"unit": "EUR", "value": None}, "no number"),
        ({"unit": "EUR", "value": "1" * 80}, "digits"),
        ({"unit": "EUR", "value": 1e300}, "digits"),
        ({"unit": "EUR", "value": "1e999999999"}, "digits"),
        ({"unit": "EUR", "value": "0.0000000000000001"}, "digits"),
        ({"unit": "eur", "value": 1}, "'eur' is no currency"),
        ({"unit": "XXX", "value": 1}, "'XXX' is no currency"),
        ({"unit": 978, "value": 1}, "'978' is no currency"),
        ({"value": 1}, "no money"),
        ("12 EUR", "no money"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(document: object, sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        money_of(document, "The price")  # type: ignore[arg-type]


def test_currencies_never_meet() -> None:
    with pytest.raises(Problem, match="EUR and CHF"):
        euro("1") + Money(Decimal(1), "CHF")
    with pytest.raises(Problem, match="EUR and CHF"):
        total([Money(Decimal(1), "CHF")], EURO)
    with pytest.raises(Problem, match="EUR and CHF"):
        assert euro("1") < Money(Decimal(1), "CHF")


def test_half_is_rounded_up_and_away_from_zero() -> None:
    assert [euro(text).rounded().amount for text in ("0.005", "0.0049", "-0.005", "1.115")] == [
        Decimal("0.01"), Decimal("0.00"), Decimal("-0.01"), Decimal("1.12"),
    ]  # fmt: skip
    assert EXACT.rounding == ROUND_HALF_UP


def test_an_amount_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(Problem, match="digits"):
        money_document(euro("1234567890123456"))
