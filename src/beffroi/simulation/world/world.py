"""All that is true in a simulated city at one tick."""

from dataclasses import dataclass
from functools import lru_cache

from beffroi.simulation.world.air import AirSensor, air_sensors
from beffroi.simulation.world.bikes import Fleet, fleet
from beffroi.simulation.world.charging import ChargingPoint, charging_points
from beffroi.simulation.world.city import City
from beffroi.simulation.world.lamps import Lamp, lamps
from beffroi.simulation.world.meters import Meter, meters
from beffroi.simulation.world.parking import CarPark, car_parks
from beffroi.simulation.world.recycling import RecyclingCentre, recycling_centres
from beffroi.simulation.world.solar import SolarPlant, solar_plants
from beffroi.simulation.world.weather import WeatherSensor, weather_sensors


@dataclass(frozen=True, slots=True)
class World:
    """What each thing said last, at a tick of five seconds counted from 1970."""

    city: City
    tick: int
    fleet: Fleet
    charging_points: tuple[ChargingPoint, ...]
    car_parks: tuple[CarPark, ...]
    air_sensors: tuple[AirSensor, ...]
    weather_sensors: tuple[WeatherSensor, ...]
    lamps: tuple[Lamp, ...]
    solar_plants: tuple[SolarPlant, ...]
    meters: tuple[Meter, ...]
    recycling_centres: tuple[RecyclingCentre, ...]


@lru_cache(maxsize=4)
def world(city: City, seed: int, tick: int) -> World:
    """Compute the whole city: the same city, seed and tick give the same world, on every machine."""
    return World(
        city=city,
        tick=tick,
        fleet=fleet(city, seed, tick),
        charging_points=charging_points(city, seed, tick),
        car_parks=car_parks(city, seed, tick),
        air_sensors=air_sensors(city, seed, tick),
        weather_sensors=weather_sensors(city, seed, tick),
        lamps=lamps(city, seed, tick),
        solar_plants=solar_plants(city, seed, tick),
        meters=meters(city, seed, tick),
        recycling_centres=recycling_centres(city, seed),
    )
