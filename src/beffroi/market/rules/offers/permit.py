"""Permits: which data of this node a party may sell. Without one it sells none.

    permit  party id  {"party": ..., "data": [{"tenant": "", "types": ["Room"]}], "at": ..., "by": ...}

An operator gives them; `*` among the types means every type of the tenant. What names entity types or a
tenant, a productSpecification or an offering, is held to them when it is written and when it is published.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Forbidden, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.documents.behaviour import Scene
from beffroi.market.rules.documents.visibility import Actor

KIND: Final = "permit"
EVERY: Final = "*"
PUBLISHERS: Final = frozenset({"operate", "write"})
"""Rights that include selling: an operator's, and a program's that writes the node's own data."""

MOST_TENANTS: Final = 100
MOST_TYPES: Final = 500
LONGEST: Final = 1_000
_SPECIFIED: Final = "productSpecCharacteristic"
_USED: Final = "prodSpecCharValueUse"


def permit_key(party: str) -> Key:
    """The record of what a party may sell."""
    return Key("", KIND, party)


def permit_of(party: str, given: Json, by: str, now: Instant) -> JsonObject:
    """A permit. Raises Problem(BadRequestData) for what is no list of tenants with types."""
    rows = given if isinstance(given, list) else None
    if rows is None or len(rows) > MOST_TENANTS:
        raise Problem(BadRequestData, f"The member 'data' is no list of at most {MOST_TENANTS} objects.")
    data: list[Json] = [_row(each) for each in rows]
    return {"party": party, "data": data, "at": now, "by": by}


def types_of(permit: JsonObject) -> list[str]:
    """The types of a permit; those of a tenant with its name before them.

    >>> types_of({"data": [{"tenant": "", "types": ["Room"]}, {"tenant": "school", "types": ["*"]}]})
    ['Room', 'school:*']
    """
    return [
        f"{row['tenant']}:{each}" if row["tenant"] else str(each)
        for row in objects_in(permit["data"])
        for each in _listed(row["types"])
    ]


def permits(permit: Mapping[str, Json] | None, tenant: str, type: str, expand: Callable[[str], str]) -> bool:
    """Whether a permit covers a type of a tenant.

    >>> rooms = {"data": [{"tenant": "", "types": ["Room"]}]}
    >>> permits(rooms, "", "Room", str), permits(rooms, "school", "Room", str), permits(None, "", "Room", str)
    (True, False, False)
    """
    for row in objects_in((permit or {}).get("data")):
        if row["tenant"] == tenant:
            types = {str(each) for each in _listed(row["types"])}
            if EVERY in types or expand(type) in {expand(each) for each in types}:
                return True
    return False


def permit_keys(*documents: JsonObject) -> list[Key]:
    """The permits of the parties of documents."""
    ids = [each.get("id") for body in documents for each in objects_in(body.get("relatedParty"))]
    return [permit_key(id) for id in dict.fromkeys(ids) if isinstance(id, str)]


def check_permitted(documents: Sequence[JsonObject], scene: Scene) -> None:
    """Raise Problem(Forbidden) where documents of the catalogue sell data that who writes them may not."""
    actor = scene.actor
    if actor is None or PUBLISHERS.intersection(actor.may):
        return
    specified, used = (
        [each for body in documents for each in objects_in(body.get(name))] for name in (_SPECIFIED, _USED)
    )
    types, tenants = list(_named([*specified, *used], "entityTypes")), list(_named(specified, "tenant"))
    if list(_named(used, "tenant")):
        raise Problem(Forbidden, "The tenant is said by the productSpecification, not by the offering.")
    if types or tenants:
        record = scene.records.get(permit_key(actor.party))
        wanted = [(tenant, type) for tenant in tenants or [""] for type in types or [EVERY]]
        _check(actor, record, wanted, scene)


def specification_needs(
    body: JsonObject, before: JsonObject | None, _: Mapping[Key, Record]
) -> Sequence[Key]:
    """The permits of its parties, where it says what it sells."""
    same = before is not None and before.get(_SPECIFIED) == body.get(_SPECIFIED)
    return [] if same else permit_keys(body)


def check_respecified(before: JsonObject, after: JsonObject, scene: Scene) -> None:
    """Raise Problem where a productSpecification comes to sell data that who changes it may not."""
    if before.get(_SPECIFIED) != after.get(_SPECIFIED):
        check_permitted([after], scene)
        _check_same_tenant(before, after, scene)


def _check_same_tenant(before: JsonObject, after: JsonObject, scene: Scene) -> None:
    """A provider's offerings were found to be permitted in the tenant that their specification said."""
    if scene.actor is None or PUBLISHERS.intersection(scene.actor.may):
        return
    old, new = (list(_named(objects_in(body.get(_SPECIFIED)), "tenant")) for body in (before, after))
    if old != new:
        raise Problem(Conflict, f"The tenant of the productSpecification '{after['id']}' does not change.")


def _check(actor: Actor, record: Record | None, wanted: Iterable[tuple[str, str]], scene: Scene) -> None:
    body = record.body if record is not None else None
    for tenant, type in wanted:
        if not permits(body, tenant, type, scene.expand):
            what = "every entity type" if type == EVERY else f"the entity type '{type[:200]}'"
            where = f" of the tenant '{tenant[:100]}'" if tenant else ""
            raise Problem(
                Forbidden,
                f"'{actor.name}' may not sell {what}{where}: an operator says which data '{actor.party}' "
                "sells.",
            )


def _named(stated: Sequence[JsonObject], name: str) -> Iterator[str]:
    """The names in the values of a characteristic; EVERY for one in which the buyer chooses freely."""
    for each in stated:
        if each.get("name") != name:
            continue
        values = [row.get("value") for row in objects_in(each.get("productSpecCharacteristicValue"))]
        found = [part for value in values for part in _listed(value) if part is not None]
        if not found and each.get("configurable") is True:
            yield EVERY
        for part in found:
            yield from filter(None, (word.strip() for word in str(part).split(",")))


def _row(value: Json) -> JsonObject:
    types = value.get("types") if isinstance(value, dict) else None
    tenant = value.get("tenant", "") if isinstance(value, dict) else None
    texts = isinstance(types, list) and all(
        isinstance(each, str) and 0 < len(each) <= LONGEST for each in types
    )
    if not isinstance(types, list) or not texts or len(types) > MOST_TYPES:
        raise Problem(
            BadRequestData, f"An element of 'data' has no 'types', a list of at most {MOST_TYPES} names."
        )
    if not isinstance(tenant, str) or len(tenant) > LONGEST:
        raise Problem(BadRequestData, "The 'tenant' of an element of 'data' is no text.")
    return {"tenant": tenant, "types": types}


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]
