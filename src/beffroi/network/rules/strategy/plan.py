"""What a table of a strategy makes of the documents that are there: new ones, changed ones, the same ones.

What was imported before is found by its title again, so that the same table changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.rules.document import content_of
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.strategy.kinds import ACTION, INDICATOR, PLEDGE, READING
from beffroi.network.rules.strategy.table import Line, plain

_PLEDGE_CELLS: Final = {"axis": "axis", "number": "number"}
_ACTION_CELLS: Final = {name: name for name in ("text", "responsible", "begins", "ends", "stage", "reason")}
_INDICATOR_CELLS: Final = {name: name for name in ("unit", "start", "target")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document as the table has it: `id` is that of the stored one, if there is one."""

    kind: Kind
    id: str
    content: JsonObject
    line: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written: `new` and `changed` documents; `same` is how many are right already."""

    new: tuple[Wanted, ...]
    changed: tuple[Wanted, ...]
    same: int


@dataclass(slots=True)
class _Drawing:
    """What was found in the lines so far, by what makes a document the same."""

    ids: Mapping[tuple[str, ...], str]
    fresh: Iterator[str]
    did: str
    wanted: dict[tuple[str, ...], Wanted] = field(default_factory=dict[tuple[str, ...], Wanted])

    def add(self, kind: Kind, name: tuple[str, ...], content: JsonObject, line: int) -> str:
        """One more mention of a document; what two lines say of it must agree. Its id."""
        before = self.wanted.get(name)
        if before is None:
            id = self.ids.get(name) or kind.id_of(self.did, next(self.fresh))
            self.wanted[name] = Wanted(kind, id, content, line)
            return id
        for member, value in content.items():
            said = before.content.setdefault(member, value)
            if said != value and member != "title":  # it was found by its title, however that is written
                raise Problem(
                    BadRequestData,
                    f"Line {line} says '{str(value)[:60]}' for '{member}' of the {kind.name}"
                    f" '{str(content['title'])[:60]}', and line {before.line} '{str(said)[:60]}'.",
                )
        return before.id


def plan(
    lines: Sequence[Line],
    stored: Sequence[JsonObject],
    *,
    did: str,
    language: str,
    today: str,
    fresh: Iterator[str],
) -> Plan:
    """The documents that the lines ask for. `stored` are those of this node that are there and not withdrawn;
    `fresh` gives names for new ones. Raises Problem(BadRequestData) where lines contradict each other."""
    drawing = _Drawing({_name(each): str(each["id"]) for each in stored}, fresh, did)
    for line in lines:
        _draw(drawing, line, language, today)
    before = {str(each["id"]): content_of(each) for each in stored}
    new, changed, same = list[Wanted](), list[Wanted](), 0
    for wanted in drawing.wanted.values():
        known = before.get(wanted.id)
        if known is None:
            new.append(wanted)
        elif any(known.get(member) != value for member, value in wanted.content.items()):
            changed.append(Wanted(wanted.kind, wanted.id, {**known, **wanted.content}, wanted.line))
        else:
            same += 1
    return Plan(tuple(new), tuple(changed), same)


def _draw(drawing: _Drawing, line: Line, language: str, today: str) -> None:
    cells, number = line.cells, line.number
    pledge = _content(cells["pledge"], language, cells, _PLEDGE_CELLS)
    if "number" in pledge:
        pledge["number"] = int(str(pledge["number"]))
    shows = drawing.add(PLEDGE, ("pledge", plain(cells["pledge"])), pledge, number)
    if "action" in cells:
        action = _content(cells["action"], language, cells, _ACTION_CELLS)
        action |= {"pledge": shows, "stage": cells.get("stage", "planned")}
        shows = drawing.add(ACTION, ("action", shows, plain(cells["action"])), action, number)
    if "indicator" not in cells:
        return
    indicator = _content(cells["indicator"], language, cells, _INDICATOR_CELLS)
    indicator |= {"shows": shows, "unit": cells.get("unit", "C62")}
    shown = drawing.add(INDICATOR, ("indicator", shows, plain(cells["indicator"])), indicator, number)
    if "value" in cells:
        at = f"{cells.get('at', today)}T00:00:00Z"
        reading: JsonObject = {
            "indicator": shown,
            "value": cells["value"],
            "at": at,
            "source": {"how": "typed"},
        }
        drawing.add(READING, ("reading", shown, at), reading, number)


def _content(title: str, language: str, cells: Mapping[str, str], members: Mapping[str, str]) -> JsonObject:
    said = {member: cells[cell] for cell, member in members.items() if cell in cells}
    return {"title": title, "language": language, **said}


def _name(document: JsonObject) -> tuple[str, ...]:
    """What makes a stored document the same as one in a table."""
    content = content_of(document)
    kind = str(document["kind"])
    match kind:
        case "action":
            return kind, str(content["pledge"]), plain(str(content["title"]))
        case "indicator":
            return kind, str(content["shows"]), plain(str(content["title"]))
        case "reading":
            return kind, str(content["indicator"]), str(content["at"])
        case _:
            return kind, plain(str(content["title"]))
