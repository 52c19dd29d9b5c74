"""Where each action and each indicator of a strategy stands on a day."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias, cast

from beffroi.kernel.json import JsonObject
from beffroi.network.rules.document import content_of

Standing: TypeAlias = Literal["planned", "on its way", "late", "done", "stopped"]
STANDINGS: Final[tuple[Standing, ...]] = ("planned", "on its way", "late", "done", "stopped")


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator with its readings, the oldest first. `progress` is the share of the way from its start to
    its target, None if one of them is not known; it may be below 0 or above 1."""

    indicator: JsonObject
    readings: tuple[JsonObject, ...]
    progress: Decimal | None


@dataclass(frozen=True, slots=True)
class Deed:
    """An action, where it stands, and its indicators."""

    action: JsonObject
    standing: Standing
    indicators: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """A pledge with its actions and indicators, and how many actions stand where."""

    pledge: JsonObject
    deeds: tuple[Deed, ...]
    indicators: tuple[Measured, ...]
    counts: Mapping[str, int]


def standing(action: JsonObject, today: str) -> Standing:
    """Where an action stands on a day (ISO 8601). What should have begun or ended by then and did not, is
    late.

    >>> standing({"content": {"stage": "running", "ends": "2026-06-30"}}, "2026-07-01")
    'late'
    >>> standing({"content": {"stage": "planned", "begins": "2026-09-01"}}, "2026-07-01")
    'planned'
    """
    content = content_of(action)
    stage, begins, ends = content["stage"], content.get("begins"), content.get("ends")
    if stage in {"done", "stopped"}:
        return cast("Standing", stage)
    if ends and str(ends) < today:
        return "late"
    if stage == "running":
        return "on its way"
    return "late" if begins and str(begins) < today else "planned"


def progress(indicator: JsonObject, readings: Sequence[JsonObject]) -> Decimal | None:
    """How much of the way from its start to its target an indicator has gone; without a start of its own it
    starts at its first reading."""
    content = content_of(indicator)
    if "target" not in content or not readings:
        return None
    begin = Decimal(str(content.get("start", _value(readings[0]))))
    target, now = Decimal(str(content["target"])), Decimal(_value(readings[-1]))
    return None if begin == target else (now - begin) / (target - begin)


def board(
    pledges: Iterable[JsonObject],
    actions: Iterable[JsonObject],
    indicators: Iterable[JsonObject],
    readings: Iterable[JsonObject],
    today: str,
) -> list[Promise]:
    """Every pledge with what was done for it, in the order of the pledges; what is withdrawn is left out."""
    by_indicator = _grouped(readings, "indicator")
    shown = _grouped(indicators, "shows")
    by_pledge = _grouped(actions, "pledge")

    def measured(id: str) -> tuple[Measured, ...]:
        return tuple(_measured(each, by_indicator) for each in shown.get(id, ()))

    promises = list[Promise]()
    for pledge in sorted(_standing(pledges), key=_number):
        id = str(pledge["id"])
        deeds = tuple(
            Deed(action, standing(action, today), measured(str(action["id"])))
            for action in by_pledge.get(id, ())
        )
        counts = Counter[str](deed.standing for deed in deeds)
        promises.append(Promise(pledge, deeds, measured(id), {each: counts[each] for each in STANDINGS}))
    return promises


def totals(promises: Iterable[Promise]) -> Mapping[str, int]:
    """How many actions of all pledges stand where."""
    counts = Counter[str]()
    for promise in promises:
        counts.update(promise.counts)
    return {each: counts[each] for each in STANDINGS}


def _measured(indicator: JsonObject, by_indicator: Mapping[str, list[JsonObject]]) -> Measured:
    found = tuple(sorted(by_indicator.get(str(indicator["id"]), ()), key=_at))
    return Measured(indicator, found, progress(indicator, found))


def _grouped(documents: Iterable[JsonObject], member: str) -> dict[str, list[JsonObject]]:
    groups = dict[str, list[JsonObject]]()
    for document in _standing(documents):
        content = content_of(document)
        groups.setdefault(str(content[member]), []).append(document)
    return groups


def _standing(documents: Iterable[JsonObject]) -> list[JsonObject]:
    return [each for each in documents if "withdrawn" not in each]


def _number(pledge: JsonObject) -> int:
    return cast("int", content_of(pledge).get("number", 10_001))


def _at(reading: JsonObject) -> str:
    return str(content_of(reading)["at"])


def _value(reading: JsonObject) -> str:
    return str(content_of(reading)["value"])
