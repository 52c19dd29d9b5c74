"""Figures: what a city is compared by, measured and never asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, cast

from beffroi.kernel.instant import Instant, datetime_of
from beffroi.kernel.json import JsonObject
from beffroi.network.rules.document import content_of
from beffroi.network.rules.strategy.board import Promise

HOUR_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found in a city's node. `passed` of `testable` requirements by the check of the day `checked`
    (none: never checked); `changed` are moments of the last changes of sampled entities."""

    entities: int
    types: int
    changed: Sequence[Instant] = ()
    passed: int = 0
    testable: int = 0
    checked: str = ""


def figures(measured: Measured, promises: Iterable[Promise], now: Instant) -> JsonObject:
    """The content of a comparison.

    A pledge is kept when it has actions and each of them that was not stopped is done.
    """
    kept = [list(promise.deeds) for promise in promises]
    deeds = [deed for each in kept for deed in each]
    found: JsonObject = {
        "types": measured.types,
        "entities": measured.entities,
        "pledges": len(kept),
        "kept": sum(map(_is_kept, [[deed.standing for deed in each] for each in kept])),
        "actions": len(deeds),
        "done": sum(deed.standing == "done" for deed in deeds),
    }
    if measured.checked:
        found |= {"passed": measured.passed, "testable": measured.testable, "checked": measured.checked}
    if measured.changed:
        ages = [(datetime_of(now) - datetime_of(each)).total_seconds() for each in measured.changed]
        found["freshness"] = round(max(median(ages), 0.0) / HOUR_S, 3)
    return {"on": now[:10], "figures": found}


def ranked(documents: Iterable[JsonObject]) -> list[JsonObject]:
    """The comparisons that stand, those with the most passed requirements first."""
    return sorted((each for each in documents if "withdrawn" not in each), key=_share, reverse=True)


def _is_kept(standings: Sequence[str]) -> bool:
    """Whether something was done and nothing is left to do.

    >>> _is_kept(["done", "stopped"]), _is_kept(["stopped"]), _is_kept([])
    (True, False, False)
    """
    return "done" in standings and all(each in {"done", "stopped"} for each in standings)


def _share(document: JsonObject) -> float:
    found = cast("JsonObject", content_of(document)["figures"])
    testable = cast("int", found.get("testable", 0))
    return cast("int", found.get("passed", 0)) / testable if testable else -1.0
