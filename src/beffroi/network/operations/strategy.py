"""The strategy of a city: read whole, and import it from a table in one commit."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem, TooLarge
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.kernel.table import rows_of
from beffroi.kernel.text import text_of
from beffroi.network.operations.documents import Sought, all_documents, documents, newest_documents, write
from beffroi.network.operations.services import Network
from beffroi.network.rules.document import draft, revised
from beffroi.network.rules.kind import TENANT
from beffroi.network.rules.ledger import Ledger
from beffroi.network.rules.strategy.board import Promise, board
from beffroi.network.rules.strategy.kinds import ACTION, INDICATOR, PLEDGE, READING, STRATEGY_KINDS
from beffroi.network.rules.strategy.plan import Plan, Wanted, plan
from beffroi.network.rules.strategy.table import read_lines
from beffroi.web.message import Actor

MOST_BYTES: Final = 5_000_000
MOST_READINGS: Final = 400
"""Readings of one indicator on a board: those of a year, one a day."""
IMPORTED: Final = Key(TENANT, "net:imported", "strategy")
"""How many tables were imported: who imports over another import begins again."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many documents of each kind are new, and changed; how many are as the table has them."""

    new: Mapping[str, int]
    changed: Mapping[str, int]
    same: int

    def document(self) -> JsonObject:
        """As JSON."""
        return {"new": {**self.new}, "changed": {**self.changed}, "same": self.same}


async def read_board(network: Network, origin: str, actor: Actor) -> list[Promise]:
    """The pledges of one city with what was done for them, as of today; of each indicator the first reading
    and the newest ones."""
    pledges, actions, indicators = [
        await newest_documents(network, kind, actor, Sought(origin)) for kind in (PLEDGE, ACTION, INDICATOR)
    ]
    readings = [reading for each in indicators for reading in await _readings(network, each, actor)]
    return board(pledges, actions, indicators, readings, network.now()[:10])


async def read_deeds(network: Network, origin: str, actor: Actor) -> list[Promise]:
    """As `read_board`, without indicators."""
    pledges, actions = [
        await newest_documents(network, kind, actor, Sought(origin)) for kind in (PLEDGE, ACTION)
    ]
    return board(pledges, actions, (), (), network.now()[:10])


async def _readings(network: Network, indicator: JsonObject, actor: Actor) -> list[JsonObject]:
    """What its own node read of an indicator."""
    sought = Sought(str(indicator["origin"]), facets={"content.indicator": str(indicator["id"])})
    newest = await newest_documents(network, READING, actor, sought, MOST_READINGS)
    if len(newest) < MOST_READINGS:
        return newest
    first = (await documents(network, READING, actor, sought, limit=1)).documents
    return [*(each for each in first if READING.holds(each) and each["id"] != newest[0]["id"]), *newest]


async def import_table(
    network: Network, body: bytes, language: str, actor: Actor, *, dry: bool = False
) -> Imported:
    """Write what a table (CSV of any separator and encoding) says, published; all of it, or nothing.

    With `dry` nothing is written. Raises Problem that tells of each line that is not right.
    """
    if len(body) > MOST_BYTES:
        raise Problem(TooLarge, f"The table has {len(body):,} bytes; {MOST_BYTES:,} are taken.")
    lines = read_lines(rows_of(text_of(body, wrong=BadRequestData), BadRequestData))
    before = (await network.store.read([IMPORTED])).get(IMPORTED)
    did = (await network.signer()).did
    stored = [
        each for kind in STRATEGY_KINDS for each in await all_documents(network, kind, actor, Sought(did))
        if "withdrawn" not in each
    ]  # fmt: skip
    found = plan(lines, stored, did=did, language=language, today=network.now()[:10], fresh=_fresh(network))
    for wanted in (*found.new, *found.changed):
        wanted.kind.valid(wanted.content)
    if not dry and (found.new or found.changed):
        await _write(network, found, actor, before)
    return Imported(_counts(found.new), _counts(found.changed), found.same)


async def _write(network: Network, found: Plan, actor: Actor, before: Record | None) -> None:
    did = (await network.signer()).did
    reads = [wanted.kind.key(wanted.id) for wanted in found.changed]

    def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
        now = stored.get(IMPORTED)
        if (now.version if now else 0) != (before.version if before else 0):
            raise Problem(Conflict, "Another table was imported meanwhile; import this one again.")
        for wanted in found.new:
            document = draft(wanted.kind, wanted.id, did, wanted.content, actor.name, ledger.at)
            ledger.put(wanted.kind, {**document, "state": "published", "published": ledger.at})
        for wanted in found.changed:
            record = stored[wanted.kind.key(wanted.id)]
            reason = f"Line {wanted.line} of an imported table says so."
            ledger.put(
                wanted.kind, revised(wanted.kind, record, wanted.content, actor.name, ledger.at, reason)
            )
        ledger.add(Change(IMPORTED, document_of({"at": ledger.at, "by": actor.name})))

    await write(network, [IMPORTED, *reads], decide)


def _fresh(network: Network) -> Iterator[str]:
    while True:
        yield network.new_id()


def _counts(wanted: Iterable[Wanted]) -> Mapping[str, int]:
    return Counter(each.kind.name for each in wanted)
