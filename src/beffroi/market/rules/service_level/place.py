"""Where a promised service level is measured: it is what buyers get, and stays once they could order.

Products keep the address for which they were sold. So nobody lets the node look elsewhere.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.orders.configuration import sold_values
from beffroi.market.rules.service_level.watch import watch_key

OFFERED: Final = frozenset({"active", "launched", "retired", "obsolete"})
"""lifecycleStatus, in lower case, of offerings that are or were to be ordered."""


class Place(NamedTuple):
    """Data of this node: its entity types and their tenant. Else the address of a service; empty without
    one."""

    types: tuple[str, ...] = ()
    tenant: str = ""
    endpoint: str = ""


def place_of(offering: JsonObject, specification: JsonObject) -> Place:
    """Where products of an offering have what they hold.

    >>> at = {"name": "endpointUrl", "productSpecCharacteristicValue": [{"value": "https://a.example"}]}
    >>> place_of({}, {"productSpecCharacteristic": [at]}).endpoint
    'https://a.example'
    """
    types = _texts(offering, specification, "entityTypes")
    if types:
        names = (name.strip() for text in types for name in text.split(","))
        tenant = next(iter(_texts(offering, specification, "tenant")), "")
        return Place(tuple(dict.fromkeys(filter(None, names))), tenant)
    return Place(endpoint=endpoint_of(offering, specification))


def endpoint_of(offering: JsonObject, specification: JsonObject | None) -> str:
    """The address that a product gets of which nobody chose another; empty without one."""
    return next(iter(_texts(offering, specification or {}, "endpointUrl")), "")


def check_measurable(offering: JsonObject, specification: JsonObject) -> None:
    """Raise Problem(BadRequestData) for a place of an offering with a promise that is none, or several."""
    if place_of(offering, specification) == Place():
        raise Problem(
            BadRequestData,
            "The offering promises a service level and has nothing that could be measured: no 'entityTypes' "
            "and no 'endpointUrl'.",
        )
    addresses = sold_values(specification, offering, "endpointUrl")
    if len(addresses) > 1:
        raise Problem(
            BadRequestData,
            f"The offering promises a service level and leaves the choice of {len(addresses)} values of "
            "'endpointUrl'; one address is measured.",
        )


def was_offered(offering: Mapping[str, Json], known: Mapping[Key, Record]) -> bool:
    """Whether an offering is or was to be ordered, by its state or because it was watched."""
    state = str(offering.get("lifecycleStatus", "")).lower()
    return state in OFFERED or watch_key(str(offering["id"])) in known


def check_same_place(before: Place, after: Place, offering: Mapping[str, Json]) -> None:
    """Raise Problem(Conflict) where what was promised would be measured elsewhere from now on."""
    if before != after:
        raise Problem(
            Conflict,
            f"The offering '{str(offering.get('name'))[:100]}' promises a service level of "
            f"'{_shown(before)}' to its buyers; that it is measured there does not change. Retire it and "
            "make another.",
        )


def _texts(offering: JsonObject, specification: JsonObject, name: str) -> list[str]:
    return [each for each in sold_values(specification, offering, name) if isinstance(each, str)]


def _shown(place: Place) -> str:
    return (place.endpoint or ", ".join(place.types))[:200]
