"""The collections of the portal that is like Lille's: French names and words, W, Wh, %, cm and m/s."""

from beffroi.simulation.dataset import Column, Dataset, Thing, dataset
from beffroi.simulation.wire import Json
from beffroi.simulation.world.air import AirSensor
from beffroi.simulation.world.bikes import BikeStation
from beffroi.simulation.world.charging import ChargingPoint
from beffroi.simulation.world.lamps import Lamp
from beffroi.simulation.world.meters import Meter
from beffroi.simulation.world.moment import in_local_time, in_utc
from beffroi.simulation.world.parking import CarPark
from beffroi.simulation.world.recycling import RecyclingCentre
from beffroi.simulation.world.solar import SolarPlant
from beffroi.simulation.world.weather import WeatherSensor

PLUGS = {"type 2": "TYPE 2", "combo": "COMBO CCS", "chademo": "CHADEMO"}
POINT_STATES = {"free": "LIBRE", "charging": "EN CHARGE", "plugged": "OCCUPÉ", "out of order": "HORS SERVICE"}
PARK_KINDS = {"park and ride": "RELAIS", "centre": "CENTRE", "station": "GARE"}
SITES = {"urban": "FOND URBAIN", "traffic": "TRAFIC", "suburban": "PÉRIURBAIN"}
INDEX = ("BON", "MOYEN", "DÉGRADÉ", "MAUVAIS", "TRÈS MAUVAIS", "EXTRÊMEMENT MAUVAIS")
LAMP_KINDS = {"led": "LED", "sodium": "SODIUM"}
LAMP_STATES = {"on": "ALLUMÉ", "off": "ÉTEINT", "fault": "EN PANNE"}
USES = {
    "school": "ÉCOLE",
    "office": "BUREAU",
    "pool": "PISCINE",
    "sports hall": "GYMNASE",
    "library": "BIBLIOTHÈQUE",
}
WASTES = {
    "green": "déchets verts",
    "rubble": "gravats",
    "wood": "bois",
    "metal": "métaux",
    "cardboard": "carton",
    "electric": "appareils électriques",
    "hazardous": "déchets dangereux",
}


def bike_state(station: BikeStation) -> str:
    if station.retired:
        return "RÉFORMÉ"
    return "EN SERVICE" if station.in_service else "HORS SERVICE"


def park_state(park: CarPark) -> str:
    if not park.open:
        return "FERMÉ"
    return "COMPLET" if park.taken == park.spaces else "OUVERT"


def session_start(point: ChargingPoint) -> Json:
    return None if point.session_start is None else _utc(point.session_start)


def _utc(moment: int) -> str:
    """Write a moment as the recorded answer does: milliseconds, zone as +00:00."""
    return in_utc(moment).isoformat(timespec="milliseconds")


def _local(moment: int) -> str:
    return in_local_time(moment).isoformat(timespec="milliseconds")


def _name(word: str) -> Column[Thing]:
    return Column("nom", "text", "Nom", lambda thing: f"{word} {thing.place.number} (simulé)")


def _code(name: str, meaning: str, prefix: str) -> Column[Thing]:
    return Column(name, "text", meaning, lambda thing: f"{prefix}-{thing.place.number:04}")


ADDRESS: Column[Thing] = Column(
    "adresse",
    "text",
    "Adresse",
    lambda thing: f"{thing.place.number}, RUE DU QUARTIER {thing.place.quarter} (SIMULÉ)",
)
TOWN: Column[Thing] = Column(
    "commune", "text", "Quartier", lambda thing: f"QUARTIER {thing.place.quarter} (SIMULÉ)"
)
X: Column[Thing] = Column("x", "double", "Longitude (WGS 84)", lambda thing: thing.place.longitude, "°")
Y: Column[Thing] = Column("y", "double", "Latitude (WGS 84)", lambda thing: thing.place.latitude, "°")
CHANGED: Column[Thing] = Column(
    "date_modification", "datetime", "Dernière modification", lambda thing: _utc(thing.changed)
)
LOCALLY_CHANGED: Column[Thing] = Column(
    "date_modification",
    "datetime",
    "Dernière modification, heure locale",
    lambda thing: _local(thing.changed),
)
# the defect of the recycling centres: the columns are right by name and wrong by content
SWAPPED_X: Column[Thing] = Column("x", "double", "Coordonnée x", lambda thing: thing.place.latitude, "°")
SWAPPED_Y: Column[Thing] = Column("y", "double", "Coordonnée y", lambda thing: thing.place.longitude, "°")

