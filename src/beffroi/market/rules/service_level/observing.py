"""What one probe of one offering changes: its watch, its hour, the probes of the hour, its breaches.

Where nobody watched, nothing is known: a gap counts neither for nor against an objective.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast

from beffroi.kernel.instant import Instant, seconds_between
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.service_level.breach import (
    Run,
    after,
    breach_key,
    ended,
    has_ended,
    measured,
    missed_again,
    opened,
    run_document,
    run_of,
)
from beffroi.market.rules.service_level.probe import Outcome, outcomes
from beffroi.market.rules.service_level.promise import Objective
from beffroi.market.rules.service_level.rollup import Tally, tallies_in, with_probe
from beffroi.market.rules.service_level.watch import (
    KEPT_HOURS,
    MOST_PROBES,
    Subject,
    hours_after,
    in_month,
    level_key,
    new_watch,
    probes_key,
    watch_key,
)

MOST_FORGOTTEN: Final = 48
MOST_SAMPLES: Final = 10
GAP_INTERVALS, GAP_SECONDS = 3, 30
"""Longer than so many intervals and seconds between two probes is a gap."""
BACK_S: Final = 3600
"""A clock that goes back by less is waited for; one that goes back further is believed."""


@dataclass(slots=True)
class Observed:
    """What a probe changes: records by key (None: gone), and the breaches that began or ended with it."""

    records: dict[Key, JsonObject | None] = field(default_factory=dict[Key, "JsonObject | None"])
    turned: list[JsonObject] = field(default_factory=list[JsonObject])

    def turn(self, breach: JsonObject) -> None:
        """Keep a breach that began or ended."""
        self.records[breach_key(str(breach["id"]))] = breach
        self.turned.append(breach)


def keys_of(subject: Subject, at: Instant, watch: Record | None) -> list[Key]:
    """The records that `observed` has to see; `watch` is the one that was read, and is read again."""
    runs = cast("JsonObject", watch.body["runs"]) if watch is not None else {}
    open_breaches = [breach_key(run.breach) for run in map(run_of, runs.values()) if run.breach]
    own = [watch_key(subject.id), level_key(subject.id, at[:10]), probes_key(subject.id, at[:13])]
    return [*own, *open_breaches]


def observed(subject: Subject, probe: JsonObject, known: Mapping[Key, Record]) -> Observed:
    """What comes of a probe; nothing at all where the clock went back a little."""
    at, result = Instant(str(probe["at"])), Observed()
    record = known.get(watch_key(subject.id))
    watch = record.body if record is not None else new_watch(at)
    if record is not None:
        last = Instant(str(watch["last"]))
        if -BACK_S <= seconds_between(last, at) <= 0:
            return result
        watch = _unbroken(watch, subject, last, at)
        _end_broken(record.body, watch, last, known, result)
    found = outcomes(probe, subject.promise)
    watch |= {"last": at, "counts": _counts(watch, found), "samples": _samples(watch, probe, found)}
    watch["runs"] = _runs(_Probed(subject, probe, found, watch), known, result)
    result.records[level_key(subject.id, at[:10])] = _level(subject, probe, found, known)
    result.records[probes_key(subject.id, at[:13])] = _probes(subject, probe, known)
    result.records[watch_key(subject.id)] = _forgetting(subject, watch, at, result)
    return result


def _unbroken(watch: JsonObject, subject: Subject, last: Instant, at: Instant) -> JsonObject:
    """The watch without the runs that a gap or the end of a month breaks; a new month begins at nothing."""
    apart = seconds_between(last, at)
    if at[:7] != watch["month"]:
        return {**in_month(watch, at[:7]), "runs": {}}
    if apart < 0 or apart > max(GAP_INTERVALS * subject.interval, GAP_SECONDS):
        return {**watch, "runs": {}}
    return watch


def _end_broken(
    before: JsonObject, since: JsonObject, last: Instant, known: Mapping[Key, Record], result: Observed
) -> None:
    """End the breaches whose runs were broken."""
    if before["runs"] == since["runs"]:
        return
    is_over = before["month"] != since["month"]
    why = "The month is over." if is_over else "Nobody watched after this."
    for run in map(run_of, cast("JsonObject", before["runs"]).values()):
        record = known.get(breach_key(run.breach)) if run.breach else None
        if record is not None:
            result.turn(ended(record.body, last, why))


@dataclass(frozen=True, slots=True)
class _Probed:
    """A probe with its outcomes by metric, and the watch that has counted it."""

    subject: Subject
    probe: JsonObject
    outcomes: Mapping[str, Outcome]
    watch: JsonObject


def _runs(probed: _Probed, known: Mapping[Key, Record], result: Observed) -> JsonObject:
    runs = dict(cast("JsonObject", probed.watch["runs"]))
    for objective in probed.subject.promise.objectives:
        if objective.metric in probed.outcomes:
            before = run_of(runs.get(objective.metric))
            run = _turned(probed, objective, before, known, result)
            runs[objective.metric] = run_document(run)
    return runs


def _turned(
    probed: _Probed, objective: Objective, run: Run, known: Mapping[Key, Record], result: Observed
) -> Run:
    """The run after the probe, with the breach that it opens, goes on with or ends."""
    ok, tally = probed.outcomes[objective.metric].ok, tallies_in(probed.watch)[objective.metric]
    run = after(run, probed.probe, ok=ok, below=tally.is_below(objective.target))
    if not run.breach:
        return run
    if run.breach == "new":
        body = opened(probed.subject.offering, objective, run.missed)
        result.turn(measured(body, tally))
        return replace(run, breach=str(body["id"]))
    record = known.get(breach_key(run.breach))
    if record is None:
        return replace(run, breach="")
    body = measured(record.body, tally)
    if has_ended(run):
        result.turn(ended(body, Instant(run.met_at), "The objective is met again."))
        return Run()
    result.records[record.key] = body if ok else missed_again(body, probed.probe)
    return run


def _counts(watch: JsonObject, found: Mapping[str, Outcome]) -> JsonObject:
    """The counts of the month so far with those of a probe."""
    sums = tallies_in(watch)
    for metric, outcome in found.items():
        sums[metric] = sums.get(metric, Tally()).plus(outcome)
    return {metric: [tally.met, tally.missed] for metric, tally in sums.items()}


def _samples(watch: JsonObject, probe: JsonObject, found: Mapping[str, Outcome]) -> JsonObject:
    """The last probes of the month that missed, by metric: evidence where no run was long enough."""
    samples = dict(cast("dict[str, list[Json]]", watch["samples"]))
    for metric, outcome in found.items():
        if not outcome.ok:
            missed: list[Json] = [*samples.get(metric, []), probe]
            samples[metric] = missed[-MOST_SAMPLES:]
    return cast("JsonObject", samples)


def _level(
    subject: Subject, probe: JsonObject, found: Mapping[str, Outcome], known: Mapping[Key, Record]
) -> JsonObject:
    at = str(probe["at"])
    record = known.get(level_key(subject.id, at[:10]))
    hours = cast("dict[str, JsonObject]", record.body["hours"]) if record is not None else {}
    hour = with_probe(hours.get(at[11:13], {}), probe, found, subject.interval)
    return {"offering": subject.id, "day": at[:10], "hours": {**hours, at[11:13]: hour}}


def _probes(subject: Subject, probe: JsonObject, known: Mapping[Key, Record]) -> JsonObject:
    at = str(probe["at"])
    record = known.get(probes_key(subject.id, at[:13]))
    before = cast("list[Json]", record.body["probes"]) if record is not None else []
    probes: list[Json] = [*before, probe]
    return {"offering": subject.id, "hour": at[:13], "probes": probes[-MOST_PROBES:]}


def _forgetting(subject: Subject, watch: JsonObject, at: Instant, result: Observed) -> JsonObject:
    """The watch, and the probes of hours that are old enough are let go, some at a time."""
    first, oldest = hours_after(at[:13], -KEPT_HOURS), min(str(watch["oldest"]), at[:13])
    for _ in range(MOST_FORGOTTEN):
        if oldest >= first:
            break
        result.records[probes_key(subject.id, oldest)] = None
        oldest = hours_after(oldest, 1)
    return {**watch, "oldest": oldest}
