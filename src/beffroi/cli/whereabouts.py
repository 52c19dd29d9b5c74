"""Options that say where the places of a source lie, and which way round they stand."""

from typing import Final

AXES_HELP: Final = (
    "Longitude and latitude exchanged: check (stop), detect (turn where it shows), swapped (turn all), given "
    "(leave them)."
)
AREA_HELP: Final = "The box in which the places lie, W,S,E,N in degrees."
