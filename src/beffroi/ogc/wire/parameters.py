"""Read the parameters of a request for features (17-069r4, 7.15)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from beffroi.broker.rules.names import bad
from beffroi.broker.wire.headers import accepted
from beffroi.kernel.problem import InvalidRequest, Problem
from beffroi.ogc.rules.bounds import read_bounds
from beffroi.ogc.rules.columns import Column
from beffroi.ogc.rules.interval import read_interval
from beffroi.ogc.rules.selection import Selection, typed
from beffroi.web.message import Request

DEFAULT_LIMIT: Final = 100
GREATEST_LIMIT: Final = 10_000
MOST_FILTERS: Final = 10
LONGEST_TEXT: Final = 1_000
MOST_DIGITS: Final = 15

CORE: Final = frozenset({"f", "limit", "bbox", "datetime", "properties", "after"})
"""Parameters that are no columns; a column of the same name cannot be filtered by."""

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
CSV: Final = "text/csv"
SCHEMA: Final = "application/schema+json"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
HTML: Final = "text/html"
_PLACE: Final = re.compile(r"(\d{1,15})(?:-(\d{1,15}))?", re.ASCII)
FORMATS: Final[Mapping[str, str]] = {"json": GEOJSON, "geojson": GEOJSON, "csv": CSV}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which features, how many after which one, and which columns of them (empty: all).

    `matched` is how many match in all, if an earlier page has counted them.
    """

    selection: Selection
    limit: int
    after: int
    columns: frozenset[str]
    matched: int | None = None


def needs_columns(parameters: Mapping[str, str]) -> bool:
    """Whether the request names columns, so that they must be known."""
    return "properties" in parameters or not parameters.keys() <= CORE


def read_items(parameters: Mapping[str, str], entity_type: str, columns: Mapping[str, Column]) -> Asked:
    """What is asked of a collection. Raises Problem for what is not understood (400)."""
    filters = tuple(_filter(name, text, columns) for name, text in parameters.items() if name not in CORE)
    if len(filters) > MOST_FILTERS:
        bad(f"The request filters by {len(filters)} properties; at most {MOST_FILTERS} are taken.")
    bbox, datetime = parameters.get("bbox"), parameters.get("datetime")
    selection = Selection(
        entity_type,
        None if bbox is None else read_bounds(bbox),
        None if datetime is None else read_interval(datetime),
        filters,
    )
    after, matched = _place(parameters)
    return Asked(selection, _limit(parameters), after, _columns(parameters, columns), matched)


def media_of(request: Request, formats: Mapping[str, str], offered: tuple[str, ...]) -> str:
    """The media type to answer in: what `f` says, or else what Accept likes best.

    Raises Problem(BadRequestData) for another `f`, Problem(NotAcceptable) for another Accept.
    """
    named = request.parameters.get("f")
    if named is None:
        return accepted(request, offered)
    if named not in formats:
        bad(f"The parameter 'f' is '{named[:50]}'; there is {', '.join(formats)}.")
    return formats[named]


def only(request: Request, known: frozenset[str]) -> None:
    """Refuse a parameter that this address does not have (17-069r4, requirement 8)."""
    for name in request.parameters:
        if name not in known:
            _refuse(name)


def _refuse(name: str) -> None:
    raise Problem(InvalidRequest, f"The parameter '{name[:100]}' is not known here.")


def _filter(name: str, text: str, columns: Mapping[str, Column]) -> tuple[Column, str]:
    column = columns.get(name)
    if column is None:
        raise Problem(
            InvalidRequest,
            f"The parameter '{name[:100]}' is not known here and no feature has such a property.",
        )
    if not column.is_simple:
        raise Problem(InvalidRequest, f"The property '{name[:100]}' holds objects and cannot be filtered by.")
    if len(text) > LONGEST_TEXT:
        bad(f"The parameter '{name[:100]}' is longer than {LONGEST_TEXT} characters.")
    value = typed(column, text)
    if value is None:
        bad(
            f"The parameter '{name[:100]}' is '{text[:50]}', and every '{name[:100]}' is a "
            f"{' or a '.join(column.simple_kinds)}."
        )
    return column, value


def _limit(parameters: Mapping[str, str]) -> int:
    """Clause 7.15.2: a greater limit than we give is no error."""
    text = parameters.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit()):
        bad(f"The parameter 'limit' is '{text[:50]}' and not a whole number.")
    digits = text.lstrip("0")
    if not digits:
        bad("The parameter 'limit' is 0; at least one feature must be asked for.")
    return GREATEST_LIMIT if len(digits) > MOST_DIGITS else min(int(digits), GREATEST_LIMIT)


def place_of(last: int, matched: int | None) -> str:
    """Where the next page begins, as links say it: behind which feature, and how many match in all."""
    return str(last) if matched is None else f"{last}-{matched}"


def _place(parameters: Mapping[str, str]) -> tuple[int, int | None]:
    text = parameters.get("after", "0")
    found = _PLACE.fullmatch(text)
    if found is None:
        bad(f"The parameter 'after' is '{text[:50]}', and not as a link to a next page has it.")
    return int(found[1]), None if found[2] is None else int(found[2])


def _columns(parameters: Mapping[str, str], columns: Mapping[str, Column]) -> frozenset[str]:
    text = parameters.get("properties")
    if text is None:
        return frozenset()
    names = text.split(",")
    for name in names:
        if name not in columns:
            bad(f"The parameter 'properties' names '{name[:100]}', which no feature has.")
    return frozenset(names)
