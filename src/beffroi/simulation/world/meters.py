"""Electricity meters of public buildings: a week's habit, a fridge's ripple, a counter that never falls."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import cos, pi, sin
from typing import Literal, TypeAlias

from beffroi.simulation.world.chance import chance, whole_between
from beffroi.simulation.world.city import City, Place, key_of, place
from beffroi.simulation.world.moment import DAY, HOUR, last_report, moment_of
from beffroi.simulation.world.rhythm import Curve, along

Use: TypeAlias = Literal["school", "office", "pool", "sports hall", "library"]

SINCE = 1_577_836_800  # 1 January 2020, when the meters were read at their start value
MONDAY = 4 * DAY - HOUR  # a Monday in 1970; building automation keeps winter time all year
WEEK = 7 * DAY
USES: tuple[Use, ...] = ("school", "office", "pool", "sports hall", "library")
OPEN: dict[Use, Curve] = {
    "school": ((0, 0.05), (6, 0.08), (8, 0.9), (12, 1.0), (16, 0.8), (18, 0.15), (24, 0.05)),
    "office": ((0, 0.05), (7, 0.1), (9, 0.95), (12.5, 0.8), (17, 0.9), (19, 0.2), (24, 0.05)),
    "pool": ((0, 0.55), (6, 0.65), (10, 0.95), (20, 1.0), (22, 0.6), (24, 0.55)),
    "sports hall": ((0, 0.05), (9, 0.3), (16, 0.5), (20, 1.0), (22.5, 0.2), (24, 0.05)),
    "library": ((0, 0.05), (9, 0.2), (11, 0.9), (18, 0.95), (19.5, 0.1), (24, 0.05)),
}
CLOSED: Curve = ((0, 0.05), (12, 0.1), (24, 0.05))
OPEN_DAYS: dict[Use, int] = {"school": 5, "office": 5, "pool": 7, "sports hall": 7, "library": 6}


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter: floor area in m², power in W, reading in Wh."""

    place: Place
    changed: int
    use: Use
    area: int
    power: int
    reading: int


def meters(city: City, seed: int, tick: int) -> tuple[Meter, ...]:
    return tuple(_meter(city, seed, tick, number) for number in range(1, city.meters + 1))


def _meter(city: City, seed: int, tick: int, number: int) -> Meter:
    key = key_of(city, seed, "meter", number)
    moment = moment_of(last_report(key, tick))
    use = USES[int(chance(key, "use") * len(USES))]
    area = 50 * whole_between(8, 160, key, "area")
    standby, habit = 2.2 * area, area * (9 + 6 * chance(key, "dear"))
    ripple, period = 0.8 * area, 900 + 2400 * chance(key, "fridge")
    shift = whole_between(-900, 900, key, "opens")
    angle = 2 * pi * moment / period
    used_power = standby + habit * _habit_power(use, moment + shift) + ripple * sin(angle)
    hours = (moment - SINCE) / HOUR
    rippled = -ripple * cos(angle) * period / (2 * pi) / HOUR
    habitual = habit * (_habit_hours(use, moment + shift) - _habit_hours(use, SINCE + shift))
    start = 1000 * whole_between(20_000, 900_000, key, "start")
    return Meter(
        place=place(city, key, number),
        changed=moment,
        use=use,
        area=area,
        power=round(used_power),
        reading=max(0, round(start + standby * hours + habitual + rippled)),
    )


def _habit_power(use: Use, moment: int) -> float:
    hour, rest = divmod((moment - MONDAY) % WEEK, HOUR)
    week = _week(use)
    return week[hour] + (week[hour + 1] - week[hour]) * rest / HOUR


def _habit_hours(use: Use, moment: int) -> float:
    """Give the integral of _habit_power in hours since MONDAY."""
    weeks, within = divmod(moment - MONDAY, WEEK)
    hour, rest = divmod(within, HOUR)
    week, sums = _week(use), _week_sums(use)
    part = rest / HOUR
    now = week[hour] + (week[hour + 1] - week[hour]) * part
    return weeks * sums[-1] + sums[hour] + (week[hour] + now) / 2 * part


@lru_cache(maxsize=len(USES))
def _week(use: Use) -> tuple[float, ...]:
    """Give 169 hourly values from Monday midnight; the last is the first of the next week."""
    days = [OPEN[use] if day < OPEN_DAYS[use] else CLOSED for day in range(7)]
    hours = [along(curve, hour) for curve in days for hour in range(24)]
    return (*hours, hours[0])


@lru_cache(maxsize=len(USES))
def _week_sums(use: Use) -> tuple[float, ...]:
    week = _week(use)
    return tuple(accumulate(((week[hour] + week[hour + 1]) / 2 for hour in range(7 * 24)), initial=0.0))
