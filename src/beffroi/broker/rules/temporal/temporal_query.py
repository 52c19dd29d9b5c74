"""TemporalQuery: which moments of the past are asked for (clauses 4.11, 5.2.21)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from beffroi.broker.rules.names import bad
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant, plus_seconds

TemporalProperty: TypeAlias = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]
Relation: TypeAlias = Literal["before", "after", "between", ""]

PROPERTIES: Final = ("observedAt", "createdAt", "modifiedAt", "deletedAt")
RELATIONS: Final = ("before", "after", "between")
AHEAD_S: Final = 15 * 86_400.0
"""How long before the moment that it is for a forecast may have been written."""
LONGEST_COUNT: Final = 9
"""Digits of lastN."""


@dataclass(frozen=True, slots=True)
class TemporalQuery:
    """`since` is included, `until` is not; NO_INSTANT is no bound. `relation` empty: no restriction.

    `of` is the temporal property that is compared, `last` is lastN, 0 for none. `named` says whether a
    temporal property was named: without one and without a relation every instance is part of the answer,
    whatever moments it has.
    """

    relation: Relation = ""
    since: Instant = NO_INSTANT
    until: Instant = NO_INSTANT
    of: TemporalProperty = "observedAt"
    named: bool = False
    last: int = 0

    @property
    def takes_all(self) -> bool:
        """Whether instances without the temporal property are answered too."""
        return not self.relation and not self.named

    def holds(self, moment: Instant) -> bool:
        """Whether a moment is asked for: before excludes its bound, after includes it (4.11)."""
        return moment >= self.since and not (self.until and moment >= self.until)

    @property
    def written_since(self) -> Instant:
        """What is asked for was written from this moment on."""
        if not self.since or self.of != "observedAt":
            return self.since
        try:
            return plus_seconds(self.since, -AHEAD_S)
        except OverflowError:
            return NO_INSTANT

    @property
    def written_until(self) -> Instant:
        """What is asked for was written before this moment."""
        return self.until if self.of in {"modifiedAt", "deletedAt"} else NO_INSTANT

    @property
    def goes_backwards(self) -> bool:
        """Whether an answer that is cut begins with the newest (6.3.10)."""
        return self.last > 0


def read_temporal_query(asked: Mapping[str, str], *, needed: bool) -> TemporalQuery:
    """Read timerel, timeAt, endTimeAt, timeproperty and lastN; the other members are passed over.

    Raises Problem(BadRequestData) for what is not as clause 4.11 has it, and without timerel where it is
    `needed`.
    """
    relation, named = asked.get("timerel", ""), asked.get("timeproperty", "")
    if "timerel" in asked and relation not in RELATIONS:
        bad(f"The timerel '{relation[:50]}' is none of {', '.join(RELATIONS)}.")
    if "timeproperty" in asked and named not in PROPERTIES:
        bad(f"The timeproperty '{named[:50]}' is none of {', '.join(PROPERTIES)}.")
    last = _count(asked["lastN"]) if "lastN" in asked else 0
    if needed and not relation:
        bad("The temporal query has no timerel.")
    for name in () if relation else ("timeAt", "endTimeAt"):
        if name in asked:
            bad(f"The temporal query has {name} and no timerel.")
    since, until = _bounds(relation, asked) if relation else (NO_INSTANT, NO_INSTANT)
    return TemporalQuery(
        cast("Relation", relation),
        since,
        until,
        cast("TemporalProperty", named or "observedAt"),
        bool(named),
        last,
    )


def _bounds(relation: str, asked: Mapping[str, str]) -> tuple[Instant, Instant]:
    at = _moment(asked, "timeAt", relation)
    if relation == "between":
        return at, _moment(asked, "endTimeAt", relation)
    if "endTimeAt" in asked:
        bad(f"The temporal query has endTimeAt, which is for between, and its timerel is {relation}.")
    return (at, NO_INSTANT) if relation == "after" else (NO_INSTANT, at)


def _moment(asked: Mapping[str, str], name: str, relation: str) -> Instant:
    text = asked.get(name, "")
    if not text:
        bad(f"The temporal query has no {name}, which {relation} needs.")
    moment = parse_instant(text)
    if moment is None:
        bad(f"The {name} '{text[:50]}' is no date-time with a zone.")
    return moment


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > LONGEST_COUNT or int(text) == 0:
        bad(f"The lastN '{text[:50]}' is no whole number from 1 on.")
    return int(text)