BIKES: tuple[Column[BikeStation], ...] = (
    _name("STATION"),
    ADDRESS,
    Column("code_insee", "text", "Code de la commune", lambda _: None),
    TOWN,
    Column("etat", "text", "État", bike_state),
    Column("type", "text", "Terminal de paiement", lambda it: "AVEC TPE" if it.card_terminal else "SANS TPE"),
    Column("nb_places_dispo", "int", "Places libres", lambda it: it.docks - it.bikes),
    Column("nb_velos_dispo", "int", "Vélos disponibles", lambda it: it.bikes),
    Column("etat_connexion", "text", "Connexion", lambda it: "CONNECTÉ" if it.connected else "DÉCONNECTÉ"),
    X,
    Y,
    CHANGED,
)
CHARGING: tuple[Column[ChargingPoint], ...] = (
    _name("POINT DE CHARGE"),
    ADDRESS,
    TOWN,
    _code("id_pdc", "Identifiant local", "SIM-E"),
    Column("type_prise", "text", "Prise", lambda it: PLUGS[it.plug]),
    Column("puissance_nominale", "int", "Puissance nominale", lambda it: it.max_power, "W"),
    Column("etat", "text", "État", lambda it: POINT_STATES[it.state]),
    Column("puissance_instantanee", "int", "Puissance instantanée", lambda it: it.power, "W"),
    Column("energie_session", "int", "Énergie de la session", lambda it: it.session_energy, "Wh"),
    Column("debut_session", "datetime", "Début de la session", session_start),
    X,
    Y,
    CHANGED,
)
PARKING: tuple[Column[CarPark], ...] = (
    _name("PARKING"),
    ADDRESS,
    TOWN,
    Column("type", "text", "Type", lambda it: PARK_KINDS[it.kind]),
    Column("capacite_max", "int", "Capacité", lambda it: it.spaces),
    Column("places_libres", "int", "Places libres", lambda it: it.spaces - it.taken),
    Column("etat", "text", "État", park_state),
    Column("hauteur_max", "int", "Hauteur maximale", lambda it: it.max_height, "cm"),
    X,
    Y,
    LOCALLY_CHANGED,
)
AIR: tuple[Column[AirSensor], ...] = (
    _name("CAPTEUR AIR"),
    TOWN,
    _code("code_station", "Code de la station", "SIM-A"),
    Column("typologie", "text", "Typologie", lambda it: SITES[it.site]),
    Column("no2", "double", "Dioxyde d'azote", lambda it: it.no2, "µg/m³"),
    Column("o3", "double", "Ozone", lambda it: it.o3, "µg/m³"),
    Column("pm10", "double", "Particules de moins de 10 µm", lambda it: it.pm10, "µg/m³"),
    Column("pm25", "double", "Particules de moins de 2,5 µm", lambda it: it.pm25, "µg/m³"),
    Column("indice", "text", "Indice de qualité de l'air", lambda it: INDEX[it.index - 1]),
    X,
    Y,
    CHANGED,
)
WEATHER: tuple[Column[WeatherSensor], ...] = (
    _name("STATION METEO"),
    TOWN,
    _code("code_station", "Code de la station", "SIM-M"),
    Column("temperature", "double", "Température de l'air", lambda it: it.temperature, "°C"),
    Column("humidite", "int", "Humidité relative", lambda it: it.humidity, "%"),
    Column("pression", "double", "Pression", lambda it: it.pressure, "hPa"),
    Column("vent_vitesse", "double", "Vitesse du vent", lambda it: it.wind_speed, "m/s"),
    Column("vent_direction", "int", "Direction d'où vient le vent", lambda it: it.wind_direction, "°"),
    Column("pluie", "double", "Pluie", lambda it: it.rain, "mm/h"),
    X,
    Y,
    CHANGED,
)
LAMPS: tuple[Column[Lamp], ...] = (
    _name("POINT LUMINEUX"),
    TOWN,
    Column("armoire", "text", "Armoire d'alimentation", lambda it: f"SIM-ARM-{it.cabinet:02}"),
    Column("type_lampe", "text", "Lampe", lambda it: LAMP_KINDS[it.kind]),
    Column("puissance", "int", "Puissance nominale", lambda it: it.power, "W"),
    Column("hauteur", "int", "Hauteur", lambda it: it.height, "cm"),
    Column("etat", "text", "État", lambda it: LAMP_STATES[it.state]),
    X,
    Y,
    CHANGED,
)
SOLAR: tuple[Column[SolarPlant], ...] = (
    _name("CENTRALE SOLAIRE"),
    ADDRESS,
    TOWN,
    Column("date_mise_en_service", "date", "Mise en service", lambda it: it.commissioned.isoformat()),
    Column("puissance_crete", "int", "Puissance crête", lambda it: it.peak_power, "W"),
    Column("puissance_instantanee", "int", "Puissance instantanée", lambda it: it.power, "W"),
    Column("energie_jour", "int", "Énergie depuis minuit", lambda it: it.energy_today, "Wh"),
    Column("energie_totale", "int", "Énergie cumulée", lambda it: it.energy_total, "Wh"),
    X,
    Y,
    CHANGED,
)
METERS: tuple[Column[Meter], ...] = (
    _name("BATIMENT"),
    ADDRESS,
    TOWN,
    _code("id_compteur", "Compteur", "SIM-C"),
    Column("usage", "text", "Usage du bâtiment", lambda it: USES[it.use]),
    Column("surface", "int", "Surface", lambda it: it.area, "m²"),
    Column("puissance_instantanee", "int", "Puissance instantanée", lambda it: it.power, "W"),
    Column("index_energie", "int", "Index", lambda it: it.reading, "Wh"),
    X,
    Y,
    CHANGED,
)
RECYCLING: tuple[Column[RecyclingCentre], ...] = (
    _name("DECHETERIE"),
    ADDRESS,
    TOWN,
    Column("horaires", "text", "Horaires", lambda it: f"mardi à dimanche, {it.opens} h à {it.closes} h"),
    Column(
        "dechets_acceptes",
        "text",
        "Déchets acceptés",
        lambda it: ";".join(WASTES[waste] for waste in it.accepts),
    ),
    SWAPPED_X,
    SWAPPED_Y,
    CHANGED,
)

