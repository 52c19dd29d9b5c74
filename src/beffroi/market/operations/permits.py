"""Say which data of this node a party may sell, and read who may sell what."""

from collections.abc import Mapping

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Forbidden, Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.market.rules.documents.visibility import OPERATE, Actor, sees_all
from beffroi.market.rules.offers.permit import KIND, permit_key, permit_of, types_of
from beffroi.store.port import Find, Store


async def give_permit(
    store: Store, party: str, data: Json, asker: Asker, now: Instant, id: str
) -> JsonObject:
    """What a party may sell from now on, in place of what it might before; an empty list: nothing.

    What is published already stays so. `id` names the entry in the audit log. Raises Problem: Forbidden for
    who does not operate the node, BadRequestData for a party that does not exist.
    """
    actor = asker.actor
    if OPERATE not in actor.may:
        raise Problem(Forbidden, f"'{actor.name}' does not operate this node and cannot say who sells what.")
    made, key = permit_of(party, data, actor.name, now), permit_key(party)
    granted: JsonObject = {"types": list[Json](types_of(made))}
    parties = [RESOURCES[name].key(party) for name in PARTIES]

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if not any(each in stored for each in parties):
            raise Problem(BadRequestData, f"There is no party '{party[:100]}'.")
        what = "change" if key in stored else "create"
        name, why = f"{now}|0000|{id}", asker.why()
        entry = audit_entry(name, actor.name, now, KIND, party, what, why, actor.party, granted)
        return Commit((Change(key, document_of(made)), entry), at=now)

    await transact_chained(store, [key, *parties], decide)
    return made


async def permit(store: Store, party: str, actor: Actor) -> JsonObject:
    """What a party may sell. Raises Problem(ResourceNotFound) also for whom it does not concern."""
    key = permit_key(party)
    record = (await store.read([key])).get(key)
    if record is None or not (sees_all(actor) or actor.party == party):
        raise Problem(ResourceNotFound, f"There is no permit for '{party[:100]}'.")
    return record.body


async def every_permit(store: Store, actor: Actor) -> list[JsonObject]:
    """Who may sell what: to operators and auditors all of it, to others what concerns them."""
    found = await store.find(Find("", KIND, limit=None))
    return [each.body for each in found.records if sees_all(actor) or actor.party == each.key.id]
