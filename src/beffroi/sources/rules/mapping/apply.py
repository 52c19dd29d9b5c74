"""Apply a mapping to one foreign record: an entity in normalized form (clause 4.5), or why there is none."""

from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Literal, TypeAlias

from beffroi.kernel.geometry import Box
from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.unit import converted
from beffroi.sources.rules.mapping.format import (
    AttributeRule,
    Constant,
    Field,
    Flags,
    Mapping,
    Members,
    Sum,
)
from beffroi.sources.rules.mapping.identity import entity_id, foreign_id
from beffroi.sources.rules.mapping.moment import Fold, day_of, moment_of
from beffroi.sources.rules.mapping.number import number_of, plain
from beffroi.sources.rules.mapping.parse import word_of
from beffroi.sources.rules.mapping.path import Path, value_at
from beffroi.sources.rules.mapping.place import Axes, locate
from beffroi.sources.rules.quoting import depth_of, quoted

MOST_FIELDS = 1_000
MOST_TEXT = 20_000
MOST_LIST = 1_000
DEEPEST_JSON = 20
TRUE = frozenset({"true", "1", "yes", "oui", "vrai", "on", "t", "y", "o"})
FALSE = frozenset({"false", "0", "no", "non", "faux", "off", "f", "n"})

Note: TypeAlias = tuple[Literal["unreadable", "out of range", "unknown word", "swapped", "outside"], str, str]
"""What was noticed, at which attribute, with which value; the entity lacks it or has been turned round."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a source adds to a mapping: its name in ids, the area it is about, the zone of its times.

    `dataset` is what its portal calls it. `axes` takes the place of the mapping's. `around` are boxes
    in which its places may be expected where no area is stated.
    """

    namespace: str
    area: Box | None = None
    zone: tzinfo | None = None
    axes: Axes | None = None
    around: tuple[Box, ...] = ()
    dataset: str = ""


@dataclass(frozen=True, slots=True)
class Mapped:
    entity: JsonObject
    notes: tuple[Note, ...] = ()

    @property
    def id(self) -> str:
        return str(self.entity["id"])


