"""Lists of the market's documents a page at a time, the newest first, however many there are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.market.operations.reading import Sought, count, newest
from beffroi.market.operations.services import Market
from beffroi.market.rules.documents.question import Comparison, Condition
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.documents.visibility import Actor

ROWS: Final = 24


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a list: its documents, how many there are in all, which page it is, from 1, and of how
    many."""

    documents: Sequence[JsonObject]
    total: int
    number: int
    last: int


async def sheet(market: Market, shelves: Sequence[Sought], actor: Actor, number: int) -> Sheet:
    """A page of what stands on shelves, one after the other, each the newest first; a page after the last
    is the last."""
    full = [await count(market, one, actor) for one in shelves]
    total = sum(full)
    last = max(1, -(-total // ROWS))
    number = min(number, last)
    start = (number - 1) * ROWS
    shown = list[JsonObject]()
    for shelf, held in zip(shelves, full, strict=True):
        here = slice(max(start, 0), min(start + ROWS, held))
        if here.start < here.stop:
            shown += await newest(market, shelf, actor, held, here)
        start -= held
    return Sheet(shown, total, number, last)


def number_in(written: str) -> int:
    """The number of a page as an address says it; of what is none the first.

    >>> number_in("12"), number_in("-1")
    (12, 1)
    """
    return int(written) if re.fullmatch(r"[1-9]\d{0,5}", written, re.ASCII) else 1


def having(path: str, *values: str) -> Condition:
    """That a member has one of these values."""
    return ((Comparison(tuple(path.split(".")), "==", values),),)


def of_party(resource: Resource, party: str) -> Condition:
    """That a document concerns a party."""
    return (tuple(Comparison(tuple(path.split(".")), "==", (party,)) for path in resource.parties),)
