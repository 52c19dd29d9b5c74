"""A mapping: how a city's entities become those that a solution asks for; data, parsed and applied.

Format: docs/reference/solution-mapping.md. Each entity is taken by itself: what goes wrong in one is counted
and leaves the others as they are.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, cast
from urllib.parse import quote

from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.unit import BY_CODE
from beffroi.network.rules.solutions.expression import (
    AS,
    MODIFIERS,
    MOST_INPUTS,
    OVER,
    SOURCES,
    Expression,
    Missing,
    Path,
    as_json,
    evaluate,
    together,
    value_at,
)  # fmt: skip
from beffroi.network.rules.solutions.kinds import plain, value_of
from beffroi.network.rules.solutions.sample import attributes_of

FORMAT: Final = "1"
MOST_TYPES: Final = 20
MOST_ATTRIBUTES: Final = 60
MOST_WORDS: Final = 200
LONGEST_NAME: Final = 1_000
MOST_BYTES: Final = 200_000
_TYPE_MEMBERS: Final = frozenset({"need", "from", "group", "attributes"})
_MEMBERS: Final = frozenset({"mapping", "solution", "version", "node", "types", "note"})


@dataclass(frozen=True, slots=True)
class TypeMapping:
    """How entities of the type `source` of a city become entities of the type `need`: one by one, or, with
    `group`, those with one value there as the parts of one."""

    need: str
    source: str
    attributes: Mapping[str, Expression]
    group: Path = ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one entity became, and why attributes are missing in it."""

    entity: JsonObject
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tally:
    """What a dry run counted: entities, those with every attribute, reasons by attribute."""

    entities: int
    whole: int
    missing: Mapping[str, Mapping[str, int]]


def parse_mapping(content: JsonObject) -> tuple[TypeMapping, ...]:
    """The type mappings of a document. Raises Problem(BadRequestData) naming member and value."""
    if len(encode(content)) > MOST_BYTES:
        _bad(f"The mapping has more than {MOST_BYTES:,} bytes.")
    if content.get("mapping") != FORMAT:
        _bad(f"'mapping' is {_shown(content.get('mapping'))}; the format is \"{FORMAT}\".")
    _check_members(content, _MEMBERS, "the mapping")
    types = content.get("types")
    if not isinstance(types, list) or not 1 <= len(types) <= MOST_TYPES:
        _bad(f"'types' is {_shown(types)}, not a list of 1 to {MOST_TYPES} types.")
    found = tuple(_type(each, f"types[{at}]") for at, each in enumerate(types))
    for need, count in Counter(each.need for each in found).items():
        if count > 1:
            _bad(f"'types' maps the need '{need}' {count} times.")
    return found


def mapping_document(solution: str, version: str, node: str, types: Sequence[TypeMapping]) -> JsonObject:
    """The document of a mapping."""
    listed: list[Json] = [
        {
            "need": each.need,
            "from": each.source,
            **_grouped(each),
            "attributes": {name: as_json(made) for name, made in each.attributes.items()},
        }
        for each in types
    ]
    return {"mapping": FORMAT, "solution": solution, "version": version, "node": node, "types": listed}


def apply_all(mapping: TypeMapping, entities: Iterable[JsonObject]) -> list[tuple[JsonObject, Mapped]]:
    """What the entities of a type become, each with the entity, or the first part, that it is made of."""
    if not mapping.group:
        return [(each, apply(mapping, each)) for each in entities]
    parts, found = dict[str, list[JsonObject]](), list[tuple[JsonObject, Mapped]]()
    for entity in entities:
        values = {name: plain(value_of(each)) for name, each in attributes_of(entity)}
        try:
            parts.setdefault(str(value_at(mapping.group, values)), []).append(entity)
        except Missing as reason:
            lost: JsonObject = {"id": entity.get("id"), "type": mapping.need}
            found.append((entity, Mapped(lost, {"group": str(reason)})))
    return [*((some[0], joined(mapping, name, some)) for name, some in parts.items()), *found]


