"""Apply a mapping (docs/reference/solution-mapping.md): what this program needs, made of what a city has."""

import json
import math
from pathlib import Path
from typing import Any
from urllib.parse import quote

from availability.trouble import Unusable

SOURCES = ("from", "sum", "difference", "quotient", "count", "constant")
VALUES = {
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
}
NO_ATTRIBUTES = {"id", "type", "@context", "createdAt", "modifiedAt", "scope"}


class Missing(Exception):
    """An entity gives no value for an attribute."""


def read_mapping(path: Path) -> list[dict[str, Any]]:
    """The type mappings in a file. Raises Unusable with a sentence."""
    try:
        said = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as failure:
        raise Unusable(f"The mapping '{path}' cannot be read: {failure}") from failure
    if not isinstance(said, dict) or said.get("mapping") != "1":
        raise Unusable(f"The mapping '{path}' is not of the format \"1\".")
    types = said.get("types")
    if not isinstance(types, list) or not types:
        raise Unusable(f"The mapping '{path}' maps no type.")
    for each in types:
        for name, rule in each.get("attributes", {}).items():
            if sum(source in rule for source in SOURCES) != 1 or rule.get("divide", 1) == 0:
                raise Unusable(f"The mapping of '{name}' is {json.dumps(rule)[:80]}, no expression.")
    return types


def apply(mapping: dict[str, Any], entity: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What a normalised entity becomes, and why attributes are missing in it."""
    instances = _instances(entity)
    values = {name: _value(each) for name, each in instances.items()}
    made: dict[str, Any] = {"id": entity.get("id"), "type": mapping["need"]}
    missing: dict[str, str] = {}
    for name, rule in mapping["attributes"].items():
        try:
            value = _evaluate(rule, values)
        except Missing as reason:
            missing[name] = str(reason)
        else:
            made[name] = _instance(value, rule, instances)
    return made, missing


def _instances(entity: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The attributes of an entity; of several instances the first."""
    found = {}
    for name, given in entity.items():
        first = given[0] if isinstance(given, list) and given else given
        if name not in NO_ATTRIBUTES and isinstance(first, dict):
            found[name] = first
    return found


def whole_of(mapping: dict[str, Any], entity: dict[str, Any]) -> str:
    """The value that the parts of one whole share, by the mapping's `group`. Raises Missing."""
    path = mapping["group"] if isinstance(mapping["group"], list) else [mapping["group"]]
    values = {name: _value(each) for name, each in _instances(entity).items()}
    return str(_found(path, values))


def join(
    mapping: dict[str, Any], group: str, parts: list[dict[str, Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What the parts of one whole become together, and why attributes are missing in it."""
    each = [apply(mapping, part) for part in parts]
    made: dict[str, Any] = {
        "id": f"urn:ngsi-ld:{mapping['need']}:{quote(group, safe='')}",
        "type": mapping["need"],
    }
    missing: dict[str, str] = {}
    for name, rule in mapping["attributes"].items():
        found = [one[name] for one, _ in each if name in one]
        try:
            if not found:
                raise Missing(next(reasons[name] for _, reasons in each))
            value = _together(rule.get("over", "first"), [one["value"] for one in found])
        except Missing as reason:
            missing[name] = str(reason)
            continue
        made[name] = {**found[0], "value": value}
        moments = [one["observedAt"] for one in found if "observedAt" in one]
        if moments:
            made[name]["observedAt"] = min(moments)
    return made, missing


def _together(over: str, found: list[Any]) -> Any:
    if over == "first":
        return found[0]
    numbers = [_number(each) for each in found]
    if over == "sum":
        return _whole(math.fsum(numbers))
    if over == "mean":
        return _whole(math.fsum(numbers) / len(numbers))
    return _whole(min(numbers) if over == "least" else max(numbers))


def _value(instance: dict[str, Any]) -> Any:
    value = instance.get(VALUES.get(instance.get("type", ""), "value"))
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


def _paths(rule: dict[str, Any]) -> list[list[str]]:
    for source in SOURCES[:5]:
        if source in rule:
            listed = [rule[source]] if source in {"from", "count"} else rule[source]
            return [path if isinstance(path, list) else [path] for path in listed]
    return []


def _evaluate(rule: dict[str, Any], values: dict[str, Any]) -> Any:
    found = _made(rule, values)
    if "values" in rule:
        word = str(found).lower() if isinstance(found, bool) else str(found)
        found = rule["values"].get(word, rule.get("otherwise"))
        if found is None:
            raise Missing(f"{word[:40]!r} is a word that the mapping does not know")
    if any(name in rule for name in ("factor", "divide", "offset")):
        scaled = _number(found) * rule.get("factor", 1) / rule.get("divide", 1) + rule.get("offset", 0)
        found = _whole(scaled)
    return _as(rule.get("as", ""), found)


def _made(rule: dict[str, Any], values: dict[str, Any]) -> Any:
    if "constant" in rule:
        return rule["constant"]
    found = [_found(path, values) for path in _paths(rule)]
    if "from" in rule:
        return found[0]
    if "count" in rule:
        return len(found[0]) if isinstance(found[0], list) else 1
    numbers = [_number(each) for each in found]
    if "sum" in rule:
        return _whole(math.fsum(numbers))
    if "difference" in rule:
        return _whole(numbers[0] - math.fsum(numbers[1:]))
    if numbers[1] == 0:
        raise Missing("a division by zero")
    return _whole(numbers[0] / numbers[1])


def _found(path: list[str], values: dict[str, Any]) -> Any:
    value = values.get(path[0])
    for name in path[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        raise Missing(f"'{'.'.join(path)[-80:]}' has no value")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Missing(f"{str(value)[:40]!r} is no number")
    return float(value)


def _as(kind: str, value: Any) -> Any:
    if kind == "text":
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind == "boolean":
        return value not in {0, "", "false", "0", "no"}
    if kind in {"number", "integer"}:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise Missing(f"{str(value)[:40]!r} is no number") from None
        if not math.isfinite(number):
            raise Missing(f"{str(value)[:40]!r} is no finite number")
        return math.floor(number + 0.5) if kind == "integer" else _whole(number)
    return value


def _whole(number: float) -> Any:
    if not math.isfinite(number):
        raise Missing("the result is too large a number")
    rounded = float(f"{number:.12g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _instance(value: Any, rule: dict[str, Any], instances: dict[str, Any]) -> dict[str, Any]:
    geometry = isinstance(value, dict) and "coordinates" in value
    found: dict[str, Any] = {"type": "GeoProperty" if geometry else "Property", "value": value}
    used = [instances[path[0]] for path in _paths(rule) if path[0] in instances]
    units = {str(each["unitCode"]) for each in used if "unitCode" in each}
    unit = rule.get("unit") or (units.pop() if len(units) == 1 else "")
    if unit and not geometry:
        found["unitCode"] = unit
    moments = [str(each["observedAt"]) for each in used if "observedAt" in each]
    if moments:
        found["observedAt"] = min(moments)
    return found
