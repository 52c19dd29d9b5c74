"""Bike stations: each bike commutes between one station near homes and one near work, and none gets lost."""

from dataclasses import dataclass

from beffroi.simulation.world.chance import chance, drift, whole_between
from beffroi.simulation.world.city import City, Place, key_of, place
from beffroi.simulation.world.moment import DAY, TICK_SECONDS, at_work, last_report, local_hour, moment_of
from beffroi.simulation.world.rhythm import Curve, along, rush

RETIRED = 2
AT_HOME: Curve = ((0, 0.74), (6.5, 0.74), (9.3, 0.3), (16.3, 0.34), (19.5, 0.68), (24, 0.74))
WEEKEND_AT_HOME: Curve = ((0, 0.6), (10, 0.62), (16, 0.46), (24, 0.6))


@dataclass(frozen=True, slots=True)
class BikeStation:
    """One station; `changed` is the moment of its last report."""

    place: Place
    changed: int
    docks: int
    bikes: int
    in_service: bool
    connected: bool
    retired: bool
    card_terminal: bool


@dataclass(frozen=True, slots=True)
class Fleet:
    """All stations, the bikes on the road, and the bikes there are: docked and riding are always `bikes`."""

    stations: tuple[BikeStation, ...]
    riding: int
    bikes: int


@dataclass(frozen=True, slots=True)
class _Pair:
    stations: tuple[BikeStation, BikeStation]
    riding: int
    bikes: int


def fleet(city: City, seed: int, tick: int) -> Fleet:
    pairs = [_pair(city, seed, tick, number) for number in range((city.bike_stations - RETIRED) // 2)]
    working = [station for pair in pairs for station in pair.stations]
    retired = [_retired(city, seed, len(working) + 1 + number) for number in range(RETIRED)]
    return Fleet(
        stations=(*working, *retired),
        riding=sum(pair.riding for pair in pairs),
        bikes=sum(pair.bikes for pair in pairs),
    )


def _pair(city: City, seed: int, tick: int, number: int) -> _Pair:
    """Both stations report at the same tick, so that the sum of what is published is true at every tick."""
    key = key_of(city, seed, "bike pair", number)
    today = moment_of(tick) // DAY
    connected = chance(key, "connected", today) >= 0.02
    # a disconnected pair shows what it said at midnight
    reported = last_report(key, tick) if connected else today * DAY // TICK_SECONDS
    moment = moment_of(reported)
    home_docks, work_docks = whole_between(12, 36, key, "home"), whole_between(12, 36, key, "work")
    bikes = round((home_docks + work_docks) * (0.42 + 0.16 * chance(key, "bikes")))
    riding = round(bikes * _riding_share(moment))
    docked = bikes - riding
    wanted = round(docked * (_home_share(moment) + 0.14 * drift(key, moment, 1500)))
    at_home = min(max(wanted, docked - work_docks, 0), home_docks, docked)

    def station(which: int, docks: int, here: int) -> BikeStation:
        own = key_of(city, seed, "bike station", 2 * number + which)
        return BikeStation(
            place=place(city, own, 2 * number + which + 1),
            changed=moment,
            docks=docks,
            bikes=here,
            in_service=chance(own, "service", moment // DAY) >= 0.02,
            connected=connected,
            retired=False,
            card_terminal=chance(own, "card") < 0.7,
        )

    both = station(0, home_docks, at_home), station(1, work_docks, docked - at_home)
    return _Pair(both, riding, bikes)


def _retired(city: City, seed: int, number: int) -> BikeStation:
    key = key_of(city, seed, "retired bike station", number)
    return BikeStation(
        place=place(city, key, number),
        changed=1_669_719_996 + number,
        docks=0,
        bikes=0,
        in_service=False,
        connected=False,
        retired=True,
        card_terminal=True,
    )


def _riding_share(moment: int) -> float:
    hour = local_hour(moment)
    return 0.02 + 0.2 * rush(hour) if at_work(moment) else 0.02 + 0.06 * rush(hour)


def _home_share(moment: int) -> float:
    return along(AT_HOME if at_work(moment) else WEEKEND_AT_HOME, local_hour(moment))
