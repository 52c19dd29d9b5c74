"""Represent the evolution of an entity: instances, values or aggregates (clauses 4.5.6 to 4.5.9, 4.5.19)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import AttributeType
from beffroi.broker.rules.representation.represent import compact_types, projected, represent_instance
from beffroi.broker.rules.temporal.aggregation import aggregate, is_eligible, sort_of, value_of
from beffroi.broker.rules.temporal.duration import period_of
from beffroi.broker.rules.temporal.evolution import SCOPE, instance_id
from beffroi.broker.rules.temporal.evolved import Evolved
from beffroi.broker.rules.temporal.temporal_query import TemporalQuery
from beffroi.broker.rules.temporal.temporal_view import TemporalView
from beffroi.broker.rules.temporal.window import Placed
from beffroi.kernel.instant import Instant, shortened
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import InvalidRequest, Problem, TooManyResults

MOST_PERIODS: Final = 10_000
"""Periods that the answer has of one entity."""

MANY: Final[dict[AttributeType, str]] = {
    "Property": "values",
    "GeoProperty": "values",
    "Relationship": "objects",
    "LanguageProperty": "languageMaps",
    "VocabProperty": "vocabs",
    "JsonProperty": "jsons",
    "ListProperty": "valueLists",
    "ListRelationship": "objectLists",
}


def represent_evolution(
    evolved: Evolved, query: TemporalQuery, asked: TemporalView, context: Context
) -> JsonObject:
    """The evolution as JSON, names compacted with the reader's context, no @context.

    Raises Problem(InvalidRequest) for an attribute that was asked for by name and that an aggregation method
    means nothing for.
    """
    body: JsonObject = {"id": evolved.id, "type": compact_types(evolved.types, context)}
    if asked.view.sys_attrs:
        moments = (
            ("createdAt", evolved.created_at),
            ("modifiedAt", evolved.modified_at),
            ("deletedAt", evolved.deleted_at),
        )
        body.update({name: shortened(Instant(at)) for name, at in moments if at})
    first = _first_period(evolved.placed, query)
    parts = _by_attribute(evolved)
    for name, kind in evolved.kinds.items():
        placed = parts[name]
        match asked.form:
            case "instances":
                shown: Json = [_instance(evolved.id, each, query, asked, context) for each in placed]
            case "values":
                shown = _values(placed, kind, asked, context)
            case _:
                shown = _aggregates(name, placed, query, asked, context, first)
        if shown is not None:
            body[name if name == SCOPE else context.attribute(name)] = shown
    return projected(body, asked.view, context)


def _by_attribute(evolved: Evolved) -> dict[str, list[Placed]]:
    found: dict[str, list[Placed]] = {name: [] for name in evolved.kinds}
    for each in evolved.placed:
        found[each.event.name].append(each)
    return found


def _instance(
    entity_id: str, placed: Placed, query: TemporalQuery, asked: TemporalView, context: Context
) -> Json:
    event = placed.event
    shape = represent_instance(event.instance, asked.view, context)
    body: JsonObject = shape if isinstance(shape, dict) else {"value": shape}
    body["instanceId"] = instance_id(entity_id, event)
    if event.name == SCOPE:
        return _scope(body, placed, asked)
    if event.deleted:
        body["deletedAt"] = shortened(event.at)
    elif query.named and query.of in {"createdAt", "modifiedAt"}:
        body[query.of] = shortened(placed.moment)
    return body


def _scope(body: JsonObject, placed: Placed, asked: TemporalView) -> Json:
    """Clause 4.5.6: nothing beside the value but moments."""
    at = shortened(placed.event.at)
    if placed.event.deleted:
        return {**body, "deletedAt": at}
    observed_at = body["observedAt"] if placed.event.id and "observedAt" in body else at
    return {**body, "observedAt": observed_at, **({"modifiedAt": at} if asked.view.sys_attrs else {})}


def _values(placed: Sequence[Placed], of: AttributeType, asked: TemporalView, context: Context) -> Json:
    """One object for each datasetId, as the official suite has it; pairs of value and moment (4.5.9)."""
    view = replace(asked.view, form="simplified")
    groups: dict[tuple[str, AttributeType], list[Json]] = {}
    for each in placed:
        kind = each.event.instance["type"]
        if view.lang and kind == "LanguageProperty":
            kind = "Property"
        pair: Json = [represent_instance(each.event.instance, view, context), shortened(each.moment)]
        groups.setdefault((each.event.dataset, kind), []).append(pair)
    if not groups:
        return _labelled(of, "", {MANY[of]: []})
    return _together([_labelled(kind, dataset, {MANY[kind]: v}) for (dataset, kind), v in groups.items()])


def _aggregates(
    name: str,
    placed: Sequence[Placed],
    query: TemporalQuery,
    asked: TemporalView,
    context: Context,
    first: Instant,
) -> Json:
    groups: dict[str, list[Placed]] = {}
    for each in placed:
        if not each.event.deleted:
            groups.setdefault(each.event.dataset, []).append(each)
    shown: list[JsonObject] = []
    for dataset, found in groups.items():
        newest = found[-1].event.instance
        sort = sort_of(newest)
        methods = [method for method in asked.methods if is_eligible(sort, method)]
        if len(methods) < len(asked.methods) and asked.names is not None:
            missing = next(method for method in asked.methods if method not in methods)
            detail = f"The values of '{context.compact(name)}' have no '{missing}' (clause 4.5.19.1)."
            raise Problem(InvalidRequest, detail)
        periods = _periods(found, query, asked, first)
        rows: JsonObject = {}
        for method in methods:
            try:
                rows[method] = _rows(method, periods, sort)
            except Problem:  # one entity does not spoil the answer of all others
                if asked.names is not None:
                    raise
        if rows:
            shown.append(_labelled(newest["type"], dataset, rows))
    return _together(shown) if shown else None


def _rows(method: str, periods: dict[tuple[str, str], list[Placed]], sort: str) -> Json:
    rows: list[Json] = []
    for (begin, end), found in periods.items():
        if method in {"totalCount", "distinctCount"}:
            values = [value_of(each.event.instance) for each in found]
        else:
            values = [value_of(e.event.instance) for e in found if sort_of(e.event.instance) == sort]
        if values:
            rows.append([aggregate(method, sort, values), begin, end])  # type: ignore[arg-type]
    return rows


def _periods(
    placed: Sequence[Placed], query: TemporalQuery, asked: TemporalView, first: Instant
) -> dict[tuple[str, str], list[Placed]]:
    """The instances of each period that has any, in the order of time."""
    if asked.period.is_everything:
        end = query.until or placed[-1].moment
        return {(shortened(first), shortened(end)): list(placed)}
    periods: dict[tuple[str, str], list[Placed]] = {}
    begin, end = first, first
    for each in placed:
        if not periods or each.moment >= end:
            begin, end = period_of(each.moment, first, asked.period)
            if len(periods) >= MOST_PERIODS:
                detail = (
                    f"The answer has more than {MOST_PERIODS} periods; a longer aggrPeriodDuration helps."
                )
                raise Problem(TooManyResults, detail)
        periods.setdefault((shortened(begin), shortened(end)), []).append(each)
    return periods


def _first_period(placed: Sequence[Placed], query: TemporalQuery) -> Instant:
    """Where the first period begins: with the time asked for, or else with the first instance."""
    return query.since or (placed[0].moment if placed else query.since)


def _labelled(kind: AttributeType, dataset: str, members: JsonObject) -> JsonObject:
    return {"type": kind, **({"datasetId": dataset} if dataset else {}), **members}


def _together(shown: list[JsonObject]) -> Json:
    return shown[0] if len(shown) == 1 else cast("Json", shown)
