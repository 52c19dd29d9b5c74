"""Measure: an indicator computed from a city's own data, as a value that carries its source and date."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final
from urllib.parse import urlencode

from beffroi.kernel.instant import NO_INSTANT, Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem

PLACES: Final = Decimal("0.000000001")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found: how many `entities`, how many of them meet the condition of a share (`those`), the
    numbers that their attribute has, and when the oldest and newest of them were observed."""

    entities: int = 0
    those: int = 0
    values: Sequence[Decimal] = ()
    oldest: Instant = NO_INSTANT
    newest: Instant = NO_INSTANT


def question(measure: JsonObject) -> dict[str, str]:
    """The NGSI-LD query (clause 5.7.2) of a measure, as its parameters."""
    return {name: str(measure[name]) for name in ("type", "q") if name in measure}


def reading(indicator: str, measure: JsonObject, seen: Seen, at: Instant) -> JsonObject:
    """The content of the reading. Raises Problem(BadRequestData) where there is nothing to compute from."""
    source: JsonObject = {
        "how": "computed",
        "query": f"{measure['aggregate']} of /ngsi-ld/v1/entities?{urlencode(question(measure))}",
        "entities": seen.entities,
    }
    if "attribute" in measure:
        source |= {"note": f"attribute {measure['attribute']}", "values": len(seen.values)}
    elif "condition" in measure:
        source |= {"note": f"share of {measure['condition']}", "values": seen.those}
    if seen.oldest:
        source |= {"oldest": seen.oldest, "newest": seen.newest}
    value = _text(aggregate(str(measure["aggregate"]), seen))
    return {"indicator": indicator, "value": value, "at": at, "source": source}


def aggregate(name: str, seen: Seen) -> Decimal:
    """One number of what was found. Raises Problem(BadRequestData) for a mean of nothing.

    >>> aggregate("mean", Seen(3, values=(Decimal(1), Decimal(2), Decimal(6))))
    Decimal('3')
    """
    match name:
        case "count":
            return Decimal(seen.entities)
        case "sum":
            return sum(seen.values, Decimal(0))
        case "share" if seen.entities:
            return Decimal(seen.those) / seen.entities
        case "mean" if seen.values:
            return sum(seen.values, Decimal(0)) / len(seen.values)
        case "minimum" if seen.values:
            return min(seen.values)
        case "maximum" if seen.values:
            return max(seen.values)
        case _:
            raise Problem(
                BadRequestData, f"There is nothing to compute the {name} of: no entity has a number."
            )


def _text(value: Decimal) -> str:
    """The number as a decimal text of at most nine places.

    >>> _text(Decimal(1) / 3), _text(Decimal("40.0")), _text(Decimal("1E+3"))
    ('0.333333333', '40', '1000')
    """
    rounded = value.quantize(PLACES, ROUND_HALF_EVEN)
    text = format(rounded, "f").rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text
