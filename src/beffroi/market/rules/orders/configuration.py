"""Configure a product: its characteristics, by specification, offering and what the buyer chooses.

The values of a characteristic are those of the offering (`prodSpecCharValueUse`), or else those of the
specification. Where it is `configurable`, an order may choose among them in `product.productCharacteristic`:
one value, or several where the gate reads a list. Without a choice a list has all of them, anything else the
one that `isDefault`, or else the first.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.access.grants import characteristics, declared

LISTS: Final = frozenset({"entityTypes", "attributes", "purpose", "region", "quota", "methods"})
"""Characteristics whose value is a list."""

ONLY_OFFERED: Final = frozenset({"mimRequirements", "credentialsUrl", "sample"})
"""What an offering says and a product does not."""

OF_THE_NODE: Final = frozenset({"clientId", "tokenUrl", "accessUrl"})
"""What the node writes into a product: an offering that said it could name another product's client."""

FROZEN: Final = "configuration"
"""The member of an item and of a product that keeps what could be chosen when it was ordered."""

PURPOSE: Final = "purpose"
"""Who buys may always bind oneself to fewer purposes than the terms allow."""

Stated: TypeAlias = Mapping[str, JsonObject]


def configured(
    specification: JsonObject, offering: JsonObject, product: Mapping[str, Json], what: str
) -> list[JsonObject]:
    """The member `productCharacteristic` of a product. Raises Problem(BadRequestData) for a choice that is
    none, and for characteristics that say nothing clear; `what` names the item of the order."""
    offered = _stated(specification.get("productSpecCharacteristic"))
    used = _stated(offering.get("prodSpecCharValueUse"))
    chosen = characteristics(product)
    for name in chosen:
        if name not in offered and name not in used:
            raise Problem(BadRequestData, f"{what} chooses '{name[:80]}', which the offering does not have.")
    found: list[JsonObject] = []
    for name in dict.fromkeys((*offered, *used)):
        if name in ONLY_OFFERED or name in OF_THE_NODE:
            continue
        values = _values(used.get(name)) or _values(offered.get(name))
        if name in chosen:
            may = name == PURPOSE or _configurable(used.get(name), offered.get(name))
            value = _choice(name, chosen[name], [each for each, _ in values], what, may=may)
        else:
            value = _usual(name, values)
        if value is not None:
            found.append({"name": name, "value": value})
    declared({"productCharacteristic": [*found]}, str)
    return found


def sold_values(specification: JsonObject, offering: JsonObject, name: str) -> list[Json]:
    """The values of one characteristic that products of an offering may have, the usual one first: a product
    that nobody chose anything for has that one, or of a list all.

    >>> values = [{"value": 1}, {"value": 2, "isDefault": True}]
    >>> shops = {"name": "shop", "productSpecCharacteristicValue": values}
    >>> sold_values({"productSpecCharacteristic": [shops]}, {}, "shop")
    [2]
    >>> sold_values({"productSpecCharacteristic": [{**shops, "configurable": True}]}, {}, "shop")
    [2, 1]
    """
    offered = _stated(specification.get("productSpecCharacteristic")).get(name)
    used = _stated(offering.get("prodSpecCharValueUse")).get(name)
    values = sorted(_values(used) or _values(offered), key=lambda each: not each[1])
    found = [value for value, _ in values]
    return found if name in LISTS or _configurable(used, offered) else found[:1]


def choices(specification: JsonObject, offering: JsonObject) -> JsonObject:
    """What can be chosen of an offering now, to be kept with what is ordered: its configurable
    characteristics, as specification and offering state them."""
    offered = _stated(specification.get("productSpecCharacteristic"))
    used = _stated(offering.get("prodSpecCharValueUse"))
    free = [name for name in {**offered, **used} if _configurable(used.get(name), offered.get(name))]
    return {
        "productSpecCharacteristic": [offered[name] for name in free if name in offered],
        "prodSpecCharValueUse": [used[name] for name in free if name in used],
    }


def _stated(characteristics: Json) -> Stated:
    found = characteristics if isinstance(characteristics, list) else []
    return {str(each["name"]): each for each in found if isinstance(each, dict) and "name" in each}


def _values(stated: JsonObject | None) -> list[tuple[Json, bool]]:
    """The values, each with whether it is the default; an array counts as its elements."""
    listed = (stated or {}).get("productSpecCharacteristicValue")
    found = list[tuple[Json, bool]]()
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and each.get("value") is not None:
            value, default = each["value"], each.get("isDefault") is True
            found += [(one, default) for one in (value if isinstance(value, list) else [value])]
    return found


def _configurable(*stated: JsonObject | None) -> bool:
    return any((each or {}).get("configurable") is True for each in stated)


def _usual(name: str, values: Sequence[tuple[Json, bool]]) -> Json:
    if name in LISTS:
        return [value for value, _ in values] or None
    defaults = [value for value, is_default in values if is_default]
    return next(iter([*defaults, *(value for value, _ in values)]), None)


def _choice(name: str, value: Json, values: list[Json], what: str, *, may: bool) -> Json:
    """What the buyer chose: the same as what is sold anyway, or one of the values of what is configurable."""
    wanted = value if isinstance(value, list) else [value]
    if not may and (len(wanted) < len(values) or not values):
        raise Problem(
            BadRequestData, f"{what} chooses '{name[:80]}', which the offering leaves no choice about."
        )
    for each in wanted:
        if values and each not in values:
            raise Problem(
                BadRequestData,
                f"{what} chooses {str(each)[:80]!r} for '{name[:80]}', which the offering does not have.",
            )
    if name not in LISTS and len(wanted) != 1:
        raise Problem(BadRequestData, f"{what} chooses {len(wanted)} values for '{name[:80]}', not one.")
    return [*wanted] if name in LISTS else wanted[0]
