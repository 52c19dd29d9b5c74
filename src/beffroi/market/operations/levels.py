"""Read what was measured: the series of an offering for everybody, breaches for the parties of a product."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, cast

from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Forbidden, Problem
from beffroi.kernel.record import Record
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.bills.credit import KIND as CREDIT
from beffroi.market.rules.bills.credit import credit_key
from beffroi.market.rules.documents.visibility import Actor, concerns, sees_all
from beffroi.market.rules.prices.calendar import Days
from beffroi.market.rules.service_level.breach import KIND as BREACH
from beffroi.market.rules.service_level.breach import measured_number, offering_in, promised
from beffroi.market.rules.service_level.promise import Promise, promise_of
from beffroi.market.rules.service_level.rollup import Tally, tallies_in
from beffroi.market.rules.service_level.series import hours_of
from beffroi.market.rules.service_level.settle import credit_id, life_of
from beffroi.market.rules.service_level.watch import WATCH, level_key, watch_key
from beffroi.store.port import Find, Prefix, Store, Where

MOST_DAYS: Final = 100
MOST_BREACHES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Levels:
    """What an offering promises and what was measured. `objectives` have `metric`, `target` … and `measured`,
    the percentage of the month so far (null: nothing was measured); `hours` are a series for a chart."""

    offering: JsonObject
    month: str
    last: str
    objectives: Sequence[JsonObject]
    hours: Sequence[JsonObject]

    def document(self) -> JsonObject:
        """As JSON."""
        return {
            "offering": {"id": self.offering["id"], "name": self.offering.get("name")},
            "month": self.month,
            "lastProbe": shortened(Instant(self.last)) if self.last else None,
            "objective": [*self.objectives],
            "hour": [*self.hours],
        }


async def levels(market: Market, offering_id: str, days: Days, actor: Actor) -> Levels:
    """What was measured of an offering in these days, at most MOST_DAYS.

    Raises Problem: ResourceNotFound for an offering that is not there, BadRequestData for too many days.
    """
    if not 0 < len(days) <= MOST_DAYS:
        raise Problem(BadRequestData, f"A series has 1 to {MOST_DAYS} days, not {len(days)}.")
    offering = await retrieve(market, PRODUCT_OFFERING, offering_id, actor)
    promise = promise_of(offering)
    watch = (await market.store.read([watch_key(offering_id)])).get(watch_key(offering_id))
    body: JsonObject = watch.body if watch is not None else {}
    kept = await kept_levels(market.store, offering_id, days)
    return Levels(
        offering,
        str(body.get("month") or market.now()[:7]),
        str(body.get("last") or ""),
        _objectives(promise, body),
        hours_of(days, kept, market.now()),
    )


async def watched_offerings(store: Store) -> list[str]:
    """The ids of all offerings that were watched and are still there, in the order in which it began."""
    found = await store.find(Find("", WATCH, limit=None))
    keys = [PRODUCT_OFFERING.key(record.key.id) for record in found.records]
    offerings = await store.read(keys)
    return [key.id for key in keys if key in offerings]


async def kept_levels(store: Store, offering: str, days: Days) -> dict[date, JsonObject]:
    """The records of the days on which something was measured, in order."""
    keys = {day: level_key(offering, day.isoformat()) for day in days}
    found = await store.read([*keys.values()])
    return {day: found[key].body for day, key in keys.items() if key in found}


async def breaches_of_product(market: Market, product_id: str, actor: Actor) -> list[JsonObject]:
    """The breaches of a product's offering while it ran, oldest first, each with the `credit` that the
    product got for its month. Raises Problem(ResourceNotFound) for whoever is no party of the product."""
    product = await retrieve(market, PRODUCT, product_id, actor)
    reference = product.get("productOffering")
    offering = str(reference.get("id")) if isinstance(reference, dict) else ""
    since, until = life_of(product)
    found = [
        breach
        for breach in await breaches_of(market.store, offering)
        if since and str(breach.get("to") or "~") >= since and (not until or str(breach["from"]) < until)
    ]
    return [await _with_credit(market.store, product_id, breach) for breach in found]


async def breaches_of_offering(market: Market, offering_id: str, actor: Actor) -> list[JsonObject]:
    """The breaches of an offering, oldest first, for its parties.

    Raises Problem: ResourceNotFound, Forbidden.
    """
    offering = await retrieve(market, PRODUCT_OFFERING, offering_id, actor)
    if not sees_all(actor) and not concerns(PRODUCT_OFFERING, offering, actor.party):
        raise Problem(
            Forbidden, "Breaches of an offering are shown to its provider; ask for those of a product."
        )
    return await breaches_of(market.store, offering_id)


async def breaches_of(store: Store, offering: str) -> list[JsonObject]:
    """The newest MOST_BREACHES breaches of an offering, oldest first."""

    def keep(record: Record) -> bool:
        return record.shared["offering"] == offering

    where = Where("offering", "==", "text", offering)
    found = await store.find(Find("", BREACH, where=where, keep=keep, limit=None))
    return sorted((record.body for record in found.records), key=_since)[-MOST_BREACHES:]


async def credits_of(store: Store, offering: str) -> list[JsonObject]:
    """The credits that products of an offering got for what was missed, the oldest first."""

    def keep(record: Record) -> bool:
        return offering_in(str(record.shared.get("breach") or "")) == offering

    found = await store.find(Find("", CREDIT, Prefix("breach", f"{offering}:"), keep, limit=None))
    return [record.body for record in found.records]


async def credits_of_product(store: Store, product: str) -> list[JsonObject]:
    """The credits that are owed for what a product missed, the oldest first."""

    def keep(record: Record) -> bool:
        return record.shared.get("product") == product

    found = await store.find(Find("", CREDIT, Where("product", "==", "text", product), keep, limit=None))
    return [record.body for record in found.records]


async def _with_credit(store: Store, product: str, breach: JsonObject) -> JsonObject:
    month, metric = str(breach["from"])[:7], str(breach["objective"])
    key = credit_key(credit_id(product, month, metric))
    record = (await store.read([key])).get(key)
    return breach if record is None else {**breach, "credit": record.body}


def _objectives(promise: Promise | None, watch: JsonObject) -> list[JsonObject]:
    counts = tallies_in(watch)
    return [
        {**promised(each), "measured": measured_number(counts.get(each.metric, Tally()))}
        for each in (promise.objectives if promise else ())
    ]


def _since(breach: JsonObject) -> str:
    return cast("str", breach["from"])
