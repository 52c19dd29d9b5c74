"""Take a wrong bill back, as a whole or by lines: a credit note, in one commit."""

from collections.abc import Mapping

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, Forbidden, Problem, ResourceNotFound
from beffroi.kernel.record import Commit, Key, Record
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.invoices import bill_lines
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.bills.credit_note import Wanted, credited, reads
from beffroi.market.rules.documents.behaviour import Seed
from beffroi.market.rules.documents.event import Happening
from beffroi.market.rules.documents.hub import hub_key
from beffroi.market.rules.documents.plan import Act, planned
from beffroi.market.rules.documents.visibility import OPERATE, Actor


async def credit_bill(market: Market, id: str, wanted: Wanted, actor: Actor) -> JsonObject:
    """The credit note (a customerBill). Raises Problem: Forbidden for who does not operate the node,
    ResourceNotFound, and Conflict for what was taken back already."""
    if OPERATE not in actor.may:
        raise Problem(Forbidden, f"'{actor.name}' does not operate this node and cannot take bills back.")
    store, key, now = market.store, CUSTOMER_BILL.key(id), market.now()
    found = (await store.read([key])).get(key)
    if found is None:
        raise Problem(ResourceNotFound, f"There is no customerBill '{id[:100]}'.")
    rates = await bill_lines(store, id)
    act = Act(now, Seed(market.new_id()), market.address, actor, wanted.reason)
    made: list[JsonObject] = []

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if key not in stored:
            raise Problem(Conflict, f"The customerBill '{id[:100]}' is gone.")
        bill = stored[key].body
        note = credited(bill, rates, wanted, stored, now)
        made[:] = [note.note]
        happenings = [
            Happening(CUSTOMER_BILL, None, note.note),
            Happening(CUSTOMER_BILL, bill, note.bill),
        ]
        commit = planned(happenings, (), stored, act)
        return commit._replace(changes=(*commit.changes, *note.changes))

    await transact_chained(store, [key, *reads(found.body, rates, now), hub_key(CUSTOMER_BILL.api)], decide)
    return made[0]
