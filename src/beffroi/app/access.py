"""Who may do what on a node that more than its own machine can reach: tokens, and sessions in the portal.

Only hashes are stored: whoever reads the database can sign in with nothing in it. Tokens that act for a party
are made in `party_tokens.py`.
"""

import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import cast

from beffroi.app.access_entry import BY_COMMAND, By, access_entry, occasion
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import Json, encode
from beffroi.kernel.problem import BadRequestData, Problem, ResourceNotFound, Unauthorized
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.rules.documents.hub import hub_keys, without_maker
from beffroi.store.port import Find, Store
from beffroi.web.cookie import SESSION_COOKIE, cookie
from beffroi.web.message import ANYBODY, Actor, Request

TOKEN, SESSION, ACCOUNT = "token", "session", "account"
SESSION_SECONDS = 12 * 3600.0
RIGHTS = ("read", "write", "trade", "steer", "coordinate", "judge", "operate")
"""To read; to write the context plane, trade, steer and judge; to trade in the market only; to write what the
city says in the network; to coordinate a chapter and its calls; to judge applications; to operate."""
INVALID_TOKEN = {"www-authenticate": 'Bearer realm="beffroi", error="invalid_token"'}


async def actor_of(store: Store, request: Request, now: Instant) -> Actor:
    """The holder of the request's bearer token or session; ANYBODY without one, and for a session that ended.

    Raises Problem(Unauthorized) for a token that is not valid: RFC 6750, section 3.1.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        record = await _read(store, TOKEN, token.strip())
        holder = _actor(record, now)
        if record is None or holder is ANYBODY or not await _account_is_there(store, record.body):
            raise Problem(Unauthorized, "The token is not valid, or not any more.", INVALID_TOKEN)
        return holder
    session = cookie(request, SESSION_COOKIE)
    return _actor(await _read(store, SESSION, session), now) if session else ANYBODY


def says_who_sends(request: Request) -> bool:
    """Whether a request says who sends it, so that a node that asks nobody takes it as from them."""
    return "authorization" in request.headers or SESSION_COOKIE in request.headers.get("cookie", "")


async def add_token(store: Store, name: str, may: Sequence[str], now: Instant, by: By = BY_COMMAND) -> str:
    """Make a token for `name` and return it; it is shown this once. Raises Problem(BadRequestData)."""
    for right in may:
        if right not in RIGHTS:
            raise Problem(BadRequestData, f"'{right}' is no right; there are {', '.join(RIGHTS)}.")
    token, made = made_token({"name": name, "may": [*may], "createdAt": now})
    entry = access_entry(by, occasion(now), TOKEN, name, "create", {"rights": [*may]})
    await transact_chained(store, [], lambda _: Commit((made, entry)))
    return token


def made_token(body: Mapping[str, Json]) -> tuple[str, Change]:
    """A new token, and what is stored of it: who it stands for, and its hash."""
    token = "bef_" + secrets.token_urlsafe(32)
    return token, Change(_key(TOKEN, token), encode(body))


def granted_by(token: Mapping[str, Json]) -> dict[str, Json]:
    """What the audit log says that a token is for: its roles, or else its rights; its party, its account."""
    rights = {} if token.get("roles") else {"rights": token["may"]}
    rest = {"types": token.get("writes"), "until": token.get("until"), "account": token.get("holder")}
    return {**rights, "roles": token.get("roles"), "party": token.get("party"), **rest}


async def add_passing_token(
    store: Store,
    name: str,
    may: Sequence[str],
    now: Instant,
    seconds: float,
    by: By,
    writes: Sequence[str] = (),
) -> str:
    """A token for so many seconds; those that ended are removed. With `writes` it is a program's, that writes
    entities of these types and does nothing else."""
    found = await store.find(Find("", TOKEN, keep=lambda r: str(r.body.get("until", "~")) < now, limit=None))
    entry: dict[str, Json] = {
        "name": name,
        "may": [*may],
        "createdAt": now,
        "until": plus_seconds(now, seconds),
        "writes": [*writes],
    }
    token, made = made_token(entry)
    told = access_entry(by, occasion(now), TOKEN, name, "create", granted_by(entry))
    changes = (*(Change(record.key, None) for record in found.records), made, told)
    await transact_chained(store, [], lambda _: Commit(changes))
    return token


async def tokens(store: Store) -> list[Mapping[str, Json]]:
    """What is known of every token: name, rights, moment of creation; of one for a party its roles and party,
    and of one of an account whose."""
    found = await store.find(Find("", TOKEN, limit=None))
    return [record.body for record in found.records]


async def remove_tokens(store: Store, name: str, now: Instant, by: By = BY_COMMAND) -> int:
    """Take back every token of `name`, and the listeners that were registered by that name. Raises
    Problem(ResourceNotFound) if there is none."""
    found = await store.find(Find("", TOKEN, limit=None))
    tokens = [record for record in found.records if record.body.get("name") == name]
    if not tokens:
        raise Problem(ResourceNotFound, f"There is no token of '{name}'.")
    removal = removed_tokens(tokens, by, now)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        return Commit((*removal, *without_maker(stored, name)))

    await transact_chained(store, hub_keys(), decide)
    return len(tokens) + await end_sessions(store, name)


async def tokens_of(store: Store, account: str, party: str = "") -> list[Record]:
    """The tokens of an account of this name, and those that act for a party if one is given."""

    def is_of(record: Record) -> bool:
        body = record.body
        return body.get("holder") == account or bool(party and body.get("party") == party)

    return list((await store.find(Find("", TOKEN, keep=is_of, limit=None))).records)


def removed_tokens(tokens: Sequence[Record], by: By, now: Instant) -> tuple[Change, ...]:
    """Tokens without which a commit leaves the store, each with its entry in the audit log."""
    changes = list[Change]()
    for token in tokens:
        name, granted = str(token.body["name"]), granted_by(token.body)
        changes += Change(token.key, None), access_entry(by, occasion(now), TOKEN, name, "delete", granted)
    return tuple(changes)


async def end_sessions(store: Store, name: str) -> int:
    """Sign out everybody who is in by this name, or by a token of it; how many sessions that were."""
    found = await store.find(Find("", SESSION, limit=None))
    changes = [
        Change(record.key, None)
        for record in found.records
        if record.body.get("name") == name or record.body.get("token") == name
    ]
    await store.transact([], lambda _: Commit(tuple(changes)))
    return len(changes)


async def sign_in(store: Store, token: str, now: Instant) -> str | None:
    """A new session for the holder of a token; None for a token that is not valid, and for one that passes:
    the session would outlast it, and a program's would write more than it may."""
    record = await _read(store, TOKEN, token)
    if record is None or "until" in record.body or not await _account_is_there(store, record.body):
        return None
    body = record.body
    standing: dict[str, Json] = {name: body[name] for name in ("may", "roles", "party") if name in body}
    entry = {**standing, "name": body.get("holder", body["name"]), "token": body["name"]}
    return await open_session(store, entry, now)


