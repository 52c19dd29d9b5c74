"""Steps of a call: draft → open → closed → evaluating → awarded, or cancelled with a reason; each is dated.

    draft ──open──▶ open ──close──▶ closed ──evaluate──▶ evaluating ──award──▶ awarded
      └──────────────┴────cancel──────┴───────────────────┘

A step takes the content of a call and gives the content after it. No later step changes what one wrote.
"""

from collections.abc import Mapping
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.network.rules.calls.calendar import calendar_of, extended
from beffroi.network.rules.calls.call import OWN, calendar_in, check_complete

TEXTS: Final = frozenset({"title", "challenge", "contact", "contract"})
"""What may be corrected, with a reason, while a call is open; all else that firms count on stays."""

_FROM: Final[Mapping[str, tuple[str, ...]]] = {
    "opened": ("draft",),
    "closed": ("open",),
    "evaluating": ("closed",),
    "awarded": ("evaluating",),
    "cancelled": ("draft", "open", "closed", "evaluating"),
}
_TO: Final = {"opened": "open"}


def begun(content: JsonObject) -> JsonObject:
    """The content of a new draft. Raises Problem(BadRequestData) for members that only steps write."""
    _check_not_own(content, {})
    return {**content, "stage": "draft", "steps": []}


def opened(content: JsonObject, now: Instant) -> JsonObject:
    """The call is public and takes applications until it closes. Raises Problem."""
    check_complete(content)
    calendar = calendar_of(calendar_in(content))
    if now >= calendar.closes:
        raise Problem(
            BadRequestData,
            f"The call would close at {calendar_in(content)['closes']}, which is past: it is {now}.",
        )
    return _after(content, "opened", now)


def closed(content: JsonObject, now: Instant) -> JsonObject:
    """No application is taken any more, and those there are can be read. Raises Problem(Conflict)."""
    _check_from(content, "closed")
    if not is_over(content, now):
        raise Problem(
            Conflict, f"The call takes applications until {calendar_in(content)['closes']}; it is {now}."
        )
    return _after(content, "closed", now)


def evaluating(content: JsonObject, now: Instant) -> JsonObject:
    """The jury scores. An open call whose time is over is closed by this. Raises Problem(Conflict)."""
    if content["stage"] == "open":
        content = closed(content, now)
    return _after(content, "evaluating", now)


def awarded(content: JsonObject, award: str, now: Instant) -> JsonObject:
    """The call is decided, by the document `award`. Raises Problem(Conflict)."""
    return {**_after(content, "awarded", now), "award": award}


def cancelled(content: JsonObject, reason: str, now: Instant) -> JsonObject:
    """The call ends without an award. Raises Problem."""
    if not reason.strip():
        raise Problem(BadRequestData, "A call is cancelled with a reason, and has none.")
    return _after(content, "cancelled", now, reason.strip())


def prolonged(content: JsonObject, calendar: JsonObject, reason: str, now: Instant) -> JsonObject:
    """An open call with a later calendar; every applicant is told. Raises Problem."""
    if content["stage"] != "open":
        raise Problem(Conflict, f"The call is {content['stage']}; only the calendar of an open one moves.")
    if not reason.strip():
        raise Problem(BadRequestData, "The calendar of an open call moves with a reason, and has none.")
    after = extended(calendar_in(content), calendar, now)
    if after == calendar_in(content):
        raise Problem(BadRequestData, "The calendar is the one that the call has already.")
    return _noted({**content, "calendar": after}, "prolonged", now, reason.strip())


def changed(before: JsonObject, after: JsonObject, now: Instant) -> JsonObject:
    """A draft with other content, or an open call with corrected texts. Raises Problem."""
    _check_not_own(after, before)
    if before["stage"] == "draft":
        return after
    if before["stage"] != "open" or is_over(before, now):
        raise Problem(Conflict, f"The call is {stage_at(before, now)}; nothing of it changes any more.")
    for name in sorted({*before, *after} - TEXTS):
        if before.get(name) != after.get(name):
            raise Problem(
                Conflict,
                f"The call is open: '{name}' does not change any more. Cancel it and open another.",
            )
    return after


def is_over(content: JsonObject, now: Instant) -> bool:
    """Whether the time for applications is over."""
    return now >= calendar_of(calendar_in(content)).closes


def stage_at(content: JsonObject, now: Instant) -> str:
    """The state, with the clock: an open call is closed once its time is over, even if nobody has said so."""
    state = str(content["stage"])
    return "closed" if state == "open" and is_over(content, now) else state


def is_sealed(content: JsonObject, now: Instant) -> bool:
    """Whether nobody but its firm reads an application: until the close; for good, if the call was cancelled
    before it."""
    if "calendar" not in content:
        return True
    closes = calendar_of(calendar_in(content)).closes
    ends = [str(row["at"]) for row in objects_in(content["steps"]) if row["step"] == "cancelled"]
    return (ends[0] if ends else now) < closes


def check_takes(content: JsonObject, now: Instant) -> None:
    """Applications come, change and go while the call is open. Raises Problem(Conflict) with both times."""
    state = str(content["stage"])
    if state == "draft":
        raise Problem(Conflict, "The call is not open yet.")
    if state == "cancelled":
        raise Problem(Conflict, f"The call was cancelled: {_last_reason(content)}")
    calendar = calendar_of(calendar_in(content))
    if now >= calendar.closes:
        raise Problem(Conflict, f"The call closed at {calendar.closes}; this came at {now} and is too late.")
    if now < calendar.opens:
        raise Problem(Conflict, f"The call takes applications from {calendar.opens} on; it is {now}.")


def _last_reason(content: JsonObject) -> str:
    steps = objects_in(content["steps"])
    return str(steps[-1].get("reason", ""))


def _after(content: JsonObject, step: str, now: Instant, reason: str = "") -> JsonObject:
    _check_from(content, step)
    return _noted({**content, "stage": _TO.get(step, step)}, step, now, reason)


def _noted(content: JsonObject, step: str, now: Instant, reason: str) -> JsonObject:
    row: JsonObject = {"step": step, "at": now, **({"reason": reason} if reason else {})}
    steps: list[Json] = [*cast("list[Json]", content["steps"]), row]
    return {**content, "steps": steps}


def _check_from(content: JsonObject, step: str) -> None:
    state = str(content["stage"])
    if state in _FROM[step]:
        return
    since = next((str(row["at"]) for row in reversed(objects_in(content["steps"]))), "")
    allowed, to = " or ".join(_FROM[step]), _TO.get(step, step)
    if not since:
        raise Problem(Conflict, f"The call is {state}; only one that is {allowed} becomes {to}.")
    raise Problem(Conflict, f"The call is {state} since {since}; only one that is {allowed} becomes {to}.")


def _check_not_own(after: JsonObject, before: JsonObject) -> None:
    for name in OWN:
        if after.get(name) != before.get(name):
            raise Problem(BadRequestData, f"The member '{name}' is written by the steps of the call only.")
