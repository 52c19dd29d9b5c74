"""What a grant lets its holder see of an entity, and of a change to one.

An entity is cut before anything is asked of it, so that a condition on a hidden attribute finds what it
finds where there is no such attribute. An attribute is shown whole, its sub-attributes included.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias, cast

from beffroi.broker.rules.entity.entity import LOCATION, Attributes, Entity
from beffroi.broker.rules.geo.geo import geo_matcher
from beffroi.broker.rules.geo.geometry import box_of, check_geometry
from beffroi.broker.rules.query.query import GeoQuery
from beffroi.broker.rules.subscription.audience import sides
from beffroi.kernel.geometry import Box
from beffroi.kernel.grant import Grant
from beffroi.kernel.json import JsonObject, decode_object, encode
from beffroi.kernel.problem import Problem, TooComplexQuery
from beffroi.kernel.record import Record

Cut: TypeAlias = Callable[[Entity], Entity | None]

SCOPE_NAME = "https://uri.etsi.org/ngsi-ld/scope"
"""A grant that names attributes shows scopes where it names this."""


def visible(entity: Entity, grant: Grant) -> Entity | None:
    """The entity as the holder of the grant sees it; None if it does not exist for them.

    Types that the grant does not name are left out. Where it names attributes, the entity's modifiedAt is
    that of the newest attribute to be seen: the moment of a hidden change is hidden too.
    """
    return cutter(grant)(entity)


@lru_cache(maxsize=256)
def cutter(grant: Grant) -> Cut:
    """`visible` for one grant, compiled. Gives the entity itself back where nothing is to be cut."""
    types, names = grant.types, grant.attributes
    lies_within = area_test(grant.area) if grant.area else None

    def cut(entity: Entity) -> Entity | None:
        if types.isdisjoint(entity["type"]):
            return None
        if lies_within is not None and not lies_within(entity):
            return None
        if names is not None:
            entity = _with_attributes(entity, names)
        if types.issuperset(entity["type"]):
            return entity
        return {**entity, "type": [name for name in entity["type"] if name in types]}

    return cut


_BEFORE_ID = len(b'{"id":"')


def heads(grant: Grant) -> tuple[bytes, ...]:
    """What stands behind the id in the documents of entities with one type that `visible` gives back as they
    are, whatever else they hold; nothing where attributes or an area decide."""
    if grant.area or grant.attributes is not None:
        return ()
    return tuple(b'","type":%b,"attrs":' % encode([name]) for name in sorted(grant.types))


def is_whole(record: Record, heads: tuple[bytes, ...]) -> bool:
    """Whether the document of an entity tells, before it is decoded, that all of it is seen.

    An id that is written otherwise in JSON tells nothing: no text of JSON has a quotation mark inside.
    """
    return record.document.startswith(heads, _BEFORE_ID + len(record.key.id))


def area_box(grant: Grant) -> Box | None:
    """The bounding box of the grant's area; None for everywhere."""
    return box_of(decode_object(grant.area.encode())) if grant.area else None


def cut_change(event: JsonObject, cut: Cut) -> JsonObject | None:
    """A change event (`audience.events`) as the holder sees it; None if they see nothing of it.

    What moves into the area of a grant is created for its holder, what leaves it is deleted.
    """
    before, after = cast("Entity | None", event["before"]), cast("Entity | None", event["after"])
    if before is not None and after is not None:
        created = cast("list[str]", event.get("created", []))
        kept = {name: found for name, found in after["attrs"].items() if name not in created}
        before = _whole(before, kept)
    seen_before = cut(before) if before is not None else None
    seen_after = cut(after) if after is not None else None
    if seen_before is None and seen_after is None:
        return None
    if seen_before is not None and seen_after is not None and seen_before["attrs"] == seen_after["attrs"]:
        return None
    return {"tenant": event["tenant"], "at": event["at"], **sides(seen_before, seen_after)}


def _whole(before: Entity, kept: Attributes) -> Entity:
    """What an entity was before an update, with the attributes that did not change."""
    return {**before, "attrs": {**kept, **before["attrs"]}}


def _with_attributes(entity: Entity, names: frozenset[str]) -> Entity:
    attrs = {name: found for name, found in entity["attrs"].items() if name in names}
    shown: Entity = {**entity, "attrs": attrs}
    if SCOPE_NAME not in names:
        shown.pop("scope", None)
    newest = _newest(attrs, entity.get("createdAt", ""))
    if newest:
        shown["modifiedAt"] = newest
    return shown


def _newest(attrs: Attributes, created_at: str) -> str:
    moments = [instance.get("modifiedAt", "") for found in attrs.values() for instance in found]
    return max(moments, default=created_at) or created_at


def area_test(area: str) -> Callable[[Entity], bool]:
    """Compile a test of whether an entity's location touches an area (GeoJSON); one that takes too long to
    compare touches none."""
    geometry = decode_object(area.encode())
    check_geometry(geometry)
    touches = geo_matcher(GeoQuery("intersects", geometry, LOCATION))

    def lies_within(entity: Entity) -> bool:
        try:
            return any(
                instance["type"] == "GeoProperty" and touches(instance.get("value"))
                for instance in entity["attrs"].get(LOCATION, ())
            )
        except Problem as problem:
            if problem.kind is TooComplexQuery:
                return False
            raise

    return lies_within
