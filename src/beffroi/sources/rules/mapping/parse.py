"""Read a mapping file, decoded from TOML or JSON, into a Mapping; refuse what is not in the format."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from hashlib import blake2b
from typing import TypeVar

from beffroi.kernel.json import Json, JsonObject, decode_object, encode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.unit import Unit, check_same_quantity, unit_of
from beffroi.sources.rules.mapping.format import (
    AttributeRule,
    Constant,
    Field,
    Flags,
    Location,
    Mapping,
    Members,
    Observed,
    Origin,
    ReadAs,
    Scale,
    Skip,
    Sum,
)
from beffroi.sources.rules.mapping.identity import check_name
from beffroi.sources.rules.mapping.moment import ISO, Fold, check_layout, zone_of
from beffroi.sources.rules.mapping.number import Mark, number_of
from beffroi.sources.rules.mapping.path import Path, path_of
from beffroi.sources.rules.mapping.place import AXES, Axes, Coordinates, Geometry, Order, Pair, Whereabouts

MOST_BYTES = 100_000
MOST_ATTRIBUTES = 200
MOST_WORDS = 2_000
DEEPEST = 3
ChoiceT = TypeVar("ChoiceT", bound=str)

READS: tuple[ReadAs, ...] = ("text", "number", "integer", "boolean", "moment", "day", "list", "json")
FOLDS: tuple[Fold, ...] = ("refuse", "earlier", "later")
MARKS: tuple[Mark, ...] = ("auto", ".", ",")
LANGUAGES = ("en", "fr")
ORDERS: tuple[Order, ...] = ("lon-lat", "lat-lon")

TOP = ("name", "title", "type", "id", "namespace", "zone", "fold", "nulls", "skip", "families", "topic",
       "observed", "location", "attributes", "note")  # fmt: skip
RULE = ("value", "field", "sum", "minus", "flags", "members", "read", "words", "otherwise", "unit", "code",
        "factor", "divide", "offset", "digits", "least", "most", "separator", "decimal", "layout", "live",
        "required", "target", "note")  # fmt: skip
ORIGINS = ("value", "field", "sum", "flags", "members")


def mapping_of(written: JsonObject) -> Mapping:
    """Read a mapping; every mistake is named. Raises Problem(BadRequestData)."""
    try:
        document = encode(written)
        written = decode_object(document)  # dates of TOML become texts, what is no JSON is refused
    except (TypeError, ValueError) as failure:
        raise _wrong("holds what is no JSON, or is nested too deep") from failure
    if len(document) > MOST_BYTES:
        raise _wrong(f"is larger than {MOST_BYTES} bytes")
    _check_members(written, TOP, "The mapping")
    name = check_name(_text(written, "name"), "name of a mapping")
    attributes = tuple(_attributes(written.get("attributes"), 0))
    location = _location(written["location"]) if "location" in written else None
    observed = _observed(written["observed"]) if "observed" in written else None
    identity = _field(written.get("id"), "id")
    skips = tuple(_skip(each) for each in _list(written.get("skip", []), "skip"))
    mapping = Mapping(
        name=name,
        titles=_titles(written),
        type=check_name(_text(written, "type"), "type"),
        id=identity,
        attributes=attributes,
        location=location,
        observed=observed,
        zone=zone_of(_text(written, "zone")) if "zone" in written else None,
        fold=_one_of(written.get("fold", "refuse"), FOLDS, "fold"),
        namespace=check_name(_text(written, "namespace"), "namespace") if "namespace" in written else None,
        nulls=frozenset(word_of(each) for each in _list(written.get("nulls", []), "nulls")),
        skips=skips,
        families=frozenset(_texts(written.get("families", []), "families")),
        topic=tuple(_texts(written.get("topic", []), "topic")),
        fingerprint=_fingerprint(written),
    )
    fields = dict[str, bool]()
    for path, needed in _paths(mapping):
        fields[str(path[0])] = needed or fields.get(str(path[0]), False)
    return replace(mapping, fields=fields)


def _fingerprint(written: JsonObject) -> str:
    meant = encode({name: each for name, each in written.items() if name not in ("title", "note")})
    return blake2b(meant, digest_size=12).hexdigest()


def word_of(value: Json) -> str:
    """A foreign value as a word that a dictionary can hold; upper and lower case do not matter.

    >>> word_of(True), word_of(3), word_of(" LIBRE ")
    ('true', '3', 'libre')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip().casefold()
        case float() if value.is_integer():
            return str(int(value))
        case dict() | list():
            return ""
        case _:
            return str(value).casefold()


