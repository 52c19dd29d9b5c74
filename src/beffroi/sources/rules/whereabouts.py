"""Where the places of a source lie and which way round they stand, as somebody types it."""

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem


def said_of(axes: str, area: str) -> JsonObject:
    """What somebody says of a source, as its API writes it; raises Problem(BadRequestData).

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
