"""Rate the usage rows of a product and month before its bill, and mark them as billed after it.

Rows are read and written in pieces, each in one commit that decides on them as they are then, so that memory
stays bounded however many there are. Both steps are safe to repeat. The rows of a product are numbered
without a gap, and their ids are made of these numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.rules.access.usage_chain import USAGE, began, number_of, product_of, usage_id
from beffroi.market.rules.bills.rating import Rating, billed, rate, unrated
from beffroi.market.rules.prices.calendar import ONE_DAY, Days, month_name, start_of
from beffroi.market.rules.prices.charging import Subscription, Usage
from beffroi.store.port import All, Between, Find, Store, Where

PIECE = 250
"""Rows in one commit: a decision on them keeps a running node from answering for some 20 ms."""


@dataclass(frozen=True, slots=True)
class Rated:
    """What was counted of a product in a month, and the numbers of the rows that say so."""

    product: str
    usage: Usage
    numbers: range


async def rate_month(store: Store, of: Subscription, month: Days, now: Instant) -> Rated:
    """Rate every row of a product that begins in a month and is not rated yet.

    Raises Problem(BadRequestData) for rows that do not hold: those before the break are rated then.
    """
    first = await _first(store, of.product, month)
    number, rating = first, unrated(of)
    while number:
        rating, read = await _rate_piece(store, of, rating, _Piece(number, month, now))
        number += read
        if read < PIECE and not await _goes_on(store, of.product, month, number):
            break
    return Rated(of.product, rating.usage, range(first, number))


async def mark_billed(store: Store, rated: Rated) -> None:
    """Mark the rows that a bill was made of."""
    for at in range(0, len(rated.numbers), PIECE):
        keys = [_key(rated.product, number) for number in rated.numbers[at : at + PIECE]]
        await store.transact(keys, _marked)


@dataclass(frozen=True, slots=True)
class _Piece:
    number: int
    month: Days
    now: Instant


async def _rate_piece(store: Store, of: Subscription, rating: Rating, piece: _Piece) -> tuple[Rating, int]:
    """The rating after the next rows, and how many these are."""
    keys = [_key(of.product, number) for number in range(piece.number, piece.number + PIECE)]
    result = list[tuple[Rating, int]]()

    def decide(stored: Mapping[Key, Record]) -> Commit:
        rows = _following(keys, stored, piece.month)
        after, changed = rate(of, rating, rows, piece.now)
        result[:] = [(after, len(rows))]
        return Commit(tuple(map(_change, changed)))

    await store.transact(keys, decide)
    return result[0]


def _following(keys: Sequence[Key], stored: Mapping[Key, Record], month: Days) -> list[JsonObject]:
    """The rows from the first key on, up to one that is not there or belongs to another month."""
    rows: list[JsonObject] = []
    for key in keys:
        record = stored.get(key)
        row = record.body if record is not None else {}
        if "meter" not in row or began(row)[:7] != month_name(month):
            break
        rows.append(row)
    return rows


def _marked(stored: Mapping[Key, Record]) -> Commit:
    rows = (billed(record.body) for record in stored.values())
    return Commit(tuple(_change(row) for row in rows if row is not None))


async def _first(store: Store, product: str, month: Days) -> int:
    """The number of the first row of a month; 0 if there is none."""
    found = await store.find(_of_month(product, month))
    return number_of(found.records[0].body) if found.records else 0


async def _goes_on(store: Store, product: str, month: Days, number: int) -> bool:
    """Whether a row with this number has come meanwhile. Raises Problem if it is missing between others."""
    before, key = _key(product, number - 1), _key(product, number)
    records = await store.read([before])
    after = records[before].number if before in records else 0
    found = await store.find(_of_month(product, month, after))
    if not found.records:
        return False
    if key not in await store.read([key]):
        raise Problem(
            BadRequestData,
            f"The usage of the product '{product[:80]}' does not hold: its row {number} is missing.",
        )
    return True


def _of_month(product: str, month: Days, after: int = 0) -> Find:
    name = month_name(month)

    def keep(record: Record) -> bool:
        body = record.body
        return "meter" in body and product_of(body) == product and began(body)[:7] == name

    first, last = start_of(month.first), start_of(month.last + ONE_DAY)
    where = All((Where("meter.product", "==", "text", product), Between("meter.from", "text", first, last)))
    return Find("", USAGE, where=where, keep=keep, after=after, limit=1)


def _key(product: str, number: int) -> Key:
    return Key("", USAGE, usage_id(product, number))


def _change(row: JsonObject) -> Change:
    return Change(Key("", USAGE, str(row["id"])), document_of(row), body=row)
