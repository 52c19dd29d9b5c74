"""Linked entities in a query (clauses 4.9 and 4.5.23): which must be read before it can be answered.

An operation reads in rounds, at most as many as the query has levels of links:

    known = {}
    while ids := unread(hops, entities, known):
        known.update(await read(ids))        # an Entity, or None for what does not exist
    holds = matcher(query, linked=known.get)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.query.q import paths_of
from beffroi.broker.rules.query.query import EntityQuery, Path
from beffroi.broker.rules.query.reach import reach_objects


@dataclass(frozen=True, slots=True)
class Hop:
    """Follow the relationship at `steps`; in the entities that it points to, go on with `then`."""

    steps: tuple[str, ...]
    then: "Hop | None"


def links(query: EntityQuery) -> tuple[Hop, ...]:
    """The relationships that the query follows; none if it can be answered from each entity alone."""
    paths = () if query.q is None else paths_of(query.q)
    return tuple(dict.fromkeys(hop for hop in map(_hop, paths) if hop is not None))


def unread(
    hops: Iterable[Hop], entities: Iterable[Entity], known: Mapping[str, Entity | None]
) -> frozenset[str]:
    """Ids of entities that are needed next; `known` holds those already asked for, found or not."""
    missing: set[str] = set()
    every = list(entities)
    for first in hops:
        hop: Hop | None = first
        front = every
        while hop is not None and front:
            objects = reach_objects(hop.steps)
            ids = {target for entity in front for target in objects(entity)}
            missing.update(target for target in ids if target not in known)
            front = [found for target in ids if (found := known.get(target)) is not None]
            hop = hop.then
    return frozenset(missing)


def _hop(path: Path) -> Hop | None:
    return None if path.link is None else Hop(path.steps, _hop(path.link.path))
