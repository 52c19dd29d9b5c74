"""Every resource of every API that the market speaks: one row each."""

from collections.abc import Mapping

from beffroi.market.rules.apis import (
    tmf620,
    tmf622,
    tmf629,
    tmf632,
    tmf633,
    tmf635,
    tmf637,
    tmf638,
    tmf648,
    tmf651,
    tmf657,
    tmf666,
    tmf669,
    tmf677,
    tmf678,
)
from beffroi.market.rules.documents.resource import Api, Resource

_MODULES = (
    tmf620,
    tmf622,
    tmf629,
    tmf632,
    tmf633,
    tmf635,
    tmf637,
    tmf638,
    tmf648,
    tmf651,
    tmf657,
    tmf666,
    tmf669,
    tmf677,
    tmf678,
)

APIS: tuple[Api, ...] = tuple(module.API for module in _MODULES)
RESOURCES: Mapping[str, Resource] = {row.name: row for module in _MODULES for row in module.RESOURCES}
"""By name: no two APIs of ours have a resource of the same name."""
