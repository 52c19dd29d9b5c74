"""What was used, seen from both sides: the buyer over HTTP, the seller in the own node; the same rows."""

from dataclasses import dataclass
from typing import Final, cast

from beffroi.demo.talk import Talk, Unexpected
from beffroi.demo.trade.chain import check_chain
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.billing import product_rows
from beffroi.market.rules.access.usage_chain import totals_in, verify
from beffroi.store.port import Store

CONSUMPTION: Final = "/tmf-api/usageConsumption/v4/queryUsageConsumption"
USAGE: Final = "/tmf-api/usageManagement/v4/usage"


@dataclass(frozen=True, slots=True)
class Used:
    """Rows that both sides hold, what they come to, and the newest hash."""

    rows: int
    totals: dict[str, int]
    hash: str


async def compare(talk: Talk, store: Store, product: str, requests: int) -> Used:
    """The usage of a product, once both sides were found to hold the same, and the buyer's own count to be
    what was metered. Raises Unexpected."""
    await talk.make(CONSUMPTION, {"searchCriteria": {"product": [{"id": product}]}})
    bought = await talk.documents(USAGE, **{"meter.product": product, "limit": "100", "sort": "meter.number"})
    check_chain(bought)
    sold = await product_rows(store, product)
    broken = verify(sold)
    if broken is not None:
        raise Unexpected(f"The seller's chain breaks at row {broken.number}: {broken.reason}")
    if not bought or [_hash(row) for row in bought] != [_hash(row) for row in sold[: len(bought)]]:
        raise Unexpected(f"The buyer reads {len(bought)} rows, the seller {len(sold)} others.")
    totals = totals_in(bought[-1])
    if totals["requests"] != requests:
        raise Unexpected(f"The node metered {totals['requests']} requests, the firm counted {requests}.")
    return Used(len(bought), totals, _hash(bought[-1]))


def _hash(row: JsonObject) -> str:
    return str(cast("JsonObject", row["meter"])["hash"])
