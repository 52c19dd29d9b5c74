"""A breach: a dated record that an objective was missed, with the probes that show it.

**Hysteresis.** A breach opens when RUN probes in a row miss the objective and the month so far is below the
target; it begins with the first of them. It ends when RUN probes in a row meet the objective, at the first
of these. What cannot be judged (maintenance, no answer for freshness) neither goes on with a run nor breaks
it. A gap in the monitoring ends runs and open breaches: what nobody saw is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.record import Key
from beffroi.market.rules.prices.money import number_of
from beffroi.market.rules.service_level.promise import Objective
from beffroi.market.rules.service_level.rollup import Tally, percent_of

KIND: Final = "breach"
RUN: Final = 3
MOST_FIRST: Final = 10
MOST_LAST: Final = 10
"""Probes that are kept as evidence: the first and the last ones that missed."""


@dataclass(frozen=True, slots=True)
class Run:
    """Where one objective stands: `missed` are the probes that missed since it was last met, up to RUN;
    `meets` counts those in a row that met it, since `met_at`; `breach` is the id of the open one."""

    missed: tuple[JsonObject, ...] = ()
    meets: int = 0
    met_at: str = ""
    breach: str = ""


def breach_key(id: str) -> Key:
    return Key("", KIND, id)


def after(run: Run, probe: JsonObject, *, ok: bool, below: bool) -> Run:
    """The run after one more judged probe; `below`: whether the month so far is below the target.

    A `breach` of "new" wants one to be opened, a run that met RUN times has ended the open one.
    """
    if ok:
        first = run.met_at if run.meets else str(probe["at"])
        return replace(run, missed=(), meets=min(run.meets + 1, RUN), met_at=first)
    missed = run.missed if len(run.missed) >= RUN else (*run.missed, probe)
    opens = not run.breach and below and len(missed) >= RUN
    return Run(missed, breach="new" if opens else run.breach)


def has_ended(run: Run) -> bool:
    """Whether the open breach of a run is over."""
    return bool(run.breach) and run.meets >= RUN


def opened(offering: Mapping[str, Json], objective: Objective, probes: tuple[JsonObject, ...]) -> JsonObject:
    """A new breach, that begins with the first of these probes."""
    since = str(probes[0]["at"])
    evidence: list[Json] = [*probes[:MOST_FIRST]]
    return {
        "id": f"{offering['id']}:{objective.metric}:{since}",
        "offering": str(offering["id"]),
        "name": str(offering.get("name") or ""),
        "objective": objective.metric,
        "promised": promised(objective),
        "from": since,
        "state": "open",
        "missed": len(probes),
        "evidence": evidence,
    }


def offering_in(breach_id: str) -> str:
    """The offering whose breach has this id, which any text may be.

    >>> offering_in("a:b:availability:2026-11-22T13:49:00.000000Z")
    'a:b'
    """
    return breach_id[: -len(":2026-11-22T13:49:00.000000Z")].rpartition(":")[0]


def missed_again(breach: JsonObject, probe: JsonObject) -> JsonObject:
    """The breach after one more probe that missed."""
    evidence = cast("list[Json]", breach["evidence"])
    if len(evidence) >= MOST_FIRST + MOST_LAST:
        evidence = [*evidence[:MOST_FIRST], *evidence[MOST_FIRST + 1 :]]
    return {**breach, "missed": cast("int", breach["missed"]) + 1, "evidence": [*evidence, probe]}


def measured(breach: JsonObject, tally: Tally) -> JsonObject:
    """The breach with what its month comes to so far."""
    return {**breach, "measured": measured_number(tally)}


def ended(breach: JsonObject, until: Instant, why: str) -> JsonObject:
    """The breach with its end."""
    return {**breach, "to": until, "state": "ended", "ended": why}


def measured_number(tally: Tally) -> Json:
    """The percentage as a JSON number; null for what was never measured."""
    percent = percent_of(tally)
    return None if percent is None else number_of(percent)


def promised(objective: Objective) -> JsonObject:
    """An objective in the words of the term."""
    said: JsonObject = {"metric": objective.metric, "target": number_of(objective.target)}
    if objective.within:
        said["withinSeconds"] = objective.within
    if objective.attributes:
        said["attributes"] = [*objective.attributes]
    return said


def run_document(run: Run) -> JsonObject:
    """A run as it is kept."""
    return {"missed": [*run.missed], "meets": run.meets, "metAt": run.met_at, "breach": run.breach}


def run_of(body: Json) -> Run:
    """A run as it was kept."""
    if not isinstance(body, dict):
        return Run()
    missed = tuple(objects_in(body["missed"]))
    return Run(missed, cast("int", body["meets"]), str(body["metAt"]), str(body["breach"]))
