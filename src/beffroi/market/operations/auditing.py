"""Read the audit log: entries in the order in which they were made."""

from dataclasses import dataclass

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.kernel.record import Record
from beffroi.market.rules.audit.entry import KIND
from beffroi.market.rules.documents.resource import TENANT
from beffroi.market.rules.documents.visibility import Actor, sees_all
from beffroi.store.port import All, Find, Store, Where

LARGEST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries: by whom, of which kind of document, of which one; empty means any. `since` is the first
    moment and `until` the first that is too late, NO_INSTANT for no bound."""

    actor: str = ""
    resource: str = ""
    id: str = ""
    since: Instant = NO_INSTANT
    until: Instant = NO_INSTANT


@dataclass(frozen=True, slots=True)
class Entries:
    """A page of entries, and how many match in all."""

    entries: list[JsonObject]
    total: int


async def read_audit(store: Store, sought: Sought, actor: Actor, offset: int, limit: int) -> Entries:
    """What was done. Raises Problem(Forbidden) for who is neither operator nor auditor."""
    if not sees_all(actor):
        raise Problem(Forbidden, f"'{actor.name}' is neither operator nor auditor, who read the log.")
    return await audit_entries(store, sought, offset, limit)


async def audit_entries(store: Store, sought: Sought, offset: int, limit: int) -> Entries:
    """A page of the log, whoever reads it."""
    members = {"actor": sought.actor, "resource": sought.resource, "id": sought.id}
    asked = {name: value for name, value in members.items() if value}

    def keep(record: Record) -> bool:
        body = record.body
        time = str(body["time"])
        in_time = sought.since <= time and (not sought.until or time < sought.until)
        return in_time and all(body[name] == value for name, value in asked.items())

    where = All(tuple(Where(name, "==", "text", value) for name, value in asked.items()))
    find = Find(TENANT, KIND, where, keep, offset=offset, limit=limit, count=True)
    found = await store.find(find)
    return Entries([record.body for record in found.records], found.count or 0)
