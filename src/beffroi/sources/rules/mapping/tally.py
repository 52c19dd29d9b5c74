"""What came of the records of a dataset, counted: what a dry run shows and a run reports."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AbcMapping
from dataclasses import dataclass, field

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.sources.rules.mapping.apply import (
    Mapped,
    Outcome,
    Refused,
    Setting,
    Skipped,
    describe,
    map_record,
)
from beffroi.sources.rules.mapping.axes import box_around, surveyed
from beffroi.sources.rules.mapping.format import Mapping
from beffroi.sources.rules.mapping.place import Position, first_position

MOST_REASONS = 20
MOST_EXAMPLES = 5
MOST_FIELDS = 300
MOST_SHOWN = 3

_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?")


@dataclass(slots=True)
class Reason:
    """Why something happened, how often, and to whom for example."""

    sentence: str
    count: int = 0
    examples: list[str] = field(default_factory=list[str])

    def shown(self) -> JsonObject:
        return {"reason": self.sentence, "count": self.count, "examples": list[Json](self.examples)}


@dataclass(slots=True)
class Tally:
    """Counts while records come in; memory stays bounded however many there are."""

    read: int = 0
    mapped: int = 0
    refused: int = 0
    skipped: int = 0
    reasons: dict[str, Reason] = field(default_factory=dict[str, Reason])
    notes: dict[str, Reason] = field(default_factory=dict[str, Reason])
    filled: dict[str, int] = field(default_factory=dict[str, int])
    swapped: int = 0
    places: Box | None = None
    """Around where the things stand."""

    def add(self, record: JsonObject, outcome: Outcome) -> None:
        """Count one record and what it became."""
        self.read += 1
        self._look_at(record)
        match outcome:
            case Mapped(entity, notes):
                self.mapped += 1
                self._place(entity)
                for note in notes:
                    self.swapped += note[0] == "swapped"
                    _count(self.notes, describe(note), str(entity["id"]))
            case Skipped(because):
                self.skipped += 1
                _count(self.reasons, because, "")
            case Refused(who, because):
                self.refused += 1
                _count(self.reasons, because, who)

    def counted(self) -> dict[str, int]:
        """How often each reason was met until now: what `since` begins from."""
        return {kind: reason.count for kind, reason in self.reasons.items()}

    def since(self, before: AbcMapping[str, int]) -> tuple[JsonObject, ...]:
        """The reasons that were met since then, as JSON."""
        met = ((reason, reason.count - before.get(kind, 0)) for kind, reason in self.reasons.items())
        return tuple({**reason.shown(), "count": count} for reason, count in met if count)

    def repeat(self, reasons: Iterable[JsonObject]) -> None:
        """Count the reasons of records that were not read again, as `since` gave them."""
        for each in reasons:
            match each:
                case {"reason": str(sentence), "count": int(count), "examples": list(examples)}:
                    found = _reason_of(self.reasons, sentence)
                    found.count += count
                    named = [str(who) for who in examples if str(who) not in found.examples]
                    found.examples.extend(named[: MOST_EXAMPLES - len(found.examples)])
                case _:
                    pass

    def shown(self, mapping: Mapping) -> JsonObject:
        """As JSON: counts, reasons with examples, and what became of the fields."""
        unused = [name for name in self.filled if name not in mapping.fields]
        return {
            "read": self.read,
            "mapped": self.mapped,
            "refused": self.refused,
            "skipped": self.skipped,
            "swapped": self.swapped,
            "places": None if self.places is None else [float(each) for each in self.places],
            "reasons": [reason.shown() for reason in self.reasons.values()],
            "notes": [reason.shown() for reason in self.notes.values()],
            "unused": list[Json](sorted(unused)),
            "empty": list[Json](sorted(name for name, filled in self.filled.items() if filled == 0)),
            "absent": list[Json](sorted(name for name in mapping.fields if name not in self.filled)),
        }

    def _place(self, entity: JsonObject) -> None:
        match entity.get("location"):
            case {"value": dict(geometry)}:
                corners = () if self.places is None else (self.places[:2], self.places[2:])
                self.places = box_around([first_position(geometry), *(Position(*each) for each in corners)])
            case _:
                pass

    def _look_at(self, record: JsonObject) -> None:
        filled = self.filled
        for name, value in record.items():
            if name in filled:
                filled[name] += value is not None and value != ""
            elif len(filled) < MOST_FIELDS:
                filled[name] = int(value is not None and value != "")


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a mapping would make of records, without writing anything; `stop` is why a run would stop."""

    tally: Tally
    examples: tuple[JsonObject, ...]
    stop: str = ""

    def shown(self, mapping: Mapping) -> JsonObject:
        return {
            "mapping": mapping.name,
            "type": mapping.type,
            **self.tally.shown(mapping),
            "entities": list[Json](self.examples),
        }


def dry_run(mapping: Mapping, records: Sequence[JsonObject], setting: Setting) -> DryRun:
    """Map records and keep only what is worth telling."""
    tally, examples, stop = Tally(), list[JsonObject](), ""
    try:
        setting = surveyed(mapping, records, setting)
    except Problem as problem:
        stop = problem.detail
    for record in records:
        outcome = map_record(mapping, record, setting)
        tally.add(record, outcome)
        if isinstance(outcome, Mapped) and len(examples) < MOST_SHOWN:
            examples.append(outcome.entity)
    return DryRun(tally, tuple(examples), stop)


def _count(reasons: dict[str, Reason], sentence: str, who: str) -> None:
    found = _reason_of(reasons, sentence)
    found.count += 1
    if who and len(found.examples) < MOST_EXAMPLES:
        found.examples.append(who)


def _reason_of(reasons: dict[str, Reason], sentence: str) -> Reason:
    """Group sentences that differ only in the values they quote."""
    kind = _VARYING.sub("…", sentence)
    found = reasons.get(kind)
    if found is None:
        if len(reasons) >= MOST_REASONS:
            kind, sentence = "", "Other reasons."
        found = reasons.setdefault(kind, Reason(sentence))
    return found
