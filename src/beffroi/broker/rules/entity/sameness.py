"""Whether an attribute was said again: all is as it was but the moments at which it was written."""

from typing import Final, cast

from beffroi.broker.rules.entity.entity import Instance
from beffroi.kernel.json import JsonObject, is_same

WRITTEN: Final = frozenset({"createdAt", "modifiedAt"})
"""What the system says of an instance by itself (clause 4.8)."""


def says_same(one: Instance, other: Instance) -> bool:
    """Whether two instances say the same, the system's own timestamps apart.

    >>> says_same({"type": "Property", "value": 1, "modifiedAt": "a"}, {"type": "Property", "value": 1})
    True
    >>> says_same({"type": "Property", "value": 1}, {"type": "Property", "value": True})
    False
    """
    return one is other or is_same(_said(one), _said(other))


def _said(instance: Instance) -> JsonObject:
    said = {name: value for name, value in instance.items() if name not in WRITTEN}
    if "attrs" in instance:
        said["attrs"] = {name: [_said(each) for each in found] for name, found in instance["attrs"].items()}
    return cast("JsonObject", said)
