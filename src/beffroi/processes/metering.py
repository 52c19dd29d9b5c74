"""Fold the gate's journal into usage rows (TMF635), exactly once.

One commit writes the rows that come of a piece of the journal, what the products have used of this day and
this month, and the place behind that piece. Whoever is killed before it begins the same piece again; whoever
is killed after it goes on behind it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, cast

from beffroi.kernel.instant import Instant, datetime_of, plus_seconds
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.rules.access.journal_line import Counted, Tally, tallied
from beffroi.market.rules.access.meter import meter_document, meter_key, spent_of
from beffroi.market.rules.access.usage_chain import USAGE, next_row
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.store.journal import Journal, Place
from beffroi.store.port import Store
from beffroi.web.pause import pause

POSITION: Final = Key("", "meter-position", "journal")
FOLD_SECONDS: Final = 15.0
FORGET_SECONDS: Final = 3_600.0
PIECE_BYTES: Final = 1_000_000
MOST_TOLD: Final = 10
"""Damaged lines of a piece that the log shows."""
LOG = logging.getLogger("beffroi")


async def keep_metering(
    fold_all: Callable[[], Awaitable[int]], stopped: asyncio.Event, seconds: float = FOLD_SECONDS
) -> None:
    """Fold every so many seconds until `stopped` is set, and once more then."""
    while not stopped.is_set():
        await fold_all()
        await pause(stopped, seconds)
    await fold_all()


async def keep_forgetting_lines(
    store: Store, journal: Journal, days: int, now: Callable[[], Instant], stopped: asyncio.Event
) -> None:
    """Remove segments of the journal that were folded and are older than so many days, until `stopped`."""
    while not stopped.is_set():
        await forget_lines(store, journal, days, now())
        await pause(stopped, FORGET_SECONDS)


async def forget_lines(store: Store, journal: Journal, days: int, now: Instant) -> int:
    """Remove folded segments that were last written more than so many days ago; how many that were."""
    folded = await folded_to(store)
    since = datetime_of(now).timestamp() - 86_400 * days
    return await asyncio.to_thread(journal.forget, folded, since)


async def fold(store: Store, journal: Journal) -> int:
    """Fold all that the journal has; how many usage rows this call wrote. Several may fold at once."""
    rows = 0
    while True:
        begun = await folded_to(store)
        lines = await asyncio.to_thread(journal.read, begun, PIECE_BYTES)
        if not lines.lines:
            return rows
        tallies, damaged = tallied(lines.lines)
        if await _keep(store, begun, lines.place, tallies):
            rows += len(tallies)
            for line in damaged[:MOST_TOLD]:
                LOG.error("A damaged line of the gate's journal counts nothing: %r", line[:200])


async def folded_to(store: Store) -> Place:
    """Up to where the journal was folded."""
    return _place_of((await store.read([POSITION])).get(POSITION))


def _place_of(position: Record | None) -> Place:
    if position is None:
        return Place()
    body = position.body
    return Place(cast("int", body["segment"]), cast("int", body["offset"]))


async def _keep(store: Store, begun: Place, end: Place, tallies: Mapping[tuple[str, str], Tally]) -> bool:
    """Whether the piece was kept; not, if somebody else has folded it meanwhile."""
    products = list(dict.fromkeys(product for product, _ in tallies))
    keys = [POSITION, *map(meter_key, products), *(PRODUCT.key(product) for product in products)]

    kept = list[bool]()

    def decide(stored: Mapping[Key, Record]) -> Commit:
        kept[:] = [_place_of(stored.get(POSITION)) == begun]
        if not kept[0]:
            return Commit()
        changes = [Change(POSITION, document_of({"segment": end.segment, "offset": end.offset}))]
        for product in products:
            own = [tally for (name, _), tally in tallies.items() if name == product]
            parties = _parties(stored.get(PRODUCT.key(product)))
            changes += _rows(product, own, stored.get(meter_key(product)), parties)
        return Commit(tuple(changes))

    await store.transact(keys, decide)
    return kept[0]


def _parties(product: Record | None) -> list[Json]:
    """Seller and buyer of a product, who may read its rows."""
    parties = product.body.get("relatedParty") if product is not None else None
    return parties if isinstance(parties, list) else []


def _rows(product: str, tallies: list[Tally], meter: Record | None, parties: list[Json]) -> list[Change]:
    """A usage row for each day, and the meter after them."""
    spent = spent_of(meter)
    last = cast("JsonObject | None", meter.body["last"]) if meter is not None else None
    changes: list[Change] = []
    for tally in sorted(tallies, key=lambda each: each.first):
        since, until = _period(tally, last)
        last = next_row(product, last, since, until, tally.counted, parties)
        changes.append(Change(Key("", USAGE, str(last["id"])), document_of(last)))
        spent.turn(tally.last)
        spent.add(Counted(**tally.counted))
    return [*changes, Change(meter_key(product), document_of(meter_document(last, spent)))]


def _period(tally: Tally, last: JsonObject | None) -> tuple[Instant, Instant]:
    """From the first line to behind the last; never before the row before, whatever clocks did."""
    ended = str(cast("JsonObject", last["meter"])["to"]) if last else ""
    since = Instant(max(tally.first, ended))
    return since, Instant(max(plus_seconds(tally.last, 1e-6), plus_seconds(since, 1e-6)))
