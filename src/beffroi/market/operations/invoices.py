"""Read a bill with its lines and its parties as an invoice."""

from typing import cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem, ResourceNotFound
from beffroi.kernel.record import Key
from beffroi.market.rules.bills.document import BILL, RATE
from beffroi.market.rules.bills.invoice import Invoice, invoice_of
from beffroi.market.rules.bills.party import Party, party_of
from beffroi.market.rules.bills.party_form import BILLED
from beffroi.store.port import Store

PARTIES = ("tmf:organization", "tmf:individual")
PIECE = 500


async def read_invoice(store: Store, bill_id: str) -> Invoice:
    """Raises Problem: ResourceNotFound for a bill that is not there, BadRequestData for one that is none."""
    key = Key("", BILL, bill_id)
    found = (await store.read([key])).get(key)
    if found is None:
        raise Problem(ResourceNotFound, f"There is no customerBill '{bill_id[:100]}'.")
    bill = found.body
    lines = await bill_lines(store, bill_id)
    return invoice_of(bill, lines, await _party(store, bill, "seller"), await _party(store, bill, "buyer"))


async def bill_lines(store: Store, bill_id: str) -> list[JsonObject]:
    """The appliedCustomerBillingRates of a bill, in order: their ids are numbered without a gap."""
    lines: list[JsonObject] = []
    while True:
        keys = [Key("", RATE, f"{bill_id}-{len(lines) + n:04d}") for n in range(1, PIECE + 1)]
        found = await store.read(keys)
        lines += [found[key].body for key in keys if key in found]
        if len(found) < PIECE:
            return lines


async def _party(store: Store, bill: JsonObject, role: str) -> Party:
    related = cast("list[dict[str, Json]]", bill["relatedParty"])
    id = next(str(party["id"]) for party in related if party["role"] == role)
    keys = [Key("", kind, id) for kind in (BILLED, *PARTIES)]
    found = await store.read(keys)
    for key in keys:
        if key in found:
            return party_of(found[key].body)
    raise Problem(BadRequestData, f"The {role} '{id[:80]}' of the bill is no party of this node.")
