"""Vocabulary: the terms that mappings use, each with the URI that the Smart Data Models give it.

The one table from which the node's own JSON-LD context is printed. Where two models give one term two URIs,
the model named here is the one whose entities the mappings make. A term under OWN has no Smart Data Model;
it belongs to NGSI-LD's default vocabulary, so that every client finds it by its short name.
"""

from beffroi.kernel.json import Json, JsonObject

COMMON = "https://smartdatamodels.org/"
CORE = "https://uri.etsi.org/ngsi-ld/"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"

TERMS: dict[str, tuple[str, ...]] = {
    COMMON: (
        "address", "addressLocality", "areaServed", "dateModified", "dateObserved", "name", "openingHours",
        "streetAddress",
    ),
    CORE: ("location", "status"),
    f"{COMMON}dataModel.Transportation/": (
        "BikeHireDockingStation", "EVChargingStation", "allowedVehicleType", "availableBikeNumber",
        "availableCapacity", "capacity", "chargingUnitId", "freeSlotNumber", "network",
        "operator", "outOfServiceSlotNumber", "powerConsumption", "socketType", "startDateTime",
        "stationCode", "totalSlotNumber",
    ),
    f"{COMMON}dataModel.Parking/": (
        "OffStreetParking", "availableSpotNumber", "maximumAllowedHeight", "occupiedSpotNumber",
        "parkingSiteId", "totalSpotNumber", "usageScenario",
    ),
    f"{COMMON}dataModel.Environment/": (
        "AirQualityObserved", "airQualityIndex", "airQualityLevel", "no2", "o3", "pm10", "pm25",
    ),
    f"{COMMON}dataModel.Weather/": (
        "WeatherObserved", "atmosphericPressure", "precipitation", "relativeHumidity", "temperature",
        "windDirection", "windSpeed",
    ),
    f"{COMMON}dataModel.Streetlighting/": (
        "Streetlight", "feederPillarNum", "lanternHeight", "powerRating", "powerState",
    ),
    f"{COMMON}dataModel.Energy/": (
        "ACMeasurement", "SolarEnergy", "dateEnergyMeteringStarted", "energyGenerated",
        "maxSolarPowerMeasure", "totalActiveEnergyImport", "totalActivePower", "totalEnergyGenerated",
    ),
    f"{COMMON}dataModel.PointOfInterest/": ("PointOfInterest", "category"),
}  # fmt: skip

OWN: dict[str, str] = {
    "acceptedWaste": "What a recycling centre accepts, words of the city.",
    "buildingUse": "What a building is used for: school, office, pool, sportsHall, library.",
    "chargingState": "State of one charging point: available, charging, occupied, outOfService.",
    "connectivity": "Whether a station is connected: connected, disconnected.",
    "floorArea": "Floor area of a building (MTK).",
    "lampType": "Technology of a lamp: LED, highPressureSodium.",
    "maximumPower": "The largest power that a charging point offers (WTT).",
    "meterId": "The number of a meter, as its owner writes it.",
    "openingHoursText": "Opening hours in words of the city.",
    "paymentTerminal": "Whether a station has a terminal for bank cards.",
    "sensorCode": "The code of a sensor, as its owner writes it.",
    "sessionEnergy": "Energy taken in the present charging session (KWH).",
    "siteType": "Where an air sensor stands: urbanBackground, traffic, suburban.",
}
"""Terms of our own, each with its meaning."""


def uris() -> dict[str, str]:
    """Every term with its URI.

    >>> uris()["no2"]
    'https://smartdatamodels.org/dataModel.Environment/no2'
    """
    found = {term: base + term for base, terms in TERMS.items() for term in terms}
    return {**found, **{term: DEFAULT + term for term in OWN}}


def context_document() -> JsonObject:
    """The JSON-LD context of the terms above, to be served by the node and used beside the core context."""
    return {"@context": dict[str, Json](sorted(uris().items()))}
