"""Accounts of people: a name, a password of which only an Argon2id hash is kept, and roles.

| role | may |
| --- | --- |
| `operator` | everything |
| `buyer` | see the market, and trade in the name of their party: data they see through what they bought |
| `provider` | the same, and publish offerings: services, and data of this node that an operator permits |
| `auditor` | read, the market's records of everybody included |
| `officer` | read, and write what the city says in the network: pledges, needs, practices |
| `coordinator` | the same, and decide on members and calls |
| `juror` | read, and judge the applications of calls that name them |
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from beffroi.app.access import ACCOUNT, RIGHTS, end_sessions, open_session, removed_tokens, tokens_of
from beffroi.app.access_entry import BY_COMMAND, By, Occasion, access_entry, occasion
from beffroi.kernel.instant import NO_INSTANT, Instant, plus_seconds
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import AlreadyExists, BadRequestData, Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.rules.bills.erased_name import WHY_ERASED
from beffroi.market.rules.documents.hub import hub_keys, without_maker
from beffroi.store.port import Find, Store

KIND: Final = ACCOUNT
ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "operator": RIGHTS,
    "provider": ("trade",),
    "buyer": ("trade",),
    "auditor": ("read",),
    "officer": ("read", "steer"),
    "coordinator": ("read", "steer", "coordinate"),
    "juror": ("read", "judge"),
}
SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 500
LONGEST_NAME: Final = 200
MOST_WRONG: Final = 5
REST_SECONDS: Final = 60.0
"""After MOST_WRONG wrong passwords in a row a name rests so long."""

MOST_RESTING: Final = 10_000
_HASHER: Final = PasswordHasher()


async def add_account(
    store: Store,
    name: str,
    password: str,
    roles: Sequence[str],
    party: str,
    now: Instant,
    by: By = BY_COMMAND,
) -> None:
    """Make an account. Raises Problem for a name that is taken, a short password, or an unknown role."""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Problem(BadRequestData, f"A name has 1 to {LONGEST_NAME} characters.")
    if not roles:
        raise Problem(BadRequestData, f"An account needs a role; there are {', '.join(ROLES)}.")
    check_roles(roles)
    key = account_key(name)
    body: JsonObject = {
        "name": name,
        "password": await _hashed(password),
        "roles": list[Json](dict.fromkeys(roles)),
        "party": party,
        "createdAt": now,
    }
    on = occasion(now)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if key in stored:
            raise Problem(AlreadyExists, f"There is an account '{name}' already.")
        return Commit((Change(key, document_of(body)), _entry(by, on, "create", body)))

    await transact_chained(store, [key], decide)


def check_roles(roles: Sequence[str]) -> None:
    """Raise Problem(BadRequestData) for a role that there is not."""
    for role in roles:
        if role not in ROLES:
            raise Problem(BadRequestData, f"'{role}' is no role; there are {', '.join(ROLES)}.")


def rights_of(roles: Sequence[str]) -> list[str]:
    """What these roles together may."""
    return sorted({right for role in roles for right in ROLES.get(role, ())})


async def change_password(store: Store, name: str, password: str, now: Instant, by: By = BY_COMMAND) -> None:
    """Another password; whoever is signed in by that name is signed out."""
    key, hashed = account_key(name), await _hashed(password)

    on = occasion(now)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        body = existing(stored, key).body
        changed = Change(key, document_of({**body, "password": hashed}))
        return Commit((changed, _entry(by, on, "password", body)))

    await transact_chained(store, [key], decide)
    await end_sessions(store, name)


async def remove_account(store: Store, name: str, now: Instant, by: By = BY_COMMAND) -> None:
    """Remove an account with its tokens, end its sessions and the listeners that it registered. Raises
    Problem(ResourceNotFound)."""
    key = account_key(name)

    on = occasion(now)
    tokens = removed_tokens(await tokens_of(store, name), by, now)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        entry = _entry(by, on, "delete", existing(stored, key).body)
        return Commit((Change(key, None), *tokens, *without_maker(stored, name), entry))

    await transact_chained(store, [key, *hub_keys()], decide)
    await end_sessions(store, name)


async def forget_account(store: Store, name: str, party: str, now: Instant) -> None:
    """Remove the account of an erased person, if there is one by this name, with the tokens that act as it or
    for the person, and end the sessions and listeners of the name."""
    key, by = account_key(name), By(name, WHY_ERASED, party)

    on = occasion(now)
    found = await tokens_of(store, name, party)
    tokens = removed_tokens(found, by, now)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        rest = (*tokens, *without_maker(stored, name))
        if key not in stored:
            return Commit(rest)
        return Commit((Change(key, None), *rest, _entry(by, on, "delete", stored[key].body)))

    await transact_chained(store, [key, *hub_keys()], decide)
    for gone in {name, *(str(token.body["name"]) for token in found)}:
        await end_sessions(store, gone)


def account_key(name: str) -> Key:
    """Where an account of this name stands."""
    return Key("", KIND, name)


def account_of(body: JsonObject) -> str:
    """What tells an account from others that had its name before."""
    return str(body["createdAt"])


async def accounts(store: Store) -> list[JsonObject]:
    """Every account, its password's hash apart."""
    found = await store.find(Find("", KIND, limit=None))
    return [
        {name: value for name, value in record.body.items() if name != "password"} for record in found.records
    ]


