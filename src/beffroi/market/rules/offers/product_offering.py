"""An offering on its way into the catalogue (TMF620): its terms can be read, and what it claims was proved.

An offering that claims MIM requirements cannot become active or launched while the newest verdicts on its
endpoint are others than PASS. The endpoint is the characteristic `endpointUrl` of the offering or of its
specification; for data of this node a provider states the node's own address there.

An offering is published at prices by which it can be ordered and billed: of one currency, none retired. It
sells something that an order can deliver (`deliverable`).

An offering that promises a service level has to have something that can be measured, and what it promises
does not change once it could be ordered, nor where that is measured.

Only an operator, or somebody whom an operator made a provider, publishes; a provider sells data that an
operator permits (`permit`).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.dcat.offer import is_active
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene
from beffroi.market.rules.documents.visibility import OPERATE
from beffroi.market.rules.offers.deliverable import BUNDLES, check_deliverable
from beffroi.market.rules.offers.permit import PUBLISHERS, check_permitted, permit_keys
from beffroi.market.rules.offers.proof import check_claims, proof_keys
from beffroi.market.rules.offers.publishing import check_known, claimed
from beffroi.market.rules.offers.translations import check_translations
from beffroi.market.rules.orders.parties import is_seller
from beffroi.market.rules.orders.terms import check_conditions, price_keys
from beffroi.market.rules.prices.selling import offered_plans
from beffroi.market.rules.service_level.place import (
    check_measurable,
    check_same_place,
    place_of,
    was_offered,
)
from beffroi.market.rules.service_level.promise import check_promise, promise_of
from beffroi.market.rules.service_level.watch import watch_key
from beffroi.market.rules.terms.data_use_term import terms_of

PROVIDER: Final = "provider"
PRICES: Final = "productOfferingPrice"
USED: Final = "prodSpecCharValueUse"


def needs(body: JsonObject, before: JsonObject | None, known: Mapping[Key, Record]) -> Sequence[Key]:
    """Whether its service level was watched; its specification; where it is priced anew its prices; where it
    is published and claims something the newest checks of its endpoint."""
    wanted = [watch_key(str(before["id"]))] if before is not None else []
    specified = [_specification_key(each) for each in (body, before) if each is not None]
    wanted += [key for key in specified if key is not None]
    wanted += permit_keys(body)
    if _is_priced(body, before):
        wanted += price_keys(body)
    if _is_published(body, before):
        wanted += proof_keys(body, _specification(body, known), known)
    return wanted


def make(body: JsonObject, scene: Scene) -> Outcome:
    """A new offering. Raises Problem for terms that cannot be read, and for claims that were not proved."""
    _check_specification(body, None, scene)
    _check_data(body, None, scene)
    check_translations(body)
    terms_of(body)
    check_conditions(body)
    check_promise({}, body, scene.now, sold=False)
    if _is_priced(body, None):
        _check_prices(body, scene.records)
    if is_active(body):
        _check_may_publish(body, scene)
        _check_measurable(body, scene.records)
        check_claims(body, _specification(body, scene.records), scene.records)
        _check_deliverable(body, scene.records)
    return Outcome(body)


def change(before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
    """A changed offering: whatever it claims while it is published has to be proved at that moment."""
    _check_specification(after, before, scene)
    _check_data(after, before, scene)
    check_translations(after)
    terms_of(after)
    check_conditions(after)
    sold = was_offered(before, scene.records)
    check_promise(before, after, scene.now, sold=sold)
    if sold and promise_of(after) is not None:
        was, will = ((each, _specification(each, scene.records) or {}) for each in (before, after))
        check_same_place(place_of(*was), place_of(*will), after)
    if _is_priced(after, before):
        _check_prices(after, scene.records)
    if _is_published(after, before):
        _check_may_publish(after, scene)
        _check_measurable(after, scene.records)
        check_claims(after, _specification(after, scene.records), scene.records)
        _check_deliverable(after, scene.records)
    return Outcome(after)


def product_offerings(requirements: Collection[str]) -> Behaviour:
    """Offerings that claim, where they are published, only requirements of a register with these ids."""

    def made(body: JsonObject, scene: Scene) -> Outcome:
        _check_register(body, None, scene, requirements)
        return make(body, scene)

    def changed(before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
        _check_register(after, before, scene, requirements)
        return change(before, after, scene)

    return Behaviour(needs, made, changed)


PRODUCT_OFFERINGS: Final = Behaviour(needs, make, change)
"""Offerings of a market that knows no register."""


def _check_register(
    body: JsonObject, before: JsonObject | None, scene: Scene, requirements: Collection[str]
) -> None:
    if _is_published(body, before):
        check_known(claimed(body, _specification(body, scene.records)), requirements)


def _check_specification(body: JsonObject, before: JsonObject | None, scene: Scene) -> None:
    """Raise Problem(Forbidden) for who would sell, at a price of one's own, what another firm specified."""
    actor, key = scene.actor, _specification_key(body)
    if actor is None or OPERATE in actor.may or key is None or key not in scene.records:
        return
    same = before is not None and _specification_key(before) == key
    if not same and not is_seller(scene.records[key].body, actor.party):
        raise Problem(
            Forbidden,
            f"'{actor.name}' cannot sell the productSpecification '{key.id[:100]}': it does not name "
            f"'{actor.party}' as who sells it.",
        )


