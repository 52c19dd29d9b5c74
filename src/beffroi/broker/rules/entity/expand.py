"""Read an entity, or a fragment of one, in any representation into the stored form (clauses 4.5, 5.5.4)."""

from typing import NamedTuple, cast

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.context.keywords import check_keywords, refuse_twice
from beffroi.broker.rules.context.vocabulary import NON_REIFIED
from beffroi.broker.rules.entity.attribute import is_simplified, read_attribute
from beffroi.broker.rules.entity.entity import NULL, Attributes, Entity
from beffroi.broker.rules.entity.reading import Reading
from beffroi.broker.rules.entity.simplified import Simplified
from beffroi.broker.rules.names import bad, check_moment, check_name, check_uri
from beffroi.broker.rules.query.scope import check_scope
from beffroi.kernel.json import Json, JsonObject

MOST_ATTRIBUTES = 5_000
MOST_TYPES = 1_000
MOST_SCOPES = 1_000
MOST_NAMES_REMEMBERED = 500
LONGEST_REMEMBERED = 64
NO_ATTRIBUTES = frozenset(
    {"id", "@id", "type", "@type", "scope", "expiresAt", "@context", "createdAt", "modifiedAt", "deletedAt"}
)


class Fragment(NamedTuple):
    """What a client says about an entity (clause 5.4): None or empty where it says nothing.

    In `attrs` an instance whose value is the NGSI-LD Null asks for removal; `removed` names attributes
    that a bare null removes; `scope_removed` and `expiry_removed` say the same of these members. Values in
    simplified representation are in `simplified` as well.
    """

    id: str | None
    type: list[str]
    scope: list[str] | None
    expires_at: str | None
    attrs: Attributes
    removed: frozenset[str] = frozenset()
    scope_removed: bool = False
    expiry_removed: bool = False
    simplified: Simplified | None = None


def read_entity(body: Json, reading: Reading) -> Entity:
    """Read a whole entity; it needs an id and a type. Raises Problem(BadRequestData)."""
    return whole(read_fragment(body, reading))


def whole(fragment: Fragment) -> Entity:
    """The entity that a fragment without nulls is; it needs an id and a type. Raises
    Problem(BadRequestData)."""
    if fragment.id is None:
        bad("The entity has no id.")
    if not fragment.type:
        bad(f"The entity '{fragment.id}' has no type.")
    entity = Entity(id=fragment.id, type=fragment.type, attrs=fragment.attrs)
    if fragment.scope:
        entity["scope"] = fragment.scope
    if fragment.expires_at:
        entity["expiresAt"] = fragment.expires_at
    return entity


def read_fragment(body: Json, reading: Reading) -> Fragment:
    """Read an Entity Fragment (clause 5.4). Raises Problem(BadRequestData)."""
    if not isinstance(body, dict):
        bad("An entity is a JSON object.")
    if len(body) > MOST_ATTRIBUTES:
        bad(f"The entity has more than {MOST_ATTRIBUTES} members.")
    check_keywords(body, "The entity", reading.context)
    attrs: Attributes = {}
    removed: set[str] = set()
    simplified: dict[str, Json] = {}
    known = reading.context.attribute_names
    for name, value in body.items():
        if name in NO_ATTRIBUTES:
            continue
        expanded = known.get(name) or expand_attribute_name(name, reading.context)
        if expanded in attrs or expanded in removed:
            refuse_twice(body, name, reading.context)
        if reading.nulls != "none" and value == NULL:
            removed.add(expanded)
        else:
            attrs[expanded] = read_attribute(name, value, reading, 0)
            if reading.nulls == "inside" and is_simplified(value, reading):
                simplified[expanded] = value
    scope = body.get("scope")
    expires = body.get("expiresAt")
    cleared = reading.nulls != "none" and scope == NULL
    unlimited = reading.nulls != "none" and (expires is None or expires == NULL) and "expiresAt" in body
    return Fragment(
        id=read_id(body),
        type=read_types(body.get("type", body.get("@type")), reading.context),
        scope=None if cleared or "scope" not in body else read_scopes(scope),
        expires_at=None if unlimited or "expiresAt" not in body else check_moment(expires, "expiresAt"),
        attrs=attrs,
        removed=frozenset(removed),
        scope_removed=cleared,
        expiry_removed=unlimited,
        simplified=Simplified(simplified, reading) if simplified else None,
    )


def expand_attribute_name(name: str, context: Context) -> str:
    """The URI of an attribute's name; Problem(BadRequestData) for what cannot be one (clause 4.5.1)."""
    check_name(name, "Attribute name")
    if name in NON_REIFIED:
        bad(f"'{name}' cannot be the name of an attribute: it is a member of the core vocabulary.")
    expanded = context.expand(name)
    if len(name) <= LONGEST_REMEMBERED and len(context.attribute_names) < MOST_NAMES_REMEMBERED:
        context.attribute_names[name] = expanded
    return expanded


def read_types(value: Json, context: Context) -> list[str]:
    """The expanded names of a `type` member; empty if there is none."""
    if value is None:
        return []
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        bad("The type is not a name and not an array of names.")
    if NULL in names:
        bad(f"The type is {NULL}, which is the name of no type.")
    if len(names) > MOST_TYPES:
        bad(f"The entity has more than {MOST_TYPES} types.")
    found = [context.expand(check_name(name, "Type")) for name in cast("list[str]", names)]
    return list(dict.fromkeys(found))


def read_scopes(value: Json) -> list[str]:
    """The scopes of a `scope` member (clause 4.18)."""
    scopes = [value] if isinstance(value, str) else value
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        bad("The scope is not a string and not an array of strings.")
    if len(scopes) > MOST_SCOPES:
        bad(f"The entity has more than {MOST_SCOPES} scopes.")
    found = list(dict.fromkeys(cast("list[str]", scopes)))
    for scope in found:
        check_scope(scope)
    return found


def read_id(body: JsonObject) -> str | None:
    """The id of an entity; None if it has none."""
    value = body.get("id", body.get("@id"))
    if value == NULL:
        bad(f"The entity id is {NULL}, which is the id of no entity.")
    return None if value is None else check_uri(value, "The entity id")
