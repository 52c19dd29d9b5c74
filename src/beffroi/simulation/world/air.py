"""Air quality: exhaust at the rush hours, ozone in the sun, dust from heating on winter evenings."""

from dataclasses import dataclass
from math import cos, pi
from typing import Literal, TypeAlias

from beffroi.simulation.world.chance import chance, drift, scatter
from beffroi.simulation.world.city import City, Place, key_of, place
from beffroi.simulation.world.moment import HOUR, at_work, day_of_year, last_report, local_hour, moment_of
from beffroi.simulation.world.rhythm import rush
from beffroi.simulation.world.sun import elevation
from beffroi.simulation.world.weather import cloud_cover

Site: TypeAlias = Literal["urban", "traffic", "suburban"]
EXHAUST: dict[Site, float] = {"urban": 1.0, "traffic": 2.1, "suburban": 0.6}
# the bounds of the French index (arrêté of 10 July 2020), µg/m³; over the last is the sixth, worst class
NO2_BOUNDS = (40, 90, 120, 230, 340)
O3_BOUNDS = (50, 100, 130, 240, 380)
PM10_BOUNDS = (20, 40, 50, 100, 150)
PM25_BOUNDS = (10, 20, 25, 50, 75)


@dataclass(frozen=True, slots=True)
class AirSensor:
    """One sensor: all in µg/m³; the index is from 1, best, to 6, worst."""

    place: Place
    changed: int
    site: Site
    no2: float
    o3: float
    pm10: float
    pm25: float
    index: int


def air_sensors(city: City, seed: int, tick: int) -> tuple[AirSensor, ...]:
    return tuple(_sensor(city, seed, tick, number) for number in range(1, city.air_sensors + 1))


def _sensor(city: City, seed: int, tick: int, number: int) -> AirSensor:
    key = key_of(city, seed, "air", number)
    moment = moment_of(last_report(key, tick))
    site = _site(chance(key, "site"))
    still = 1 + 0.45 * drift(scatter(seed, city.name, "still air"), moment, 14 * HOUR)
    here = 1 + 0.18 * drift(key, moment, 1800)
    traffic = rush(local_hour(moment)) * (1.0 if at_work(moment) else 0.5)
    height = max(0.0, elevation(moment, city.longitude, city.latitude))
    sunny = height / 60 * (1 - 0.6 * cloud_cover(city, seed, moment))
    no2 = round(EXHAUST[site] * (9 + 22 * traffic) * still * here, 1)
    o3 = round(max(4.0, 48 + 75 * sunny - 0.55 * no2) * here, 1)
    pm25 = round((7 + 3 * EXHAUST[site] * traffic + 9 * _heating(moment)) * still * here, 1)
    pm10 = round(pm25 * (1.45 + 0.25 * chance(key, "dust")) + 2 * EXHAUST[site], 1)
    return AirSensor(
        place=place(city, key, number),
        changed=moment,
        site=site,
        no2=no2,
        o3=o3,
        pm10=pm10,
        pm25=pm25,
        index=air_index(no2, o3, pm10, pm25),
    )


def _site(drawn: float) -> Site:
    if drawn < 0.45:
        return "urban"
    return "traffic" if drawn < 0.75 else "suburban"


def _heating(moment: int) -> float:
    winter = max(0.0, cos(2 * pi * (day_of_year(moment) - 15) / 365.2425))
    evening = 0.4 + 0.6 * max(0.0, cos(2 * pi * (local_hour(moment) - 21) / 24))
    return winter * evening


def air_index(no2: float, o3: float, pm10: float, pm25: float) -> int:
    """Give the class, 1 to 6, of the worst of the four (the French index, without sulphur dioxide).

    >>> air_index(no2=12, o3=61, pm10=14, pm25=8)
    2
    """
    judged = ((no2, NO2_BOUNDS), (o3, O3_BOUNDS), (pm10, PM10_BOUNDS), (pm25, PM25_BOUNDS))
    return max(1 + sum(value > bound for bound in bounds) for value, bounds in judged)
