"""What an offering would let its buyer see: the Grant of a product that nothing was chosen for."""

from beffroi.kernel.grant import Grant
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.access.grants import Expand, declared
from beffroi.market.rules.offers.saleable import limits_of, values_in
from beffroi.market.rules.orders.configuration import configured
from beffroi.market.rules.terms.odrl import Limits


def offered_values(offering: JsonObject, specification: JsonObject, name: str) -> list[Json]:
    """The values of one characteristic: the offering's own, or else those of its specification."""
    own = values_in(offering.get("prodSpecCharValueUse"), name)
    found = own or values_in(specification.get("productSpecCharacteristic"), name)
    return [each for each in found if each is not None]


def offered_limits(offering: JsonObject, specification: JsonObject) -> Limits:
    """The area and the quotas, as far as they are well formed."""
    stated: list[Json] = [
        {"name": name, "productSpecCharacteristicValue": [{"value": each}]}
        for name in ("area", "quota")
        for each in offered_values(offering, specification, name)
    ]
    return limits_of({"productSpecCharacteristic": stated})


def offered_grant(offering: JsonObject, specification: JsonObject, expand: Expand) -> Grant:
    """The grant, as if the product were active. Raises Problem(BadRequestData) for characteristics that say
    nothing clear."""
    stated: list[Json] = [*configured(specification, offering, {}, "The offering")]
    return declared({"id": str(offering.get("id")), "productCharacteristic": stated}, expand)
