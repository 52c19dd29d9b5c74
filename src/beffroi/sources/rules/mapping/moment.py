"""Moments as foreign systems write them, honest about zones and clock changes (RFC 3339, IANA zones)."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from beffroi.kernel.instant import Instant, instant_of, parse_instant
from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.rules.quoting import quoted

Fold: TypeAlias = Literal["refuse", "earlier", "later"]

ISO = "iso"
EPOCH = "epoch"
EPOCH_MILLISECONDS = "epoch-ms"
MOST_CHARACTERS = 60

_DIRECTIVES = frozenset("YmdHMSfzyj%")  # those that do not depend on the language of a machine
_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?))?", re.ASCII)
_SPACED = re.compile(
    r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?) ?([Zz]|[+-]\d{2}:?\d{2})", re.ASCII
)


def zone_of(name: str) -> tzinfo:
    """The zone with an IANA name; raises Problem(BadRequestData)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as failure:
        raise Problem(BadRequestData, f"The time zone {name[:60]!r} is not known here.") from failure


def check_layout(layout: str) -> None:
    """Raise Problem(BadRequestData) unless `layout` is iso, epoch, epoch-ms or made of known directives."""
    if layout in (ISO, EPOCH, EPOCH_MILLISECONDS):
        return
    used = re.findall(r"%(.)", layout)
    if not used or not set(used) <= _DIRECTIVES or len(layout) > MOST_CHARACTERS:
        raise Problem(
            BadRequestData,
            f"The layout {layout[:60]!r} is neither iso, epoch, epoch-ms "
            f"nor made of %{' %'.join(sorted(_DIRECTIVES))}.",
        )


def moment_of(value: Json, layout: str = ISO, zone: tzinfo | None = None, fold: Fold = "refuse") -> Instant:
    """Read a moment. A local one needs a declared `zone`; one that does not exist is refused, one that
    exists twice (the hour when clocks go back) is refused unless `fold` says which.

    Raises Problem(BadRequestData).

    >>> moment_of("2022-11-29T11:47:16+01:00")
    '2022-11-29T10:47:16.000000Z'
    >>> moment_of("29/11/2022 11:47", "%d/%m/%Y %H:%M", zone_of("Europe/Paris"))
    '2022-11-29T10:47:00.000000Z'
    >>> moment_of(1669718836, EPOCH)
    '2022-11-29T10:47:16.000000Z'
    """
    match layout, value:
        case (("epoch" | "epoch-ms"), (int() | float() | str())) if not isinstance(value, bool):
            return _counted(value, 1000 if layout == EPOCH_MILLISECONDS else 1)
        case _, str() if 0 < len(value) <= MOST_CHARACTERS:
            return _iso(value.strip(), zone, fold) if layout == ISO else _laid_out(value, layout, zone, fold)
        case _:
            raise _unreadable(value)


def day_of(value: Json, layout: str = ISO) -> str:
    """Read a calendar day, as `YYYY-MM-DD`; raises Problem(BadRequestData).

    >>> day_of("2019-05-04T00:00:00+02:00"), day_of("04/05/2019", "%d/%m/%Y")
    ('2019-05-04', '2019-05-04')
    """
    if not isinstance(value, str) or not 0 < len(value) <= MOST_CHARACTERS:
        raise _unreadable(value)
    try:
        if layout == ISO:
            return date.fromisoformat(value.strip()[:10]).isoformat()
        return datetime.strptime(value.strip(), layout).replace(tzinfo=UTC).date().isoformat()
    except ValueError as failure:
        raise _unreadable(value) from failure


def _counted(value: float | str, per_second: int) -> Instant:
    try:
        seconds = float(value) / per_second
        return instant_of(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
    except (ValueError, OverflowError) as failure:
        raise _unreadable(value) from failure


def _iso(text: str, zone: tzinfo | None, fold: Fold) -> Instant:
    spaced = _SPACED.fullmatch(text)
    found = parse_instant(f"{spaced[1]}T{spaced[2]}{spaced[3]}" if spaced else text)
    if found is not None:
        return found
    local = _LOCAL.fullmatch(text)
    if local is None or local[2] is None:
        raise _unreadable(text)
    whole, _, fraction = local[2].replace(",", ".").partition(".")
    time = f"{whole}.{(fraction + '000000')[:6]}" if fraction else whole
    try:
        return _zoned(datetime.fromisoformat(f"{local[1]}T{time}"), text, zone, fold)
    except ValueError as failure:
        raise _unreadable(text) from failure


def _laid_out(text: str, layout: str, zone: tzinfo | None, fold: Fold) -> Instant:
    try:
        read = datetime.strptime(text.strip(), layout)  # noqa: DTZ007 - the zone is given next
    except ValueError as failure:
        raise _unreadable(text) from failure
    return instant_of(read) if read.tzinfo is not None else _zoned(read, text, zone, fold)


def _zoned(local: datetime, text: str, zone: tzinfo | None, fold: Fold) -> Instant:
    if zone is None:
        raise Problem(BadRequestData, f"The moment {text[:60]!r} has no zone, and no zone is declared.")
    try:
        first, second = (local.replace(tzinfo=zone, fold=each) for each in (0, 1))
        if first.utcoffset() != second.utcoffset():
            if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
                raise Problem(
                    BadRequestData, f"The moment {text[:60]!r} does not exist: clocks went forward."
                )
            if fold == "refuse":
                raise Problem(BadRequestData, f"The moment {text[:60]!r} exists twice: clocks went back.")
        return instant_of(second if fold == "later" else first)
    except OverflowError as failure:
        raise _unreadable(text) from failure


def _unreadable(value: Json) -> Problem:
    return Problem(BadRequestData, f"{quoted(value)} is not a moment.")
