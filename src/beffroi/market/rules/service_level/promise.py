"""The service level that an offering promises: an element of `productOfferingTerm` (TMF620) whose `@type` is
ServiceLevelTerm; the schema of its further members is served at the address in `@schemaLocation`."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NoReturn

from beffroi.kernel.instant import Instant, parse_instant, seconds_between, shortened
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.prices.money import decimal_of
from beffroi.market.rules.service_level.maintenance import Window, check_announced, check_months, is_excluded

TYPE: Final = "ServiceLevelTerm"
SCHEMA_PATH: Final = "/schemas/ServiceLevelTerm.json"
METRICS: Final = ("availability", "freshness", "completeness")

LEAST_WITHIN: Final = 1
GREATEST_WITHIN: Final = 366 * 86_400
MOST_ATTRIBUTES: Final = 20
MOST_TIERS: Final = 10
MOST_WINDOWS: Final = 50
MOST_DECIMALS: Final = 4
LONGEST_NAME: Final = 500
LONGEST_WINDOW_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Tier:
    """A month measured below `below` percent gives a credit of `percent` of what the month cost."""

    below: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Objective:
    """At least `target` percent in each calendar month.

    Availability: of the probes that were answered. Freshness: of the answers whose newest observation is at
    most `within` seconds old. Completeness: of the entities in answers, those that have all `attributes`.
    """

    metric: str
    target: Decimal
    within: int = 0
    attributes: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """`most` is the greatest credit of a month, in percent, all objectives together."""

    objectives: tuple[Objective, ...]
    most: Decimal = Decimal(100)
    maintenance: tuple[Window, ...] = ()

    def excludes(self, at: Instant) -> bool:
        """Whether a moment lies in announced maintenance, as far as its month may have any."""
        return is_excluded(self.maintenance, at)


def promise_of(offering: Mapping[str, Json]) -> Promise | None:
    """The promise of an offering; None without one. Raises Problem(BadRequestData) that names the value."""
    terms = objects_in(offering.get("productOfferingTerm"))
    found = [each for each in terms if each.get("@type") == TYPE]
    if len(found) > 1:
        _bad(f"The document has {len(found)} terms of the type {TYPE}; one says all.")
    return read_promise(found[0]) if found else None


def promise_in(offering: Mapping[str, Json]) -> Promise | None:
    """The promise of an offering that is kept; None also for one that cannot be read: it was written before
    promises were checked."""
    try:
        return promise_of(offering)
    except Problem:
        return None


def read_promise(element: JsonObject) -> Promise:
    """One element as a Promise. Raises Problem(BadRequestData).

    >>> term = {"objective": [{"metric": "availability", "target": 99.5}]}
    >>> read_promise(term).objectives[0].target
    Decimal('99.5')
    """
    stated = element.get("objective")
    if not isinstance(stated, list) or not 0 < len(stated) <= len(METRICS):
        _bad(f"The {TYPE} has no 'objective' with 1 to {len(METRICS)} objectives.")
    objectives = tuple(map(_objective, stated))
    metrics = [each.metric for each in objectives]
    for metric in metrics:
        if metrics.count(metric) > 1:
            _bad(f"The {TYPE} promises '{metric}' twice.")
    most = _percent(element.get("greatestCredit", 100), "greatestCredit")
    return Promise(objectives, most, _windows(element.get("maintenance", [])))


def check_promise(before: Mapping[str, Json], after: Mapping[str, Json], now: Instant, *, sold: bool) -> None:
    """Refuse a change of what was promised to buyers already, maintenance that is announced too late, and
    more of it than a month may have.

    `sold`: whether the offering is or was to be ordered. Raises Problem: BadRequestData, Conflict.
    """
    old, new = promise_in(before), promise_of(after)
    if new is not None and (old is None or old.maintenance != new.maintenance):
        check_months(new.maintenance)
    if not sold or (old is None and new is None):
        return
    if old is None or new is None or (old.objectives, old.most) != (new.objectives, new.most):
        _bad(
            "What an offering promises does not change once it could be ordered; retire it and make another."
        )
    check_announced(old.maintenance, new.maintenance, now)


def _objective(value: Json) -> Objective:
    if not isinstance(value, dict):
        _bad(f"The objective {_shown(value)} is no object.")
    metric = value.get("metric")
    if not isinstance(metric, str) or metric not in METRICS:
        _bad(f"The metric {_shown(metric)} is none of {', '.join(METRICS)}.")
    target = _percent(value.get("target"), f"target of {metric}")
    return Objective(
        metric,
        target,
        _within(value.get("withinSeconds"), metric),
        _attributes(value.get("attributes"), metric),
        _tiers(value.get("credit", []), target, metric),
    )


def _within(value: Json, metric: str) -> int:
    if metric != "freshness":
        if value is not None:
            _bad(f"The member 'withinSeconds' says nothing about {metric}.")
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not LEAST_WITHIN <= value <= GREATEST_WITHIN:
        _bad(
            f"The member 'withinSeconds' is {_shown(value)}, no whole number from {LEAST_WITHIN} to "
            f"{GREATEST_WITHIN}."
        )
    return value


def _attributes(value: Json, metric: str) -> tuple[str, ...]:
    if metric != "completeness":
        if value is not None:
            _bad(f"The member 'attributes' says nothing about {metric}.")
        return ()
    if not isinstance(value, list) or not 0 < len(value) <= MOST_ATTRIBUTES:
        _bad(f"The member 'attributes' is {_shown(value)}, no list of 1 to {MOST_ATTRIBUTES} names.")
    names = list[str]()
    for name in value:
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            _bad(f"The member 'attributes' holds {_shown(name)}, which is no name.")
        names.append(name.strip())
    return tuple(dict.fromkeys(names))


def _tiers(value: Json, target: Decimal, metric: str) -> tuple[Tier, ...]:
    if not isinstance(value, list) or len(value) > MOST_TIERS:
        _bad(f"The credit of {metric} is {_shown(value)}, no list of at most {MOST_TIERS} tiers.")
    tiers = list[Tier]()
    for each in value:
        if not isinstance(each, dict):
            _bad(f"The credit of {metric} holds {_shown(each)}, no object with 'below' and 'percent'.")
        tier = Tier(_percent(each.get("below"), "below"), _percent(each.get("percent"), "percent"))
        if tier.below > target:
            _bad(f"A credit of {metric} begins below {tier.below} %, above the {target} % that are promised.")
        if tiers and not (tier.below < tiers[-1].below and tier.percent > tiers[-1].percent):
            _bad(f"The credits of {metric} do not fall in 'below' and grow in 'percent'.")
        tiers.append(tier)
    return tuple(tiers)


def _windows(value: Json) -> tuple[Window, ...]:
    if not isinstance(value, list) or len(value) > MOST_WINDOWS:
        _bad(f"The member 'maintenance' is {_shown(value)}, no list of at most {MOST_WINDOWS} periods.")
    return tuple(map(_window, value))


def _window(value: Json) -> Window:
    if not isinstance(value, dict):
        _bad(f"The maintenance {_shown(value)} is no period.")
    edges = [value.get("startDateTime"), value.get("endDateTime")]
    moments = [parse_instant(edge) if isinstance(edge, str) else None for edge in edges]
    since, until = moments
    if since is None or until is None:
        _bad(f"The maintenance {_shown(edges)} has no two date-times with a zone.")
    if not 0 < seconds_between(since, until) <= LONGEST_WINDOW_S:
        _bad(f"The maintenance of {shortened(since)} does not last up to {LONGEST_WINDOW_S // 3600} hours.")
    return Window(since, until)


def _percent(value: Json, name: str) -> Decimal:
    number = decimal_of(value, f"The member '{name}'")
    places = number.normalize().as_tuple().exponent
    if not 0 < number <= 100 or (isinstance(places, int) and -places > MOST_DECIMALS):
        _bad(f"The member '{name}' is {number}, no percentage above 0 with at most {MOST_DECIMALS} decimals.")
    return number


def _shown(value: object) -> str:
    return repr(value)[:100]


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence)
