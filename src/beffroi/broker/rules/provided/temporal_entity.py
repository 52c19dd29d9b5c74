"""Read the temporal representation of an entity, normalized or simplified (clauses 4.5.6 to 4.5.9)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, cast

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.context.keywords import check_keywords, refuse_twice
from beffroi.broker.rules.entity.attribute import is_null, read_attribute
from beffroi.broker.rules.entity.entity import VALUE_MEMBER, AttributeType, Instance
from beffroi.broker.rules.entity.expand import (
    MOST_ATTRIBUTES,
    NO_ATTRIBUTES,
    expand_attribute_name,
    read_id,
    read_scopes,
    read_types,
)
from beffroi.broker.rules.entity.expiry import expiries
from beffroi.broker.rules.entity.reading import Reading
from beffroi.broker.rules.names import bad, check_moment
from beffroi.broker.rules.temporal.evolution import SCOPE
from beffroi.broker.rules.temporal.represent_evolution import MANY
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, TooLarge

MOST_INSTANCES: Final = 10_000
"""Instances in one request."""

_PAIR: Final = 2
_WRAPPED: Final = frozenset({"languageMap", "vocab", "json"})
"""Members that the simplified representation leaves around their values."""

_NAMED: Final = frozenset({"type", "datasetId"})


class Given(NamedTuple):
    """An instance as a client gives it; `deleted` says that it stands for the deletion of its attribute."""

    instance: Instance
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class TemporalEntity:
    """What a client says of the past of an entity: the id is empty and the types are none where it does not
    say them."""

    id: str
    types: list[str]
    given: dict[str, list[Given]] = field(default_factory=dict[str, list[Given]])


def read_temporal_entity(body: JsonObject, context: Context) -> TemporalEntity:
    """Read an EntityTemporal, whole or a fragment. Raises Problem(BadRequestData), Problem(TooLarge)."""
    if len(body) > MOST_ATTRIBUTES:
        bad(f"The entity has more than {MOST_ATTRIBUTES} members.")
    if "expiresAt" in body:
        bad("The past of an entity cannot be given an expiresAt.")
    check_keywords(body, "The entity", context)
    given: dict[str, list[Given]] = {}
    count = 0
    for name, value in body.items():
        if name in NO_ATTRIBUTES and name != SCOPE:
            continue
        expanded = SCOPE if name == SCOPE else expand_attribute_name(name, context)
        if expanded in given:
            refuse_twice(body, name, context)
        given[expanded] = list(_instances(name, value, context))
        count += len(given[expanded])
        if count > MOST_INSTANCES:
            raise Problem(
                TooLarge, f"A request provides at most {MOST_INSTANCES} instances; this one has more."
            )
    return TemporalEntity(
        id=read_id(body) or "",
        types=read_types(body.get("type", body.get("@type")), context),
        given={name: instances for name, instances in given.items() if instances},
    )


def read_one_instance(name: str, expanded: str, body: JsonObject, context: Context) -> Given:
    """The new instance of an attribute: alone, or under the attribute's name (clause 5.6.14.3)."""
    if not body.keys().isdisjoint(VALUE_MEMBER.values()):
        return _scope(body) if expanded == SCOPE else _given(name, body, context)
    found = read_temporal_entity(body, context).given
    if set(found) != {expanded} or len(found[expanded]) != 1:
        bad(f"The body is to hold exactly one instance of the attribute '{name}'.")
    return found[expanded][0]


def _instances(name: str, value: Json, context: Context) -> Iterator[Given]:
    if name == SCOPE and _is_scope(value):
        yield _scope({"value": value})
        return
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            bad(f"Attribute '{name}' is neither an instance nor an array of instances.")
        for instance in _unfolded(name, each):
            yield _scope(instance) if name == SCOPE else _given(name, instance, context)


def _unfolded(name: str, body: JsonObject) -> Iterator[JsonObject]:
    """The instances of what may be simplified: pairs of value and moment (clause 4.5.9)."""
    given = body.get("type")
    kind = cast("AttributeType", given)
    many = MANY.get(kind, "") if isinstance(given, str) else ""
    if not many or many not in body or VALUE_MEMBER[kind] in body:
        yield body
        return
    pairs = body[many]
    if not isinstance(pairs, list) or not set(body) <= {*_NAMED, many}:
        bad(f"The {many} of attribute '{name}' are no array, or stand beside other members than datasetId.")
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != _PAIR:
            bad(f"The {many} of attribute '{name}' are no pairs of a value and a moment.")
        member = VALUE_MEMBER[kind]
        value = pair[0]
        wrapped = member in _WRAPPED and isinstance(value, dict) and set(value) == {member}
        plain = cast("JsonObject", value)[member] if wrapped else value
        named = {key: body[key] for key in _NAMED if key in body}
        yield {**named, member: plain, "observedAt": pair[1]}


def _given(name: str, body: JsonObject, context: Context) -> Given:
    if is_null(cast("Instance", body)):
        (read,) = read_attribute(name, body, Reading(context, fragment=True, nulls="whole"), 0)
        told = {"type", VALUE_MEMBER[read["type"]], "observedAt", "datasetId"}
        kept = {member: value for member, value in cast("JsonObject", read).items() if member in told}
        return Given(cast("Instance", kept), deleted=True)
    (instance,) = read_attribute(name, body, Reading(context), 0)
    if "expiresAt" in instance or expiries(instance.get("attrs", {})):
        bad(f"Attribute '{name}' has an expiresAt, which an instance of the past cannot be given.")
    return Given(instance)


def _is_scope(value: Json) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )


def _scope(body: JsonObject) -> Given:
    """Clause 4.5.6: a Property with nothing but moments."""
    scopes = read_scopes(body.get("value"))
    value = cast("Json", scopes[0] if len(scopes) == 1 else scopes)
    instance = Instance(type="Property", value=value)
    if "observedAt" in body:
        instance["observedAt"] = check_moment(body["observedAt"], "The observedAt of the scope")
    return Given(instance, deleted=not scopes)
