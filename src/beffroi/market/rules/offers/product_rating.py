"""Ratings: what the holder of a product says of it, one to five stars and some words, changed at any time.

A rating is a record of the kind `rating`, named by product and party: `product`, `offering`, `party`,
`stars`, `words`, `at`. Whoever never held the product says nothing.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Forbidden, Problem
from beffroi.kernel.record import Key
from beffroi.market.rules.bills.account import CHARGED_STATES
from beffroi.market.rules.documents.roles import with_role
from beffroi.market.rules.orders.parties import is_seller
from beffroi.market.rules.prices.money import number_of

KIND: Final = "rating"
LONGEST_WORDS: Final = 1_000
MOST_STARS: Final = 5


def rating_key(product: str, party: str) -> Key:
    return Key("", KIND, f"{product}|{party}")


def rating(product: JsonObject, party: str, given: Mapping[str, Json], now: Instant) -> JsonObject:
    """The rating that a party gives a product.

    Raises Problem: Forbidden for who does not hold it or sells it, Conflict for a product that never began,
    BadRequestData for stars or words that are none.
    """
    check_holder(product, party)
    if is_seller(product, party):
        raise Problem(Forbidden, f"Who sells the product '{product['id']}' does not rate it.")
    if product.get("status") not in CHARGED_STATES:
        raise Problem(
            Conflict, f"The product '{product['id']}' is {product.get('status')} and was never used."
        )
    for name in given:
        if name not in {"stars", "words"}:
            raise Problem(BadRequestData, f"A rating has 'stars' and 'words', and no '{name[:100]}'.")
    offering = product.get("productOffering")
    return {
        "product": product["id"],
        "offering": offering.get("id") if isinstance(offering, dict) else None,
        "party": party,
        "stars": _stars(given.get("stars")),
        "words": _words(given.get("words", "")),
        "at": shortened(now),
    }


def check_holder(product: JsonObject, party: str) -> None:
    """Raise Problem(Forbidden) for a party that is not the buyer of a product."""
    if not party or party not in with_role(product, "buyer"):
        raise Problem(Forbidden, f"Only who holds the product '{product['id']}' rates it.")


def shown(body: JsonObject) -> JsonObject:
    """A rating as everybody sees it: without who gave it."""
    return {name: body[name] for name in ("stars", "words", "at")}


def average(stars: Sequence[int]) -> int | float | None:
    """The mean to one decimal, half up; None without any.

    >>> average([5, 4, 4]), average([4, 5]), average([])
    (4.3, 4.5, None)
    """
    if not stars:
        return None
    return number_of((Decimal(sum(stars)) / len(stars)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _stars(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_STARS:
        raise Problem(
            BadRequestData, f"The member 'stars' is {str(value)[:40]}, no whole number from 1 to 5."
        )
    return value


def _words(value: Json) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_WORDS:
        raise Problem(BadRequestData, f"The member 'words' is no text of at most {LONGEST_WORDS} characters.")
    if any(not (sign.isprintable() or sign == "\n") for sign in value):
        raise Problem(BadRequestData, "The member 'words' holds signs that cannot be shown.")
    return value.strip()
