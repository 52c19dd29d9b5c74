"""A specification of products (TMF620): what it says holds for the offerings that sell it.

Who changes one changes these offerings too, and is held to what they are held to (`product_offering`): what
is measured for buyers stays where it is, and what one that is published claims anew, or of another endpoint,
was proved.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.dcat.offer import is_active
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene
from beffroi.market.rules.offers.permit import check_permitted, check_respecified, specification_needs
from beffroi.market.rules.offers.proof import check_claims, proof_keys
from beffroi.market.rules.offers.publishing import check_known, claimed
from beffroi.market.rules.service_level.place import check_same_place, endpoint_of, place_of, was_offered
from beffroi.market.rules.service_level.promise import promise_in
from beffroi.market.rules.service_level.watch import watch_key

USERS: Final = ("productOffering", "productSpecification")


def needs(body: JsonObject, before: JsonObject | None, known: Mapping[Key, Record]) -> Sequence[Key]:
    """The permits of its parties, whether the service level of its offerings was watched, and the newest
    checks where they come to claim something else."""
    wanted = [*specification_needs(body, before, known)]
    for offering in _offerings(before, known) if before is not None else ():
        wanted.append(watch_key(str(offering["id"])))
        if before is not None and _claims_anew(offering, before, body):
            wanted += proof_keys(offering, body, known)
    return wanted


def make(body: JsonObject, scene: Scene) -> Outcome:
    """A new specification, of data that who writes it may sell."""
    check_permitted([body], scene)
    return Outcome(body)


def change(before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
    """A changed specification. Raises Problem(Conflict) for what its offerings do not allow."""
    check_respecified(before, after, scene)
    for offering in _offerings(before, scene.records):
        if was_offered(offering, scene.records) and promise_in(offering) is not None:
            check_same_place(place_of(offering, before), place_of(offering, after), offering)
        if _claims_anew(offering, before, after):
            check_claims(offering, after, scene.records)
    return Outcome(after)


def product_specifications(requirements: Collection[str]) -> Behaviour:
    """Specifications whose offerings claim, where they are published, only requirements of a register with
    these ids."""

    def changed(before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
        for offering in _offerings(before, scene.records):
            if _claims_anew(offering, before, after):
                check_known(claimed(offering, after), requirements)
        return change(before, after, scene)

    return Behaviour(needs, make, changed, users=USERS)


PRODUCT_SPECIFICATIONS: Final = Behaviour(needs, make, change, users=USERS)
"""Specifications of a market that knows no register."""


def _offerings(specification: JsonObject, known: Mapping[Key, Record]) -> Iterator[JsonObject]:
    """The offerings of a specification among what is known."""
    for key, record in known.items():
        if key.kind == f"tmf:{USERS[0]}":
            named = record.shared.get(USERS[1])
            if isinstance(named, dict) and named.get("id") == specification["id"]:
                yield record.body


def _claims_anew(offering: JsonObject, before: JsonObject, after: JsonObject) -> bool:
    """Whether an offering that is published claims something else by a change of its specification, or the
    same of another endpoint."""
    if not is_active(offering):
        return False
    was, will = ((claimed(offering, each), endpoint_of(offering, each)) for each in (before, after))
    return was != will
