"""A search as it is for the holder of a grant: narrowed to what they may see, decided on what they see.

The index holds what is stored, not what is seen. Of a path that the grant hides every entity seen has no
facet, so a condition on it is false; where the index cannot know the value that is seen, `keep` decides.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final, TypeAlias, cast

import orjson

from beffroi.broker.operations.granted_seen import Seen
from beffroi.broker.rules.entity.entity import LOCATION
from beffroi.broker.rules.granted import SCOPE_NAME, area_box
from beffroi.broker.rules.query.facets import ENTITY_INDEX, EXPIRES, SCOPE, TYPE
from beffroi.kernel.effort import Effort
from beffroi.kernel.grant import Grant
from beffroi.kernel.record import Record
from beffroi.store.holds import holds, paths_of
from beffroi.store.port import All, Either, Filter, Find, Named, Touches, Where

NOTHING: Final = Either(())
"""The filter that no record satisfies."""

_OF_THE_ENTITY = frozenset({"createdAt", "expiresAt"})
"""Members of an entity that a cut leaves as they are."""

_Kept: TypeAlias = Callable[[Record], bool]


def narrower(grant: Grant, seen: Seen) -> Callable[[Find, Effort | None], Find]:
    """What makes of a search the same search over entities as they are seen; an effort pays for the cuts."""
    types = tuple(Where(TYPE, "==", "text", name) for name in sorted(grant.types))
    box = area_box(grant)
    around = None if box is None else Touches(LOCATION, box)
    place = () if around is None else (around,)
    of_type = types[0] if len(types) == 1 else Either(types)

    def narrowed_find(find: Find, effort: Effort | None) -> Find:
        narrowed, exact = _narrowed(find.where, grant)
        parts = narrowed.of if isinstance(narrowed, All) else (narrowed,)
        bounds = () if any(map(_is_type, parts)) else (of_type,)
        if narrowed is not find.where or not (exact and find.exact):
            exact = exact and find.exact and not place
            bounded = All((*parts, *bounds, *place))
            return replace(
                find, where=bounded, keep=_keep(find, partial(seen.of, effort=effort)), exact=exact
            )
        # all that is asked is shown, so that it says the same of what is stored as of what is seen
        if not (bounds or place):
            return find
        where = All((*parts, *bounds)) if bounds else narrowed
        return replace(find, where=where, also=partial(seen.shown_among, effort=effort), around=around)

    return narrowed_find


def _is_type(part: Filter) -> bool:
    return isinstance(part, Where) and part.path == TYPE


def _keep(find: Find, seen_of: Callable[[Record], Record | None]) -> _Kept:
    decides, where = find.keep, find.where
    paths = paths_of(where)

    def keep(record: Record) -> bool:
        seen = seen_of(record)
        if seen is None:
            return False
        if decides is not None:
            return decides(seen)
        body = seen.body
        facets, extents = ENTITY_INDEX.facets(body, paths), ENTITY_INDEX.extents(body)
        return holds(where, list(facets), list(extents), record.key.id)

    return keep


def _narrowed(where: Filter, grant: Grant) -> tuple[Filter, bool]:
    """A filter on what is stored that lets through at least what `where` does of what is seen; whether it
    lets through nothing else."""
    match where:
        case All(of):
            parts = [_narrowed(part, grant) for part in of]
            return _same(where, All(tuple(part for part, _ in parts))), all(exact for _, exact in parts)
        case Either(of):
            parts = [_narrowed(part, grant) for part in of]
            if any(part == All() for part, _ in parts):
                return All(), False
            left = Either(tuple(part for part, _ in parts if part != NOTHING))
            return _same(where, left), all(exact for _, exact in parts)
        case Named():
            return where, True
        case Touches():
            return (where, True) if _shows(where.path, grant) else (NOTHING, True)
        case Where(path=path, value=value) if path == TYPE:
            return (where, True) if value in grant.types else (NOTHING, True)
        case _:
            return _attribute(where, where.path, grant)


def _same(before: All | Either, after: All | Either) -> Filter:
    """The filter itself where nothing of it was hidden."""
    return before if before.of == after.of else after


def _attribute(where: Filter, path: str, grant: Grant) -> tuple[Filter, bool]:
    if path in {TYPE, EXPIRES}:
        return All(), False
    if path == SCOPE:
        return (where, True) if _shows(SCOPE_NAME, grant) else (NOTHING, True)
    step = _first_step(path)
    if step in _OF_THE_ENTITY or _shows(step, grant):
        return where, True
    return (All(), False) if step == "modifiedAt" else (NOTHING, True)


def _shows(name: str, grant: Grant) -> bool:
    return grant.attributes is None or name in grant.attributes


@lru_cache(maxsize=1_024)
def _first_step(path: str) -> str:
    """The attribute that a facet path such as `q:[["https://example.org/speed"]]` begins with."""
    steps = cast("list[list[str]]", orjson.loads(path.partition(":")[2]))
    return steps[0][0]
