"""The course of a contract: what a run means, which breaches it begins and ends, when the next one is due.

The course is a record of the node beside the documents; what it says follows from the runs so far.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, cast

from beffroi.kernel.instant import Instant, plus_seconds, seconds_between
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.network.rules.contracts.kinds import NOTICE_DAYS

DAY_S: Final = 86_400.0
USUAL_REVIEW_DAYS: Final = 30
USUAL_PATIENCE_DAYS: Final = 5
MOST_CHANGES: Final = 100
MOST_EVIDENCE: Final = 20
"""Runs of one contract whose evidence packs are kept, beside those that something rests on."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where a contract stands. `accepted` is the run that later ones are compared with, `last` the newest
    that ended, `running` one under way. `silent` is since when the service cannot be reached, `due` when the
    next review is. `open` names the breach of each mark (`verdict:ID`, `interface:…`, `unreachable`)."""

    accepted: str = ""
    last: str = ""
    running: str = ""
    silent: str = ""
    due: str = ""
    open: Mapping[str, str] | None = None

    @property
    def breaches(self) -> Mapping[str, str]:
        return self.open or {}


@dataclass(frozen=True, slots=True)
class Run:
    """What a run brought: `reached` is false when the service did not answer, `prevented` true when it was
    not even asked. `changes` are those of the interface since the accepted run that can break a program."""

    id: str
    at: Instant
    purpose: str
    reached: bool
    verdicts: Sequence[JsonObject] = ()
    changes: Sequence[JsonObject] = ()
    prevented: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from a run: its outcome, the course after it, which breaches begin (marks and content),
    which of the open ones end, and the changes that were announced in time."""

    outcome: str
    course: Course
    begins: tuple[tuple[tuple[str, ...], JsonObject], ...]
    ends: tuple[str, ...]
    announced: tuple[JsonObject, ...]
    decisions: tuple[JsonObject, ...]


def course_of(body: JsonObject) -> Course:
    """The course in a record; an empty body is that of a contract without a run."""
    opened = body.get("open")
    return Course(
        **{name: str(body.get(name, "")) for name in ("accepted", "last", "running", "silent", "due")},
        open={mark: str(id) for mark, id in opened.items()} if isinstance(opened, dict) else {},
    )


def course_document(course: Course) -> JsonObject:
    """The body of the record."""
    return {
        "accepted": course.accepted,
        "last": course.last,
        "running": course.running,
        "silent": course.silent,
        "due": course.due,
        "open": dict(course.breaches),
    }


def standing_of(course: Course, last: str) -> str:
    """One word for where a contract stands; `last` is the outcome of its newest run.

    >>> standing_of(Course(accepted="a", open={"unreachable": "b"}), "unreachable")
    'in breach'
    """
    if course.breaches:
        return "in breach"
    if course.silent:
        return "not reached"
    if course.accepted:
        return "accepted"
    return f"not accepted: {last}" if last else "not tried"


def standing_from(runs: Sequence[JsonObject], breaches: Sequence[JsonObject]) -> str:
    """Where a contract of another node stands, by what that node says: contents, the oldest first.

    >>> standing_from([{"purpose": "acceptance", "outcome": "passed"}], [{"what": "interface", "ended": "x"}])
    'accepted'
    """
    ended = [one for one in runs if one["outcome"] != "running"]
    outcome = str(ended[-1]["outcome"]) if ended else ""
    accepted = any(one["purpose"] == "acceptance" and one["outcome"] == "passed" for one in ended)
    open_breaches = {str(n): "" for n, one in enumerate(breaches) if "ended" not in one}
    silent = "now" if outcome == "unreachable" else ""
    return standing_of(Course("accepted" if accepted else "", silent=silent, open=open_breaches), outcome)


def kept_after(kept: Sequence[str], new: str, held: Iterable[str]) -> tuple[list[str], list[str]]:
    """The runs whose evidence stays, the newest last, and those whose evidence goes; what is held stays.

    >>> kept_after(["a", "b"], "c", ["a"])
    (['a', 'b', 'c'], [])
    """
    together, needed = [*kept, new], {*held, new}
    surplus = len(together) - MOST_EVIDENCE
    gone = [one for one in together if one not in needed][: max(0, surplus)]
    return [one for one in together if one not in gone], gone


def outcome_of(verdicts: Iterable[JsonObject], decisions: Iterable[JsonObject]) -> str:
    """Passed only when every clause is fulfilled, by its verdict or by a written decision on an open one.

    >>> outcome_of([{"requirement": "a", "standing": "open"}], [])
    'open'
    >>> outcome_of([{"requirement": "a", "standing": "open"}], [{"requirement": "a"}])
    'passed'
    >>> outcome_of([{"requirement": "a", "standing": "failed"}], [{"requirement": "a"}])
    'failed'
    """
    decided = {str(one["requirement"]) for one in decisions}
    standings = [
        "fulfilled" if one["standing"] == "open" and one["requirement"] in decided else str(one["standing"])
        for one in verdicts
    ]
    if not standings or "open" in standings:
        return "failed" if "failed" in standings else "open"
    return "failed" if "failed" in standings else "passed"


def after_run(contract: JsonObject, course: Course, accepted: JsonObject, run: Run) -> Step:
    """What a run means. `accepted` is the content of the accepted run, empty before there is one."""
    if run.prevented:
        due = _due(contract, run.at, 1) if course.accepted else ""
        return Step("interrupted", replace(course, last=run.id, running="", due=due), (), (), (), ())
    if not run.reached:
        return _unreached(contract, course, accepted, run)
    decisions = tuple(objects_in(accepted.get("decisions")))
    outcome = outcome_of(run.verdicts, decisions)
    if run.purpose == "acceptance":
        return _tried(contract, course, run, outcome, decisions)
    told, untold = _announced(contract, run)
    found = {**_turned(run.verdicts, accepted), **{_mark(one): one for one in untold}}
    begins = _begun(course, accepted, run, found)
    ends = _ended(course, frozenset(found))
    left = {mark: id for mark, id in course.breaches.items() if id not in ends}
    later = _next(course, run, due=_due(contract, run.at), open_breaches=left)
    return Step(outcome, later, begins, ends, told, decisions)


