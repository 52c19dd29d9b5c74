"""A specification of products (TMF620): what it says holds for the offerings that sell it.

Who changes one changes these offerings too, and is held to what they promised (`product_offering`): what is
measured for buyers stays where it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene
from beffroi.market.rules.offers.permit import check_permitted, check_respecified, specification_needs
from beffroi.market.rules.service_level.place import check_same_place, place_of, was_offered
from beffroi.market.rules.service_level.promise import promise_in
from beffroi.market.rules.service_level.watch import watch_key

USERS: Final = ("productOffering", "productSpecification")


def needs(body: JsonObject, before: JsonObject | None, known: Mapping[Key, Record]) -> Sequence[Key]:
    """The permits of its parties, and whether the service level of its offerings was watched."""
    wanted = [*specification_needs(body, before, known)]
    if before is not None:
        wanted += [watch_key(str(each["id"])) for each in _offerings(before, known)]
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
    return Outcome(after)


PRODUCT_SPECIFICATIONS: Final = Behaviour(needs, make, change, users=USERS)
"""The behaviour of productSpecification."""


def _offerings(specification: JsonObject, known: Mapping[Key, Record]) -> Iterator[JsonObject]:
    """The offerings of a specification among what is known."""
    for key, record in known.items():
        if key.kind == f"tmf:{USERS[0]}":
            named = record.shared.get(USERS[1])
            if isinstance(named, dict) and named.get("id") == specification["id"]:
                yield record.body
