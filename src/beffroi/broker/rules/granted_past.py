"""What a grant lets its holder see of the past of an entity: the traces of its changes, cut (clause 4.5.6).

The strict way: of what happened while the entity was of a type that was bought, the attributes that were
bought, and, where an area was, only what happened since it came into the area for the last time. A trace of
which nothing is left does not exist.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias, cast

from beffroi.broker.rules.entity.entity import LOCATION, Attributes, Entity
from beffroi.broker.rules.granted import SCOPE_NAME, area_test
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import Json, JsonObject, decode_object, encode

Lies: TypeAlias = Literal["inside", "outside", "unsaid"]


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


def place_test(grant: Grant) -> Callable[[bytes], Lies]:
    """Compile a test of where an entity lies after a change; `unsaid` where that did not move it."""
    lies_within = area_test(grant.area)

    def lies(trace: bytes) -> Lies:
        if b"location" not in trace and b'"deleted"' not in trace:
            return "unsaid"
        body = decode_object(trace)
        if is_deletion(body):
            return "outside"
        changed = cast("Attributes", cast("object", body.get("changed") or {}))
        if LOCATION not in changed:
            return "unsaid"
        moved: Entity = {"id": "", "type": [], "attrs": {LOCATION: changed[LOCATION]}}
        return "inside" if lies_within(moved) else "outside"

    return lies


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
