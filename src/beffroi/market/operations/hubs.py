"""Register listeners of events and take them away (TMF630 part 3)."""

from collections.abc import Mapping
from dataclasses import replace

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import AddressRefused, Forbidden, Problem
from beffroi.kernel.record import Commit, Key, Record
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.services import Market
from beffroi.market.rules.audit.entry import OVER_API, audit_entry
from beffroi.market.rules.documents.hub import hub_key, listener_of, registered, unregistered
from beffroi.market.rules.documents.once import Once, answered, remembered
from beffroi.market.rules.documents.resource import Api
from beffroi.market.rules.documents.visibility import OPERATE, Actor
from beffroi.outbound import Policy, Refused, checked_url


async def create_listener(
    market: Market, api: Api, given: JsonObject, actor: Actor, once: Once | None = None
) -> JsonObject:
    """Register a listener and return what is told of it: it hears what concerns its maker, an operator's
    hears all. With `once`, a request that comes again gets the answer of the first. Raises Problem."""
    all_of_it = OPERATE in actor.may
    if not all_of_it and not actor.party:
        raise Problem(Forbidden, f"'{actor.name}' acts for no party and has nothing to listen to.")
    listener = listener_of(given, market.new_id(), actor.party, sees_all=all_of_it)
    listener = replace(listener, maker=actor.name)
    try:
        checked_url(listener.callback, Policy(allow_private=market.allow_private))
    except Refused as refusal:
        raise Problem(AddressRefused, f"Events cannot be sent to the 'callback'. {refusal}") from refusal
    key, now = hub_key(api), market.now()
    entry = audit_entry(
        f"{now}|0000|{listener.id}", actor.name, now, f"hub of TMF{api.number}", listener.id, "create",
        OVER_API, actor.party,
    )  # fmt: skip

    told: JsonObject = {"id": listener.id, "callback": listener.callback, "query": listener.query}
    result = [told]

    def decide(stored: Mapping[Key, Record]) -> Commit:
        first = answered(once, stored) if once else None
        result[:] = [told if first is None else first]
        if first is not None:
            return Commit()
        changes = (registered(api, stored.get(key), listener), entry)
        if once is None:
            return Commit(changes, at=now)
        kept, forget = remembered(once, told, now)
        return Commit((*changes, kept), (forget,), at=now)

    await transact_chained(market.store, [key, *([once.key] if once else [])], decide)
    return result[0]


async def remove_listener(market: Market, api: Api, id: str, actor: Actor) -> None:
    """Take a listener away; what waits to be sent to it is dropped when its turn comes."""
    key, now = hub_key(api), market.now()
    entry = audit_entry(
        f"{now}|0000|{market.new_id()}", actor.name, now, f"hub of TMF{api.number}", id, "delete",
        OVER_API, actor.party,
    )  # fmt: skip

    def decide(stored: Mapping[Key, Record]) -> Commit:
        gone = unregistered(api, stored.get(key), id, actor.party, sees_all=OPERATE in actor.may)
        return Commit((gone, entry), at=now)

    await transact_chained(market.store, [key], decide)
