"""The city that is simulated: where it lies, how much of each kind of thing it has, where a thing stands."""

from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt

from beffroi.simulation.world.chance import chance, scatter

KM_PER_DEGREE = 111.32


@dataclass(frozen=True, slots=True)
class City:
    """A fictional city; the counts say how many things of each kind it has."""

    name: str
    longitude: float
    latitude: float
    radius_km: float
    quarters: int
    bike_stations: int
    charging_points: int
    car_parks: int
    air_sensors: int
    weather_sensors: int
    lamps: int
    solar_plants: int
    meters: int
    recycling_centres: int

    @property
    def things(self) -> int:
        mobility = self.bike_stations + self.charging_points + self.car_parks
        air = self.air_sensors + self.weather_sensors
        energy = self.lamps + self.solar_plants + self.meters
        return mobility + air + energy + self.recycling_centres

    def box(self) -> tuple[float, float, float, float]:
        """Give west, south, east, north in degrees."""
        up = self.radius_km / KM_PER_DEGREE
        aside = up / cos(radians(self.latitude))
        west, east = self.longitude - aside, self.longitude + aside
        south, north = self.latitude - up, self.latitude + up
        return round(west, 4), round(south, 4), round(east, 4), round(north, 4)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing stands: its number among its kind, its quarter, degrees in WGS 84."""

    number: int
    quarter: int
    longitude: float
    latitude: float


def key_of(city: City, seed: int, kind: str, number: int) -> int:
    """Give the key from which all chance in the life of one thing comes."""
    return scatter(seed, city.name, kind, number)


def place(city: City, key: int, number: int) -> Place:
    """Put a thing somewhere in the round city, denser in the middle; quarters are the slices of the round."""
    turn = chance(key, "turn")
    far = city.radius_km * sqrt(chance(key, "far")) ** 1.4
    north = far * sin(2 * pi * turn) / KM_PER_DEGREE
    east = far * cos(2 * pi * turn) / KM_PER_DEGREE / cos(radians(city.latitude))
    return Place(
        number=number,
        quarter=1 + int(turn * city.quarters),
        longitude=round(city.longitude + east, 6),
        latitude=round(city.latitude + north, 6),
    )
