"""Linked entity retrieval (clause 4.5.23): which entities must be read, and where they stand in the answer.

An operation reads in rounds, one a level:

    known = {entity["id"]: entity for entity in entities}
    while ids := unread(entities, view, known):
        known.update(await read(ids))        # an Entity, or None for what does not exist
    answer = together(entities, view, context, known)

Inline, an entity stands inside each one that links to it, but never inside itself, so that cycles end.
Flat, each entity stands in the answer once, those that are fewer links away first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias, cast

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.query.query import Join, Projection, View
from beffroi.broker.rules.representation.represent import (
    DEFAULT_DATASET,
    chosen_instances,
    represent,
    stands_alone,
)
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, TooComplexQuery

DEEPEST_JOIN = 10
"""Links that joinLevel may follow."""

MOST_INLINE = 10_000
"""Entities that may stand inside others in one answer: an entity may do so many times."""

Known: TypeAlias = Mapping[str, Entity | None]
"""Entities by their ids, None for an id without an entity."""

_LINKING = frozenset({"Relationship", "ListRelationship"})


class Shown(NamedTuple):
    """An entity of an answer, the view in which it is shown, and what it looks like so."""

    entity: Entity
    view: View
    body: JsonObject


class _Links(NamedTuple):
    """The shown instances of one attribute, and the view in which what they link to is shown."""

    name: str
    instances: list[Instance]
    view: View


def unread(entities: Iterable[Entity], view: View, known: Known) -> list[str]:
    """Ids that are needed next for an answer with these entities; none when all that it takes is known."""
    if view.join is None:
        return []
    front = [(entity, view) for entity in entities]
    met: set[tuple[str, Projection | None, Projection | None]] = set()
    for _ in range(view.join.level):
        missing: dict[str, None] = {}
        following: list[tuple[Entity, View]] = []
        for target, inner in _steps(front, view.join):
            mark = (target, inner.pick, inner.omit)
            if mark in met:
                continue
            met.add(mark)
            if target not in known:
                missing[target] = None
            elif (found := known[target]) is not None:
                following.append((found, inner))
        if missing:
            return list(missing)
        front = following
    return []


def together(entities: Sequence[Entity], view: View, context: Context, known: Known) -> list[Shown]:
    """The entities as they are answered, in the shape that the view's join asks for.

    Raises Problem(TooComplexQuery) when more than MOST_INLINE entities would stand inside others.
    """
    if view.join is None:
        return [Shown(entity, view, represent(entity, view, context)) for entity in entities]
    if view.join.shape == "inline":
        inlining = _Inlining(view.join, context, known)
        return [Shown(entity, view, inlining.body(entity, view, frozenset())) for entity in entities]
    shown = [(entity, view) for entity in entities]
    pages = [*shown, *_appended(shown, view.join, known)]
    bodies = [Shown(entity, inner, represent(entity, inner, context)) for entity, inner in pages]
    return [shown for at, shown in enumerate(bodies) if shown.body or at < len(entities)]


def _appended(shown: list[tuple[Entity, View]], join: Join, known: Known) -> Iterator[tuple[Entity, View]]:
    """What the flattened form appends: unless it is there already, each entity in the first view met."""
    met = {entity["id"] for entity, _ in shown}
    front = shown
    for _ in range(join.level):
        following: list[tuple[Entity, View]] = []
        for target, inner in _steps(front, join):
            found = known.get(target)
            if found is not None and target not in met:
                met.add(target)
                following.append((found, inner))
        yield from following
        front = following


def _steps(front: Iterable[tuple[Entity, View]], join: Join) -> Iterator[tuple[str, View]]:
    """The ids that the shown relationships of these entities point to, each with the view for it."""
    for entity, view in front:
        for links in _links(entity, view):
            for instance in links.instances:
                for target in _targets(instance):
                    if target not in join.contained_by:
                        yield target, links.view


def _links(entity: Entity, view: View) -> Iterator[_Links]:
    """The attributes of an entity that link and that the view shows (clauses 4.21, 5.7.1.5)."""
    pick = None if view.pick is None else dict(view.pick.members)
    omit = {} if view.omit is None else dict(view.omit.members)
    for name, instances in entity["attrs"].items():
        if (view.attrs and name not in view.attrs) or (pick is not None and name not in pick):
            continue
        if name in omit and omit[name] is None:
            continue
        chosen = chosen_instances(instances, view)
        if any(instance["type"] in _LINKING for instance in chosen):
            inside = None if pick is None else pick[name]
            inner = replace(
                view, attrs=frozenset(), dataset_ids=frozenset(), pick=inside, omit=omit.get(name)
            )
            yield _Links(name, chosen, inner)


def _targets(instance: Instance) -> list[str]:
    match instance["type"]:
        case "Relationship":
            target = instance["object"]
            return [target] if isinstance(target, str) else target
        case "ListRelationship":
            return instance["objectList"]
        case _:
            return []


class _Inlining:
    """One answer with linked entities inside; counts them."""

    def __init__(self, join: Join, context: Context, known: Known) -> None:
        self._join = join
        self._context = context
        self._known = known
        self._left = MOST_INLINE

    def body(self, entity: Entity, view: View, around: frozenset[str]) -> JsonObject:
        """An entity that stands inside those `around` it, with what it links to inside."""
        body = represent(entity, view, self._context)
        if len(around) == self._join.level:
            return body
        around |= {entity["id"]}
        for links in _links(entity, view):
            term = self._context.attribute(links.name)
            if term in body:
                body[term] = self._filled(body[term], links, stands_alone(links.instances, view), around)
        return body

    def _filled(self, shape: Json, links: _Links, alone: bool, around: frozenset[str]) -> Json:  # noqa: FBT001
        """The attribute as it is represented, with the entities that its instances link to inside."""
        if links.view.form != "simplified":
            shapes = shape if isinstance(shape, list) else [shape]
            for instance, each in zip(links.instances, shapes, strict=True):
                if isinstance(each, dict):
                    self._add_entities(each, instance, links.view, around)
            return shape
        if alone:
            return self._replaced(shape, links.instances[0], links.view, around)
        values = cast("dict[str, JsonObject]", shape)["dataset"]
        for instance in links.instances:
            dataset = instance.get("datasetId", DEFAULT_DATASET)
            values[dataset] = self._replaced(values[dataset], instance, links.view, around)
        return shape

    def _add_entities(
        self, shape: JsonObject, instance: Instance, view: View, around: frozenset[str]
    ) -> None:
        targets = _targets(instance)
        bodies = [body for target in targets if (body := self._inside(target, view, around))]
        if bodies and instance["type"] == "ListRelationship":
            shape["entityList"] = cast("Json", bodies)
        elif bodies:
            shape["entity"] = bodies[0] if isinstance(instance["object"], str) else cast("Json", bodies)

    def _replaced(self, value: Json, instance: Instance, view: View, around: frozenset[str]) -> Json:
        """The simplified value with entities in the place of their URIs."""
        if instance["type"] not in _LINKING:
            return value
        filled: list[Json] = [self._inside(target, view, around) or target for target in _targets(instance)]
        return filled if isinstance(value, list) else filled[0]

    def _inside(self, target: str, view: View, around: frozenset[str]) -> JsonObject | None:
        """What stands for a linked entity; None if it does not exist, is met already or shows nothing."""
        found = self._known.get(target)
        if found is None or target in around or target in self._join.contained_by:
            return None
        if not self._left:
            detail = f"More than {MOST_INLINE} entities would stand inside others; ask for fewer or for flat."
            raise Problem(TooComplexQuery, detail)
        self._left -= 1
        return self.body(found, view, around)
