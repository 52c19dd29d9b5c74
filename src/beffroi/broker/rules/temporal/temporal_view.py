"""How the evolution of entities is shown (clauses 4.5.6 to 4.5.9, 4.5.19, 6.3.12)."""

from dataclasses import dataclass, field
from typing import Literal

from beffroi.broker.rules.query.query import View
from beffroi.broker.rules.representation.projection import ENTITY_MEMBERS
from beffroi.broker.rules.temporal.duration import WHOLE, Duration
from beffroi.broker.rules.temporal.evolution import SCOPE, Event


@dataclass(frozen=True, slots=True)
class TemporalView:
    """`view` says what is shown of an instance and which members; `form` in what shape its evolution is.

    `names` are the attributes that are asked for by name; None where all are, or where members of the entity
    are asked for, which it has whatever its attributes. `omitted` are those that are not shown.
    """

    view: View
    form: Literal["instances", "values", "aggregates"] = "instances"
    methods: tuple[str, ...] = ()
    period: Duration = WHOLE
    names: frozenset[str] | None = field(init=False)
    omitted: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """What every instance is asked about is made once."""
        members = self.view.omit.members if self.view.omit else ()
        object.__setattr__(self, "names", self._names())
        object.__setattr__(self, "omitted", frozenset(name for name, _ in members))

    def _names(self) -> frozenset[str] | None:
        if self.view.attrs:
            return self.view.attrs
        picked = frozenset(name for name, _ in self.view.pick.members) if self.view.pick else frozenset[str]()
        return picked if picked and not picked & (ENTITY_MEMBERS - {SCOPE}) else None

    def shows(self, event: Event) -> bool:
        """Whether an instance is part of the answer: by the name of its attribute and its datasetId."""
        view = self.view
        names = self.names
        if (names is not None and event.name not in names) or event.name in self.omitted:
            return False
        if event.name == SCOPE:
            return self.form != "aggregates"
        return not view.dataset_ids or (event.dataset or "@none") in view.dataset_ids
