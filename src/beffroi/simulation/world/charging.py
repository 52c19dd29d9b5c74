"""Charging points: sessions with a power that falls towards the end, and the energy they have taken."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from beffroi.simulation.world.chance import chance, scatter
from beffroi.simulation.world.city import City, Place, key_of, place
from beffroi.simulation.world.moment import DAY, HOUR, at_work, last_report, local_hour, moment_of
from beffroi.simulation.world.rhythm import Curve, along

Plug: TypeAlias = Literal["type 2", "combo", "chademo"]
PointState: TypeAlias = Literal["free", "charging", "plugged", "out of order"]

SLOT = 2 * HOUR
FULL_UNTIL = 0.75  # of a session's time at full power; then down to a fifth
DEMAND: Curve = ((0, 0.28), (5, 0.22), (9, 0.6), (13, 0.55), (18, 0.78), (21, 0.6), (24, 0.28))
POWERS: dict[Plug, tuple[int, ...]] = {
    "type 2": (7_400, 11_000, 22_000),
    "combo": (50_000, 100_000, 150_000),
    "chademo": (50_000,),
}


@dataclass(frozen=True, slots=True)
class ChargingPoint:
    """One plug; power in W, energy in Wh, moments in seconds since 1970."""

    place: Place
    changed: int
    plug: Plug
    max_power: int
    state: PointState
    power: int
    session_energy: int
    session_start: int | None


@dataclass(frozen=True, slots=True)
class _Session:
    start: int
    seconds: int
    leaves: int
    power: float


def charging_points(city: City, seed: int, tick: int) -> tuple[ChargingPoint, ...]:
    return tuple(_point(city, seed, tick, number) for number in range(1, city.charging_points + 1))


def _point(city: City, seed: int, tick: int, number: int) -> ChargingPoint:
    key = key_of(city, seed, "charging point", number)
    moment = moment_of(last_report(key, tick))
    plug = _plug(chance(key, "plug"))
    choices = POWERS[plug]
    max_power = choices[int(chance(key, "power") * len(choices))]
    session = _session(key, moment, plug, max_power)
    if chance(key, "order", moment // DAY) < 0.025:
        state, power, energy, start = _now("out of order")
    elif session is None or not session.start <= moment < session.leaves:
        state, power, energy, start = _now("free")
    else:
        state, power, energy, start = _during(session, moment)
    return ChargingPoint(
        place=place(city, key, number),
        changed=moment,
        plug=plug,
        max_power=max_power,
        state=state,
        power=power,
        session_energy=energy,
        session_start=start,
    )


def _plug(drawn: float) -> Plug:
    if drawn < 0.8:
        return "type 2"
    return "combo" if drawn < 0.95 else "chademo"


def _session(key: int, moment: int, plug: Plug, max_power: int) -> _Session | None:
    """Each point has at most one session in each of its slots of two hours."""
    shift = key % SLOT
    slot = (moment + shift) // SLOT
    begins = slot * SLOT - shift
    own = scatter(key, "session", slot)
    middle = begins + SLOT // 2
    demand = along(DEMAND, local_hour(middle)) * (1 if at_work(middle) else 0.8)
    if chance(own, "wanted") >= demand:
        return None
    start = begins + int(chance(own, "late") * 0.25 * SLOT)
    part = (0.4 + 0.3 * chance(own, "long")) if plug == "type 2" else (0.15 + 0.25 * chance(own, "long"))
    seconds = int(part * SLOT)
    leaves = start + seconds + int(chance(own, "stays") * (begins + SLOT - start - seconds))
    return _Session(start, seconds, leaves, max_power * (0.45 + 0.55 * chance(own, "car")))


def _now(state: PointState) -> tuple[PointState, int, int, int | None]:
    return state, 0, 0, None


def _during(session: _Session, moment: int) -> tuple[PointState, int, int, int | None]:
    elapsed = min(moment - session.start, session.seconds)
    energy = round(_energy(session, elapsed))
    if elapsed == session.seconds:
        return "plugged", 0, energy, session.start
    return "charging", round(_power(session, elapsed)), energy, session.start


def _power(session: _Session, elapsed: float) -> float:
    tail = elapsed / session.seconds - FULL_UNTIL
    return session.power * (1 - 0.8 * max(0.0, tail) / (1 - FULL_UNTIL))


def _energy(session: _Session, elapsed: float) -> float:
    """Give Wh: the integral of _power."""
    full = min(elapsed, FULL_UNTIL * session.seconds)
    fading = elapsed - full
    return (session.power * full + fading * (session.power + _power(session, elapsed)) / 2) / HOUR
