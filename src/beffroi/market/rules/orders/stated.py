"""What a client says that an order costs has to be what it costs (TMF622: itemPrice, itemTotalPrice,
orderTotalPrice)."""

from collections.abc import Iterator, Sequence
from typing import Final, cast

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.market.rules.prices.money import Money, money_of

NET: Final = "dutyFreeAmount"
GROSS: Final = "taxIncludedAmount"


def check_prices(stated: Json, prices: Sequence[JsonObject], what: str) -> None:
    """Check the prices that are stated of an item against those that it has.

    Raises Problem: BadRequestData for what is no money or negative, Conflict for another price or currency.
    """
    amounts = [
        money_of(cast("JsonObject", price["price"])[NET], what) for price in prices if "price" in price
    ]
    currencies = {each.currency for each in amounts}
    for member, money in _amounts_in(stated, what):
        if money and currencies and money.currency not in currencies:
            raise Problem(
                Conflict,
                f"{what} is to be paid in {money.currency}; the offering is sold in {', '.join(currencies)}.",
            )
        if member == NET and money and amounts and money not in amounts:
            _refuse(money, what, *amounts)


def check_totals(stated: Json, sums: tuple[Money, Money] | None, what: str) -> None:
    """Check totals that are stated against the sums without and with tax; None where there is nothing to pay.

    Raises as `check_prices` does.
    """
    net, gross = sums or (None, None)
    for member, money in _amounts_in(stated, what):
        costs = net if member == NET else gross
        if costs is None:
            raise Problem(
                BadRequestData,
                f"{what} is said to cost {money.amount} {money.currency}; it adds nothing and costs nothing.",
            )
        if money != costs:
            _refuse(money, what, costs)


def _amounts_in(stated: Json, what: str) -> Iterator[tuple[str, Money]]:
    for each in objects_in(stated):
        price = each.get("price")
        if isinstance(price, dict):
            for member in (NET, GROSS):
                if member in price:
                    yield member, money_of(price[member], f"The {member} of {what[:1].lower()}{what[1:]}")


def _refuse(stated: Money, what: str, *amounts: Money) -> None:
    costs = ", ".join(f"{each.amount} {each.currency}" for each in amounts)
    raise Problem(Conflict, f"{what} is said to cost {stated.amount} {stated.currency}; it costs {costs}.")
