"""Draft: a first mapping made of the columns of a dataset, for a person to read and finish."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.rules.mapping.identity import name_from
from beffroi.sources.rules.mapping.moment import moment_of
from beffroi.sources.rules.mapping.number import number_of
from beffroi.sources.rules.mapping.parse import MOST_ATTRIBUTES
from beffroi.sources.rules.mapping.place import Pair, locate
from beffroi.sources.rules.quoting import quoted

LONGITUDES = ("lon", "lng", "long", "longitude", "x", "xlong", "x_wgs84", "coord_x")
LATITUDES = ("lat", "latitude", "y", "ylat", "y_wgs84", "coord_y")
IDS = ("@id", "id", "ref", "code", "uid", "uuid", "gid", "identifiant", "identifier", "numero", "number")
NAMES = ("name", "nom", "label", "libelle", "titre", "title")
RESERVED = frozenset({"id", "type", "scope", "location", "createdAt", "modifiedAt", "deletedAt", "expiresAt"})
"""Members of an entity that are no attributes of a mapping."""
GEOMETRY = "@geometry"
_WORDS = re.compile(r"[A-Za-z0-9]+")
_PADDED = re.compile(r"\s*0\d")


@dataclass(frozen=True, slots=True)
class Column:
    """One column and the values that a sample has in it, empty ones left out."""

    name: str
    values: tuple[Json, ...]


def draft(dataset: str, title: str, entity_type: str, sample: Sequence[JsonObject]) -> str:
    """A mapping file in TOML that `catalogue.read_mapping` reads, one attribute for each column.

    Raises Problem(BadRequestData) if the sample has none.

    >>> park = {"ref": "P1", "lon": "3,07", "lat": "50,6", "area": "12"}
    >>> print(draft("parks", "parks.csv", "Garden", [park]))
    # A draft made of the columns of "parks.csv": read it, mend it, then try it (docs/mappings.md).
    name = "parks"
    title = "parks.csv"
    type = "Garden"
    # the column that names a record for ever, never a row number
    id = "ref"
    <BLANKLINE>
    [location]
    ways = [{ longitude = "lon", latitude = "lat" }]
    <BLANKLINE>
    [attributes]
    ref = { field = "ref" }  # such as "P1"
    area = { field = "area", read = "number" }  # such as "12"
    <BLANKLINE>
    """
    columns = _columns(sample)
    if not columns:
        raise Problem(BadRequestData, f"The dataset '{dataset[:100]}' has no columns to make a mapping of.")
    place = _place(columns)
    used = {"@id", *(name for name, _ in place)}
    attributes = [each for each in columns if each.name not in used][:MOST_ATTRIBUTES] or columns[:1]
    lines = [
        f"# A draft made of the columns of {_text(title[:200])}: read it, mend it, then try it "
        "(docs/mappings.md).",
        f"name = {_text(name_from(dataset))}",
        f"title = {_text(title[:200])}",
        f"type = {_text(entity_type)}",
        "# the column that names a record for ever, never a row number",
        f"id = {_path(_identity(columns))}",
        "",
    ]
    if place:
        ways = ", ".join(written for _, written in place)
        lines += ["[location]", f"ways = [{{ {ways} }}]", ""]
    return "\n".join([*lines, "[attributes]", *_attributes(attributes), ""])


def _columns(sample: Sequence[JsonObject]) -> list[Column]:
    found = dict[str, list[Json]]()
    for record in sample:
        for name, value in record.items():
            found.setdefault(name, []).extend([] if value is None or value == "" else [value])
    return [Column(name, tuple(values)) for name, values in found.items() if _is_writable(name)]


def _is_writable(name: str) -> bool:
    """Whether a mapping file can hold the name of a column."""
    return bool(name.strip()) and len(name) <= 200 and all(map(_is_plain, name))


def _is_plain(character: str) -> bool:
    return not unicodedata.category(character).startswith("C")


def _identity(columns: Sequence[Column]) -> str:
    """The column that most likely names a record: by its name, and by values that do not come twice."""
    distinct = [each for each in columns if each.values and _differ(each.values)]
    for wanted in IDS:
        for column in distinct:
            if column.name.casefold() == wanted:
                return column.name
    for column in distinct:
        words = [word.casefold() for word in _WORDS.findall(column.name)]
        if set(words) & set(IDS):
            return column.name
    texts = [each for each in distinct if each.name != GEOMETRY]
    return next(each.name for each in (*texts, *columns))


def _differ(values: Sequence[Json]) -> bool:
    return len({str(value) for value in values}) == len(values)


def _place(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """The columns that say where a thing stands, each with its part of one way."""
    names = {each.name.casefold(): each.name for each in columns}
    if GEOMETRY in names:
        return [(GEOMETRY, f'geometry = "{GEOMETRY}"')]
    east = next((names[each] for each in LONGITUDES if each in names), None)
    north = next((names[each] for each in LATITUDES if each in names), None)
    if east is not None and north is not None:
        return [(east, f"longitude = {_path(east)}"), (north, f"latitude = {_path(north)}")]
    pair = next((each.name for each in columns if _is_pair(each)), None)
    return [] if pair is None else [(pair, f'pair = {_path(pair)}, order = "lat-lon"')]


def _is_pair(column: Column) -> bool:
    """Whether all values are two decimal numbers, such as "50.63, 3.07", or an object with lon and lat."""
    way = Pair(("value",), "lat-lon")
    for value in column.values:
        if isinstance(value, str) and value.count(".") < 2:
            return False
        try:
            if locate({"value": value}, (way,), "given", None) is None:
                return False
        except Problem:
            return False
    return bool(column.values)


def _attributes(columns: Sequence[Column]) -> Iterator[str]:
    taken, named = set[str](), False
    for number, column in enumerate(columns, 1):
        is_name = not named and column.name.casefold() in NAMES
        named = named or is_name
        name = "name" if is_name else _free(_attribute(column.name, number), taken)
        taken.add(name)
        such = f"such as {_text(_shown(column.values[0]))}" if column.values else "empty in the sample"
        yield f"{_key(name)} = {{ field = {_path(column.name)}{_reading(column.values)} }}  # {such}"


def _reading(values: Sequence[Json]) -> str:
    if not values:
        return ""
    if all(isinstance(value, bool) for value in values):
        return ', read = "boolean"'
    if all(isinstance(value, dict | list) for value in values):
        return ', read = "json"'
    if all(_is_number(value) for value in values):
        return ', read = "number"'
    return ', read = "moment"' if all(_is_moment(value) for value in values) else ""


def _is_number(value: Json) -> bool:
    """Whether a value is a number; "06000" is a code."""
    if isinstance(value, str) and _PADDED.match(value):
        return False
    try:
        number_of(value)
    except Problem:
        return False
    return True


def _is_moment(value: Json) -> bool:
    """Whether a value is a moment with its zone: a zone is not guessed."""
    try:
        moment_of(value)
    except Problem:
        return False
    return True


def _attribute(column: str, number: int) -> str:
    """A column's name as that of an attribute: "Nombre de places" is `nombreDePlaces`."""
    plain = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode()
    words = _WORDS.findall(plain)
    name = "".join(word if n == 0 else word[:1].upper() + word[1:] for n, word in enumerate(words))
    name = name[:1].lower() + name[1:80] if not name.isupper() else name.lower()[:80]
    return name or f"column{number}"


def _free(name: str, taken: "set[str]") -> str:
    candidates = (name if n == 1 else f"{name}{n}" for n in range(1, len(taken) + 3))
    return next(each for each in candidates if each not in taken and each not in RESERVED)


def _shown(value: Json) -> str:
    return value[:60] if isinstance(value, str) else quoted(value).strip("'")


def _path(column: str) -> str:
    """A path to a column; a name that a path would take apart is written as a list."""
    text = _text(column)
    return f"[{text}]" if "." in column or column.isdecimal() else text


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name, re.ASCII) else _text(name)


def _text(value: str) -> str:
    """A TOML string; once control characters are out, one of JSON is one of TOML."""
    return encode("".join(each if _is_plain(each) else " " for each in value)).decode()
