"""Take out of traces what was deleted of the past (clauses 5.6.13 to 5.6.16): what is hidden is not kept."""

from typing import Final, TypeAlias, cast

from beffroi.broker.rules.entity.entity import LOCATION, AttributeType, Instance
from beffroi.broker.rules.provided.provided import Provided
from beffroi.broker.rules.temporal.evolution import SCOPE, Event, deletion, scope_event
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, decode_object, encode

MOVED: Final = "moved"
"""A trace says so where something of the place was taken out: for who may see only what happened in an area,
it is a place outside."""

_Gone: TypeAlias = dict[str, list[tuple[AttributeType, str]]]


def erased(provided: Provided, at: Instant, trace: bytes) -> bytes:
    """A trace from that moment without what is not to be seen; the very same bytes where nothing is."""
    body = decode_object(trace)
    left: JsonObject = {**body}
    gone = _gone(provided, at, body)
    if gone is not None:
        left["gone"] = cast("Json", gone)
    changed = _changed(provided, at, body, left, gone or {})
    if changed is not None:
        left["changed"] = cast("Json", changed)
    scope = body.get(SCOPE)
    if isinstance(scope, list) and provided.hides(scope_event(cast("list[str]", scope), at)):
        del left[SCOPE]
    written = encode(left)
    return trace if decode_object(written) == body else written


def _changed(
    provided: Provided, at: Instant, body: JsonObject, left: JsonObject, gone: _Gone
) -> dict[str, list[Instance]] | None:
    """The instances that stay; those that a trace repeats go as those do that it is about."""
    found = cast("dict[str, list[Instance]] | None", body.get("changed"))
    if not found:
        return None
    went = cast("dict[str, Json]", body.get("gone") or {})
    kept: dict[str, list[Instance]] = {}
    for name, instances in found.items():
        stay = [each for each in instances if not provided.hides(_event(name, each, at))]
        # an attribute without instances tells of its deletion, even where `gone` does not name it
        told = name in gone if name in went else not provided.hides(deletion(name, "Property", "", at))
        if stay or (not instances and told):
            kept[name] = stay
        if name == LOCATION and (len(stay) < len(instances) or not (instances or told)):
            left[MOVED] = True
    return kept


def _gone(provided: Provided, at: Instant, body: JsonObject) -> _Gone | None:
    found = cast("_Gone | None", body.get("gone"))
    if not found:
        return None
    kept: _Gone = {
        name: [(kind, of) for kind, of in went if not provided.hides(deletion(name, kind, of, at))]
        for name, went in found.items()
    }
    return {name: went for name, went in kept.items() if went}


def _event(name: str, instance: Instance, at: Instant) -> Event:
    return Event(name, instance, min(Instant(instance.get("modifiedAt", at)), at))