def _attributes(written: Json, depth: int) -> Iterator[AttributeRule]:
    if not isinstance(written, dict) or not written or len(written) > MOST_ATTRIBUTES or depth > DEEPEST:
        raise _wrong(f"needs 1 to {MOST_ATTRIBUTES} attributes, members at most {DEEPEST} deep")
    for name, rule in written.items():
        if not isinstance(rule, dict):
            raise _wrong(f"has the attribute '{name}', which is not a table")
        _check_members(rule, RULE, f"The attribute '{name}'")
        try:
            yield _rule(check_name(name, "name of an attribute"), rule, depth)
        except Problem as problem:
            raise Problem(BadRequestData, f"Attribute '{name}': {problem.detail}") from problem


def _rule(name: str, rule: JsonObject, depth: int) -> AttributeRule:
    layout = _text(rule, "layout") if "layout" in rule else ISO
    check_layout(layout)
    given, wanted = _units(rule)
    default = "number" if given is not None or "sum" in rule else "text"
    return AttributeRule(
        name=name,
        origin=_origin(rule, depth),
        read=_one_of(rule.get("read", default), READS, "read"),
        words=_words(rule["words"]) if "words" in rule else None,
        otherwise=rule.get("otherwise"),
        given=given,
        wanted=wanted,
        scale=_scale(rule),
        digits=_digits(rule.get("digits")),
        least=_number(rule, "least"),
        most=_number(rule, "most"),
        separator=_text(rule, "separator") if "separator" in rule else ",",
        mark=_one_of(rule.get("decimal", "auto"), MARKS, "decimal"),
        layout=layout,
        live=rule.get("live", False) is True,
        required=rule.get("required", False) is True,
        target=check_name(_text(rule, "target"), "type") if "target" in rule else None,
    )


def _origin(rule: JsonObject, depth: int) -> Origin:
    named = [each for each in ORIGINS if each in rule]
    match named:
        case ["value"]:
            return Constant(rule["value"])
        case ["field"]:
            return _field(rule["field"], "field")
        case ["sum"]:
            minus = tuple(path_of(each) for each in _list(rule.get("minus", []), "minus"))
            return Sum(tuple(path_of(each) for each in _list(rule["sum"], "sum")), minus)
        case ["flags"]:
            flags = _object(rule["flags"], "flags")
            return Flags(tuple((path_of(path), word) for path, word in flags.items()))
        case ["members"]:
            return Members(tuple(_attributes(rule["members"], depth + 1)))
        case _:
            raise _wrong(f"needs exactly one of {', '.join(ORIGINS)}")


def _field(written: Json, what: str) -> Field:
    """A path, or `{first = [paths]}`."""
    match written:
        case {"first": list(paths)} if paths:
            return Field(tuple(path_of(each) for each in paths))
        case str() | list():
            return Field((path_of(written),))
        case _:
            raise _wrong(f"needs '{what}', a path or {{first = [paths]}}")


def _units(rule: JsonObject) -> tuple[Unit | None, Unit | None]:
    if "unit" not in rule and "code" not in rule:
        return None, None
    given = unit_of(_text(rule, "unit" if "unit" in rule else "code"))
    wanted = unit_of(_text(rule, "code")) if "code" in rule else given
    # a stated factor may change the quantity, such as ppb to µg/m³; the units then only name both ends
    if "factor" not in rule and "divide" not in rule:
        check_same_quantity(given, wanted)
    return (given, wanted) if given.quantity == wanted.quantity else (wanted, wanted)


def _scale(rule: JsonObject) -> Scale:
    factor, offset = _number(rule, "factor"), _number(rule, "offset")
    divisor = _number(rule, "divide")
    if divisor == 0 or factor == 0:
        raise _wrong("multiplies or divides by zero")
    return Scale((factor or Decimal(1)) / (divisor or Decimal(1)), offset or Decimal(0))


def _digits(written: Json) -> int | None:
    if written is None:
        return None
    if isinstance(written, int) and not isinstance(written, bool) and 0 <= written <= 12:
        return written
    raise _wrong("has 'digits', which is not a whole number from 0 to 12")


def _words(written: Json) -> dict[str, Json]:
    words = _object(written, "words")
    if len(words) > MOST_WORDS:
        raise _wrong(f"has more than {MOST_WORDS} words")
    return {word_of(word): value for word, value in words.items()}


def _location(written: Json) -> Location:
    location = _object(written, "location")
    _check_members(location, ("ways", "axes", "required"), "The location")
    ways = tuple(_way(each) for each in _list(location.get("ways"), "location.ways"))
    axes: Axes = _one_of(location.get("axes", "check"), AXES, "axes")
    return Location(ways, axes, location.get("required", False) is True)


