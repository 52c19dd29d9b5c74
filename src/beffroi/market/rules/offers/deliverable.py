"""Whether an order of an offering would deliver something: read before it is published and before it is sold.

What is delivered is data of this node (`entityTypes`) or a service elsewhere (`endpointUrl`), by the
characteristics of the productSpecification and those that the offering states instead (TMF620).
"""

from typing import Final

from beffroi.kernel.json import Json, JsonObject, encode, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.access.grants import characteristics, declared
from beffroi.market.rules.access.handover import check_address, is_handed_over
from beffroi.market.rules.offers.saleable import box_of, values_in
from beffroi.market.rules.orders.configuration import LISTS, ONLY_OFFERED, configured

BUNDLES: Final = ("isBundle", "bundledProductOffering")
SOLD: Final = ("entityTypes", "endpointUrl", "access")


def check_deliverable(offering: JsonObject, specification: JsonObject, what: str) -> None:
    """Raise Problem(BadRequestData) for an offering that sells nothing, that is a bundle, or whose
    characteristics cannot be read, whichever values of them a buyer chooses; `what` begins the sentence.

    >>> check_deliverable({"name": "All"}, {}, "The offering 'All'")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The offering 'All' has no 'productSpecification', which says what its ...
    """
    for member in BUNDLES:
        if offering.get(member) not in (None, False, []):
            raise Problem(
                BadRequestData,
                f"{what} is a bundle ('{member}' is {_shown(offering[member])}); bundles are not delivered "
                "here.",
            )
    sold = configured(specification, offering, {}, what)
    _check_choices(offering, specification)
    product: JsonObject = {"productCharacteristic": [*sold]}
    grant, said = declared(product, str), characteristics(product)
    if not grant.types and not grant.endpoint and not is_handed_over(product):
        if not isinstance(offering.get("productSpecification"), dict):
            raise Problem(
                BadRequestData, f"{what} has no 'productSpecification', which says what its buyer gets."
            )
        types, endpoint, access = (_shown(said.get(name)) for name in SOLD)
        raise Problem(
            BadRequestData,
            f"{what} sells nothing: its 'entityTypes' is {types}, its 'endpointUrl' {endpoint} and its "
            f"'access' {access}.",
        )
    if grant.until and grant.until <= grant.since:
        raise Problem(
            BadRequestData, f"{what} has the 'period' {_shown(said.get('period'))}, which is empty."
        )
    check_address(offering, specification)


def _check_choices(offering: JsonObject, specification: JsonObject) -> None:
    """Each value by itself: an order may choose another than the usual one."""
    for stated in (specification.get("productSpecCharacteristic"), offering.get("prodSpecCharValueUse")):
        for name in dict.fromkeys(str(each.get("name")) for each in objects_in(stated)):
            if name in ONLY_OFFERED:
                continue
            for value in values_in(stated, name):
                one: JsonObject = {"name": name, "value": [value] if name in LISTS else value}
                if value is not None:
                    declared({"productCharacteristic": [one]}, str)
                if value is not None and name == "area" and box_of(value) is None:
                    raise Problem(BadRequestData, "The characteristic 'area' has coordinates that are none.")


def _shown(value: Json) -> str:
    return encode(value).decode()[:80]
