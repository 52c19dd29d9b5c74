"""Calendar of a call: four moments in order, in the zone of its readers; it moves only to later."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.network.rules.schema import MOMENT, object_of

MOMENTS: Final = ("opens", "questions", "closes", "decides")
"""Opening; the last moment for questions; the last for applications; the decision is due."""

CALENDAR: Final[JsonObject] = object_of(
    "zone opens questions closes decides",
    zone={"type": "string", "minLength": 1, "maxLength": 60},
    opens=MOMENT,
    questions=MOMENT,
    closes=MOMENT,
    decides=MOMENT,
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The moments of a call."""

    zone: str
    opens: Instant
    questions: Instant
    closes: Instant
    decides: Instant


def calendar_of(document: JsonObject) -> Calendar:
    """Read a calendar of the right shape. Raises Problem(BadRequestData) where it is not consistent.

    >>> calendar_of({"zone": "Europe/Lille"})
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: 'Europe/Lille' is no time zone (IANA), such as Europe/Paris.
    """
    zone = _zone(str(document["zone"]))
    opens, questions, closes, decides = (_moment(document, name) for name in MOMENTS)
    for earlier, later in pairwise(MOMENTS):
        if not _moment(document, earlier) <= _moment(document, later):
            raise Problem(
                BadRequestData,
                f"The calendar has '{later}' ({document[later]}) before '{earlier}' ({document[earlier]}).",
            )
    if opens == closes:
        raise Problem(BadRequestData, f"The call opens and closes at the same moment: {document['opens']}.")
    return Calendar(zone, opens, questions, closes, decides)


def extended(before: JsonObject, after: JsonObject, now: Instant) -> JsonObject:
    """Another calendar for an open call: nothing in it is earlier than before, and what is past stays.

    Raises Problem(BadRequestData), and Problem(Conflict) once the call has closed.
    """
    old, new = calendar_of(before), calendar_of(after)
    if now >= old.closes:
        raise Problem(
            Conflict, f"The call closed at {before['closes']}; its calendar does not change any more."
        )
    for name, was, will in zip(MOMENTS, _all(old), _all(new), strict=True):
        if will < was:
            raise Problem(
                BadRequestData,
                f"The moment '{name}' moves only to later, not from {before[name]} to {after[name]}.",
            )
        if was <= now and will != was:
            raise Problem(
                BadRequestData, f"The moment '{name}' is past since {before[name]} and does not move."
            )
    return after


def _all(calendar: Calendar) -> tuple[Instant, ...]:
    return calendar.opens, calendar.questions, calendar.closes, calendar.decides


def _moment(document: JsonObject, name: str) -> Instant:
    moment = parse_instant(cast("str", document[name]))
    if moment is None:
        raise Problem(
            BadRequestData, f"The moment '{name}' is no date and time with a zone: {document[name]}."
        )
    return moment


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as failure:
        raise Problem(BadRequestData, f"'{name}' is no time zone (IANA), such as Europe/Paris.") from failure
    return name
