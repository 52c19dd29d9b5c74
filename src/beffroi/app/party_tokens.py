"""Tokens with which programs trade: for a party in a role, or for an account, which they act as.

Either has the rights of a session with these roles and this party. One of an account ends with the account.
None judges applications to a call: that is for people who are signed in.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from beffroi.app.access import TOKEN, granted_by, made_token
from beffroi.app.access_entry import BY_COMMAND, By, access_entry, occasion
from beffroi.app.accounts import account_key, check_roles, existing, rights_of
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Commit, Key, Record
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.named import PARTIES
from beffroi.store.port import Store


async def add_party_token(
    store: Store, name: str, roles: Sequence[str], party: str, now: Instant, by: By = BY_COMMAND
) -> str:
    """Make a token for `name` that acts in these roles, for a party if one is given, and return it; it is
    shown this once. Raises Problem(BadRequestData) for an unknown role, and for a party that is not there."""
    check_roles(roles)
    parties = party_keys(party) if party else []
    body: JsonObject = {**_standing(roles, party), "name": name, "createdAt": now}
    token, made = made_token(body)
    entry = access_entry(by, occasion(now), TOKEN, name, "create", granted_by(body))

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if party and not any(key in stored for key in parties):
            raise Problem(BadRequestData, no_party(party))
        return Commit((made, entry))

    await transact_chained(store, parties, decide)
    return token


async def add_account_token(store: Store, name: str, account: str, now: Instant, by: By = BY_COMMAND) -> str:
    """Make a token called `name` that acts as an account, and return it; it is shown this once. Raises
    Problem(ResourceNotFound)."""
    key, on = account_key(account), occasion(now)
    found = existing(await store.read([key]), key).body
    standing = _standing(cast("list[str]", found["roles"]), str(found["party"]))
    whose: JsonObject = {"holder": account, "since": found["createdAt"]}
    body: JsonObject = {**standing, **whose, "name": name, "createdAt": now}
    token, made = made_token(body)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        existing(stored, key)
        return Commit((made, access_entry(by, on, TOKEN, name, "create", granted_by(body))))

    await transact_chained(store, [key], decide)
    return token


def party_keys(party: str) -> list[Key]:
    """Where a party of this id stands, if there is one."""
    return [RESOURCES[name].key(party) for name in PARTIES]


def no_party(party: str) -> str:
    """The refusal of a party that nobody made: what acts for it would act for nobody."""
    return (
        f"There is no party '{party[:100]}'; 'beffroi market party list' shows those that there are, "
        "'beffroi market party add NAME' makes one."
    )


def _standing(roles: Sequence[str], party: str) -> dict[str, Json]:
    return {"may": list[Json](rights_of(roles)), "roles": list[Json](dict.fromkeys(roles)), "party": party}
