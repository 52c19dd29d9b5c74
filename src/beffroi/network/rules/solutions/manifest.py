"""Parse a solution's manifest (docs/reference/solution-manifest.md); refuse what is wrong or hostile.

Nothing in a manifest is run or opened: it names a program for people, and needs for the fit.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn, cast

import jsonschema_rs

from beffroi.kernel.json import Json, JsonObject, decode, encode
from beffroi.kernel.problem import BadRequestData, Problem, TooLarge
from beffroi.kernel.unit import BY_CODE
from beffroi.network.rules.solutions.manifest_schema import CRS84, MANIFEST_SCHEMA

MOST_BYTES: Final = 200_000
DEEPEST: Final = 12
USUAL_SHARE: Final = 0.9
_SECONDS: Final = {"D": 86_400, "H": 3_600, "M": 60, "S": 1}
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute that a solution needs. `unit` is UN/CEFACT or empty; ages and spans are seconds, 0: any.

    `share` is how many of the entities have to have it; `values` are the only words that it understands."""

    name: str
    kind: str
    uri: str = ""
    unit: str = ""
    max_age_s: int = 0
    history_s: int = 0
    share: float = USUAL_SHARE
    required: bool = True
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Entities of one type. `coverage` is the share of the city's cells that have to hold one; 0: any."""

    type: str
    attributes: tuple[Attribute, ...]
    uri: str = ""
    entities: int = 1
    required: bool = True
    coverage: float = 0.0


@dataclass(frozen=True, slots=True)
class DataUse:
    """What is done with the data, as far as a licence could forbid it."""

    commercial: bool = False
    derivatives: bool = True
    share_alike: bool = True
    accepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    id: str
    version: str
    name: JsonObject
    licence: str
    maker: str
    program: str
    needs: tuple[Need, ...]
    use: DataUse
    crs: tuple[str, ...]
    writes: tuple[str, ...]
    subscriptions: bool

    def title(self, language: str) -> str:
        return str(self.name.get(language) or self.name["en"])


def read_manifest(text: bytes) -> Manifest:
    """The manifest in a file or a body. Raises Problem with a sentence that names member and value."""
    if len(text) > MOST_BYTES:
        raise Problem(TooLarge, f"The manifest has {len(text):,} bytes; at most {MOST_BYTES:,} are read.")
    found = decode(text)
    if not isinstance(found, dict):
        _bad(f"The manifest is {_shown(found)}, not an object.")
    return parse_manifest(found)


def parse_manifest(content: JsonObject) -> Manifest:
    """The manifest that a document holds. Raises Problem(BadRequestData) or Problem(TooLarge)."""
    if len(encode(content)) > MOST_BYTES:
        raise Problem(TooLarge, f"The manifest has more than {MOST_BYTES:,} bytes.")
    if _is_deeper(content, DEEPEST):
        _bad(f"The manifest is nested deeper than {DEEPEST} levels.")
    error = next(iter(_validator().iter_errors(content)), None)
    if error is not None:
        _refuse(error, content)
    needs = tuple(_need(each, f"needs[{at}]") for at, each in enumerate(_objects(content["needs"])))
    _check_once((need.type for need in needs), "needs", "type")
    maker = cast("JsonObject", content["maker"])
    return Manifest(
        id=str(content["id"]),
        version=str(content["version"]),
        name=cast("JsonObject", content["name"]),
        licence=str(content["licence"]),
        maker=str(maker["name"]),
        program=str(content["program"]),
        needs=needs,
        use=_use(cast("JsonObject", content.get("data", {}))),
        crs=tuple(cast("list[str]", content.get("crs", [CRS84]))),
        writes=tuple(str(each["type"]) for each in _objects(content.get("writes", []))),
        subscriptions=bool(content.get("subscriptions", False)),
    )


def seconds_of(duration: str) -> int:
    """The seconds in an ISO 8601 duration of days to seconds.

    >>> seconds_of("PT5M"), seconds_of("P7D"), seconds_of("P1DT1H")
    (300, 604800, 90000)
    """
    return sum(int(amount) * _SECONDS[letter] for amount, letter in re.findall(r"(\d+)([DHMS])", duration))


