"""The simulated city: the same for all who ask, and plausible."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from math import isclose
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from beffroi.simulation.lille_like import CITY as LILLE_LIKE
from beffroi.simulation.ods_clean import CITY as ODS_CLEAN
from beffroi.simulation.world.bikes import fleet
from beffroi.simulation.world.charging import charging_points
from beffroi.simulation.world.city import City
from beffroi.simulation.world.meters import meters
from beffroi.simulation.world.moment import DAY, TICK_SECONDS, local_hour, tick_of, utc_offset
from beffroi.simulation.world.sun import elevation
from beffroi.simulation.world.world import World, world

NOON = tick_of(datetime(2026, 6, 10, 10, tzinfo=UTC).timestamp())  # a Wednesday, 12:00 local time
A_DAY = DAY // TICK_SECONDS
SEED = 7
LOOKS_AT = """
import hashlib
from beffroi.simulation.lille_like import CITY
from beffroi.simulation.world.world import world
print(hashlib.sha256(repr(world(CITY, 7, 356_400_000)).encode()).hexdigest())
"""


def through_a_day(city: City, step: int) -> Iterator[World]:
    return (world(city, SEED, tick) for tick in range(NOON, NOON + A_DAY, step))


def live(seen: World) -> dict[tuple[str, int], object]:
    kinds = (
        seen.fleet.stations,
        seen.charging_points,
        seen.car_parks,
        seen.air_sensors,
        seen.weather_sensors,
        seen.solar_plants,
        seen.meters,
    )
    return {(type(thing).__name__, thing.place.number): thing for kind in kinds for thing in kind}


def test_the_world_is_the_same_in_every_process() -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", LOOKS_AT],
            env={"PYTHONHASHSEED": salt, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for salt in ("1", "2")
    }
    assert len(seen) == 1


def test_another_seed_is_another_world() -> None:
    assert world(LILLE_LIKE, 7, NOON).meters != world(LILLE_LIKE, 8, NOON).meters


def test_a_world_does_not_depend_on_what_was_asked_before() -> None:
    later = world(LILLE_LIKE, SEED, NOON + 500)
    world.cache_clear()
    assert world(LILLE_LIKE, SEED, NOON + 500) == later


@pytest.mark.parametrize("city", [LILLE_LIKE, ODS_CLEAN])
def test_no_bike_is_lost_in_a_day(city: City) -> None:
    bikes = fleet(city, SEED, NOON).bikes
    for tick in range(NOON, NOON + 2 * A_DAY, 173):
        seen = fleet(city, SEED, tick)
        assert sum(station.bikes for station in seen.stations) + seen.riding == seen.bikes == bikes
        assert all(0 <= station.bikes <= station.docks for station in seen.stations)


def test_bikes_commute() -> None:
    def at_work(hours: int) -> int:
        stations = world(LILLE_LIKE, SEED, NOON + hours * 720).fleet.stations
        return sum(station.bikes for station in stations[1::2])

    assert at_work(0) > 1.5 * at_work(12)


@pytest.mark.parametrize("city", [LILLE_LIKE, ODS_CLEAN])
def test_five_to_ten_percent_of_the_live_things_change_at_each_tick(city: City) -> None:
    for tick in range(NOON, NOON + 30):
        before, after = live(world(city, SEED, tick)), live(world(city, SEED, tick + 1))
        changed = sum(before[name] != after[name] for name in before)
        assert 0.05 <= changed / len(before) <= 0.10


def test_static_things_do_not_change_by_day() -> None:
    before, after = world(LILLE_LIKE, SEED, NOON), world(LILLE_LIKE, SEED, NOON + 720)
    assert before.recycling_centres == after.recycling_centres
    assert before.lamps == after.lamps


def test_what_changes_says_so() -> None:
    for tick in range(NOON, NOON + 40):
        before, after = live(world(LILLE_LIKE, SEED, tick)), live(world(LILLE_LIKE, SEED, tick + 1))
        for name, thing in after.items():
            assert (thing != before[name]) == (thing.changed > before[name].changed)  # type: ignore[attr-defined]


@pytest.mark.parametrize("city", [LILLE_LIKE, ODS_CLEAN])
def test_a_city_has_two_thousand_things(city: City) -> None:
    seen = world(city, SEED, NOON)
    counted = len(live(seen)) + len(seen.lamps) + len(seen.recycling_centres)
    assert counted == city.things == 2000


def test_everything_stands_in_its_city() -> None:
    west, south, east, north = LILLE_LIKE.box()
    for lamp in world(LILLE_LIKE, SEED, NOON).lamps:
        assert west <= lamp.place.longitude <= east
        assert south <= lamp.place.latitude <= north


def test_counters_never_fall() -> None:
    earlier = world(LILLE_LIKE, SEED, NOON)
    for later in through_a_day(LILLE_LIKE, 360):
        for before, after in zip(earlier.solar_plants, later.solar_plants, strict=True):
            assert after.energy_total >= before.energy_total
        for last, meter in zip(earlier.meters, later.meters, strict=True):
            hours = (meter.changed - last.changed) / 3600
            assert meter.reading >= last.reading
            assert 0 <= meter.reading - last.reading <= 25 * meter.area * hours + 1
        earlier = later


def test_a_meter_reads_what_its_power_adds_up_to() -> None:
    seen = [meters(LILLE_LIKE, SEED, NOON + turn * 14)[0] for turn in range(200)]
    used = sum(
        (one.power + other.power) / 2 * (other.changed - one.changed) / 3600 for one, other in pairwise(seen)
    )
    assert isclose(seen[-1].reading - seen[0].reading, used, rel_tol=0.01)


def test_a_session_takes_what_its_power_adds_up_to() -> None:
    seen = [charging_points(LILLE_LIKE, SEED, NOON + turn * 14) for turn in range(60)]
    compared = 0
    for one, other in pairwise(seen):
        for before, after in zip(one, other, strict=True):
            if before.state == after.state == "charging" and before.session_start == after.session_start:
                hours = (after.changed - before.changed) / 3600
                mean = (before.power + after.power) / 2
                assert (
                    abs(after.session_energy - before.session_energy - mean * hours)
                    <= 2 + 0.02 * mean * hours
                )
                compared += 1
    assert compared > 1000


def test_solar_power_follows_the_sun() -> None:
    night = world(LILLE_LIKE, SEED, NOON + 12 * 720)
    assert all(plant.power == 0 for plant in night.solar_plants)
    day = world(LILLE_LIKE, SEED, NOON)
    assert all(0 < plant.power < plant.peak_power for plant in day.solar_plants)
    assert all(0 < plant.energy_today < 12 * plant.peak_power for plant in day.solar_plants)


def test_lamps_burn_at_night() -> None:
    midnight, noon = world(LILLE_LIKE, SEED, NOON + 12 * 720), world(LILLE_LIKE, SEED, NOON)
    assert {lamp.state for lamp in midnight.lamps} == {"on", "fault"}
    assert {lamp.state for lamp in noon.lamps} == {"off", "fault"}
    assert all(lamp.changed <= noon.tick * TICK_SECONDS for lamp in noon.lamps)


def test_car_parks_fill_by_day() -> None:
    noon, night = world(LILLE_LIKE, SEED, NOON).car_parks, world(LILLE_LIKE, SEED, NOON + 14 * 720).car_parks
    assert sum(park.taken for park in noon) > 2 * sum(park.taken for park in night)
    assert all(0 <= park.taken <= park.spaces for park in (*noon, *night))


def test_air_and_weather_stay_within_what_people_know() -> None:
    for seen in through_a_day(ODS_CLEAN, 360):
        for air in seen.air_sensors:
            assert 0 < air.no2 < 200
            assert 0 < air.o3 < 240
            assert 0 < air.pm25 < air.pm10 < 150
            assert 1 <= air.index <= 6
        for weather in seen.weather_sensors:
            assert -15 < weather.temperature < 42
            assert 25 <= weather.humidity <= 100
            assert 970 < weather.pressure < 1050
            assert 0 <= weather.wind_direction < 360


def test_the_sun_stands_highest_at_noon() -> None:
    # 2026-06-21, 11:50 UTC at 3° east is true noon: 90 - 50.63 + 23.44
    noon = datetime(2026, 6, 21, 11, 50, tzinfo=UTC).timestamp()
    assert abs(elevation(noon, 3.06, 50.63) - 62.8) < 0.1


def test_local_time_is_that_of_paris() -> None:
    try:
        paris = ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        pytest.skip("this system has no time zone database")
    for hour in range(366 * 24 * 3):
        moment = datetime(2025, 1, 1, tzinfo=UTC).timestamp() + hour * 3600
        offset = datetime.fromtimestamp(moment, paris).utcoffset()
        assert offset is not None
        assert utc_offset(moment) == offset.total_seconds()
    assert local_hour(datetime(2026, 6, 10, 10, tzinfo=UTC).timestamp()) == 12


def test_the_first_tick_is_a_world_too() -> None:
    assert all(meter.reading >= 0 for meter in world(LILLE_LIKE, SEED, 0).meters)
