"""Signing keys of the node (RFC 7517): made on first use, kept in the store, rotated.

The newest key signs. An older one is shown and believed until the last token that it signed has run out.
"""

from collections.abc import Iterable, Mapping
from typing import Final, cast

from joserfc.jwk import ECKey

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.rules.access.tokens import ALGORITHM, LASTS_S, SKEW_S
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.store.port import Store

RING: Final = Key("", "secret", "signing-keys")
"""One record: `{"keys": [{"jwk": private JWK, "since": Instant, "until": Instant}]}`, the newest last; it has
no `until`."""


async def signing_key(store: Store, now: Instant) -> ECKey:
    """The key that signs, made if there is none."""
    ring = await _ring(store)
    if not ring:
        await _first(store, now)
        ring = await _ring(store)
    return _private(ring[-1])


async def public_keys(store: Store, now: Instant) -> dict[str, ECKey]:
    """Every key whose tokens may still be good, by its kid, without what signs."""
    good = [_public(each) for each in await _ring(store) if _is_good(each, now)]
    return {str(key.kid): key for key in good}


async def rotate(store: Store, now: Instant, actor: str, reason: str) -> str:
    """A new key signs from now on, and the audit log says who wanted it and why; the kid of it."""
    fresh = _fresh()
    kid = str(fresh.kid)
    entry = audit_entry(f"{now}|key|{kid}", actor, now, "signing key", kid, "create", reason)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        return Commit((_with(_keys(stored.get(RING)), fresh, now), entry), at=now)

    await transact_chained(store, [RING], decide)
    return kid


async def _first(store: Store, now: Instant) -> None:
    """Make a key if there is none."""
    fresh = _fresh()

    def decide(stored: Mapping[Key, Record]) -> Commit:
        return Commit() if _keys(stored.get(RING)) else Commit((_with((), fresh, now),))

    await store.transact([RING], decide)


def _fresh() -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)


def _with(known: Iterable[JsonObject], fresh: ECKey, now: Instant) -> Change:
    """The ring with a further key; the older ones have their end."""
    made: JsonObject = {"jwk": cast("JsonObject", dict(fresh.as_dict(private=True))), "since": now}
    until = plus_seconds(now, LASTS_S + SKEW_S)
    kept: list[JsonObject] = [{"until": until, **each} for each in known if _is_good(each, now)]
    return Change(RING, document_of({"keys": [*kept, made]}))


async def _ring(store: Store) -> list[JsonObject]:
    return _keys((await store.read([RING])).get(RING))


def _keys(record: Record | None) -> list[JsonObject]:
    return cast("list[JsonObject]", record.body["keys"]) if record is not None else []


def _is_good(each: JsonObject, now: Instant) -> bool:
    return now < str(each.get("until", "~"))


def _private(each: JsonObject) -> ECKey:
    return ECKey.import_key(cast("dict[str, str | list[str]]", each["jwk"]))


def _public(each: JsonObject) -> ECKey:
    return ECKey.import_key(_private(each).as_dict(private=False))
