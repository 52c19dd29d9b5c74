"""Totals of a bill: tax by category of the sum of its lines (EN 16931, BR-CO-10 to BR-CO-17)."""

from collections.abc import Sequence
from dataclasses import dataclass

from beffroi.market.rules.bills.credit import Allowance
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.prices.money import Money, total, zero
from beffroi.market.rules.prices.tax import Tax


@dataclass(frozen=True, slots=True)
class TaxSum:
    """`base` is what the tax is taken of, allowances taken off."""

    tax: Tax
    base: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """`lines` is the sum of the lines, `allowances` what comes off the whole; `net` is without tax."""

    lines: Money
    allowances: Money
    net: Money
    tax: Money
    gross: Money
    taxes: tuple[TaxSum, ...]


def totals(lines: Sequence[Charge], allowances: Sequence[Allowance], currency: str) -> Totals:
    """Nothing is rounded but the tax of each category."""
    bases: dict[Tax, Money] = {}
    for line in lines:
        bases[line.tax] = bases.get(line.tax, zero(currency)) + line.net
    for allowance in allowances:
        bases[allowance.tax] -= allowance.amount
    taxes = tuple(
        TaxSum(tax, base, base.times(tax.rate, 100).rounded())
        for tax, base in sorted(
            bases.items(), key=lambda item: (item[0].category, -item[0].rate, item[0].code)
        )
    )
    of_lines = total((line.net for line in lines), currency)
    off = total((allowance.amount for allowance in allowances), currency)
    tax = total((part.amount for part in taxes), currency)
    net = of_lines - off
    return Totals(of_lines, off, net, tax, net + tax, taxes)