COLLECTIONS: tuple[Dataset, ...] = (
    dataset(
        ("mobilite_sim:velos_temps_reel", "Stations de vélos en temps réel (simulé)"),
        "Vélos et places libres de stations qui n'existent pas.",
        "mobilité",
        lambda world: world.fleet.stations,
        BIKES,
    ),
    dataset(
        ("energie_sim:bornes_recharge", "Points de charge (simulé)"),
        "État et puissance de points de charge pour véhicules électriques qui n'existent pas.",
        "énergie",
        lambda world: world.charging_points,
        CHARGING,
    ),
    dataset(
        ("stationnement_sim:parkings_ouvrage", "Parkings en ouvrage (simulé)"),
        "Places libres de parkings qui n'existent pas.",
        "stationnement",
        lambda world: world.car_parks,
        PARKING,
    ),
    dataset(
        ("air_sim:mesures_qualite_air", "Qualité de l'air (simulé)"),
        "Mesures inventées de capteurs qui n'existent pas.",
        "environnement",
        lambda world: world.air_sensors,
        AIR,
    ),
    dataset(
        ("air_sim:stations_meteo", "Stations météo (simulé)"),
        "Mesures inventées de stations qui n'existent pas.",
        "environnement",
        lambda world: world.weather_sensors,
        WEATHER,
    ),
    dataset(
        ("eclairage_sim:points_lumineux", "Points lumineux (simulé)"),
        "Lampes qui n'existent pas ; elles changent au lever et au coucher du soleil.",
        "éclairage",
        lambda world: world.lamps,
        LAMPS,
    ),
    dataset(
        ("energie_sim:production_solaire", "Production solaire (simulé)"),
        "Puissance et énergie de centrales qui n'existent pas.",
        "énergie",
        lambda world: world.solar_plants,
        SOLAR,
    ),
    dataset(
        ("energie_sim:compteurs_batiments", "Compteurs des bâtiments (simulé)"),
        "Puissance et index de compteurs qui n'existent pas.",
        "énergie",
        lambda world: world.meters,
        METERS,
    ),
    dataset(
        ("environnement_sim:decheteries", "Déchèteries (simulé)"),
        "Déchèteries qui n'existent pas.",
        "environnement",
        lambda world: world.recycling_centres,
        RECYCLING,
    ),
)