def joined(mapping: TypeMapping, group: str, parts: Sequence[JsonObject]) -> Mapped:
    """One entity of its parts; its id is made of the value that they share."""
    each = [apply(mapping, part) for part in parts]
    made: JsonObject = {"id": f"urn:ngsi-ld:{mapping.need}:{quote(group, safe='')}", "type": mapping.need}
    missing = dict[str, str]()
    for name, expression in mapping.attributes.items():
        found = [cast("JsonObject", one.entity[name]) for one in each if name in one.entity]
        try:
            if not found:
                raise Missing(next(one.missing[name] for one in each))
            value = together(expression.over, [one["value"] for one in found])
        except Missing as reason:
            missing[name] = str(reason)
            continue
        moments = [str(one["observedAt"]) for one in found if "observedAt" in one]
        made[name] = found[0] | {"value": value} | ({"observedAt": min(moments)} if moments else {})
    return Mapped(made, missing)


def apply(mapping: TypeMapping, entity: JsonObject) -> Mapped:
    """What a normalised entity becomes: the solution's type and names, with unit and moment.

    The moment is the oldest of those of the values that went in.
    """
    instances = dict(attributes_of(entity))
    values = {name: plain(value_of(each)) for name, each in instances.items()}
    made: JsonObject = {"id": entity.get("id"), "type": mapping.need}
    missing = dict[str, str]()
    for name, expression in mapping.attributes.items():
        try:
            value = evaluate(expression, values)
        except Missing as reason:
            missing[name] = str(reason)
        else:
            made[name] = _instance(value, expression, instances)
    return Mapped(made, missing)


def tally(mapped: Iterable[Mapped]) -> Tally:
    """What went wrong where in a dry run."""
    entities = whole = 0
    reasons = dict[str, Counter[str]]()
    for each in mapped:
        entities += 1
        whole += not each.missing
        for name, reason in each.missing.items():
            reasons.setdefault(name, Counter())[reason] += 1
    return Tally(entities, whole, {name: dict(counts.most_common(5)) for name, counts in reasons.items()})


def _instance(value: Json, expression: Expression, instances: Mapping[str, JsonObject]) -> JsonObject:
    geometry = isinstance(value, dict) and "coordinates" in value
    found: JsonObject = {"type": "GeoProperty" if geometry else "Property", "value": value}
    used = [instances[path[0]] for path in expression.paths if path[0] in instances]
    moments = [str(each["observedAt"]) for each in used if "observedAt" in each]
    units = {str(each["unitCode"]) for each in used if "unitCode" in each}
    unit = expression.unit or (units.pop() if len(units) == 1 else "")
    found |= {"unitCode": unit} if unit and not geometry else {}
    return found | ({"observedAt": min(moments)} if moments else {})


def _grouped(mapping: TypeMapping) -> JsonObject:
    path = mapping.group
    return {"group": "".join(path) if len(path) == 1 else list[Json](path)} if path else {}


def _type(said: Json, where: str) -> TypeMapping:
    if not isinstance(said, dict):
        _bad(f"'{where}' is {_shown(said)}, not an object.")
    _check_members(said, _TYPE_MEMBERS, f"'{where}'")
    attributes = said.get("attributes")
    if not isinstance(attributes, dict) or len(attributes) > MOST_ATTRIBUTES:
        _bad(f"'{where}.attributes' is {_shown(attributes)}, not an object of at most {MOST_ATTRIBUTES}.")
    made = {name: _expression(each, f"{where}.attributes.{name}") for name, each in attributes.items()}
    group = _path(said["group"], f"{where}.group") if "group" in said else ()
    overs = [name for name, each in made.items() if each.over]
    if overs and not group:
        _bad(f"'{where}.attributes.{overs[0]}.over' is over parts, but '{where}' has no 'group'.")
    return TypeMapping(
        _name(said.get("need"), f"{where}.need"), _name(said.get("from"), f"{where}.from"), made, group
    )


