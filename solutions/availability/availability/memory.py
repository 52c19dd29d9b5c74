"""What the program knows: each thing's values as they came, forecasts that wait to be scored, the scores."""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from availability.forecast import HORIZONS, MOST_OPEN, Score, Thing, as_state, forecast, from_state, observe
from availability.trouble import Unusable

LATE_S = 600


@dataclass
class Known:
    """One station or charging point as it was last seen."""

    entity: dict[str, Any]
    at: float
    available: float
    capacity: float


@dataclass
class Memory:
    """`things` and `known` are by the id of the entity; `open`: when due, horizon, ours, naive."""

    things: dict[str, Thing] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    open: dict[str, list[tuple[float, int, float, float]]] = field(default_factory=dict)
    scores: dict[int, Score] = field(default_factory=lambda: {each: Score() for each in HORIZONS})

    def take(self, entity: dict[str, Any], available: str, capacity: str) -> bool:
        """Take in a mapped entity; whether it said something new. One without a number says nothing."""
        value, whole = _number(entity.get(available)), _number(entity.get(capacity))
        moment = _moment(entity.get(available))
        if value is None or whole is None or moment is None or whole < 0:
            return False
        id = str(entity["id"])
        last = self.known.get(id)
        if last is not None and moment < last.at:
            return False
        self._score(id, moment, value)
        observe(self.things.setdefault(id, Thing()), moment, value)
        self.known[id] = Known(entity, moment, value, whole)
        return last is None or last.at != moment or last.available != value

    def ahead(self, id: str) -> dict[int, float]:
        """The forecasts for one thing; they are scored when their time has come."""
        thing, known = self.things[id], self.known[id]
        made = {minutes: forecast(thing, known.capacity, minutes) for minutes in HORIZONS}
        waiting = self.open.setdefault(id, [])
        waiting += [(known.at + each * 60, each, made[each], known.available) for each in HORIZONS]
        del waiting[:-MOST_OPEN]
        return made

    def error(self) -> dict[str, Any]:
        """How wrong the forecasts were that have come due, against those that say that nothing changes."""
        return {f"in{minutes}Minutes": score.said() for minutes, score in self.scores.items()}

    def _score(self, id: str, at: float, value: float) -> None:
        left: list[tuple[float, int, float, float]] = []
        for due, minutes, ours, naive in self.open.get(id, []):
            if due > at:
                left.append((due, minutes, ours, naive))
            elif at - due <= LATE_S:
                score = self.scores[minutes]
                score.count, score.ours, score.naive = (
                    score.count + 1,
                    score.ours + abs(ours - value),
                    score.naive + abs(naive - value),
                )
        if id in self.open:
            self.open[id] = left

    def save(self, path: Path) -> None:
        """Write all of it beside, then in place: what was there stays whole if this is cut off."""
        content = {
            "format": 1,
            "things": {id: as_state(thing) for id, thing in self.things.items()},
            "open": self.open,
            "scores": {str(each): vars(score) for each, score in self.scores.items()},
        }
        beside = path.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)


def load(path: Path) -> Memory:
    """What was saved, or an empty memory. Raises Unusable for a file that is none of ours."""
    if not path.exists():
        return Memory()
    try:
        said = json.loads(path.read_text("utf-8"))
        return Memory(
            things={id: from_state(each) for id, each in said["things"].items()},
            open={
                id: [(float(a), int(b), float(c), float(d)) for a, b, c, d in each]
                for id, each in said["open"].items()
            },
            scores={int(each): Score(**score) for each, score in said["scores"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as failure:
        raise Unusable(
            f"The state '{path}' cannot be read: {failure!r}. Move it away to begin anew."
        ) from failure


def _number(attribute: Any) -> float | None:
    value = attribute.get("value") if isinstance(attribute, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _moment(attribute: Any) -> float | None:
    """When it was observed, in seconds since 1970; now for a value without a moment."""
    said = attribute.get("observedAt") if isinstance(attribute, dict) else None
    if said is None:
        return datetime.now(UTC).timestamp()
    try:
        return datetime.fromisoformat(str(said)).timestamp()
    except ValueError:
        return None
