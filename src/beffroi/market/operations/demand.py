"""The step after a customerBillOnDemand: write the bill, then say so in the document; safe to repeat."""

from collections.abc import Sequence

from beffroi.courier.outcome import Done
from beffroi.courier.outcome import Outcome as Handled
from beffroi.kernel.json import decode_object
from beffroi.market.operations.billing import bill_now
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import act_as_node
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL_ON_DEMAND
from beffroi.market.rules.bills.on_demand import account_of, buyer_of, settled
from beffroi.market.rules.documents.behaviour import Outcome, Scene
from beffroi.store.port import Pending


async def bill_demanded(market: Market, events: Sequence[Pending]) -> Handled:
    """Bill what one demand asks for; one that is gone or settled is left alone."""
    key = CUSTOMER_BILL_ON_DEMAND.key(str(decode_object(events[0].body)["id"]))
    found = (await market.store.read([key])).get(key)
    if found is None or found.body["state"] != "inProgress":
        return Done()
    results = await bill_now(market, buyer_of(found.body), account_of(found.body))
    bills = [result.last for result in results if result.last]
    problems = [result.problem for result in results if result.problem]

    def rule(scene: Scene) -> Outcome | None:
        record = scene.records.get(key)
        if record is None or record.body["state"] != "inProgress":
            return None
        return settled(record.body, bills, problems)

    await act_as_node(market, lambda _: [key], rule, "bill on demand")
    return Done()
