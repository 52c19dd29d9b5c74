"""Judge one probe: was there an answer, how old is its newest observation, how many entities are complete."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds, seconds_between
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.service_level.promise import Objective, Promise

Expand: TypeAlias = Callable[[str], str]
"""The full name of a short one."""

FUTURE_S: Final = 300
"""An observation further ahead than this is not believed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back: `status` is 0 without a whole answer, and `reason` says why there was none; `sha256` is
    that of the body; `entities` are None where the body is no list of entities, `newest` is the newest
    observation that was found."""

    at: Instant
    status: int
    milliseconds: int
    reason: str = ""
    sha256: str = ""
    entities: Sequence[JsonObject] | None = None
    newest: Instant = NO_INSTANT


class Outcome(NamedTuple):
    """What a probe adds to a month, and whether by itself it meets the objective."""

    met: int
    missed: int
    ok: bool


def probe_document(seen: Seen, promise: Promise, expand: Expand) -> JsonObject:
    """The probe as it is kept: moment, status, milliseconds, hash of the body, and what was found in it."""
    body: JsonObject = {"at": seen.at, "status": seen.status, "milliseconds": seen.milliseconds}
    if seen.reason:
        body["reason"] = seen.reason[:300]
    if seen.sha256:
        body["sha256"] = seen.sha256
    if promise.excludes(seen.at):
        body["maintenance"] = True
    if not is_up(body):
        return body
    for objective in promise.objectives:
        body |= _found(objective, seen, expand)
    return body


def is_up(probe: Mapping[str, Json]) -> bool:
    """Whether the endpoint answered: with any status but a server's or a client's error; a service that asks
    for credentials (401, 403) is there as well.

    >>> [is_up({"status": status}) for status in (200, 304, 401, 404, 503, 0)]
    [True, True, True, False, False, False]
    """
    status = probe["status"]
    return "reason" not in probe and isinstance(status, int) and (100 <= status < 400 or status in {401, 403})


def outcomes(probe: Mapping[str, Json], promise: Promise) -> dict[str, Outcome]:
    """By metric, of what could be judged: nothing in maintenance, and while there is no answer its
    availability only, so that one outage is not missed three times."""
    if probe.get("maintenance"):
        return {}
    found = dict[str, Outcome]()
    for objective in promise.objectives:
        outcome = _outcome(objective, probe)
        if outcome is not None:
            found[objective.metric] = outcome
    return found


def _outcome(objective: Objective, probe: Mapping[str, Json]) -> Outcome | None:
    up = is_up(probe)
    match objective.metric:
        case "availability":
            return Outcome(int(up), int(not up), up)
        case "freshness" if up:
            newest, at = probe.get("newest"), probe["at"]
            fresh = (
                bool(newest) and seconds_between(Instant(str(newest)), Instant(str(at))) <= objective.within
            )
            return Outcome(int(fresh), int(not fresh), fresh)
        case "completeness" if up:
            entities, complete = probe.get("entities"), probe.get("complete")
            if not isinstance(entities, int) or not isinstance(complete, int):
                return Outcome(0, 1, False)
            if not entities:
                return None
            return Outcome(complete, entities - complete, complete * 100 >= objective.target * entities)
        case _:
            return None


def _found(objective: Objective, seen: Seen, expand: Expand) -> JsonObject:
    if objective.metric == "freshness" and seen.newest:
        return {"newest": seen.newest}
    if objective.metric == "completeness" and seen.entities is not None:
        wanted = {expand(name): name for name in objective.attributes}
        had = [frozenset(expand(name) for name, value in each.items() if value) for each in seen.entities]
        lacking: JsonObject = {
            name: missing
            for full, name in wanted.items()
            if (missing := sum(full not in names for names in had))
        }
        complete = sum(wanted.keys() <= names for names in had)
        return {"entities": len(had), "complete": complete, "lacking": lacking}
    return {}


def newest_in(entities: Sequence[JsonObject], at: Instant) -> Instant:
    """The newest `observedAt` of any attribute, or where none says it the newest `modifiedAt`; NO_INSTANT
    without any. What lies more than FUTURE_S ahead is not believed.

    >>> car = {"id": "a", "free": {"value": 3, "observedAt": "2026-11-22T10:00:00Z"}}
    >>> newest_in([car], Instant("2026-11-22T10:01:00.000000Z"))
    '2026-11-22T10:00:00.000000Z'
    """
    latest = plus_seconds(at, FUTURE_S)
    for member in ("observedAt", "modifiedAt"):
        found = [moment for each in entities for moment in _moments(each, member) if moment <= latest]
        if found:
            return max(found)
    return NO_INSTANT


def _moments(entity: JsonObject, member: str) -> Iterator[Instant]:
    for value in entity.values():
        for instance in value if isinstance(value, list) else [value]:
            stated = instance.get(member) if isinstance(instance, dict) else None
            moment = parse_instant(stated) if isinstance(stated, str) else None
            if moment:
                yield moment
