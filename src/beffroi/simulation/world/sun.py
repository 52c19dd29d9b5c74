"""Where the sun stands (the low-precision formulas of the Astronomical Almanac)."""

from collections.abc import Callable
from functools import lru_cache
from math import asin, atan2, cos, degrees, radians, sin

from beffroi.simulation.world.moment import DAY

NOON_2000 = 946_728_000


def elevation(moment: float, longitude: float, latitude: float) -> float:
    """Give the sun's height above the horizon in degrees, good to a tenth of a degree, without refraction."""
    days = (moment - NOON_2000) / DAY
    anomaly = radians(357.528 + 0.9856003 * days)
    mean = 280.460 + 0.9856474 * days
    ecliptic = radians(mean + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly))
    tilt = radians(23.439)
    ascension = degrees(atan2(cos(tilt) * sin(ecliptic), cos(ecliptic)))
    declination = asin(sin(tilt) * sin(ecliptic))
    sidereal = 280.46062 + 360.9856474 * days
    hour_angle = radians(sidereal + longitude - ascension)
    here = radians(latitude)
    return degrees(asin(sin(here) * sin(declination) + cos(here) * cos(declination) * cos(hour_angle)))


@lru_cache(maxsize=4096)
def dawn_and_dusk(day: int, angle: float, longitude: float, latitude: float) -> tuple[int, int]:
    """Find when the sun rises over and sinks under `angle` degrees on a day (days since 1970).

    Good for places near the Greenwich meridian whose sun crosses the angle every day.
    """

    def height(moment: float) -> float:
        return elevation(moment, longitude, latitude) - angle

    noon = day * DAY + DAY // 2
    return _crossing(height, noon - DAY // 2, noon), _crossing(height, noon + DAY // 2, noon)


def _crossing(height: Callable[[float], float], dark: float, bright: float) -> int:
    for _ in range(17):  # half a day halved 17 times is under a second
        middle = (dark + bright) / 2
        if height(middle) > 0:
            bright = middle
        else:
            dark = middle
    return int(bright)
