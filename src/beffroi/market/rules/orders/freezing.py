"""Freeze the items of a new order (TMF622): prices, terms, sellers, and what is limited is taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Key, Record
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.documents.behaviour import Scene
from beffroi.market.rules.orders.holding import Wish, check_left, holds, stock_key, taken, trial_key, unit_of
from beffroi.market.rules.orders.parties import nameless, sellers_in
from beffroi.market.rules.orders.placing import check_agreed
from beffroi.market.rules.orders.terms import (
    FROZEN,
    frozen_item,
    limits_in,
    needs_approval,
    price_keys,
    trials_in,
)
from beffroi.market.rules.prices.selling import current

KEPT: Final = (*FROZEN, "approval", "relatedParty")
"""What the node writes into an item and nobody changes."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """The items, and the records of what they take."""

    items: tuple[JsonObject, ...]
    records: tuple[Change, ...]


def freeze(items: Sequence[JsonObject], order: str, buyer: str, scene: Scene) -> Frozen:
    """The items of an order as its offerings are now. Raises Problem for what cannot be sold."""
    found, units, trials = list[JsonObject](), dict[str, list[str]](), dict[str, str]()
    for item in items:
        offering = _offering(item, scene)
        if item["action"] != "add" or offering is None:
            found.append(item)
            continue
        unit, priced = unit_of(order, str(item["id"])), trials_in(offering, scene.records, scene.now)
        first = not any(
            price in trials or holds(scene.records.get(trial_key(price)), buyer) for price in priced
        )
        trials |= dict.fromkeys(priced, unit) if first and buyer else {}
        units.setdefault(str(offering["id"]), []).append(unit)
        found.append(_frozen(item, offering, scene, trial=first))
    stock = _stock(units, buyer, scene)
    given = (
        taken(trial_key(p), buyer, [unit], scene.records.get(trial_key(p))) for p, unit in trials.items()
    )
    return Frozen(tuple(found), (*stock, *given))


def sold_by(offering: JsonObject, known: Mapping[Key, Record]) -> Iterator[JsonObject]:
    """An offering and its specification: both may say who sells."""
    yield offering
    reference = offering.get("productSpecification")
    key = (
        Key("", "tmf:productSpecification", str(reference.get("id"))) if isinstance(reference, dict) else None
    )
    if key is not None and key in known:
        yield known[key].body


def _frozen(item: JsonObject, offering: JsonObject, scene: Scene, *, trial: bool) -> JsonObject:
    sold = [*sold_by(offering, scene.records)]
    prices = [scene.records[key].body for key in price_keys(offering) if key in scene.records]
    check_agreed(item, offering, sold[1] if len(sold) > 1 else {}, current(prices, scene.now))
    frozen = frozen_item(item, offering, scene.records, scene.now, trial=trial)
    frozen["relatedParty"] = [nameless(party, scene.records) for party in sellers_in(*sold)]
    return {**frozen, "approval": "manual"} if needs_approval(offering) else frozen


def _stock(units: Mapping[str, Sequence[str]], buyer: str, scene: Scene) -> Iterator[Change]:
    for offering, wanted in units.items():
        limits = limits_in(scene.records[PRODUCT_OFFERING.key(offering)].body)
        if any(limits):
            stored = scene.records.get(stock_key(offering))
            check_left(offering, limits, Wish(buyer, units=len(wanted)), stored)
            yield taken(stock_key(offering), buyer, wanted, stored)


def _offering(item: JsonObject, scene: Scene) -> JsonObject | None:
    named = item.get("productOffering")
    record = (
        scene.records.get(PRODUCT_OFFERING.key(str(named.get("id")))) if isinstance(named, dict) else None
    )
    return record.body if record else None