def _check_data(body: JsonObject, before: JsonObject | None, scene: Scene) -> None:
    """Raise Problem(Forbidden) for data that the provider may not sell: when an offering says anew what it
    sells, and when it is published."""
    same = before is not None and before.get(USED) == body.get(USED)
    if not same or _is_published(body, before):
        check_permitted([body, _specification(body, scene.records) or {}], scene)


def _is_published(body: JsonObject, before: JsonObject | None) -> bool:
    """Whether an offering is published by this change, or claims something else while it is.

    One that was published with the same claims may be renamed: a check that fails later stops new
    publishing, and does not lock the document.
    """
    if not is_active(body):
        return False
    same = ("lifecycleStatus", USED, "productSpecification", *BUNDLES)
    return before is None or any(before.get(name) != body.get(name) for name in same)


def _is_priced(body: JsonObject, before: JsonObject | None) -> bool:
    """Whether an offering is published by this change, or has other prices while it is."""
    same = ("lifecycleStatus", PRICES)
    changed = before is None or any(before.get(name) != body.get(name) for name in same)
    return is_active(body) and changed


def _check_prices(body: JsonObject, known: Mapping[Key, Record]) -> None:
    """Raise Problem for prices at which every order would be refused: BadRequestData for those by which no
    bill could be written, Conflict for one that is retired."""
    prices = [known[key].body for key in price_keys(body) if key in known]
    offered_plans(prices, f"The offering '{str(body.get('name'))[:100]}'")


def _check_may_publish(body: JsonObject, scene: Scene) -> None:
    """Who publishes sells what this node holds or stands for: an operator made them a provider."""
    actor = scene.actor
    if actor is None or PUBLISHERS.intersection(actor.may) or PROVIDER in actor.roles:
        return
    raise Problem(
        Forbidden,
        f"'{actor.name}' cannot make the offering '{str(body.get('name'))[:100]}' {body['lifecycleStatus']}: "
        f"only who has the role '{PROVIDER}', which an operator gives, sells here.",
    )


def _check_measurable(body: JsonObject, known: Mapping[Key, Record]) -> None:
    if promise_of(body) is not None:
        check_measurable(body, _specification(body, known) or {})


def _check_deliverable(body: JsonObject, known: Mapping[Key, Record]) -> None:
    """Raise Problem for an offering of which every order would be refused, or would bring nothing."""
    what = f"The offering '{str(body.get('name'))[:100]}'"
    check_deliverable(body, _specification(body, known) or {}, what)


def _specification(body: JsonObject, known: Mapping[Key, Record]) -> JsonObject | None:
    key = _specification_key(body)
    return known[key].body if key is not None and key in known else None


def _specification_key(body: JsonObject) -> Key | None:
    reference: Json = body.get("productSpecification")
    name = reference.get("id") if isinstance(reference, dict) else None
    return Key("", "tmf:productSpecification", name) if isinstance(name, str) else None
