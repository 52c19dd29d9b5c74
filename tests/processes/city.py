"""A city for harvests: its web, its broker that takes everything, and one source."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from tests.conftest import Run as Runner
from tests.sources.fakes import Answer, Web, bike, data, query

from beffroi.kernel.problem import Problem, StorageFull
from beffroi.processes.harvest import Harvester, Written, harvest
from beffroi.sources.operations.catalogue import shipped
from beffroi.sources.operations.fetching import Limits
from beffroi.sources.operations.harvested import Arrival
from beffroi.sources.operations.registry import add_sources
from beffroi.sources.rules.run import Run
from beffroi.sources.rules.source import source_of
from beffroi.store.port import Store

STATIONS = "urn:ngsi-ld:BikeHireDockingStation:c:"


class Sink:
    """A broker that takes everything, except what it is told to refuse."""

    def __init__(self) -> None:
        self.entities: dict[str, Any] = {}
        self.batches: list[list[Arrival]] = []
        self.deleted: list[str] = []
        self.refuse: dict[str, str] = {}
        self.full_after = 10**9

    async def upsert(self, _tenant: str, arrivals: Sequence[Arrival]) -> Written:
        if len(self.batches) >= self.full_after:
            raise Problem(StorageFull, "The disk is full.")
        self.batches.append(list(arrivals))
        taken = {each.id: each.entity for each in arrivals if each.id not in self.refuse}
        changed = frozenset(each for each in taken if each in self.entities)
        self.entities.update(taken)
        refused = {each.id: self.refuse[each.id] for each in arrivals if each.id in self.refuse}
        return Written(frozenset(taken) - changed, changed, refused)

    async def present(self, _tenant: str, ids: Collection[str]) -> AbstractSet[str]:
        return {each for each in ids if each in self.entities}

    async def delete(self, _tenant: str, ids: Sequence[str]) -> None:
        self.deleted.extend(ids)
        for each in ids:
            self.entities.pop(each, None)


class City:
    """A node with one source, its web and its broker."""

    def __init__(self, run: Runner, store: Store, serve: Any, **more: Any) -> None:
        self.run, self.store, self.sink, self.web = run, store, Sink(), Web(serve)
        self.node = Harvester(
            store,
            self.web.world(),
            shipped(),
            self.sink.upsert,
            self.sink.delete,
            self.sink.present,
            more.pop("limits", Limits()),
        )
        body = {
            "name": "c",
            "url": "http://x",
            "family": "ogc",
            "dataset": "c",
            "mapping": "lille-bike-stations",
        }
        run(add_sources(store, "", [source_of({**body, **more})]))

    def harvest(self) -> Run:
        return self.run(harvest(self.node, "", "c"))

    def counts(self) -> dict[str, Any]:
        counts = self.harvest().counts.shown()
        return {name: counts[name] for name in ("read", "new", "changed", "same") if counts[name]}


class Listing:
    """A server of bike stations that a test may change; with or without validators."""

    def __init__(self, count: int, most: int = 100, *, validators: bool = True) -> None:
        self.records = [bike(n) for n in range(1, count + 1)]
        self.most, self.validators = most, validators

    def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        asked = query(url)
        start = int(asked.get("startIndex", "0"))
        page = self.records[start : start + min(int(asked["limit"]), self.most)]
        tag = f'"{hash(str(page))}"'
        if self.validators and headers.get("if-none-match") == tag:
            return Answer(304)
        return data({"records": page}, etag=tag) if self.validators else data({"records": page})