def _expression(said: Json, where: str) -> Expression:
    if not isinstance(said, dict):
        _bad(f"'{where}' is {_shown(said)}, not an object.")
    _check_members(said, frozenset({*SOURCES, *MODIFIERS}), f"'{where}'")
    sources = [name for name in SOURCES if name in said]
    if len(sources) != 1:
        _bad(f"'{where}' has {len(sources)} sources ({', '.join(sources)}); it needs exactly one.")
    source = sources[0]
    kind, unit = str(said.get("as", "")), str(said.get("unit", ""))
    if kind and kind not in AS:
        _bad(f"'{where}.as' is '{kind[:40]}'; there are {', '.join(AS)}.")
    over = str(said.get("over", ""))
    if over and over not in OVER:
        _bad(f"'{where}.over' is '{over[:40]}'; there are {', '.join(OVER)}.")
    if unit and unit not in BY_CODE:
        _bad(f"'{where}.unit' is '{unit[:40]}', which is not in the table of UN/CEFACT units.")
    return Expression(
        source=source,
        paths=_paths(source, said[source], f"{where}.{source}"),
        constant=_simple(said.get("constant"), f"{where}.constant"),
        words=_words(said.get("values", {}), f"{where}.values"),
        otherwise=_simple(said.get("otherwise"), f"{where}.otherwise"),
        factor=_number(said, "factor", 1.0, where),
        divide=_divisor(said, where),
        offset=_number(said, "offset", 0.0, where),
        unit=unit,
        kind=kind,
        over=over,
    )


def _paths(source: str, said: Json, where: str) -> tuple[Path, ...]:
    if source == "constant":
        return ()
    if source in {"from", "count"}:
        return (_path(said, where),)
    most = 2 if source == "quotient" else MOST_INPUTS
    if not isinstance(said, list) or not 2 <= len(said) <= most:
        _bad(f"'{where}' is {_shown(said)}, not a list of {'2' if most == 2 else f'2 to {most}'} attributes.")
    return tuple(_path(each, f"{where}[{at}]") for at, each in enumerate(said))


def _path(said: Json, where: str) -> Path:
    """An attribute's name, or a list that goes on with names of members."""
    if isinstance(said, list):
        if not 1 <= len(said) <= 5:
            _bad(f"'{where}' is {_shown(said)}, not a path of 1 to 5 names.")
        return tuple(_name(each, where) for each in said)
    return (_name(said, where),)


def _name(said: Json, where: str) -> str:
    if not isinstance(said, str) or not said or len(said) > LONGEST_NAME:
        _bad(f"'{where}' is {_shown(said)}, not a name.")
    return said


def _words(said: Json, where: str) -> Mapping[str, Json]:
    if not isinstance(said, dict) or len(said) > MOST_WORDS:
        _bad(f"'{where}' is {_shown(said)}, not an object of at most {MOST_WORDS} words.")
    return {word: _simple(value, f"{where}.{word[:40]}") for word, value in said.items()}


def _simple(said: Json, where: str) -> Json:
    if isinstance(said, list | dict) or (isinstance(said, str) and len(said) > LONGEST_NAME):
        _bad(f"'{where}' is {_shown(said)}, not a text, a number, true or false.")
    return said


def _divisor(said: JsonObject, where: str) -> float:
    number = _number(said, "divide", 1.0, where)
    if number == 0:
        _bad(f"'{where}.divide' is 0, and nothing can be divided by 0.")
    return number


def _number(said: JsonObject, name: str, usual: float, where: str) -> float:
    value = said.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
        _bad(f"'{where}.{name}' is {_shown(value)}, not a number.")
    return float(value)


def _check_members(said: JsonObject, known: frozenset[str], where: str) -> None:
    strange = sorted(set(said) - known)
    if strange:
        _bad(f"{where} has the member '{strange[0][:60]}', which the format does not have.")


def _shown(value: Json) -> str:
    text = encode(value).decode(errors="replace")
    return text if len(text) <= 60 else f"{text[:60]}…"


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence[:1].upper() + sentence[1:])
