"""Street lamps: one feeder cabinet switches its lamps when the sun passes its angle, evening and morning."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from beffroi.simulation.world.chance import chance, whole_between
from beffroi.simulation.world.city import City, Place, key_of, place
from beffroi.simulation.world.moment import DAY, moment_of
from beffroi.simulation.world.sun import dawn_and_dusk

LampKind: TypeAlias = Literal["led", "sodium"]
LampState: TypeAlias = Literal["on", "off", "fault"]

CABINETS = 24
WEEK = 7 * DAY
POWERS: dict[LampKind, tuple[int, ...]] = {"led": (28, 40, 56, 75), "sodium": (70, 100, 150)}


@dataclass(frozen=True, slots=True)
class Lamp:
    """One lamp: nominal power in W, height in cm."""

    place: Place
    changed: int
    cabinet: int
    kind: LampKind
    power: int
    height: int
    state: LampState


def lamps(city: City, seed: int, tick: int) -> tuple[Lamp, ...]:
    angles = tuple(_angle(city, seed, cabinet) for cabinet in range(CABINETS))
    return tuple(_lamp(city, seed, tick, number, angles) for number in range(1, city.lamps + 1))


def _angle(city: City, seed: int, cabinet: int) -> float:
    return -1.0 - 4.0 * chance(key_of(city, seed, "cabinet", cabinet), "angle")


def _lamp(city: City, seed: int, tick: int, number: int, angles: tuple[float, ...]) -> Lamp:
    key = key_of(city, seed, "lamp", number)
    moment = moment_of(tick)
    cabinet = key % CABINETS
    lag = whole_between(0, 60, key, "lag") * 5
    lit, switched = _switch(city, angles[cabinet], moment - lag)
    week = moment // WEEK
    faulty = chance(key, "fault", week) < 0.01
    was_faulty = chance(key, "fault", week - 1) < 0.01
    kind: LampKind = "led" if chance(key, "kind") < 0.7 else "sodium"
    seen: LampState = "on" if lit else "off"
    if faulty:
        changed = week * WEEK if not was_faulty else (week - 1) * WEEK
    else:
        changed = max(switched + lag, week * WEEK) if was_faulty else switched + lag
    return Lamp(
        place=place(city, key, number),
        changed=changed,
        cabinet=cabinet + 1,
        kind=kind,
        power=POWERS[kind][int(chance(key, "power") * len(POWERS[kind]))],
        height=50 * whole_between(8, 20, key, "height"),
        state="fault" if faulty else seen,
    )


def _switch(city: City, angle: float, moment: int) -> tuple[bool, int]:
    """Tell whether the lamp is lit and when its cabinet switched last."""
    day = moment // DAY
    dawn, dusk = dawn_and_dusk(day, angle, city.longitude, city.latitude)
    if moment >= dusk:
        return True, dusk
    if moment >= dawn:
        return False, dawn
    return True, dawn_and_dusk(day - 1, angle, city.longitude, city.latitude)[1]