async def open_session(store: Store, entry: Mapping[str, Json], now: Instant) -> str:
    """A new session of who `entry` says: name, rights, roles, party, account."""
    session = secrets.token_urlsafe(32)
    await _forget_expired(store, now)
    await _put(store, SESSION, session, {**entry, "until": plus_seconds(now, SESSION_SECONDS)})
    return session


async def sign_out(store: Store, session: str) -> None:
    """End a session."""
    key = _key(SESSION, session)
    await store.transact([], lambda _: Commit((Change(key, None),)))


async def _forget_expired(store: Store, now: Instant) -> None:
    found = await store.find(Find("", SESSION, keep=lambda r: str(r.body.get("until")) < now, limit=None))
    changes = tuple(Change(record.key, None) for record in found.records)
    if changes:
        await store.transact([], lambda _: Commit(changes))


def _actor(record: Record | None, now: Instant) -> Actor:
    if record is None:
        return ANYBODY
    body = record.body
    if str(body.get("until", "~")) < now:
        return ANYBODY
    return Actor(
        str(body.get("holder", body["name"])),
        frozenset(cast("list[str]", body["may"])),
        party=str(body.get("party", "")),
        roles=frozenset(cast("list[str]", body.get("roles", []))),
        writes=frozenset(cast("list[str]", body.get("writes", []))),
        account=str(body.get("account", "")),
    )


async def _account_is_there(store: Store, token: Mapping[str, Json]) -> bool:
    """Whether a token is no account's, or the account that it was made for is there still."""
    if "holder" not in token:
        return True
    key = Key("", ACCOUNT, str(token["holder"]))
    account = (await store.read([key])).get(key)
    return account is not None and account.body["createdAt"] == token["since"]


async def _read(store: Store, kind: str, secret: str) -> Record | None:
    key = _key(kind, secret)
    return (await store.read([key])).get(key)


async def _put(store: Store, kind: str, secret: str, body: Mapping[str, Json]) -> None:
    change = Change(_key(kind, secret), encode(body))
    await store.transact([], lambda _: Commit((change,)))


def _key(kind: str, secret: str) -> Key:
    return Key("", kind, sha256(secret.encode()).hexdigest())
