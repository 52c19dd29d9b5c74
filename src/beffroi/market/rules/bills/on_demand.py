"""A bill on demand (TMF678 customerBillOnDemand): one buyer, or one billingAccount of theirs, up to now.

The document is answered `inProgress`; the step that follows writes the bill and moves the document to `done`
with its `customerBill`, or to `terminatedWithError` with the reason as its `description`. One that says not
whose bill is `rejected`.
"""

from collections.abc import Mapping, Sequence

from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL_ON_DEMAND
from beffroi.market.rules.bills.document import HREF
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene, Written

LANE = "bill-on-demand"


def make(body: JsonObject, scene: Scene) -> Outcome:
    """A demand that says not whose bill is kept as `rejected`. That it is one's own is a matter of who may
    write the document."""
    if not buyer_of(body) and not account_of(body):
        reason = "The demand names no buyer as relatedParty."
        return Outcome({**body, "state": "rejected", "description": reason})
    return Outcome(body, steps=((LANE, {"id": body["id"], "since": scene.now}),))


def buyer_of(demand: Mapping[str, Json]) -> str:
    """Whose bill it is; empty for one of an account alone."""
    party = demand.get("relatedParty")
    return str(party.get("id") or "") if isinstance(party, dict) else ""


def account_of(demand: Mapping[str, Json]) -> str:
    """The billingAccount that is asked for; empty for all of the buyer's."""
    account = demand.get("billingAccount")
    return str(account.get("id") or "") if isinstance(account, dict) else ""


def settled(demand: JsonObject, bills: Sequence[str], problems: Sequence[str]) -> Outcome:
    """The demand after the step; of several bills it names the last."""
    after: JsonObject = {**demand, "state": "terminatedWithError" if problems else "done"}
    if problems:
        after["description"] = " ".join(problems)
    elif bills:
        last = bills[-1]
        after["customerBill"] = {
            "id": last,
            "href": f"{HREF}/customerBill/{last}",
            "@referredType": "CustomerBill",
        }
    else:
        after["description"] = "There is nothing to bill."
    return Outcome(after, (Written(CUSTOMER_BILL_ON_DEMAND.name, str(demand["id"]), after),))


BILLS_ON_DEMAND = Behaviour(make=make, counts=True)
