"""What the pages of calls show: where the moments of a calendar stand, and the fields of a draft."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from beffroi.kernel.instant import Instant, datetime_of, parse_instant, seconds_between
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.network.rules.calls.calendar import MOMENTS, calendar_of
from beffroi.network.rules.calls.call import calendar_in

MOST_CRITERIA: Final = 8
_LEFT, _RIGHT = 20, 980


@dataclass(frozen=True, slots=True)
class Milestone:
    """A moment of a calendar: its place on a line of 1,000 units, and how it is said in the call's zone."""

    name: str
    at: Instant
    x: int
    said: str
    past: bool


def milestones(content: JsonObject, now: Instant, write: Callable[[Instant, str], str]) -> list[Milestone]:
    """The moments of the call with the present among them, in order; none without a calendar."""
    if "calendar" not in content:
        return []
    calendar = calendar_of(calendar_in(content))
    moments = dict(
        zip(MOMENTS, (calendar.opens, calendar.questions, calendar.closes, calendar.decides), strict=True)
    )
    whole = max(seconds_between(calendar.opens, calendar.decides), 1.0)

    def stone(name: str, at: Instant) -> Milestone:
        share = min(max(seconds_between(calendar.opens, at) / whole, 0.0), 1.0)
        x = round(_LEFT + (_RIGHT - _LEFT) * share)
        return Milestone(name, at, x, write(at, calendar.zone), at <= now)

    found = [stone(name, at) for name, at in {**moments, "now": now}.items()]
    return sorted(found, key=lambda each: (each.at, each.name == "now"))


def fields_of(content: JsonObject) -> dict[str, str]:
    """A draft as the fields of its form."""
    calendar = cast("dict[str, str]", content.get("calendar", {}))
    budget = cast("dict[str, str]", content.get("budget", {}))
    fields = {name: str(content.get(name, "")) for name in ("title", "challenge", "contract", "contact")}
    fields["zone"] = calendar.get("zone", "Europe/Paris")
    for name in MOMENTS:
        fields[name] = _typed(calendar[name], fields["zone"]) if name in calendar else ""
    fields |= {name: str(budget.get(name, "")) for name in ("currency", "from", "to")}
    fields["eligibility"] = "\n".join(cast("list[str]", content.get("eligibility", [])))
    criteria = objects_in(content.get("criteria"))
    for place, each in enumerate(criteria):
        fields[f"criterion{place}"] = str(each["name"])
        fields[f"weight{place}"] = str(each["weight"])
    for place, city in enumerate(objects_in(content.get("cities"))):
        fields[f"city{place}"] = str(city["name"])
    return fields


def content_from(before: JsonObject, fields: Mapping[str, str], chosen: list[str], rules: str) -> JsonObject:
    """The content of a draft with what its form says; `chosen` are ids of the register `rules`."""
    content: JsonObject = {**before}
    for name in ("title", "challenge", "contract", "contact"):
        _set(content, name, fields.get(name, "").strip())
    _set(content, "calendar", _calendar(fields))
    amounts: JsonObject = {name: _amount(fields.get(name, "")) for name in ("from", "to")}
    _set(
        content,
        "budget",
        {"currency": fields.get("currency", "").strip(), **amounts} if any(amounts.values()) else None,
    )
    lines: list[Json] = [line.strip() for line in fields.get("eligibility", "").splitlines() if line.strip()]
    _set(content, "eligibility", lines)
    _set(content, "criteria", _criteria(before, fields))
    ids: list[Json] = [*chosen]
    _set(content, "requirements", {"rules": rules, "ids": ids} if ids else None)
    _set(content, "cities", _cities(before, fields))
    return content


def _set(content: JsonObject, name: str, value: Json) -> None:
    if value:
        content[name] = value
    else:
        content.pop(name, None)


def _calendar(fields: Mapping[str, str]) -> JsonObject | None:
    if not any(fields.get(name, "").strip() for name in MOMENTS):
        return None
    zone = fields.get("zone", "").strip()
    return {"zone": zone, **{name: _written(fields.get(name, "").strip(), zone) for name in MOMENTS}}


def _written(text: str, zone: str) -> str:
    """A time as a form has it (`2027-03-01T12:00`), with the offset of the zone; what is none stays."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).isoformat()
    except (ValueError, OSError):
        return text


def _typed(text: str, zone: str) -> str:
    """A moment of a document as a form has it, in the zone."""
    at = parse_instant(text)
    return datetime_of(at).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if at else ""


def _criteria(before: JsonObject, fields: Mapping[str, str]) -> list[Json]:
    known = objects_in(before.get("criteria"))
    rows = list[Json]()
    for place in range(MOST_CRITERIA):
        name, weight = fields.get(f"criterion{place}", "").strip(), fields.get(f"weight{place}", "").strip()
        if name or weight:
            kept = known[place] if place < len(known) else {"id": f"criterion-{place + 1}"}
            rows.append({**kept, "name": name, "weight": int(weight) if _is_whole(weight) else weight})
    return rows


def _cities(before: JsonObject, fields: Mapping[str, str]) -> list[Json]:
    known = objects_in(before.get("cities"))
    return [{**city, "name": fields.get(f"city{at}") or city["name"]} for at, city in enumerate(known)]


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _amount(text: str) -> str:
    return "".join(text.split()).replace(",", ".")


def later_calendar(content: JsonObject, fields: Mapping[str, str]) -> JsonObject:
    """The calendar of an open call with what the form says; an empty field leaves the moment as it is."""
    calendar = calendar_in(content)
    zone = str(calendar["zone"])
    asked = {
        name: _written(fields[name].strip(), zone)
        for name in MOMENTS
        if fields.get(name, "").strip() and fields[name].strip() != _typed(str(calendar[name]), zone)
    }
    return {**calendar, **asked}


def typed_calendar(content: JsonObject) -> dict[str, str]:
    """The moments as the fields of a form."""
    calendar = calendar_in(content)
    return {name: _typed(str(calendar[name]), str(calendar["zone"])) for name in MOMENTS}