def decided(contract: JsonObject, course: Course, id: str, content: JsonObject, at: Instant) -> Course:
    """The course after a written decision on an open clause: an acceptance may be complete by it."""
    if content["purpose"] != "acceptance" or content["outcome"] != "passed" or course.last != id:
        return course
    return Course(accepted=id, last=id, running=course.running, due=_due(contract, at))


def _tried(
    contract: JsonObject, course: Course, run: Run, outcome: str, decisions: tuple[JsonObject, ...]
) -> Step:
    """A run that is to accept: what passes is the measure from now on, and what was open before is over."""
    if outcome != "passed":
        later = _next(course, run, due=course.due, open_breaches=course.breaches)
        return Step(outcome, later, (), (), (), decisions)
    ends = tuple(sorted(set(course.breaches.values())))
    later = Course(accepted=run.id, last=run.id, due=_due(contract, run.at))
    return Step(outcome, later, (), ends, (), decisions)


def _unreached(contract: JsonObject, course: Course, accepted: JsonObject, run: Run) -> Step:
    """Not a breach by itself: only when it lasts longer than was agreed."""
    silent = course.silent or str(run.at)
    days = cast("int", contract.get("patienceDays", USUAL_PATIENCE_DAYS))
    lasted = seconds_between(Instant(silent), run.at)
    begins: tuple[tuple[tuple[str, ...], JsonObject], ...] = ()
    if course.accepted and lasted > days * DAY_S and "unreachable" not in course.breaches:
        content: JsonObject = {
            "what": "unreachable",
            "on": run.at,
            "since": silent,
            "run": run.id,
            "before": course.accepted,
            **_evidence(accepted),
        }
        begins = ((("unreachable",), content),)
    due = _due(contract, run.at, 1) if course.accepted else ""
    later = Course(course.accepted, run.id, "", silent, due, course.breaches)
    return Step("unreachable", later, begins, (), (), ())


def _next(course: Course, run: Run, *, due: str, open_breaches: Mapping[str, str]) -> Course:
    return Course(course.accepted, run.id, "", "", due, open_breaches)


def _due(contract: JsonObject, at: Instant, days: int = 0) -> str:
    """When the next review is: in so many days, or when it is usual; none after the contract's end."""
    days = days or cast("int", contract.get("reviewDays", USUAL_REVIEW_DAYS))
    due = plus_seconds(at, days * DAY_S)
    return due if str(due)[:10] <= str(contract["ends"]) else ""


def _turned(verdicts: Iterable[JsonObject], accepted: JsonObject) -> dict[str, JsonObject]:
    """Verdicts that were fulfilled when the service was accepted and fail now, by their marks."""
    before = {str(one["requirement"]): one for one in objects_in(accepted.get("verdicts"))}
    return {
        f"verdict:{one['requirement']}": {
            "requirement": one["requirement"],
            "before": before[str(one["requirement"])]["outcome"],
            "after": one["outcome"],
            "reason": one["reason"],
        }
        for one in verdicts
        if one["standing"] == "failed" and str(one["requirement"]) in before
    }


def _announced(contract: JsonObject, run: Run) -> tuple[tuple[JsonObject, ...], list[JsonObject]]:
    """The changes of a run that were announced early enough, and the others."""
    days = cast("int", contract.get("noticeDays", NOTICE_DAYS))
    told = {
        str(name)
        for notice in objects_in(contract.get("notices"))
        if _in_time(str(notice["said"]), str(notice["from"]), days)
        and str(notice["from"]) <= str(run.at)[:10]
        for name in cast("list[Json]", notice["names"])
    }
    changes = run.changes[:MOST_CHANGES]
    return (
        tuple(one for one in changes if one["name"] in told),
        [one for one in changes if one["name"] not in told],
    )


def _in_time(said: str, begins: str, days: int) -> bool:
    """
    >>> _in_time("2026-01-01", "2026-04-01", 90), _in_time("2026-03-30", "2026-04-01", 90)
    (True, False)
    """
    return date.fromisoformat(said) + timedelta(days=days) <= date.fromisoformat(begins)


def _mark(change: JsonObject) -> str:
    return f"interface:{change['kind']}:{change['where']}:{change['name']}"


def _begun(
    course: Course, accepted: JsonObject, run: Run, found: Mapping[str, JsonObject]
) -> tuple[tuple[tuple[str, ...], JsonObject], ...]:
    """One breach for the verdicts that turned, one for the interface, of what is not open already."""
    new = {mark: one for mark, one in found.items() if mark not in course.breaches}
    shared: JsonObject = {"on": run.at, "run": run.id, "before": course.accepted, **_evidence(accepted)}
    return tuple(
        (tuple(of), {"what": what, **shared, member: [*of.values()]})
        for what, member in (("verdict", "verdicts"), ("interface", "changes"))
        if (of := {mark: one for mark, one in new.items() if mark.startswith(f"{what}:")})
    )


def _ended(course: Course, found: frozenset[str]) -> tuple[str, ...]:
    """The open breaches of which nothing is left."""
    left = {id for mark, id in course.breaches.items() if mark in found}
    return tuple(sorted(set(course.breaches.values()) - left))


def _evidence(accepted: JsonObject) -> Mapping[str, Json]:
    return {"evidence": {"before": accepted["evidence"]}} if "evidence" in accepted else {}
