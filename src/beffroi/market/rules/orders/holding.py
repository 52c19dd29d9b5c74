"""Who holds what is limited: the units of an offering that are taken, and the trials that were given.

    stock  offering id    {"holders": [{"item": "order/item", "party": party}]}
    trial  price id       the same

An order takes them in the commit that makes it, so that of two that race for the last unit one wins; an item
that comes to nothing gives both back, a product that ends gives its unit back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Change, Key, Record, document_of

STOCK: Final = "stock"
TRIAL: Final = "trial"


@dataclass(frozen=True, slots=True)
class Wish:
    """Who would hold how many units: a party by its id, and what it is called where that is known. Without an
    id nobody in particular, who holds nothing yet."""

    party: str = ""
    called: str = ""
    units: int = 1


def stock_key(offering: str) -> Key:
    """The record of the units of an offering."""
    return Key("", STOCK, offering)


def trial_key(price: str) -> Key:
    """The record of the trials of a price."""
    return Key("", TRIAL, price)


def unit_of(order: str, item: str) -> str:
    """How a record names the item of an order that holds something."""
    return f"{order}/{item}"


def holds(stored: Record | None, party: str) -> bool:
    """Whether a party is among the holders."""
    return any(holder["party"] == party for holder in _holders(stored))


def check_left(offering: str, limits: tuple[int, int], wish: Wish, stored: Record | None) -> None:
    """Raise Problem(Conflict) when so many units of what is called `offering` are not left, in all or for the
    party; 0 is no limit."""
    total, each = limits
    holders = _holders(stored)
    if total and len(holders) + wish.units > total:
        raise Problem(
            Conflict, f"The offering '{offering}' is sold out: of its {total} units {len(holders)} are taken."
        )
    own = sum(holder["party"] == wish.party for holder in holders) if wish.party else 0
    if each and own + wish.units > each:
        raise Problem(
            Conflict,
            f"'{wish.called or wish.party}' holds {own} of the offering '{offering}'; "
            f"{each} may be held at once.",
        )


def taken(key: Key, party: str, units: Sequence[str], stored: Record | None) -> Change:
    """The record with a holder more for each of the units."""
    new: list[JsonObject] = [{"item": unit, "party": party} for unit in units]
    return _written(key, [*_holders(stored), *new])


def freed(keys: Iterable[Key], units: Iterable[str], known: Mapping[Key, Record]) -> tuple[Change, ...]:
    """The records without what these units hold; one in which they hold nothing is left alone."""
    gone, changes = frozenset(units), list[Change]()
    for key in dict.fromkeys(keys):
        holders = _holders(known.get(key))
        left = [holder for holder in holders if holder["item"] not in gone]
        if len(left) < len(holders):
            changes.append(_written(key, left))
    return tuple(changes)


def _holders(stored: Record | None) -> list[JsonObject]:
    return objects_in(stored.body.get("holders")) if stored else []


def _written(key: Key, holders: Sequence[JsonObject]) -> Change:
    return Change(key, document_of({"holders": list[Json](holders)}))
