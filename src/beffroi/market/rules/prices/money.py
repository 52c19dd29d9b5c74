"""Money: an exact decimal amount in one currency (ISO 4217), and the one rounding rule of the market.

**Rounding.** Prices, quantities and what comes of multiplying them are exact. An amount is rounded once,
where it becomes a line of a bill: half up (half away from zero) to the minor unit of its currency. Tax is
taken of the sum of the lines of one category and rounded in the same way (EN 16931, BR-CO-17). Sums are
sums of rounded amounts and are not rounded again.

In documents money is TM Forum's `{"unit": "EUR", "value": 12.34}`. A JSON number is read by its shortest
decimal text, so that 0.1 is one tenth, and written so that reading it gives the same amount.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from beffroi.kernel.currency import MINOR_UNITS, checked_currency
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem

MOST_DIGITS = 15
"""What every JSON reader keeps of a number (binary64)."""

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""Room for every product of a price and a quantity. A quotient of two such numbers that is no tie of the
minor unit differs from one by far more than the last of 60 digits, so that rounding it twice is safe."""


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts of different currencies never meet: arithmetic on them raises Problem(BadRequestData).

    >>> Money(Decimal("1.10"), "EUR") + Money(Decimal("2.20"), "EUR")
    Money(amount=Decimal('3.30'), currency='EUR')
    """

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def times(self, factor: Decimal | int, divisor: Decimal | int = 1) -> "Money":
        """The exact amount times `factor` / `divisor` (to 60 digits where the quotient does not end)."""
        return Money(
            EXACT.divide(EXACT.multiply(self.amount, Decimal(factor)), Decimal(divisor)), self.currency
        )

    def rounded(self) -> "Money":
        """Half up to the minor unit: the rule of this file.

        >>> Money(Decimal("2.345"), "EUR").rounded().amount, Money(Decimal("0.5"), "ISK").rounded().amount
        (Decimal('2.35'), Decimal('1'))
        """
        step = Decimal(1).scaleb(-MINOR_UNITS[self.currency])
        return Money(self.amount.quantize(step, ROUND_HALF_UP, EXACT), self.currency)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise Problem(
                BadRequestData, f"Amounts in {self.currency} and {other.currency} cannot be combined."
            )
        return other.amount


def zero(currency: str) -> Money:
    """Nothing, in a currency, with its minor digits.

    >>> zero("EUR").amount
    Decimal('0.00')
    """
    return Money(Decimal(0), currency).rounded()


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; nothing in `currency` when there is none. Raises Problem(BadRequestData) on a foreign one."""
    result = zero(currency)
    for amount in amounts:
        result += amount
    return result


def money_of(document: Json, what: str) -> Money:
    """Read TM Forum's Money; `what` names it in the sentence of Problem(BadRequestData).

    An amount is not negative: what is taken off has members of its own.

    >>> money_of({"unit": "EUR", "value": 0.1}, "The price").amount
    Decimal('0.1')
    >>> money_of({"unit": "EUR", "value": -1}, "The price")
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The price is negative: -1.
    """
    if not isinstance(document, dict) or "value" not in document or "unit" not in document:
        raise Problem(BadRequestData, f"{what} is no money: it needs a 'unit' (a currency) and a 'value'.")
    amount = decimal_of(document["value"], what)
    if amount < 0:
        raise Problem(BadRequestData, f"{what} is negative: {amount}.")
    return Money(amount, checked_currency(document["unit"]))


def money_document(money: Money) -> JsonObject:
    """Write TM Forum's Money. Raises Problem(BadRequestData) where no JSON number says the amount.

    >>> money_document(Money(Decimal("12.30"), "EUR"))
    {'unit': 'EUR', 'value': 12.3}
    """
    return {"unit": money.currency, "value": number_of(money.amount)}


def decimal_of(value: Json, what: str) -> Decimal:
    """A JSON number, or a text of decimal digits, as the decimal that it is written as."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Problem(BadRequestData, f"{what} is no number: {str(value)[:40]}.")
    text = value if isinstance(value, str) else repr(value)
    try:
        amount = Decimal(text[:60])
    except ArithmeticError as failure:
        raise Problem(BadRequestData, f"{what} is no number: {text[:40]}.") from failure
    if not amount.is_finite():
        raise Problem(BadRequestData, f"{what} is no number: {text[:40]}.")
    if len(text) > 60 or _digits(amount) > MOST_DIGITS:
        raise Problem(BadRequestData, f"{what} has more than {MOST_DIGITS} digits: {text[:40]}.")
    return amount


def number_of(amount: Decimal) -> int | float:
    """The JSON number that is read as this decimal again. Raises Problem(BadRequestData)."""
    if _digits(amount) > MOST_DIGITS:
        raise Problem(BadRequestData, f"The amount {amount} has more than {MOST_DIGITS} digits.")
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _digits(amount: Decimal) -> int:
    """Digits before and after the point, zeros at the end of a fraction apart."""
    _, digits, exponent = amount.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    shown = text.rstrip("0")
    places = (exponent if isinstance(exponent, int) else 0) + len(text) - len(shown)
    return max(len(shown) + max(places, 0), -min(places, 0)) if shown else 0
