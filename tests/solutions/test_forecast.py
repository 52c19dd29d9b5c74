"""The forecast against the naive one, on simulated bikes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from beffroi.simulation.lille_like import CITY
from beffroi.simulation.world.bikes import fleet

DAY_S = 86_400
BEGIN = 1_764_028_800
STEP_S = 300
LEARNING = 7
SMALL = replace(CITY, bike_stations=26)


def test_on_the_eighth_day_it_is_better_than_saying_that_nothing_changes(availability: Any) -> None:
    memory = availability("memory").Memory()
    for at in range(BEGIN, BEGIN + (LEARNING + 1) * DAY_S, STEP_S):
        if at == BEGIN + LEARNING * DAY_S:
            memory.scores = {minutes: availability("forecast").Score() for minutes in (15, 30, 60)}
        for station in fleet(SMALL, 7, at // 5).stations:
            if station.connected and _take(memory, station) and at % 900 == 0:
                memory.ahead(str(station.place.number))
    found = memory.error()
    for name, least in (("in15Minutes", 1.0), ("in30Minutes", 0.95), ("in60Minutes", 0.85)):
        assert found[name]["count"] > 1_000
        assert found[name]["meanAbsoluteError"] < least * found[name]["naive"], found


def test_a_forecast_stays_within_the_station(availability: Any) -> None:
    forecast = availability("forecast")
    thing = forecast.Thing()
    for minute in range(10):
        forecast.observe(thing, 60.0 * minute, 9.0 - minute)
    assert forecast.forecast(thing, 10, 15) >= 0
    thing.profile = [0.0, 500.0] * 48
    assert 0 <= forecast.forecast(thing, 10, 15) <= 10


def test_what_is_older_than_what_is_known_is_no_news(availability: Any) -> None:
    forecast = availability("forecast")
    thing = forecast.Thing()
    forecast.observe(thing, 100.0, 5.0)
    forecast.observe(thing, 90.0, 1.0)
    assert [value for _, value in thing.recent] == [5.0]


def _take(memory: Any, station: Any) -> bool:
    moment = datetime.fromtimestamp(station.changed, UTC).isoformat()
    entity = {
        "id": str(station.place.number),
        "a": {"value": station.bikes, "observedAt": moment},
        "c": {"value": station.docks},
    }
    return bool(memory.take(entity, "a", "c"))
