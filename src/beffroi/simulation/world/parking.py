"""Car parks off the street: they fill by day, each kind by its own rhythm."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from beffroi.simulation.world.chance import chance, drift, whole_between
from beffroi.simulation.world.city import City, Place, key_of, place
from beffroi.simulation.world.moment import at_work, last_report, local_hour, moment_of
from beffroi.simulation.world.rhythm import Curve, along

ParkKind: TypeAlias = Literal["park and ride", "centre", "station"]

WORKING: dict[ParkKind, Curve] = {
    "park and ride": ((0, 0.06), (6, 0.08), (9, 0.86), (16, 0.82), (19, 0.2), (24, 0.06)),
    "centre": ((0, 0.2), (7, 0.22), (11, 0.78), (13, 0.7), (17, 0.95), (20, 0.6), (24, 0.2)),
    "station": ((0, 0.34), (6, 0.4), (10, 0.93), (17, 0.88), (21, 0.45), (24, 0.34)),
}
WEEKEND: dict[ParkKind, Curve] = {
    "park and ride": ((0, 0.05), (14, 0.24), (20, 0.1), (24, 0.05)),
    "centre": ((0, 0.3), (8, 0.2), (15, 0.98), (19, 0.7), (24, 0.3)),
    "station": ((0, 0.5), (12, 0.42), (18, 0.3), (24, 0.5)),
}
KINDS: tuple[ParkKind, ...] = ("park and ride", "centre", "station")


@dataclass(frozen=True, slots=True)
class CarPark:
    """One car park; the height of its lowest beam is in cm."""

    place: Place
    changed: int
    kind: ParkKind
    spaces: int
    taken: int
    open: bool
    max_height: int


def car_parks(city: City, seed: int, tick: int) -> tuple[CarPark, ...]:
    return tuple(_car_park(city, seed, tick, number) for number in range(1, city.car_parks + 1))


def _car_park(city: City, seed: int, tick: int, number: int) -> CarPark:
    key = key_of(city, seed, "car park", number)
    moment = moment_of(last_report(key, tick))
    hour = local_hour(moment)
    kind = KINDS[int(chance(key, "kind") * len(KINDS))]
    curve = (WORKING if at_work(moment) else WEEKEND)[kind]
    spaces = 10 * whole_between(8, 90, key, "spaces")
    liked = 0.75 + 0.35 * chance(key, "liked")
    part = along(curve, hour) * liked + 0.06 * drift(key, moment, 900)
    closes_at_night = kind == "centre" and chance(key, "night") < 0.5
    return CarPark(
        place=place(city, key, number),
        changed=moment,
        kind=kind,
        spaces=spaces,
        taken=min(max(round(spaces * part), 0), spaces),
        open=not (closes_at_night and 1 <= hour < 5),
        max_height=whole_between(18, 24, key, "height") * 10,
    )
