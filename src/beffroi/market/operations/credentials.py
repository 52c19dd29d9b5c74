"""Make, show and take back the credentials of a product."""

import secrets

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, document_of
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
from beffroi.store.port import Find, Store


def new_credentials() -> Credentials:
    """A fresh client id and its secret of 256 random bits; nothing is stored yet."""
    return Credentials(f"cli_{secrets.token_hex(12)}", f"sec_{secrets.token_urlsafe(32)}")


async def make_credentials(store: Store, product: str, now: Instant) -> Credentials:
    """Credentials for a product, stored; the secret is shown this once."""
    made = new_credentials()
    change = credential_change(made, product, now)
    await store.transact([], lambda _: Commit((change,)))
    return made


async def credentials_of(store: Store, product: str) -> list[JsonObject]:
    """What is known of a product's credentials, with `hasSecret` in place of their hashes."""
    found = await store.find(
        Find("", KIND, keep=lambda record: record.body.get("product") == product, limit=None)
    )
    return [
        {
            **{name: value for name, value in record.body.items() if name != "secretHash"},
            "hasSecret": bool(record.body.get("secretHash")),
        }
        for record in found.records
    ]


async def revoke_credentials(store: Store, client: str) -> None:
    """No new token for this client. Raises Problem(ResourceNotFound)."""
    key = credential_key(client)
    if key not in await store.read([key]):
        raise Problem(ResourceNotFound, f"There is no client '{client[:100]}'.")
    await store.transact([key], lambda stored: Commit((Change(key, document_of(revoked(stored[key].body))),)))


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
