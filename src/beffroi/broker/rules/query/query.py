"""What is asked of the entities, as values (clauses 4.7 to 4.10, 4.17 to 4.21, 5.2.23, 5.7.2).

Names are expanded. `matches.py` says what these mean, `narrow.py` what an index can do with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from beffroi.kernel.json import JsonObject

# --- type selection (clause 4.17) and scope queries (clause 4.19): the same algebra over names


@dataclass(frozen=True, slots=True)
class Name:
    """One expanded type name, or one scope pattern such as `/madrid/+/gardens` or `/a/#`."""

    text: str


@dataclass(frozen=True, slots=True)
class EachOf:
    of: tuple["Selection", ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    of: tuple["Selection", ...]


Selection: TypeAlias = Name | EachOf | OneOf


# --- the query language q (clause 4.9)

MOMENTS = frozenset({"observedAt", "createdAt", "modifiedAt", "deletedAt", "expiresAt"})
"""Members whose value is a date-time (clause 4.8)."""

MEMBERS = MOMENTS | {"unitCode", "valueType", "datasetId", "objectType"}
"""Members of an entity or an attribute instance that a query may name as the last step of a path."""

Comparator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">=", "~=", "!~="]


@dataclass(frozen=True, slots=True)
class Moment:
    """A literal date-time, date or time; `text` is canonical so that text order is time order."""

    sort: Literal["datetime", "date", "time"]
    text: str


Literals: TypeAlias = bool | float | str | Moment
"""A whole number in 64 bits is an int, every other number a float; a URI is a text."""


@dataclass(frozen=True, slots=True)
class Range:
    """`low..high`, both ends included."""

    low: Literals
    high: Literals


@dataclass(frozen=True, slots=True)
class Link:
    """`rel{Type:…}`: the path goes on in the entities that the relationship points to."""

    type: Selection | None
    path: "Path"


@dataclass(frozen=True, slots=True)
class Path:
    """`attr.sub[member.member]`: an attribute, sub-attributes or members, then a path into the value.

    `steps` are expanded names; a step that is one of MEMBERS stays as it is and is the last one.
    `members` are the names between brackets as written: a path into the value of a JsonProperty or a
    GeoProperty, a language tag or `*` for a LanguageProperty. `keys` are the same names as the values
    of a Property and a ListProperty have them: expanded, unless the attribute is one of jsonKeys. A
    path with a `link` has neither.
    """

    steps: tuple[str, ...]
    members: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    path: Path


@dataclass(frozen=True, slots=True)
class Absent:
    """`!path`: the target element does not exist. The grammar has no such term; other brokers do."""

    path: Path


@dataclass(frozen=True, slots=True)
class Compare:
    """`path operator value`; several values or ranges are alternatives of == and of !=."""

    path: Path
    comparator: Comparator
    values: tuple[Literals | Range, ...]


@dataclass(frozen=True, slots=True)
class And:
    of: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    of: tuple["Condition", ...]


Condition: TypeAlias = Exists | Absent | Compare | And | Or


# --- geo-queries (clause 4.10)

Relation: TypeAlias = Literal["near", "equals", "disjoint", "intersects", "within", "contains", "overlaps"]


@dataclass(frozen=True, slots=True)
class GeoQuery:
    """`attribute` (expanded) stands in `relation` to the GeoJSON `geometry`; distances in metres."""

    relation: Relation
    geometry: JsonObject
    attribute: str
    max_distance: float | None = None
    min_distance: float | None = None


# --- the whole question


@dataclass(frozen=True, slots=True)
class EntityQuery:
    """Which entities. An empty member asks for nothing. `attrs`: at least one of these is present."""

    ids: tuple[str, ...] = ()
    id_pattern: str = ""
    types: Selection | None = None
    attrs: tuple[str, ...] = ()
    q: Condition | None = None
    geo: GeoQuery | None = None
    scope: Selection | None = None


def apart(queries: Sequence[EntityQuery]) -> tuple[list[EntityQuery], EntityQuery]:
    """What each query asks for alone, and what all of them ask for besides names: at least one holds of an
    entity if the latter does and at least one of the former. Selectors of one body differ in names only, so
    that what is costly of them is made once.

    >>> apart([EntityQuery(ids=("ex:1",), attrs=("ex:a",)), EntityQuery(attrs=("ex:a",))])[0]
    [EntityQuery(ids=('ex:1',), id_pattern='', types=None, attrs=(), q=None, geo=None, scope=None), \
EntityQuery(ids=(), id_pattern='', types=None, attrs=(), q=None, geo=None, scope=None)]
    """
    first = queries[0]
    common = EntityQuery(
        attrs=first.attrs if all(each.attrs == first.attrs for each in queries) else (),
        q=first.q if all(each.q is first.q for each in queries) else None,
        geo=first.geo if all(each.geo is first.geo for each in queries) else None,
        scope=first.scope if all(each.scope is first.scope for each in queries) else None,
    )
    alone = [
        replace(
            each,
            attrs=() if common.attrs else each.attrs,
            q=None if common.q is not None else each.q,
            geo=None if common.geo is not None else each.geo,
            scope=None if common.scope is not None else each.scope,
        )
        for each in queries
    ]
    return alone, common


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the answer (clause 5.5.9). `after` is a keyset: the record number already seen."""

    limit: int = 20
    offset: int = 0
    count: bool = False
    after: int = 0


# --- how entities are shown (clauses 4.5.3, 4.5.4, 4.5.16, 4.15, 4.21)


@dataclass(frozen=True, slots=True)
class Projection:
    """A set of member names (expanded), each with a projection of what it links to (clause 4.21)."""

    members: tuple[tuple[str, "Projection | None"], ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Linked entities are answered too, `level` links deep, but for those in `contained_by` (4.5.23)."""

    shape: Literal["inline", "flat"]
    level: int = 1
    contained_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """How entities are represented. `pick`/`omit` are projections; `attrs` restricts attributes."""

    form: Literal["normalized", "concise", "simplified"] = "normalized"
    sys_attrs: bool = False
    lang: str = ""
    attrs: frozenset[str] = frozenset()
    pick: Projection | None = None
    omit: Projection | None = None
    dataset_ids: frozenset[str] = frozenset()
    geometry_property: str = ""
    join: Join | None = None


UNRESTRICTED = View()
