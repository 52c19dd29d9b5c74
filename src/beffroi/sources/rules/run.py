"""Run: what one harvest of one source did, or a dry run would do; stored as a record of kind `run`."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.record import Key

KIND = "run"
State: TypeAlias = Literal["completed", "stopped"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of a run.

    Of the records `read`, `refused` could not become entities and `skipped` were left out on purpose; of
    the entities, `new` were not known, `changed` were written again, `same` were not, and `rejected` were
    refused by the broker, each counted where it came first; `repeated` records brought one of them again. All
    of these together are `read`. `gone` came in earlier runs and did not in this
    one; `deleted` of them were deleted. `total` is what the source says that it has.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    skipped: int = 0
    rejected: int = 0
    repeated: int = 0
    swapped: int = 0
    gone: int = 0
    deleted: int = 0
    total: int | None = None

    def shown(self) -> JsonObject:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Run:
    """The report of a run. `failure` says in a sentence why it stopped; what came in before is whole."""

    id: str
    source: str
    mapping: str
    type: str
    started_at: Instant
    ended_at: Instant
    state: State
    counts: Counts = Counts()
    failure: str = ""
    warnings: tuple[str, ...] = ()
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    pages: int = 0
    details: JsonObject = field(default_factory=dict[str, Json])
    """Reasons of refusal and notes with examples, fields that stayed unused, empty or absent; ids gone;
    `places`, the box around all things that came in, and `whereabouts`: "known" or "unknown" before."""

    def shown(self) -> JsonObject:
        """As JSON, stored and served."""
        return {
            "id": self.id,
            "source": self.source,
            "mapping": self.mapping,
            "type": self.type,
            "started": self.started_at,
            "ended": self.ended_at,
            "state": self.state,
            **self.counts.shown(),
            "failure": self.failure,
            "warnings": list[Json](self.warnings),
            "requests": self.requests,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "pages": self.pages,
            **self.details,
        }


def noticed(run: Run) -> list[str]:
    """What somebody should know of a run beside its numbers, in sentences."""
    sentences = [*([run.failure] if run.failure else []), *run.warnings]
    if run.counts.swapped:
        sentences.append(
            f"The longitude and latitude of {run.counts.swapped} records stood in each other's place, and "
            "were turned."
        )
    match run.details:
        case {"whereabouts": "unknown", "places": [float(w), float(s), float(e), float(n)]}:
            sentences.append(
                f"Nothing says where its places should be; they are between longitude {w:.2f} and {e:.2f}, "
                f"latitude {s:.2f} and {n:.2f}."
            )
        case _:
            pass
    return sentences


def refusals(run: Run, most: int) -> list[str]:
    """The first reasons why records did not come in, in sentences: of the mapping, and of the broker."""
    sentences = list[str]()
    for each in objects_in(run.details.get("reasons")):
        examples = each.get("examples")
        named = ", ".join(map(str, examples)) if isinstance(examples, list) else ""
        sentences.append(f"{each.get('count')} × {each.get('reason')}{f' ({named})' if named else ''}")
    for each in objects_in(run.details.get("rejections")):
        sentences.append(f"{each.get('id')}: {each.get('reason')}")
    return sentences[:most]


def run_id(source: str, started_at: Instant) -> str:
    """Runs of a source in text order are runs in time order.

    >>> run_id("velos", Instant("2022-11-29T10:47:16.181000Z"))
    'velos:2022-11-29T10:47:16.181000Z'
    """
    return f"{source}:{started_at}"


def run_key(tenant: str, run: str) -> Key:
    """The key of the record that holds this run."""
    return Key(tenant, KIND, run)
