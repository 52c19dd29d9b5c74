"""Expand and compact what stands inside values: the keys of objects, vocabulary terms (clause 5.5.7)."""

from typing import TypeAlias, cast

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.context.reserved import VALUE_NAMES
from beffroi.broker.rules.entity.entity import NULL
from beffroi.broker.rules.names import bad
from beffroi.kernel.json import Json, JsonObject

DEEPEST = 64
_SCALARS = frozenset({str, int, float, bool})
_LITERAL = ("@value", "@type", "@json", "@id", "@language", "@list", "@set", "@none")
Vocab: TypeAlias = "str | list[str]"


def expand_value(value: Json, context: Context, where: str, depth: int = 0) -> Json:
    """Expand the keys of objects in a Property's value, at any depth.

    `id`, `type` and keywords stay, and so does a JSON-LD value object. Raises Problem(BadRequestData)
    for null and for more than DEEPEST levels.
    """
    if isinstance(value, (str, int, float)):
        return value
    if depth > DEEPEST:
        bad(f"The value of {where} is nested deeper than {DEEPEST} levels.")
    if isinstance(value, list):
        return [
            item if item.__class__ in _SCALARS else expand_value(item, context, where, depth + 1)
            for item in value
        ]
    if value is None:
        bad(f"The value of {where} holds null; NGSI-LD has no null (clause 4.5.0).")
    if "@value" in value:
        return value
    return {
        _key(name, context): item
        if item.__class__ in _SCALARS
        else expand_value(item, context, where, depth + 1)
        for name, item in value.items()
    }


def compact_value(value: Json, context: Context) -> Json:
    """The reverse of `expand_value` with the reader's context."""
    if isinstance(value, dict):
        if "@value" in value:
            return value
        return {_name(key, context): compact_value(item, context) for key, item in value.items()}
    if isinstance(value, list):
        return [compact_value(item, context) for item in value]
    return value


def expand_vocab(value: Json, context: Context, where: str) -> Vocab:
    """Expand the terms of a VocabProperty or an objectType: a string or an array of strings."""
    if isinstance(value, str):
        return value if value == NULL else context.expand(value)
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return [context.expand(item) for item in cast("list[str]", value)]
    bad(f"{where} is not a string and not an array of strings.")


def compact_vocab(value: Vocab, context: Context) -> Json:
    """The reverse of `expand_vocab`; an array of one stays an array."""
    return context.compact(value) if isinstance(value, str) else [context.compact(item) for item in value]


def without_nulls(value: Json) -> Json:
    """What a merge leaves of a new value: members whose value is the NGSI-LD Null are not there."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item != NULL}
    return value


def holds_null(value: Json, depth: int = 0) -> bool:
    """True if some member of an object in `value` is the NGSI-LD Null (clause 5.5.4)."""
    if isinstance(value, dict):
        return any(item == NULL or holds_null(item, depth + 1) for item in value.values())
    if isinstance(value, list):
        return any(item == NULL or holds_null(item, depth + 1) for item in value)
    return False


def holds_null_in_array(value: Json) -> bool:
    """True if the NGSI-LD Null stands in an array, at any depth, where a merge would store it."""
    if isinstance(value, dict):
        return any(holds_null_in_array(item) for item in value.values())
    return isinstance(value, list) and holds_null(value)


def merged(stored: Json, asked: Json) -> Json:
    """Merge two values of a Property: into objects at any depth, null removes (clause 5.5.12).

    >>> merged({"city": "Lille", "country": "FR"}, {"city": "Roubaix", "country": "urn:ngsi-ld:null"})
    {'city': 'Roubaix'}
    """
    if not isinstance(asked, dict) or not isinstance(stored, dict):
        return without_nulls(asked)
    result: JsonObject = dict(stored)
    for name, value in asked.items():
        if value == NULL:
            result.pop(name, None)
        else:
            result[name] = merged(result[name], value) if name in result else without_nulls(value)
    return result


def _key(name: str, context: Context) -> str:
    if name in {"id", "type"} or name in _LITERAL:
        return name
    return context.expand(name)


def _name(key: str, context: Context) -> str:
    if ":" not in key:
        return key
    name = context.compact(key)
    return key if name in VALUE_NAMES else name
