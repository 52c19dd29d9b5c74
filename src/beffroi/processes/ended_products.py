"""When a product has ended for good, so have its subscriptions: they are removed.

While a product is suspended they stay and hear nothing (`broker/operations/notify.py`).
"""

import asyncio
from typing import Final

from beffroi.broker.operations.services import Broker
from beffroi.broker.operations.subscriptions import delete_subscription
from beffroi.broker.rules.subscription.subscription_record import KIND as SUBSCRIPTION
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Record
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.store.port import Find
from beffroi.web.pause import pause

ENDED: Final = frozenset({"cancelled", "terminated"})
"""States that a product does not leave (TMF637)."""

SWEEP_SECONDS: Final = 60.0


async def keep_removing_listeners(broker: Broker, stopped: asyncio.Event) -> None:
    """Look every minute, until `stopped` is set."""
    while not stopped.is_set():
        await remove_listeners(broker)
        await pause(stopped, SWEEP_SECONDS)


async def remove_listeners(broker: Broker) -> int:
    """Remove every subscription whose product has ended or is gone; how many that were."""
    removed = 0
    for tenant in await broker.store.tenants():
        every = Find(tenant, SUBSCRIPTION, keep=lambda record: bool(record.body.get("product")), limit=None)
        found = (await broker.store.find(every)).records
        ended = await _ended(broker, {str(record.body["product"]) for record in found})
        for record in found:
            if record.body["product"] in ended:
                removed += await _remove(broker, record)
    return removed


async def _ended(broker: Broker, products: set[str]) -> set[str]:
    keys = {product: PRODUCT.key(product) for product in products}
    stored = await broker.store.read(list(keys.values()))
    return {
        product
        for product, key in keys.items()
        if key not in stored or stored[key].body.get("status") in ENDED
    }


async def _remove(broker: Broker, record: Record) -> bool:
    try:
        await delete_subscription(broker, record.key.tenant, record.key.id)
    except Problem as problem:
        if problem.kind is ResourceNotFound:
            return False
        raise
    return True
