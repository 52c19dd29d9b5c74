"""Sources and their runs, as the processes stored them (kinds `source` and `run`)."""

from dataclasses import dataclass
from typing import Final

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Record
from beffroi.portal.services import Portal
from beffroi.portal.words.language import instant_or_none
from beffroi.store.port import Find

SOURCE: Final = "source"
RUN: Final = "run"
MOST_SOURCES: Final = 200
MOST_RUNS: Final = 2_000
RUNS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why records were refused, and how many."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Run:
    """One harvest: what was read and what became of it."""

    at: Instant | None
    state: str
    read: int
    new: int
    changed: int
    same: int
    refused: int
    reasons: tuple[Refusal, ...]
    unused: tuple[str, ...]
    failure: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where data comes from, with its newest runs, the latest first."""

    name: str
    title: str
    url: str
    family: str
    mappings: tuple[str, ...]
    runs: tuple[Run, ...]

    @property
    def troubled(self) -> bool:
        """Whether the last run failed or refused something."""
        return bool(self.runs) and bool(self.runs[0].failure)


async def sources_of(portal: Portal) -> list[Source]:
    """All sources in the order in which they were added."""
    found = await portal.store.find(Find(portal.tenant, SOURCE, exact=True, limit=MOST_SOURCES))
    if not found.records:
        return []
    runs = await _newest_runs(portal)
    return [_source(record, runs) for record in found.records]


async def _newest_runs(portal: Portal) -> dict[str, list[Run]]:
    """The last runs of each source, the latest first."""
    by_source = dict[str, list[Run]]()
    async for record in portal.store.stream(Find(portal.tenant, RUN, exact=True, limit=None)):
        body = record.body
        runs = by_source.setdefault(_text(body, "source"), [])
        runs.insert(0, _run(body))
        del runs[RUNS_SHOWN:]
    return by_source


def _source(record: Record, runs: dict[str, list[Run]]) -> Source:
    body = record.body
    name = _text(body, "name") or record.key.id
    return Source(
        name=name,
        title=_text(body, "title") or name,
        url=_text(body, "url"),
        family=_text(body, "family"),
        mappings=_texts(body.get("mappings", body.get("mapping"))),
        runs=tuple(runs.get(name, runs.get(record.key.id, []))),
    )


def _run(body: JsonObject) -> Run:
    refused = body.get("refused")
    reasons = _reasons(refused)
    return Run(
        at=instant_or_none(body.get("ended")) or instant_or_none(body.get("started")),
        state=_text(body, "state"),
        read=_count(body, "read"),
        new=_count(body, "new"),
        changed=_count(body, "changed"),
        same=_count(body, "same"),
        refused=refused if isinstance(refused, int) else sum(one.count for one in reasons),
        reasons=reasons,
        unused=_texts(body.get("unused")),
        failure=_text(body, "failure"),
    )


def _reasons(value: Json) -> tuple[Refusal, ...]:
    match value:
        case dict():
            return tuple(Refusal(reason, n) for reason, n in value.items() if isinstance(n, int))
        case list():
            texts = [one for one in value if isinstance(one, str)]
            return tuple(Refusal(reason, texts.count(reason)) for reason in dict.fromkeys(texts))
        case _:
            return ()


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _count(body: JsonObject, name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) else 0


def _texts(value: Json) -> tuple[str, ...]:
    match value:
        case str():
            return (value,)
        case list():
            return tuple(one for one in value if isinstance(one, str))
        case dict():
            return tuple(value)
        case _:
            return ()