@lru_cache(maxsize=1)
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        MANIFEST_SCHEMA, pattern_options=jsonschema_rs.RegexOptions(), validate_formats=False
    )


def _need(said: JsonObject, where: str) -> Need:
    attributes = tuple(
        _attribute(each, f"{where}.attributes[{at}]") for at, each in enumerate(_objects(said["attributes"]))
    )
    _check_once((each.name for each in attributes), f"{where}.attributes", "name")
    return Need(
        type=str(said["type"]),
        attributes=attributes,
        uri=str(said.get("uri", "")),
        entities=cast("int", said.get("entities", 1)),
        required=bool(said.get("required", True)),
        coverage=cast("float", said.get("coverage", 0.0)),
    )


def _attribute(said: JsonObject, where: str) -> Attribute:
    unit, kind = str(said.get("unit", "")), str(said["kind"])
    if unit and unit not in BY_CODE:
        _bad(f"'{where}.unit' is '{unit}', which is not in the table of UN/CEFACT units.")
    if unit and kind not in {"integer", "number"}:
        _bad(f"'{where}.unit' is '{unit}', but the kind is '{kind}': only numbers have a unit.")
    if "values" in said and kind != "text":
        _bad(f"'{where}.values' names words, but the kind is '{kind}'.")
    return Attribute(
        name=str(said["name"]),
        kind=kind,
        uri=str(said.get("uri", "")),
        unit=unit,
        max_age_s=_span(said, "maxAge", where),
        history_s=_span(said, "history", where),
        share=cast("float", said.get("share", USUAL_SHARE)),
        required=bool(said.get("required", True)),
        values=tuple(cast("list[str]", said.get("values", []))),
    )


def _span(said: JsonObject, name: str, where: str) -> int:
    if name not in said:
        return 0
    seconds = seconds_of(str(said[name]))
    if seconds == 0:
        _bad(f"'{where}.{name}' is '{said[name]}', which is no time at all.")
    return seconds


def _use(said: JsonObject) -> DataUse:
    return DataUse(
        commercial=bool(said.get("commercial", False)),
        derivatives=bool(said.get("derivatives", True)),
        share_alike=bool(said.get("shareAlike", True)),
        accepts=tuple(cast("list[str]", said.get("accepts", []))),
    )


def _check_once(names: Iterable[str], where: str, member: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            _bad(f"'{where}' has the {member} '{name}' {count} times.")


def _refuse(error: jsonschema_rs.ValidationError, content: JsonObject) -> NoReturn:
    """Say what the schema refuses, by member and value."""
    member, value = "", cast("Json", content)
    for step in error.instance_path:
        member += f"[{step}]" if isinstance(step, int) else f".{step}"
        value = _inside(value, step)
    name = f"'{member.lstrip('.')}'" if member else "The manifest"
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    if keyword in {"required", "additionalProperties"}:
        said = error.message.split(" or ")[0]
        _bad(f"{name} is not right: {said[:200]}.")
    _bad(f"{name} is {_shown(value)}, which does not hold to '{keyword}' of the format: {_bound(error)}.")


def _inside(value: Json, step: str | int) -> Json:
    if isinstance(value, list) and isinstance(step, int):
        return value[step]
    return value.get(str(step)) if isinstance(value, dict) else None


def _bound(error: jsonschema_rs.ValidationError) -> str:
    found: Json = MANIFEST_SCHEMA
    for step in error.schema_path:
        found = _inside(found, step)
    return _shown(found, 200)


def _shown(value: Json, most: int = _LONGEST_SHOWN) -> str:
    text = encode(value).decode(errors="replace")
    return text if len(text) <= most else f"{text[:most]}…"


def _is_deeper(value: Json, levels: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    if levels == 0:
        return True
    inside = value.values() if isinstance(value, dict) else value
    return any(_is_deeper(each, levels - 1) for each in inside)


def _objects(value: Json) -> list[JsonObject]:
    return cast("list[JsonObject]", value)


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence)
