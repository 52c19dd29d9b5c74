"""Ids that stay the same: `urn:ngsi-ld:{Type}:{source}:{foreign id}`, reversibly URI-safe (RFC 8141)."""

import re
from unicodedata import combining, normalize
from urllib.parse import quote

from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.rules.quoting import quoted

MOST_CHARACTERS = 256
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def foreign_id(value: Json) -> str:
    """A foreign id as text; raises Problem(BadRequestData) for what names nothing.

    >>> foreign_id(129), foreign_id("FR*A23")
    ('129', 'FR*A23')
    """
    match value:
        case bool():
            pass
        case int():
            return str(value)
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case str() if value.strip() and len(value) <= MOST_CHARACTERS:
            return value.strip()
        case _:
            pass
    raise Problem(BadRequestData, f"{quoted(value)} is not an id.")


def entity_id(entity_type: str, source: str, foreign: str) -> str:
    """The id of the entity that a foreign record becomes.

    >>> entity_id("BikeHireDockingStation", "velos", "Opéra/12")
    'urn:ngsi-ld:BikeHireDockingStation:velos:Op%C3%A9ra%2F12'
    """
    try:
        return f"urn:ngsi-ld:{entity_type}:{source}:{quote(foreign, safe=':')}"
    except UnicodeEncodeError as failure:
        raise Problem(BadRequestData, "The id holds a lone surrogate.") from failure


def check_name(name: str, what: str) -> str:
    """Names of sources and types: letters, digits, point, hyphen, underscore; they stand in ids and paths."""
    if _NAME.fullmatch(name) is None:
        raise Problem(
            BadRequestData,
            f"The {what} {name[:60]!r} must be 1 to 100 letters, digits, '.', '-' or '_', "
            "and begin with a letter or a digit.",
        )
    return name


def name_from(text: str) -> str:
    """A name made of free text, such as the id of a dataset.

    >>> name_from("mobilite_sim:velos_temps_reel"), name_from("bornes d'été")
    ('velos_temps_reel', 'bornes-d-ete')
    """
    last = _bare(text).rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last, flags=re.ASCII).strip("-._")[:60] or "dataset"


def _bare(text: str) -> str:
    """The text without accents."""
    return "".join(each for each in normalize("NFKD", text) if not combining(each))
