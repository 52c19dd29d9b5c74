"""Signing keys of the node (RFC 7517): made on first use, kept in the store, rotated.

The newest key signs. An older one is shown and believed until the last token that it signed has run out.
"""

from collections.abc import Mapping
from typing import Final, cast

from joserfc.jwk import ECKey

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.rules.access.tokens import ALGORITHM, LASTS_S, SKEW_S
from beffroi.store.port import Store

RING: Final = Key("", "secret", "signing-keys")
"""One record: `{"keys": [{"jwk": private JWK, "since": Instant, "until": Instant}]}`, the newest last; it has
no `until`."""


async def signing_key(store: Store, now: Instant) -> ECKey:
    """The key that signs, made if there is none."""
    ring = await _ring(store)
    if not ring:
        await _add(store, now, only_first=True)
        ring = await _ring(store)
    return _private(ring[-1])


async def public_keys(store: Store, now: Instant) -> dict[str, ECKey]:
    """Every key whose tokens may still be good, by its kid, without what signs."""
    good = [_public(each) for each in await _ring(store) if _is_good(each, now)]
    return {str(key.kid): key for key in good}


async def rotate(store: Store, now: Instant) -> str:
    """A new key signs from now on; the kid of it."""
    await _add(store, now, only_first=False)
    return str(_private((await _ring(store))[-1]).kid)


async def _add(store: Store, now: Instant, *, only_first: bool) -> None:
    fresh = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
    made: JsonObject = {"jwk": cast("JsonObject", dict(fresh.as_dict(private=True))), "since": now}
    until = plus_seconds(now, LASTS_S + SKEW_S)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        known = _keys(stored.get(RING))
        if known and only_first:
            return Commit()
        kept: list[JsonObject] = [{"until": until, **each} for each in known if _is_good(each, now)]
        return Commit((Change(RING, document_of({"keys": [*kept, made]})),))

    await store.transact([RING], decide)


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
