"""Credentials that a provider handed over: shown once to who holds the product, and asked for anew."""

from collections.abc import Mapping
from dataclasses import dataclass

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Change, Commit, Event, Key, Record
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.services import Market
from beffroi.market.rules.access.handover import (
    ASKED,
    READY,
    REFUSED,
    RENEWED,
    asked,
    handover_key,
    shown,
    step,
)
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.market.rules.documents.visibility import Actor
from beffroi.market.rules.orders.holder import check_lives
from beffroi.store.port import Store


@dataclass(frozen=True, slots=True)
class Handed:
    """What a provider handed over, by the provider's names; shown this once."""

    values: JsonObject


@dataclass(frozen=True, slots=True)
class Awaited:
    """The provider was asked and has not answered yet; `reason` says why the time before gave nothing."""

    reason: str = ""


async def take_handed(market: Market, product: JsonObject, actor: Actor) -> Handed | Awaited:
    """What was handed over and nobody saw; else the provider is asked for other credentials.

    Raises Problem(Conflict) for a product that is not active, or whose agreed time is over.
    """
    id = str(product["id"])
    if product["status"] not in {"pendingActive", "active", "suspended"}:
        raise Problem(Conflict, f"The product '{id[:80]}' is '{product['status']}' and has no credentials.")
    key, of, now, event = handover_key(id), PRODUCT.key(id), market.now(), market.new_id()
    seen = _entry(actor, id, event, now, "The credentials were shown.")
    wanted = _entry(actor, id, event, now, "Other credentials were asked for.")
    result: list[Handed | Awaited] = []

    def decide(stored: Mapping[Key, Record]) -> Commit:
        # what has ended since it was read is not asked for anew
        check_lives(stored[of].body if of in stored else product, now)
        body = stored[key].body if key in stored else {}
        state = ASKED if product["status"] == "pendingActive" else body.get("state")
        opened = market.safe.open(str(body.get("sealed")), id) if state == READY else None
        if opened is not None:
            result[:] = [Handed(decode_object(opened))]
            return Commit((shown(id, body), seen), at=now)
        result[:] = [Awaited(str(body.get("reason") or "") if state == REFUSED else "")]
        if state == ASKED:
            return Commit()
        lane, told = step(id, RENEWED, event, now, str(product["status"]))
        return Commit((asked(id, event, now), wanted), (Event(lane, encode(told)),), at=now)

    await transact_chained(market.store, [key, of], decide)
    return result[0]


async def handover_state(store: Store, product: str) -> tuple[str, str]:
    """How far the handing over is (asked, ready, shown, refused), and the reason of a refusal."""
    key = handover_key(product)
    record = (await store.read([key])).get(key)
    return (str(record.body["state"]), str(record.body["reason"])) if record else (ASKED, "")


def _entry(actor: Actor, product: str, event: str, now: Instant, reason: str) -> Change:
    return audit_entry(
        f"{now}|0000|{event}", actor.name, now, "credential", product, "change", reason, actor.party
    )