@dataclass(frozen=True, slots=True)
class Skipped:
    """Left out on purpose."""

    because: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Cannot become an entity; `who` is its foreign id, as far as it has one."""

    who: str
    because: str


Outcome: TypeAlias = Mapped | Skipped | Refused


def map_record(mapping: Mapping, record: JsonObject, setting: Setting) -> Outcome:
    """What one record becomes. Nothing is guessed: a value that cannot be read is left out and noted, and
    without a required one the record is refused.
    """
    if len(record) > MOST_FIELDS:
        return Refused("", f"The record has {len(record)} fields; {MOST_FIELDS} are allowed.")
    who = ""
    try:
        who = foreign_id(_first(record, mapping.id, mapping.nulls))
        for skip in mapping.skips:
            if word_of(value_at(record, skip.field)) in skip.words:
                return Skipped(skip.because)
        return _Making(mapping, record, setting).made(who)
    except Problem as problem:
        return Refused(who, problem.detail)


class _Making:
    """One record on its way to an entity, with the notes that are taken."""

    def __init__(self, mapping: Mapping, record: JsonObject, setting: Setting) -> None:
        self._mapping = mapping
        self._record = record
        self._setting = setting
        self._zone = mapping.zone or setting.zone
        self._fold: Fold = mapping.fold
        self._notes: list[Note] = []

    def made(self, who: str) -> Mapped:
        mapping = self._mapping
        namespace = mapping.namespace or self._setting.namespace
        entity: JsonObject = {"id": entity_id(mapping.type, namespace, who), "type": mapping.type}
        observed = self._observed()
        for rule in mapping.attributes:
            value = self._value(rule)
            if value is None:
                if rule.required:
                    raise Problem(
                        BadRequestData, f"The attribute '{rule.name}' has no value, and it is required."
                    )
                continue
            entity[rule.name] = _attribute(rule, value, namespace, observed)
        self._place(entity)
        return Mapped(entity, tuple(self._notes))

    def _observed(self) -> Instant | None:
        rule = self._mapping.observed
        if rule is None:
            return None
        value = _first(self._record, rule.origin, self._mapping.nulls)
        try:
            return None if value is None else moment_of(value, rule.layout, self._zone, self._fold)
        except Problem as problem:
            self._notes.append(("unreadable", "observedAt", problem.detail))
            return None

    def _place(self, entity: JsonObject) -> None:
        rule = self._mapping.location
        if rule is None:
            return
        try:
            setting = self._setting
            found = locate(self._record, rule.ways, setting.axes or rule.axes, setting.area, setting.around)
        except Problem as problem:
            if rule.required:
                raise
            self._notes.append(("unreadable", "location", problem.detail))
            return
        if found is None:
            if rule.required:
                raise Problem(BadRequestData, "The record has no place, and it is required.")
            return
        if found.swapped:
            self._notes.append(("swapped", "location", ""))
        if found.outside:
            self._notes.append(("outside", "location", str(found.geometry["coordinates"])[:100]))
        entity["location"] = {"type": "GeoProperty", "value": found.geometry}

    def _value(self, rule: AttributeRule) -> Json:
        """The value of an attribute; None where there is none."""
        try:
            match rule.origin:
                case Constant(value):
                    return value
                case Field() as field:
                    found = _first(self._record, field, self._mapping.nulls)
                    return None if found is None else self._read(rule, found)
                case Sum(plus, minus):
                    return self._sum(rule, plus, minus)
                case Flags(words):
                    raised = [word for path, word in words if _flag(value_at(self._record, path))]
                    return raised or None
                case Members(rules):
                    pairs = ((each.name, self._value(each)) for each in rules)
                    return {name: value for name, value in pairs if value is not None} or None
        except Problem as problem:
            self._notes.append(("unreadable", rule.name, problem.detail))
            return None

    def _sum(self, rule: AttributeRule, plus: Iterable[Path], minus: Iterable[Path]) -> Json:
        total = Decimal(0)
        for sign, paths in ((1, plus), (-1, minus)):
            for path in paths:
                value = value_at(self._record, path)
                if _is_null(value, self._mapping.nulls):
                    return None
                total += sign * number_of(value, rule.mark)
        return self._measured(rule, total)

    def _read(self, rule: AttributeRule, value: Json) -> Json:
        if rule.words is not None:
            return self._worded(rule, value)
        match rule.read:
            case "text":
                return _text(value)
            case "number" | "integer":
                return self._measured(rule, number_of(value, rule.mark))
            case "boolean":
                return _boolean(value)
            case "moment":
                moment = moment_of(value, rule.layout, self._zone, self._fold)
                return {"@type": "DateTime", "@value": shortened(moment)}
            case "day":
                return {"@type": "Date", "@value": day_of(value, rule.layout)}
            case "list":
                return _list(value, rule.separator)
            case "json":
                return _bounded(value)

    def _worded(self, rule: AttributeRule, value: Json) -> Json:
        words = rule.words or {}
        if rule.read == "list":
            items = _list(value, rule.separator) or []
            found = [self._word(rule, words, item) for item in items]
            return [
                each for n, each in enumerate(found) if each is not None and each not in found[:n]
            ] or None
        return self._word(rule, words, value)

    def _word(self, rule: AttributeRule, words: Dictionary[str, Json], value: Json) -> Json:
        word = word_of(value)
        if word in words:
            return None if words[word] == "" else words[word]  # "" in a dictionary: known to say nothing
        if rule.otherwise is None:
            self._notes.append(("unknown word", rule.name, quoted(value, 100)))
        return rule.otherwise

    def _measured(self, rule: AttributeRule, number: Decimal) -> Json:
        if rule.given is not None and rule.wanted is not None:
            number = converted(number, rule.given, rule.wanted)
        number = number * rule.scale.factor + rule.scale.offset
        if rule.digits is not None:
            number = round(number, rule.digits)
        if rule.read == "integer" and number != number.to_integral_value():
            raise Problem(BadRequestData, f"{number} is not a whole number.")
        if (rule.least is not None and number < rule.least) or (rule.most is not None and number > rule.most):
            self._notes.append(("out of range", rule.name, str(number)[:60]))
            return None
        return plain(number)


def _attribute(rule: AttributeRule, value: Json, namespace: str, observed: Instant | None) -> Json:
    attribute: JsonObject
    if rule.target is None:
        attribute = {"type": "Property", "value": value}
    else:
        attribute = {"type": "Relationship", "object": entity_id(rule.target, namespace, foreign_id(value))}
    if rule.wanted is not None:
        attribute["unitCode"] = rule.wanted.code
    if rule.live and observed is not None:
        attribute["observedAt"] = shortened(observed)
    return attribute


def _first(record: JsonObject, field: Field, nulls: frozenset[str]) -> Json:
    for path in field.paths:
        value = value_at(record, path)
        if not _is_null(value, nulls):
            return value
    return None


def _is_null(value: Json, nulls: frozenset[str]) -> bool:
    match value:
        case None:
            return True
        case str():
            return not value.strip() or (bool(nulls) and word_of(value) in nulls)
        case int() | float():
            return bool(nulls) and word_of(value) in nulls
        case _:
            return False


def _text(value: Json) -> str:
    match value:
        case str() if len(value) <= MOST_TEXT:
            return value.strip()
        case int() | float() if not isinstance(value, bool):
            return str(int(value)) if float(value).is_integer() else str(value)
        case _:
            raise Problem(BadRequestData, f"{quoted(value)} is not a text of at most {MOST_TEXT} characters.")


def _boolean(value: Json) -> bool:
    word = word_of(value)
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise Problem(BadRequestData, f"{quoted(value)} is neither true nor false.")


def _flag(value: Json) -> bool:
    return word_of(value) in TRUE


def _list(value: Json, separator: str) -> list[Json] | None:
    items: list[Json]
    match value:
        case list():
            items = [_scalar(each) for each in value[: MOST_LIST + 1] if each is not None]
        case str():
            items = [item.strip() for item in value[: MOST_TEXT + 1].split(separator) if item.strip()]
        case _:
            items = [value]
    if len(items) > MOST_LIST or (isinstance(value, str) and len(value) > MOST_TEXT):
        raise Problem(BadRequestData, f"The list has more than {MOST_LIST} members.")
    return items or None


def _scalar(value: Json) -> Json:
    if isinstance(value, list | dict):
        raise Problem(BadRequestData, f"The list holds {quoted(value)}.")
    return value


def _bounded(value: Json) -> Json:
    if depth_of(value, DEEPEST_JSON + 1) > DEEPEST_JSON:
        raise Problem(BadRequestData, f"The value is nested deeper than {DEEPEST_JSON} levels.")
    return value


def describe(note: Note) -> str:
    """A note as a sentence.

    >>> describe(("unknown word", "status", "'EN PANNE'"))
    "status: the word 'EN PANNE' is not in the dictionary"
    """
    kind, where, value = note
    match kind:
        case "unreadable":
            return f"{where}: {value}"
        case "out of range":
            return f"{where}: {value} is out of range"
        case "unknown word":
            return f"{where}: the word {value} is not in the dictionary"
        case "swapped":
            return "location: longitude and latitude stood in each other's place"
        case "outside":
            return f"location: {value} lies outside the area of the source"
