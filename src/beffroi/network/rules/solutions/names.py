"""How near two names are: split into words, the words of two languages brought to one, compared as sets."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_GROUPS: Final = (
    "bike bikes bicycle bicycles velo velos vlille vehicle vehicles cycle",
    "available free dispo disponible disponibles libre libres vacant",
    "slot slots dock docks place places rack racks stand stands spot spots space spaces emplacement",
    "total capacity capacite max maximum nominal nominale peak",
    "occupied used busy taken occupe occupes occupation",
    "broken defective disabled outofservice hs",
    "station stations borne bornes",
    "charging charge recharge ev evse irve pdc",
    "park parking parkings car",
    "power puissance",
    "energy energie",
    "current live instantanee actual present consumption",
    "status state etat statut",
    "name nom title titre label libelle",
    "address adresse",
    "street rue voie",
    "locality commune city ville town municipality",
    "area quarter quartier district zone served",
    "connector socket prise plug type_prise",
    "temperature temp air_temperature",
    "humidity humidite",
    "pressure pression",
    "wind vent",
    "speed vitesse",
    "direction from",
    "rain pluie precipitation",
    "height hauteur",
    "code id identifier ref reference",
    "date time moment horodatage",
    "location place_point geom geometry position point",
    "solar solaire photovoltaic pv",
    "lamp light streetlight luminaire lampe point_lumineux",
    "meter compteur",
    "building batiment",
)  # fmt: skip
_NOISE: Final = frozenset(
    "number nb num count nombre n of de du des la le les the in hire docking data".split()
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_CANON: Final = {word: group.split()[0] for group in _GROUPS for word in group.split()}


def local(name: str) -> str:
    """The last part of a whole name.

    >>> local("https://smartdatamodels.org/dataModel.Transportation/totalSlotNumber"), local("ex:speed")
    ('totalSlotNumber', 'speed')
    """
    return re.split(r"[/#]", name.rstrip("/"))[-1].rpartition(":")[2]


@lru_cache(maxsize=4_096)
def words(name: str) -> frozenset[str]:
    """The words of a name, in one language and without those that say nothing.

    >>> sorted(words("availableBikeNumber")) == sorted(words("nb_velos_dispo"))
    True
    """
    folded = "".join(c for c in unicodedata.normalize("NFKD", local(name)) if not unicodedata.combining(c))
    found = [each[0].lower() for each in _WORD.finditer(folded[:200])]
    kept = [each for each in found if each not in _NOISE] or found
    return frozenset(_CANON.get(each, each) for each in kept)


def nearness(one: str, other: str) -> float:
    """From 0 to 1: 1 for one and the same name, 0.95 for the same words.

    >>> nearness("freeSlotNumber", "docks_available"), nearness("freeSlotNumber", "name")
    (0.95, 0.0)
    """
    if local(one) == local(other):
        return 1.0
    first, second = words(one), words(other)
    if not first or not second:
        return 0.0
    return 0.95 * len(first & second) / len(first | second)