@dataclass(slots=True)
class Door:
    """Signing in with name and password. One password is hashed at a time: each takes 64 MB."""

    store: Store
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _wrong: dict[str, tuple[int, Instant]] = field(default_factory=dict[str, tuple[int, Instant]])

    async def enter(self, name: str, password: str, now: Instant) -> str | None:
        """A new session; None for a wrong name or password, and for a name that rests."""
        if len(password) > LONGEST_PASSWORD or len(name) > LONGEST_NAME:
            return None
        wrong, until = self._wrong.get(name, (0, NO_INSTANT))
        if now < until:
            return None
        key = account_key(name)
        record = (await self.store.read([key])).get(key)
        async with self._one:
            right = await asyncio.to_thread(_is_right, record, password)
        if record is None or not right:
            self._note_wrong(name, wrong + 1, now)
            return None
        self._wrong.pop(name, None)
        body = record.body
        roles = cast("list[str]", body["roles"])
        may = rights_of(roles)
        entry: JsonObject = {
            "name": name,
            "may": list[Json](may),
            "roles": list[Json](roles),
            "party": body["party"],
            "account": account_of(body),
        }
        return await open_session(self.store, entry, now)

    def _note_wrong(self, name: str, wrong: int, now: Instant) -> None:
        if len(self._wrong) >= MOST_RESTING:
            self._wrong.clear()
        until = plus_seconds(now, REST_SECONDS) if wrong >= MOST_WRONG else NO_INSTANT
        self._wrong[name] = (0 if until else wrong, until)


async def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Problem(
            BadRequestData,
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; this has {len(password)}.",
        )
    return await asyncio.to_thread(_HASHER.hash, password)


@cache
def _nobody() -> str:
    """What the password of an unknown name is compared with, so that it takes as long as a known one's."""
    return _HASHER.hash("nobody has this password")


def _is_right(record: Record | None, password: str) -> bool:
    nobody = _nobody()  # made for whoever signs in first, so that its making tells nothing
    try:
        return _HASHER.verify(str(record.body["password"]) if record is not None else nobody, password)
    except (VerificationError, InvalidHashError):
        return False


def _entry(by: By, on: Occasion, what: str, body: JsonObject) -> Change:
    granted = {member: body[member] for member in ("roles", "party")}
    return access_entry(by, on, KIND, str(body["name"]), what, granted)


def existing(stored: Mapping[Key, Record], key: Key) -> Record:
    """The account that stands there. Raises Problem(ResourceNotFound)."""
    if key not in stored:
        raise Problem(ResourceNotFound, f"There is no account '{key.id[:LONGEST_NAME]}'.")
    return stored[key]
