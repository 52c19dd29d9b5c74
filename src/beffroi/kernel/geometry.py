"""Geometry as far as all rooms share it: a bounding box in WGS 84 degrees (RFC 7946)."""

from typing import NamedTuple


class Box(NamedTuple):
    """West, south, east, north in degrees. `west <= east`: a box never wraps here."""

    west: float
    south: float
    east: float
    north: float


WORLD = Box(-180.0, -90.0, 180.0, 90.0)
