"""Budget: a range of exact decimal amounts in one currency (ISO 4217), written as texts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from beffroi.kernel.currency import MINOR_UNITS, checked_currency
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.rules.schema import object_of

AMOUNT: Final[JsonObject] = {"type": "string", "pattern": r"^(0|[1-9]\d{0,11})(\.\d{1,2})?$"}
BUDGET: Final[JsonObject] = object_of(
    "currency from to", currency={"type": "string", "pattern": "^[A-Z]{3}$"}, **{"from": AMOUNT, "to": AMOUNT}
)


@dataclass(frozen=True, slots=True)
class Budget:
    """From the least to the most that may be spent."""

    least: Decimal
    most: Decimal
    currency: str


def budget_of(document: JsonObject) -> Budget:
    """Read a budget of the right shape. Raises Problem(BadRequestData).

    >>> budget_of({"currency": "EUR", "from": "10000", "to": "9000.50"})
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The budget goes from 10000 to 9000.50 EUR: the least is above the most.
    """
    currency = checked_currency(document["currency"])
    least, most = Decimal(str(document["from"])), Decimal(str(document["to"]))
    for amount in (least, most):
        if amount != amount.quantize(Decimal(1).scaleb(-MINOR_UNITS[currency])):
            raise Problem(
                BadRequestData,
                f"The amount {amount} has more decimals than {currency} has: {MINOR_UNITS[currency]}.",
            )
    if least > most:
        raise Problem(
            BadRequestData,
            f"The budget goes from {least} to {most} {currency}: the least is above the most.",
        )
    return Budget(least, most, currency)
