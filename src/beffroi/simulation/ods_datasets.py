"""The datasets of the clean portal: English names and codes, kW and kWh, fractions, Pa, km/h, ppb."""

from beffroi.simulation.dataset import Column, Dataset, Thing, dataset
from beffroi.simulation.wire import Json
from beffroi.simulation.world.air import AirSensor
from beffroi.simulation.world.bikes import BikeStation
from beffroi.simulation.world.charging import ChargingPoint
from beffroi.simulation.world.lamps import Lamp
from beffroi.simulation.world.meters import Meter
from beffroi.simulation.world.moment import in_utc
from beffroi.simulation.world.parking import CarPark
from beffroi.simulation.world.recycling import RecyclingCentre
from beffroi.simulation.world.solar import SolarPlant
from beffroi.simulation.world.weather import WeatherSensor

PLUGS = {"type 2": "IEC_62196_T2", "combo": "IEC_62196_T2_COMBO", "chademo": "CHADEMO"}
POINT_STATES = {
    "free": "AVAILABLE",
    "charging": "CHARGING",
    "plugged": "BLOCKED",
    "out of order": "OUTOFORDER",
}
PARK_KINDS = {"park and ride": "park_and_ride", "centre": "centre", "station": "station"}
SITES = {"urban": "urban_background", "traffic": "traffic", "suburban": "suburban"}
LAMP_KINDS = {"led": "LED", "sodium": "HPS"}
USES = {"sports hall": "sports_hall"}
ROSE = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
NO2_PPB = 1.913  # µg/m³ in one ppb at 20 °C and 1013 hPa
O3_PPB = 1.996


def station_code(station: Thing) -> str:
    return f"B{station.place.number:03}"


def park_status(park: CarPark) -> str:
    if not park.open:
        return "closed"
    return "full" if park.taken == park.spaces else "open"


def utc(moment: int) -> str:
    return in_utc(moment).isoformat()


def session_start(point: ChargingPoint) -> Json:
    return None if point.session_start is None else utc(point.session_start)


def wind_from(sensor: WeatherSensor) -> str:
    return ROSE[round(sensor.wind_direction / 22.5) % 16]


def _id(name: str, letter: str) -> Column[Thing]:
    return Column(
        name,
        "text",
        "Local code, kept for ever (identifier)",
        lambda thing: f"{letter}{thing.place.number:04}",
    )


def _name(word: str) -> Column[Thing]:
    return Column("name", "text", "Name", lambda thing: f"{word} {thing.place.number} (simulated)")


def _kw(watts: float) -> float:
    return round(watts / 1000, 3)


def point_of(thing: Thing) -> Json:
    return {"lon": thing.place.longitude, "lat": thing.place.latitude}


QUARTER: Column[Thing] = Column("quarter", "int", "Number of the quarter", lambda thing: thing.place.quarter)
POINT: Column[Thing] = Column("geo_point_2d", "geo_point_2d", "Where it stands (WGS 84)", point_of)
UPDATED: Column[Thing] = Column(
    "last_update", "datetime", "When the values were measured last", lambda thing: utc(thing.changed)
)

