"""What a grant lets its holder see of the past of an entity: the traces of its changes, cut (clause 4.5.6).

The strict way: of what happened while the entity was of a type that was bought, the attributes that were
bought, and, where an area was, only what happened since it came into the area for the last time. A trace of
which nothing is left does not exist.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal, TypeAlias, cast

from beffroi.broker.rules.entity.entity import LOCATION, Attributes, Entity, Instance
from beffroi.broker.rules.granted import SCOPE_NAME, area_test
from beffroi.broker.rules.provided.erase import MOVED
from beffroi.broker.rules.provided.instance import Stated
from beffroi.broker.rules.provided.provided import Provided
from beffroi.broker.rules.temporal.evolution import SCOPE
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject, decode_object, encode

Lies: TypeAlias = Literal["inside", "outside", "unsaid"]
LiesTest: TypeAlias = Callable[[bytes], Lies]
"""Where an entity lies after the change that left this trace."""


def cut_trace(at: Instant, trace: bytes, grant: Grant) -> bytes | None:
    """A trace from that moment as the holder sees it; None for one that shows nothing of what was bought."""
    body = decode_object(trace)
    types = bought_types(body, grant)
    if not types or at < grant.past:
        return None
    cut: JsonObject = {"type": cast("Json", types)}
    changed = _observed_since(_bought(body, "changed", grant), grant)
    went = _bought(body, "gone", grant)
    if "scope" in body and (grant.attributes is None or SCOPE_NAME in grant.attributes):
        cut["scope"] = body["scope"]
    if body.get("deleted") is True:
        cut.update({"deleted": True, "createdAt": body.get("createdAt", "")})
    elif not changed and not went and "scope" not in cut:
        return None
    cut.update({"changed": changed, "gone": went})
    return encode(cut)


def bought_types(body: JsonObject, grant: Grant) -> list[str]:
    """Those of the types that an entity had after a change that were bought."""
    types = body.get("type")
    return [str(name) for name in types if name in grant.types] if isinstance(types, list) else []


def is_deletion(body: JsonObject) -> bool:
    return body.get("deleted") is True


def place_test(grant: Grant) -> LiesTest:
    """Compile a test of where an entity lies after a change; `unsaid` where that did not move it."""
    lies_within = area_test(grant.area)

    def lies(trace: bytes) -> Lies:
        if not any(word in trace for word in (b"location", b'"deleted"', b'"moved"')):
            return "unsaid"
        body = decode_object(trace)
        if is_deletion(body) or MOVED in body:
            return "outside"
        changed = cast("Attributes", cast("object", body.get("changed") or {}))
        if LOCATION not in changed:
            return "unsaid"
        moved: Entity = {"id": "", "type": [], "attrs": {LOCATION: changed[LOCATION]}}
        return "inside" if lies_within(moved) else "outside"

    return lies


def placed_trace(location: Instance) -> bytes:
    """A trace that says no more than this location."""
    return encode({"changed": {LOCATION: [cast("Json", location)]}})


def cut_provided(provided: Provided, grant: Grant) -> Provided:
    """What was provided of the past of an entity, as the holder sees it: the types and attributes that were
    bought. What is hidden of its own past is hidden from them, too."""
    return replace(
        provided,
        types=tuple(name for name in provided.types if name in grant.types),
        modified_at="",
        series=tuple(series for series in provided.series if _is_bought(series.name, grant)),
        doomed=(),
        erasing=None,
    )


def cut_instances(instances: Iterable[Stated], since: Instant, grant: Grant) -> list[Stated]:
    """Those of provided instances that stand since a moment, and since the beginning of what was bought."""
    return [
        each for each in instances if each.moment >= max(since, grant.past) and each.written_at >= grant.past
    ]


def entered_at(places: Iterable[tuple[Instant, Lies]]) -> Instant | None:
    """Since when an entity has been in the area, by the places that are known of it, the newest first; None
    where they do not say that it is."""
    entered: Instant | None = None
    for moment, lies in places:
        if lies == "outside":
            break
        entered = moment
    return entered


def _is_bought(name: str, grant: Grant) -> bool:
    return grant.attributes is None or (SCOPE_NAME if name == SCOPE else name) in grant.attributes


def _bought(body: JsonObject, member: str, grant: Grant) -> JsonObject:
    found = body.get(member)
    if not isinstance(found, dict):
        return {}
    names = grant.attributes
    return found if names is None else {name: value for name, value in found.items() if name in names}


def _observed_since(changed: JsonObject, grant: Grant) -> JsonObject:
    """Without instances that were observed before the period that was bought."""
    if not grant.past:
        return changed
    kept: JsonObject = {}
    for name, instances in changed.items():
        found = cast("list[JsonObject]", instances)
        left = [each for each in found if _is_since(each.get("observedAt"), grant)]
        if left or not found:
            kept[name] = cast("Json", left)
    return kept


def _is_since(observed_at: Json, grant: Grant) -> bool:
    moment = parse_instant(observed_at) if isinstance(observed_at, str) else None
    return moment is None or moment >= grant.past
