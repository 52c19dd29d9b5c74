"""Options that say where the places of a source lie, and which way round they stand."""

from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem

AXES_HELP: Final = (
    "Longitude and latitude exchanged: check (stop), detect (turn where it shows), swapped (turn all), given "
    "(leave them)."
)
AREA_HELP: Final = "The box in which the places lie, W,S,E,N in degrees."


def said_of(axes: str, area: str) -> JsonObject:
    """What the options say of a source, as its API writes it; raises Problem(BadRequestData).

    >>> said_of("swapped", "2.9,50.5,3.2,50.8")
    {'axes': 'swapped', 'area': [2.9, 50.5, 3.2, 50.8]}
    """
    said: JsonObject = {"axes": axes} if axes else {}
    return {**said, "area": _numbers(area)} if area else said


def _numbers(area: str) -> list[Json]:
    try:
        return [float(each) for each in area.split(",")]
    except ValueError as failure:
        raise Problem(BadRequestData, f"The area '{area[:60]}' is not four numbers W,S,E,N.") from failure
