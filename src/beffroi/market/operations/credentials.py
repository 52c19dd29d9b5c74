"""Make, show and take back the credentials of a product."""

import secrets
from collections.abc import Mapping

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.services import Market
from beffroi.market.rules.access.credentials import (
    KIND,
    Credentials,
    credential_change,
    credential_key,
    mark_of,
    opens,
    revoked,
)
from beffroi.market.rules.access.tokens import Client
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.market.rules.documents.visibility import OPERATE, Actor
from beffroi.market.rules.orders.holder import check_holds, check_lives
from beffroi.store.port import Find, Store, Where


def new_credentials() -> Credentials:
    """A fresh client id and its secret of 256 random bits; nothing is stored yet."""
    return Credentials(f"cli_{secrets.token_hex(12)}", f"sec_{secrets.token_urlsafe(32)}")


async def make_credentials(market: Market, product: str, actor: Actor) -> Credentials:
    """Further credentials for a product, beside those that it has; the secret is shown this once.

    Raises Problem: ResourceNotFound, Forbidden for who does not hold it, Conflict for one that has ended.
    """
    held = await retrieve(market, PRODUCT, product, actor)
    check_holds(held, actor)
    made, now, key = new_credentials(), market.now(), PRODUCT.key(product)
    entry = _entry(market, actor, made.client, now, "create", "Further credentials were made.")

    def decide(stored: Mapping[Key, Record]) -> Commit:
        check_lives(stored[key].body, now)
        return Commit((credential_change(made, product, now), entry), at=now)

    await transact_chained(market.store, [key], decide)
    return made


async def credentials_of(store: Store, product: str) -> list[JsonObject]:
    """What is known of a product's credentials, with `hasSecret` in place of their hashes."""

    def keep(record: Record) -> bool:
        return record.shared.get("product") == product

    where = Where("product", "==", "text", product)
    found = await store.find(Find("", KIND, where, keep, limit=None))
    return [
        {
            **{name: value for name, value in record.body.items() if name != "secretHash"},
            "hasSecret": bool(record.body.get("secretHash")),
        }
        for record in found.records
    ]


async def revoke_credentials(market: Market, client: str, actor: Actor) -> None:
    """No new token for this client, and those that it has open nothing. Raises Problem: ResourceNotFound,
    Forbidden for who does not operate the node."""
    if OPERATE not in actor.may:
        raise Problem(Forbidden, f"'{actor.name}' does not operate this node and cannot revoke credentials.")
    key, now = credential_key(client), market.now()
    entry = _entry(market, actor, client, now, "change", "The credentials were revoked.")

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if key not in stored:
            raise Problem(ResourceNotFound, f"There is no client '{client[:100]}'.")
        after = revoked(stored[key].body)
        if after == stored[key].body:
            return Commit()
        return Commit((Change(key, document_of(after)), entry), at=now)

    await transact_chained(market.store, [key], decide)


async def client_with(store: Store, client: str, secret: str) -> Client | None:
    """The client whose credentials these are; None for wrong ones."""
    key = credential_key(client)
    record = (await store.read([key])).get(key)
    if record is None or not opens(record.body, secret):
        return None
    return Client(client, str(record.body["product"]), mark_of(record.body))


async def secret_mark(store: Store, client: str) -> str:
    """The mark of the secret that a client has now; empty without one."""
    key = credential_key(client)
    record = (await store.read([key])).get(key)
    return mark_of(record.shared) if record is not None else ""


def _entry(market: Market, actor: Actor, client: str, now: Instant, what: str, reason: str) -> Change:
    name = f"{now}|0000|{market.new_id()}"
    return audit_entry(name, actor.name, now, "credential", client, what, reason, actor.party)
