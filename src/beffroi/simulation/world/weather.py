"""Weather and clouds: one sky for the whole city, a little different at each sensor."""

from dataclasses import dataclass
from math import cos, pi

from beffroi.simulation.world.chance import chance, drift, scatter
from beffroi.simulation.world.city import City, Place, key_of, place
from beffroi.simulation.world.moment import DAY, HOUR, day_of_year, last_report, local_hour, moment_of


@dataclass(frozen=True, slots=True)
class WeatherSensor:
    """One sensor: °C, % of humidity, hPa, m/s, degrees where the wind comes from, mm/h of rain."""

    place: Place
    changed: int
    temperature: float
    humidity: int
    pressure: float
    wind_speed: float
    wind_direction: int
    rain: float


def cloud_cover(city: City, seed: int, moment: float) -> float:
    """Give the part of the sky that is covered, 0 to 1: slow weather and passing clouds."""
    key = scatter(seed, city.name, "sky")
    slow = drift(key, moment, 20 * HOUR)
    fast = drift(key + 1, moment, HOUR // 2)
    return min(max(0.55 + 0.5 * slow + 0.22 * fast, 0.0), 1.0)


def temperature(city: City, seed: int, moment: float) -> float:
    """Give °C: coldest in late January and before sunrise, warmer spells of some days."""
    key = scatter(seed, city.name, "warmth")
    season = 11.0 - 8.0 * cos(2 * pi * (day_of_year(moment) - 24) / 365.2425)
    swing = -3.2 * cos(2 * pi * (local_hour(moment) - 4) / 24) * (1.1 - 0.6 * cloud_cover(city, seed, moment))
    return season + swing + 4.0 * drift(key, moment, 3 * DAY)


def rain(city: City, seed: int, moment: float) -> float:
    """Give mm/h: only under a sky that is nearly covered."""
    key = scatter(seed, city.name, "rain")
    heavy = max(0.0, drift(key, moment, 4 * HOUR) + 0.15)
    return 5.0 * heavy if cloud_cover(city, seed, moment) > 0.8 else 0.0


def weather_sensors(city: City, seed: int, tick: int) -> tuple[WeatherSensor, ...]:
    return tuple(_sensor(city, seed, tick, number) for number in range(1, city.weather_sensors + 1))


def _sensor(city: City, seed: int, tick: int, number: int) -> WeatherSensor:
    key = key_of(city, seed, "weather", number)
    moment = moment_of(last_report(key, tick))
    whole = scatter(seed, city.name, "wind")
    warm = temperature(city, seed, moment)
    wet = rain(city, seed, moment)
    here = 0.5 * drift(key, moment, 1200)
    wind = 4.6 + 3.4 * drift(whole, moment, 9 * HOUR) + 0.9 * drift(key + 1, moment, 300)
    turn = 225 + 150 * drift(whole + 1, moment, 15 * HOUR) + 20 * drift(key + 2, moment, 600)
    damp = 82 - 9 * cos(2 * pi * (local_hour(moment) - 16) / 24) + 8 * min(wet, 1.0) + 4 * here
    return WeatherSensor(
        place=place(city, key, number),
        changed=moment,
        temperature=round(warm + here + 0.6 * chance(key, "sun"), 1),
        humidity=min(max(round(damp), 25), 100),
        pressure=round(1013 + 15 * drift(whole + 2, moment, 4 * DAY) + 0.3 * here, 1),
        wind_speed=round(max(wind, 0.0), 1),
        wind_direction=round(turn) % 360,
        rain=round(wet * (0.7 + 0.6 * chance(key, "rain")), 1),
    )
