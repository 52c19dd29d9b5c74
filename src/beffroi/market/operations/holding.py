"""What the holder of a product does with it: see its secret once, and end it."""

from collections.abc import Mapping

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Commit, Key, Record
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.credentials import credentials_of, new_credentials
from beffroi.market.operations.handover import Awaited, Handed, take_handed
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, change
from beffroi.market.rules.access.credentials import ACTIVE, Credentials, credential_change, credential_key
from beffroi.market.rules.access.handover import is_handed_over
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.market.rules.documents.once import Once, answered, remembered
from beffroi.market.rules.documents.visibility import Actor
from beffroi.market.rules.orders.holder import check_holds, check_lives
from beffroi.market.rules.orders.product import client_in


async def show_credentials(
    market: Market, product: str, actor: Actor, once: Once | None = None
) -> Credentials | Handed | Awaited:
    """A new secret for a product, or what its provider handed over, shown this once.

    With `once`, a request for a new secret that comes again makes no other one: the first still opens, and
    nobody keeps it. Raises Problem: ResourceNotFound, Forbidden for who does not hold it, Conflict for one
    that has ended, and for a request that comes again.
    """
    held = await _held(market, product, actor)
    check_lives(held, market.now())
    if is_handed_over(held):
        return await take_handed(market, held, actor)
    return await _renew_secret(market, held, actor, once)


async def _renew_secret(market: Market, held: JsonObject, actor: Actor, once: Once | None) -> Credentials:
    """The client id stays, the secret before opens nothing more."""
    product = str(held["id"])
    fresh = new_credentials()
    known = client_in(held) or await _known_client(market, product)
    made = Credentials(known, fresh.secret) if known else fresh
    now, key = market.now(), PRODUCT.key(product)
    entry = audit_entry(
        f"{now}|0000|{market.new_id()}", actor.name, now, "credential", made.client,
        "change" if known else "create", "A new secret was asked for.", actor.party,
    )  # fmt: skip

    def decide(stored: Mapping[Key, Record]) -> Commit:
        check_lives(stored[key].body, now)
        changes = (credential_change(made, product, now), entry)
        if once is None:
            return Commit(changes, at=now)
        if answered(once, stored) is not None:
            raise Problem(
                Conflict,
                "The first request with this Idempotency-Key made the secret, and its answer alone showed it;"
                " it holds. Who lost it asks with another key: then it holds no more.",
            )
        kept, forget = remembered(once, {"client": made.client}, now)
        return Commit((*changes, kept), (forget,), at=now)

    reads = [key, credential_key(made.client), *([once.key] if once else [])]
    await transact_chained(market.store, reads, decide)
    return made


async def end_product(market: Market, product: str, actor: Actor, reason: str) -> JsonObject:
    """Terminate a product now: its tokens open nothing from the next request on.

    Raises Problem: ResourceNotFound, Forbidden for who does not hold it, Conflict for one that has ended.
    """
    check_lives(await _held(market, product, actor), market.now())

    def ended(stored: JsonObject) -> JsonObject:
        return {**stored, "status": "terminated", **({"statusReason": reason} if reason else {})}

    return await change(market, PRODUCT, product, ended, Asker(actor, reason))


async def _known_client(market: Market, product: str) -> str:
    """The client of a product that does not name it: one made by hand; empty without one."""
    known = await credentials_of(market.store, product)
    return next((str(each["client"]) for each in known if each.get("state") == ACTIVE), "")


async def _held(market: Market, product: str, actor: Actor) -> JsonObject:
    found = await retrieve(market, PRODUCT, product, actor)
    check_holds(found, actor)
    return found