BIKES: tuple[Column[BikeStation], ...] = (
    Column("station_code", "text", "Local code, kept for ever (identifier)", station_code),
    _name("Station"),
    QUARTER,
    Column("docks_total", "int", "Docks of the station, free or taken", lambda it: it.docks),
    Column("bikes_available", "int", "Bikes in the docks", lambda it: it.bikes),
    Column("docks_available", "int", "Free docks", lambda it: it.docks - it.bikes),
    Column(
        "status", "text", "Whether it rents: open, closed", lambda it: "open" if it.in_service else "closed"
    ),
    Column(
        "payment_terminal", "text", "Takes cards: yes, no", lambda it: "yes" if it.card_terminal else "no"
    ),
    POINT,
    UPDATED,
)
CHARGING: tuple[Column[ChargingPoint], ...] = (
    _id("evse_id", "SIM*E"),
    _name("Charging point"),
    QUARTER,
    Column("connector", "text", "Connector, code of OCPI 2.2.1", lambda it: PLUGS[it.plug]),
    Column("max_power", "double", "Power at most", lambda it: _kw(it.max_power), "kW"),
    Column("status", "text", "Status, code of OCPI 2.2.1", lambda it: POINT_STATES[it.state]),
    Column("power", "double", "Power now", lambda it: _kw(it.power), "kW"),
    Column("session_energy", "double", "Energy of the session", lambda it: _kw(it.session_energy), "kWh"),
    Column("session_start", "datetime", "Start of the session; empty when there is none", session_start),
    POINT,
    UPDATED,
)
PARKING: tuple[Column[CarPark], ...] = (
    _id("car_park_id", "P"),
    _name("Car park"),
    QUARTER,
    Column("kind", "text", "Kind: park_and_ride, centre, station", lambda it: PARK_KINDS[it.kind]),
    Column("spaces_total", "int", "Spaces, free or taken", lambda it: it.spaces),
    Column("spaces_occupied", "int", "Spaces that are taken", lambda it: it.taken),
    Column("status", "text", "Status: open, full, closed", park_status),
    Column("max_height", "double", "Height of the lowest beam", lambda it: it.max_height / 100, "m"),
    POINT,
    UPDATED,
)
AIR: tuple[Column[AirSensor], ...] = (
    _id("sensor_id", "A"),
    _name("Air sensor"),
    QUARTER,
    Column("site_type", "text", "Site: urban_background, traffic, suburban", lambda it: SITES[it.site]),
    Column("no2", "double", "Nitrogen dioxide, at 20 °C", lambda it: round(it.no2 / NO2_PPB, 1), "ppb"),
    Column("o3", "double", "Ozone, at 20 °C", lambda it: round(it.o3 / O3_PPB, 1), "ppb"),
    Column("pm10", "double", "Particles under 10 µm", lambda it: it.pm10, "µg/m³"),
    Column("pm2_5", "double", "Particles under 2.5 µm", lambda it: it.pm25, "µg/m³"),
    Column("index", "int", "Air quality index, 1 best to 6 worst", lambda it: it.index),
    POINT,
    UPDATED,
)
WEATHER: tuple[Column[WeatherSensor], ...] = (
    _id("sensor_id", "W"),
    _name("Weather station"),
    QUARTER,
    Column("air_temperature", "double", "Temperature of the air", lambda it: it.temperature, "°C"),
    Column("relative_humidity", "double", "Relative humidity, 0 to 1", lambda it: it.humidity / 100, "1"),
    Column("pressure", "int", "Air pressure", lambda it: round(it.pressure * 100), "Pa"),
    Column("wind_speed", "double", "Speed of the wind", lambda it: round(it.wind_speed * 3.6, 1), "km/h"),
    Column("wind_from", "text", "Where the wind comes from, one of 16 points", wind_from),
    Column("rain_rate", "double", "Rain", lambda it: it.rain, "mm/h"),
    POINT,
    UPDATED,
)
LAMPS: tuple[Column[Lamp], ...] = (
    _id("light_id", "L"),
    _name("Street light"),
    QUARTER,
    Column("cabinet", "text", "Feeder cabinet", lambda it: f"C{it.cabinet:02}"),
    Column("lamp", "text", "Lamp: LED, HPS (high-pressure sodium)", lambda it: LAMP_KINDS[it.kind]),
    Column("lamp_power", "double", "Nominal power", lambda it: _kw(it.power), "kW"),
    Column("height", "double", "Height of the lamp", lambda it: it.height / 100, "m"),
    Column("state", "text", "State: on, off, fault", lambda it: it.state),
    POINT,
    UPDATED,
)
SOLAR: tuple[Column[SolarPlant], ...] = (
    _id("plant_id", "S"),
    _name("Solar plant"),
    QUARTER,
    Column("commissioned", "date", "In service since", lambda it: it.commissioned.isoformat()),
    Column("peak_power", "double", "Peak power", lambda it: _kw(it.peak_power), "kW"),
    Column("power", "double", "Power now", lambda it: _kw(it.power), "kW"),
    Column("energy_today", "double", "Energy since local midnight", lambda it: _kw(it.energy_today), "kWh"),
    Column("energy_total", "double", "Energy, cumulative", lambda it: _kw(it.energy_total), "kWh"),
    POINT,
    UPDATED,
)
METERS: tuple[Column[Meter], ...] = (
    _id("meter_id", "M"),
    _name("Building"),
    QUARTER,
    Column(
        "use", "text", "Use: school, office, pool, sports_hall, library", lambda it: USES.get(it.use, it.use)
    ),
    Column("floor_area", "int", "Floor area", lambda it: it.area, "m²"),
    Column("power", "double", "Power now", lambda it: _kw(it.power), "kW"),
    Column("reading", "double", "Reading, cumulative", lambda it: _kw(it.reading), "kWh"),
    POINT,
    UPDATED,
)
RECYCLING: tuple[Column[RecyclingCentre], ...] = (
    _id("centre_id", "R"),
    _name("Recycling centre"),
    QUARTER,
    Column(
        "opening_hours",
        "text",
        "Syntax of OpenStreetMap",
        lambda it: f"Tu-Su {it.opens:02}:00-{it.closes:02}:00",
    ),
    Column("accepts", "text", "What can be brought (several values)", lambda it: list[Json](it.accepts)),
    POINT,
    UPDATED,
)

DATASETS: tuple[Dataset, ...] = (
    dataset(
        ("bike-stations", "Bike stations (simulated)"),
        "Bikes and free docks of stations that do not exist.",
        "Mobility",
        lambda world: world.fleet.stations,
        BIKES,
    ),
    dataset(
        ("charging-points", "Charging points (simulated)"),
        "Status and power of charging points that do not exist.",
        "Energy",
        lambda world: world.charging_points,
        CHARGING,
    ),
    dataset(
        ("off-street-parking", "Off-street parking (simulated)"),
        "Occupied spaces of car parks that do not exist.",
        "Mobility",
        lambda world: world.car_parks,
        PARKING,
    ),
    dataset(
        ("air-quality", "Air quality (simulated)"),
        "Invented values of sensors that do not exist.",
        "Environment",
        lambda world: world.air_sensors,
        AIR,
    ),
    dataset(
        ("weather-stations", "Weather stations (simulated)"),
        "Invented values of stations that do not exist.",
        "Environment",
        lambda world: world.weather_sensors,
        WEATHER,
    ),
    dataset(
        ("street-lights", "Street lights (simulated)"),
        "Lamps that do not exist; they change at dusk and dawn.",
        "Lighting",
        lambda world: world.lamps,
        LAMPS,
    ),
    dataset(
        ("solar-plants", "Solar plants (simulated)"),
        "Power and energy of plants that do not exist.",
        "Energy",
        lambda world: world.solar_plants,
        SOLAR,
    ),
    dataset(
        ("building-meters", "Building meters (simulated)"),
        "Power and reading of meters that do not exist.",
        "Energy",
        lambda world: world.meters,
        METERS,
    ),
    dataset(
        ("recycling-centres", "Recycling centres (simulated)"),
        "Centres that do not exist.",
        "Environment",
        lambda world: world.recycling_centres,
        RECYCLING,
    ),
)
