"""Settle months that are over: every offering and month in one commit, with the credits of its products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.levels import breaches_of, kept_levels
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf657 import SERVICE_LEVEL_OBJECTIVE
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.market.rules.bills.credit import KIND as CREDIT
from beffroi.market.rules.bills.credit import credit_key
from beffroi.market.rules.documents.behaviour import Seed, Written
from beffroi.market.rules.documents.hub import hub_key
from beffroi.market.rules.documents.plan import NODE, Act, happening_of, planned
from beffroi.market.rules.prices.calendar import month_of
from beffroi.market.rules.service_level.breach import KIND as BREACH
from beffroi.market.rules.service_level.breach import breach_key
from beffroi.market.rules.service_level.objectives import level_documents
from beffroi.market.rules.service_level.promise import Promise, promise_of
from beffroi.market.rules.service_level.rollup import summed
from beffroi.market.rules.service_level.settle import Month, credits_of, hours_in, whole_month_breaches
from beffroi.market.rules.service_level.watch import WATCH, months_to_settle, samples_of, settled, watch_key
from beffroi.store.port import Find


async def settle_months(market: Market) -> list[JsonObject]:
    """Settle every month that is over; the credits that were made. What was settled stays as it is."""
    now = market.now()
    found = await market.store.find(Find("", WATCH, limit=None))
    due = [
        (record.key.id, month) for record in found.records for month in months_to_settle(record.shared, now)
    ]
    if not due:
        return []
    products = await _products(market, {offering for offering, _ in due})
    made = list[JsonObject]()
    for offering, month in due:
        made += await _settle(market, offering, month, products.get(offering, []))
    return made


@dataclass(frozen=True, slots=True)
class _Settlement:
    """One offering and month, and all that comes of it."""

    offering: JsonObject
    month: Month
    documents: Sequence[Written]
    breaches: Sequence[JsonObject]
    credits: Sequence[JsonObject]

    @property
    def reads(self) -> list[Key]:
        return [
            watch_key(str(self.offering["id"])),
            hub_key(SERVICE_LEVEL_OBJECTIVE.api),
            *(Key("", f"tmf:{each.resource}", each.id) for each in self.documents),
            *(breach_key(str(each["id"])) for each in self.breaches),
            *(credit_key(str(each["id"])) for each in self.credits),
        ]


async def _settle(
    market: Market, offering_id: str, name: str, products: Sequence[JsonObject]
) -> list[JsonObject]:
    keys = [PRODUCT_OFFERING.key(offering_id), watch_key(offering_id)]
    known = await market.store.read(keys)
    offering: JsonObject = known[keys[0]].body if keys[0] in known else {"id": offering_id}
    promise = promise_of(offering) or Promise(())
    month = await _month(market, offering_id, name, known[keys[1]].body)
    late = whole_month_breaches(offering, promise, month)
    month = replace(
        month, breaches={**{str(each["objective"]): str(each["id"]) for each in late}, **month.breaches}
    )
    credits = [each for product in products for each in credits_of(promise, product, month)]
    documents = level_documents(offering, promise, name, summed(hours_in(month)), market.now())
    settlement = _Settlement(offering, month, documents if promise.objectives else (), late, credits)
    return await _commit(market, settlement)


async def _commit(market: Market, settlement: _Settlement) -> list[JsonObject]:
    name = settlement.month.name
    act = Act(market.now(), Seed(market.new_id()), market.address, reason=f"service level of {name}")
    made: list[JsonObject] = []
    watch = watch_key(str(settlement.offering["id"]))

    def decide(stored: Mapping[Key, Record]) -> Commit:
        made.clear()
        if watch not in stored or name not in months_to_settle(stored[watch].shared, act.now):
            return Commit()
        changes = [Change(watch, document_of(settled(stored[watch].body, name)))]
        for kind, bodies in ((BREACH, settlement.breaches), (CREDIT, settlement.credits)):
            new = [each for each in bodies if Key("", kind, str(each["id"])) not in stored]
            changes += [Change(Key("", kind, str(each["id"])), document_of(each)) for each in new]
            changes += [_entry(act, kind, each, len(changes) + n) for n, each in enumerate(new)]
            made.extend(new if kind == CREDIT else ())
        happenings = [happening_of(each, stored) for each in settlement.documents]
        commit = planned([each for each in happenings if each is not None], (), stored, act)
        return commit._replace(changes=(*commit.changes, *changes))

    await transact_chained(market.store, settlement.reads, decide)
    return made


async def _month(market: Market, offering: str, name: str, watch: JsonObject) -> Month:
    days = month_of(name)
    levels = [*(await kept_levels(market.store, offering, days)).values()]
    breaches = {
        str(each["objective"]): str(each["id"])
        for each in reversed(await breaches_of(market.store, offering))
        if str(each["from"])[:7] == name
    }
    return Month(days, levels, breaches, samples_of(watch, name))


async def _products(market: Market, offerings: set[str]) -> dict[str, list[JsonObject]]:
    """The products of these offerings."""
    found: dict[str, list[JsonObject]] = {}
    async for record in market.store.stream(Find("", PRODUCT.kind, limit=None)):
        reference = record.shared.get("productOffering")
        offering = reference.get("id") if isinstance(reference, dict) else None
        if isinstance(offering, str) and offering in offerings:
            found.setdefault(offering, []).append(record.body)
    return found


def _entry(act: Act, kind: str, body: JsonObject, number: int) -> Change:
    name = f"{act.now}|{kind}|{number:05d}|{act.ids[0]}"
    return audit_entry(name, NODE, act.now, kind, str(body["id"]), "create", act.reason)
