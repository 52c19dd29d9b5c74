"""What an offering of the catalogue would cost."""

from collections.abc import Mapping
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Key
from beffroi.market.rules.prices.calendar import month_of
from beffroi.market.rules.prices.preview import Preview, preview
from beffroi.market.rules.prices.selling import offered_plans, valid_at
from beffroi.store.port import Store

OFFERING, PRICE = "tmf:productOffering", "tmf:productOfferingPrice"


async def preview_offering(
    store: Store, offering_id: str, expected: Mapping[str, int], month: str, since: Instant, now: Instant
) -> Preview:
    """The bill of a month for an offering, begun at `since` and used as expected, by the prices at which it
    is sold at the moment `now`.

    Raises Problem: ResourceNotFound for an offering or a price that is not there, BadRequestData for prices
    that no bill could be written by, Conflict for one that is retired: an order is refused for the same.
    """
    what = f"The offering '{offering_id[:80]}'"
    offering = await _read(store, Key("", OFFERING, offering_id), f"{what} does not exist.")
    named = cast("list[dict[str, Json]]", offering.get("productOfferingPrice") or [])
    keys = [Key("", PRICE, str(price["id"])) for price in named]
    prices = [await _read(store, key, f"{what} names the price '{key.id}', which is gone.") for key in keys]
    plans = offered_plans(valid_at(prices, now, what), what)
    return preview(plans, expected, month_of(month), since)


async def _read(store: Store, key: Key, sentence: str) -> JsonObject:
    found = (await store.read([key])).get(key)
    if found is None:
        raise Problem(ResourceNotFound, sentence)
    return found.body
