"""The bike stations as GBFS feeds, version 2.3 and version 3.0."""

from collections.abc import Callable, Mapping

from beffroi.simulation.ods_datasets import station_code, utc
from beffroi.simulation.wire import Answer, Asked, Json, Record, Refusal, json_answer
from beffroi.simulation.world.bikes import BikeStation
from beffroi.simulation.world.moment import HOUR, TICK_SECONDS, moment_of
from beffroi.simulation.world.recycling import DESCRIBED
from beffroi.simulation.world.world import World

ROOT = "/gbfs"
FEEDS = ("system_information", "station_information", "station_status")
NAME = "Bike sharing (simulated)"
NOM = "Vélos en partage (simulé)"
HOURS = "24/7"
TIMEZONE = "Europe/Paris"
LICENCE = "CC0-1.0"
SYSTEM = "beffroi_simulated_bikes"
CONTACT = "nobody@portal.example"

_Feed = Callable[[Asked, World], Json]


def gbfs(asked: Asked, world: World) -> Answer:
    """Answer `/gbfs/{version}/{feed}.json`."""
    version, _, file = asked.path.removeprefix(f"{ROOT}/").partition("/")
    feed = VERSIONS.get(version, {}).get(file.removesuffix(".json"))
    if feed is None or not file.endswith(".json"):
        raise Refusal(404, "NotFoundResource", f"'{asked.path}' is not found.")
    said, ttl = (last_report(world), TICK_SECONDS) if file == "station_status.json" else (DESCRIBED, HOUR)
    wrapped: Record = {
        "last_updated": said if version == "2.3" else utc(said),
        "ttl": ttl,
        "version": version,
        "data": feed(asked, world),
    }
    return json_answer(wrapped, said)


def last_report(world: World) -> int:
    """Give the moment of the newest report, so that the feed keeps its bytes until a station reports."""
    return max((station.changed for station in world.fleet.stations), default=moment_of(world.tick))


def _feeds(asked: Asked, version: str) -> Json:
    return [{"name": name, "url": f"{asked.origin}{ROOT}/{version}/{name}.json"} for name in FEEDS]


def _discovery_2(asked: Asked, _world: World) -> Json:
    return {"en": {"feeds": _feeds(asked, "2.3")}}


def _discovery_3(asked: Asked, _world: World) -> Json:
    return {"feeds": _feeds(asked, "3.0")}


def _system_2(_asked: Asked, _world: World) -> Json:
    return {
        "system_id": SYSTEM,
        "language": "en",
        "name": NAME,
        "timezone": TIMEZONE,
        "feed_contact_email": CONTACT,
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
    }


def _system_3(_asked: Asked, _world: World) -> Json:
    return {
        "system_id": SYSTEM,
        "languages": ["en", "fr"],
        "name": _localized(NAME, NOM),
        "opening_hours": HOURS,
        "feed_contact_email": CONTACT,
        "timezone": TIMEZONE,
        "license_id": LICENCE,
    }


def _stations_2(_asked: Asked, world: World) -> Json:
    return {"stations": [{**_described(each), "name": _name(each)} for each in world.fleet.stations]}


def _stations_3(_asked: Asked, world: World) -> Json:
    return {
        "stations": [
            {**_described(each), "name": _localized(_name(each), f"Station {each.place.number} (simulé)")}
            for each in world.fleet.stations
        ]
    }


def _status_2(_asked: Asked, world: World) -> Json:
    return {
        "stations": [
            {**_status(each), "num_bikes_available": each.bikes, "last_reported": each.changed}
            for each in world.fleet.stations
        ]
    }


def _status_3(_asked: Asked, world: World) -> Json:
    return {
        "stations": [
            {**_status(each), "num_vehicles_available": each.bikes, "last_reported": utc(each.changed)}
            for each in world.fleet.stations
        ]
    }


def _described(station: BikeStation) -> Record:
    return {
        "station_id": station_code(station),
        "lat": station.place.latitude,
        "lon": station.place.longitude,
        "capacity": station.docks,
    }


def _status(station: BikeStation) -> Record:
    return {
        "station_id": station_code(station),
        "num_docks_available": station.docks - station.bikes,
        "is_installed": not station.retired,
        "is_renting": station.in_service,
        "is_returning": station.in_service,
    }


def _name(station: BikeStation) -> str:
    return f"Station {station.place.number} (simulated)"


def _localized(english: str, french: str) -> Json:
    return [{"text": english, "language": "en"}, {"text": french, "language": "fr"}]


VERSIONS: Mapping[str, Mapping[str, _Feed]] = {
    "2.3": {
        "gbfs": _discovery_2,
        "system_information": _system_2,
        "station_information": _stations_2,
        "station_status": _status_2,
    },
    "3.0": {
        "gbfs": _discovery_3,
        "system_information": _system_3,
        "station_information": _stations_3,
        "station_status": _status_3,
    },
}