def _way(written: Json) -> Whereabouts:
    match written:
        case {"longitude": east, "latitude": north, **rest} if not rest:
            return Coordinates(path_of(east), path_of(north))
        case {"pair": pair, "order": order, **rest} if not rest:
            return Pair(path_of(pair), _one_of(order, ORDERS, "order"))
        case {"geometry": geometry, **rest} if not rest:
            return Geometry(path_of(geometry))
        case _:
            raise _wrong(
                "has a way to a place that is none of {longitude, latitude}, {pair, order}, {geometry}"
            )


def _observed(written: Json) -> Observed:
    observed = _object(written, "observed")
    _check_members(observed, ("field", "layout"), "'observed'")
    layout = _text(observed, "layout") if "layout" in observed else ISO
    check_layout(layout)
    return Observed(_field(observed.get("field"), "field"), layout)


def _skip(written: Json) -> Skip:
    skip = _object(written, "skip")
    _check_members(skip, ("field", "is", "because"), "'skip'")
    words = frozenset(word_of(each) for each in _list(skip.get("is"), "is"))
    return Skip(path_of(skip.get("field")), words, _text(skip, "because"))


def _paths(mapping: Mapping) -> Iterator[tuple[Path, bool]]:
    """Every path that a mapping reads, and whether it cannot do without it."""
    yield from _each(mapping.id.paths, needed=True)
    if mapping.observed is not None:
        yield from _each(mapping.observed.origin.paths, needed=False)
    for skip in mapping.skips:
        yield skip.field, False
    if mapping.location is not None:
        ways = mapping.location.ways
        for way in ways:
            needed = mapping.location.required and len(ways) == 1
            match way:
                case Coordinates(east, north):
                    yield from _each((east, north), needed=needed)
                case Pair(path, _) | Geometry(path):
                    yield path, needed
    for rule in mapping.attributes:
        yield from _rule_paths(rule)


def _rule_paths(rule: AttributeRule) -> Iterator[tuple[Path, bool]]:
    match rule.origin:
        case Constant():
            return
        case Field(paths):
            yield from _each(paths, needed=rule.required)
        case Sum(plus, minus):
            yield from _each((*plus, *minus), needed=rule.required)
        case Flags(words):
            yield from _each((path for path, _ in words), needed=False)
        case Members(rules):
            for each in rules:
                yield from _rule_paths(each)


def _each(paths: Iterable[Path], *, needed: bool) -> Iterator[tuple[Path, bool]]:
    all_paths = tuple(paths)
    for path in all_paths:
        yield path, needed and len(all_paths) == 1


def _check_members(written: JsonObject, known: tuple[str, ...], what: str) -> None:
    for name in written:
        if name not in known:
            raise Problem(BadRequestData, f"{what} has the unknown member '{name[:60]}'.")


def _number(rule: JsonObject, name: str) -> Decimal | None:
    return number_of(rule[name], ".") if name in rule else None


def _text(written: JsonObject, name: str) -> str:
    match written.get(name):
        case str(text) if text:
            return text
        case _:
            raise _wrong(f"has no usable '{name}', which is a text")


def _titles(written: JsonObject) -> dict[str, str]:
    """A text in each language; or one text, which nobody has translated."""
    titles = written.get("title")
    if not isinstance(titles, dict):
        return {"": _text(written, "title")}
    _check_members(titles, LANGUAGES, "The title of the mapping")
    missing = [code for code in LANGUAGES if code not in titles]
    if missing:
        raise _wrong(f"has no title in the language '{missing[0]}'")
    return {code: _text(titles, code) for code in LANGUAGES}


def _texts(written: Json, name: str) -> list[str]:
    return [text for text in _list(written, name) if isinstance(text, str)]


def _list(written: Json, name: str) -> list[Json]:
    if isinstance(written, list) and len(written) <= MOST_WORDS:
        return written
    raise _wrong(f"has no usable '{name}', which is a list")


def _object(written: Json, name: str) -> JsonObject:
    if isinstance(written, dict) and written:
        return written
    raise _wrong(f"has no usable '{name}', which is a table")


def _one_of(written: Json, choices: tuple[ChoiceT, ...], name: str) -> ChoiceT:
    for choice in choices:
        if choice == written:
            return choice
    raise _wrong(f"has '{name}', which is none of {', '.join(choices)}")


def _wrong(sentence: str) -> Problem:
    return Problem(BadRequestData, f"The mapping {sentence}.")
