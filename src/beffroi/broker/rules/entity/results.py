"""What operations hand back: a page of entities, the outcome of a batch (clauses 5.2.16, 5.7.2)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from beffroi.broker.rules.entity.entity import Entity, entity_of
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Record

Refused: TypeAlias = str
"""Why a part of what was asked of an entity was left alone; empty for nothing."""

Step: TypeAlias = Callable[[Entity | None, Instant], tuple[Entity | None, Refused]]
"""What happens to one entity of a batch, given what is stored and the moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Entities in the order of their creation; `after` is the keyset for the page that follows."""

    records: list[Record]
    more: bool
    count: int | None
    after: int

    @property
    def entities(self) -> list[Entity]:
        """The same decoded: fresh objects at every call."""
        return [entity_of(record.body) for record in self.records]


@dataclass(frozen=True, slots=True)
class Item:
    """One element of a batch: what its id is, and what shall happen to that entity, or why nothing can."""

    id: str
    outcome: Step | Problem


@dataclass(slots=True)
class BatchResult:
    """Ids in the order of the batch: created, changed, and those with a problem (clause 5.2.16)."""

    created: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    problems: list[tuple[str, Problem]] = field(default_factory=list[tuple[str, Problem]])
