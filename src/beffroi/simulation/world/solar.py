"""Solar plants: power follows the sun and the clouds, and the counter is the exact sum of the power."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from math import exp, log, radians, sin

from beffroi.simulation.world.chance import chance, whole_between
from beffroi.simulation.world.city import City, Place, key_of, place
from beffroi.simulation.world.moment import DAY, HOUR, last_report, local_midnight, moment_of
from beffroi.simulation.world.sun import elevation
from beffroi.simulation.world.weather import cloud_cover

STEPS = 72  # of 20 minutes in a day; between two steps the yield is a straight line
STEP = DAY // STEPS
FIRST_DAY = 20_454  # 1 January 2026; what was produced before is a round figure per year
YEARLY_HOURS = 950  # hours at full power that a year is worth in the north of France


@dataclass(frozen=True, slots=True)
class SolarPlant:
    """One plant: powers in W, energies in Wh."""

    place: Place
    changed: int
    commissioned: date
    peak_power: int
    power: int
    energy_today: int
    energy_total: int


def solar_plants(city: City, seed: int, tick: int) -> tuple[SolarPlant, ...]:
    return tuple(_plant(city, seed, tick, number) for number in range(1, city.solar_plants + 1))


def _plant(city: City, seed: int, tick: int, number: int) -> SolarPlant:
    key = key_of(city, seed, "solar plant", number)
    moment = moment_of(last_report(key, tick))
    drifted = moment - whole_between(-300, 300, key, "clouds come later here")
    peak = 500 * whole_between(6, 240, key, "peak")
    effective = peak * (0.78 + 0.14 * chance(key, "lies well"))
    year = whole_between(2016, 2025, key, "year")
    before = (2026 - year) * YEARLY_HOURS
    total = energy(city, seed, drifted)
    midnight = energy(city, seed, local_midnight(moment))
    return SolarPlant(
        place=place(city, key, number),
        changed=moment,
        commissioned=date(year, 1, 1),
        peak_power=peak,
        power=round(effective * power(city, seed, drifted)),
        energy_today=round(effective * max(total - midnight, 0.0)),
        energy_total=round(effective * (before + total)),
    )


def power(city: City, seed: int, moment: int) -> float:
    """Give the yield now, 0 to 1, of a plant's peak power."""
    curve = _day_yield(city, seed, moment // DAY)
    step, rest = divmod(moment % DAY, STEP)
    return curve[step] + (curve[step + 1] - curve[step]) * rest / STEP


def energy(city: City, seed: int, moment: int) -> float:
    """Give the hours at peak power since FIRST_DAY: the integral of `power`, so that it never falls."""
    day = moment // DAY
    if day < FIRST_DAY:
        return 0.0
    curve, sums = _day_yield(city, seed, day), _day_energy(city, seed, day)
    step, rest = divmod(moment % DAY, STEP)
    now = curve[step] + (curve[step + 1] - curve[step]) * rest / STEP
    return _energy_before(city, seed, day) + sums[step] + (curve[step] + now) / 2 * rest / HOUR


@lru_cache(maxsize=64)
def _day_yield(city: City, seed: int, day: int) -> tuple[float, ...]:
    return tuple(_yield(city, seed, day * DAY + step * STEP) for step in range(STEPS + 1))


@lru_cache(maxsize=64)
def _day_energy(city: City, seed: int, day: int) -> tuple[float, ...]:
    curve = _day_yield(city, seed, day)
    pieces = ((curve[step] + curve[step + 1]) / 2 * STEP / HOUR for step in range(STEPS))
    return tuple(accumulate(pieces, initial=0.0))


@lru_cache(maxsize=64)
def _energy_before(city: City, seed: int, day: int) -> float:
    return sum(_day_energy(city, seed, earlier)[-1] for earlier in range(FIRST_DAY, day))


def _yield(city: City, seed: int, moment: int) -> float:
    height = elevation(moment, city.longitude, city.latitude)
    if height <= 0:
        return 0.0
    clear = exp(1.1 * log(sin(radians(height))))
    return clear * (1 - 0.8 * cloud_cover(city, seed, moment))
