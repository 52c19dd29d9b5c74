"""Promises, probes and watched offerings for the tests of service levels."""

from collections.abc import Iterable, Mapping
from typing import Any

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Key, Record, document_of
from beffroi.market.rules.service_level.breach import run_of
from beffroi.market.rules.service_level.observing import Observed, keys_of, observed
from beffroi.market.rules.service_level.promise import Promise, read_promise
from beffroi.market.rules.service_level.watch import Subject, watch_key

START = Instant("2026-11-10T08:00:00.000000Z")
AVAILABLE: dict[str, Any] = {
    "metric": "availability", "target": 99,
    "credit": [{"below": 99, "percent": 5}, {"below": 95, "percent": 20}],
}  # fmt: skip
FRESH: dict[str, Any] = {"metric": "freshness", "target": 90, "withinSeconds": 600}
COMPLETE: dict[str, Any] = {"metric": "completeness", "target": 95, "attributes": ["free", "location"]}


def term(*objectives: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"@type": "ServiceLevelTerm", "objective": [*objectives], **more}


def promise(*objectives: Mapping[str, Any], **more: Any) -> Promise:
    return read_promise(term(*objectives, **more))


def up(minute: float, since: Instant = START, **more: Any) -> dict[str, Any]:
    return {"at": plus_seconds(since, minute * 60), "status": 200, "milliseconds": 7, "sha256": "ab", **more}


def down(minute: float, since: Instant = START, **more: Any) -> dict[str, Any]:
    reason = {"status": 0, "reason": "It does not answer."}
    return up(minute, since) | reason | more


class Watched:
    """One offering whose probes come one after another; `records` are what is kept."""

    def __init__(self, *objectives: Mapping[str, Any], interval: float = 60, **more: Any) -> None:
        self.subject = Subject({"id": "o", "name": "Bikes"}, promise(*objectives, **more), interval)
        self.records: dict[Key, Record] = {}

    def see(self, probes: Iterable[JsonObject]) -> list[dict[str, Any]]:
        """The breaches that begin or end with these probes."""
        turned = list[JsonObject]()
        for probe in probes:
            at = Instant(str(probe["at"]))
            keys = keys_of(self.subject, at, self.records.get(watch_key("o")))
            result: Observed = observed(
                self.subject, probe, {k: self.records[k] for k in keys if k in self.records}
            )
            turned += result.turned
            for key, body in result.records.items():
                if body is None:
                    self.records.pop(key, None)
                else:
                    self.records[key] = Record(key, document_of(body))
        return turned

    @property
    def watch(self) -> Any:
        return self.records[watch_key("o")].body

    def of(self, kind: str) -> list[Any]:
        return [record.body for key, record in sorted(self.records.items()) if key.kind == kind]

    def missed_of(self, metric: str) -> int:
        return len(run_of(self.watch["runs"].get(metric)).missed)
