"""The page of one entity: what is known of it now, how it was, and how a program reads it."""

import asyncio
from dataclasses import dataclass
from typing import Final

import orjson

from beffroi.broker.operations.entities import retrieve_entity
from beffroi.broker.operations.past_only import last_stated
from beffroi.broker.operations.recent import Recent, recent_past
from beffroi.broker.rules.context.vocabulary import CORE_CONTEXT
from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.representation.represent import represent
from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.portal.pages.types import ask_of
from beffroi.portal.reading.drawing import Drawing, drawn
from beffroi.portal.reading.layers import EntityType, surroundings, types_of
from beffroi.portal.reading.series import (
    PERIODS,
    Series,
    cut_to,
    is_number,
    newest_of,
    periods_of,
    series_of,
    thinned,
)
from beffroi.portal.reading.snippets import entity_snippets, past_snippets
from beffroi.portal.reading.values import (
    Shown,
    entity_name,
    entity_seen_at,
    geometry_of,
    is_simulated,
    seen_at,
    shown_values,
)
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit
from beffroi.portal.words.labels import short_name
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

LONGEST_JSON: Final = 100_000


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute as a person reads it."""

    uri: str
    slug: str
    name: str
    instances: list["ShownInstance"]


@dataclass(frozen=True, slots=True)
class ShownInstance:
    """One instance: its values, when they were seen, which dataset they are of, what is said about them."""

    values: list[Shown]
    at: Instant | None
    dataset: str
    about: list[Attribute]


@dataclass(frozen=True, slots=True)
class Charted:
    """The series of a page: `periods` are those that may be chosen, `period` the one that is, empty for all
    that was read; `is_cut` says whether there is more that was not."""

    series: list[Series]
    periods: list[str]
    period: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A series with its drawing for pages without scripts."""

    slug: str
    name: str
    series: Series
    drawing: Drawing


async def entity(visit: Visit, path: Arguments) -> Response:
    portal, language = visit.portal, visit.language
    found, is_past_only = await _found(visit, path["id"])
    known = await types_of(portal, language)
    lived: Entity = {**found, "attrs": {}} if is_past_only else found
    recent = await recent_past(portal.broker, portal.tenant, lived, is_number)
    asked = visit.request.parameters.get("period", "")
    charted = await asyncio.to_thread(_charted, recent, asked)
    name = entity_name(found, language.code)
    types = [one for one in known if one.uri in found["type"]]
    values: dict[str, object] = {
        "name": name,
        "id": found["id"],
        "past_only": is_past_only,
        "types": types,
        "other_types": [one for one in found["type"] if one not in {each.uri for each in types}],
        "scopes": found.get("scope", []),
        "seen": entity_seen_at(found),
        "made_up": is_simulated(found, language.code),
        "attributes": _attributes(visit, found["attrs"]),
        "charted": charted,
        "address": f"{visit.home()}entities/{segment(found['id'])}",
        "charts": [_chart(visit, one) for one in charted.series if one.lowest < one.highest],
        "still": [_chart(visit, one) for one in charted.series if one.lowest == one.highest],
        "spec": _spec(visit, found, types),
        "document": "" if is_past_only else _document(visit, found),
        "snippets": (past_snippets if is_past_only else entity_snippets)(ask_of(visit), found["id"]),
    }
    trail = [(f"{visit.home()}types", visit.say("Data"))]
    trail += [(f"{visit.home()}types/{segment(one.slug)}", one.name) for one in types[:1]]
    return visit.page("entity.html", name, values, trail=tuple(trail))


async def _found(visit: Visit, id: str) -> tuple[Entity, bool]:
    """An entity as it is, or as it was last said to be where there is nothing of it but a provided past; and
    whether that is so."""
    broker, tenant = visit.portal.broker, visit.portal.tenant
    try:
        return await retrieve_entity(broker, tenant, id), False
    except Problem as problem:
        last = await last_stated(broker, tenant, id) if problem.kind is ResourceNotFound else None
        if last is None:
            raise
    return last, True


def _attributes(visit: Visit, attributes: dict[str, list[Instance]]) -> list[Attribute]:
    shown = [
        Attribute(
            uri,
            visit.portal.context.compact(uri),
            visit.language.attribute_name(uri),
            [_instance(visit, one) for one in instances],
        )
        for uri, instances in attributes.items()
    ]
    return sorted(shown, key=lambda one: (short_name(one.uri) != "name", one.name.casefold()))


def _instance(visit: Visit, instance: Instance) -> ShownInstance:
    return ShownInstance(
        values=shown_values(instance, visit.language.code),
        at=seen_at(instance),
        dataset=instance.get("datasetId", ""),
        about=_attributes(visit, instance.get("attrs", {})),
    )


def _charted(recent: Recent, asked: str) -> Charted:
    whole = [one for one in series_of(recent.placed, recent.since) if len(one.points) > 1]
    periods = periods_of(whole)
    period = asked if asked in periods else ""
    newest = newest_of(whole) if whole else NO_INSTANT
    shown = [cut_to(one, PERIODS[period], newest) for one in whole] if period else whole
    series = thinned([one for one in shown if len(one.points) > 1])
    return Charted(series, periods, period, bool(recent.since) or not recent.is_whole)


def _chart(visit: Visit, series: Series) -> Chart:
    slug = visit.portal.context.compact(series.uri)
    return Chart(
        slug, visit.language.attribute_name(series.uri), series, drawn(series.points, series.broken_at)
    )


def _spec(visit: Visit, found: Entity, types: list[EntityType]) -> JsonObject | None:
    """What the map needs to show this one thing; None where it has no place."""
    geometry = geometry_of(found)
    if geometry is None:
        return None
    colour = types[0].colour if types else "hue-0"
    return {**surroundings(visit.portal, visit.language), "shape": geometry, "colour": colour}


def _document(visit: Visit, found: Entity) -> str:
    """The entity as JSON-LD, as a program gets it; cut where it is very long."""
    body = represent(found, View(sys_attrs=True), visit.portal.context)
    body["@context"] = visit.portal.context.source or CORE_CONTEXT
    return orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()[:LONGEST_JSON]
