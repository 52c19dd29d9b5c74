"""Whatever is provided, corrected, deleted and changed: what is read is what a slow list of instances says."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.broker.operations.services import INDEXERS
from beffroi.broker.rules.entity.entity import Instance
from beffroi.broker.rules.provided.instance import Stated, stated
from beffroi.broker.rules.provided.provided import PART, Provided, Row, part_key
from beffroi.broker.rules.provided.shelf import Shelf, instances_of
from beffroi.kernel.instant import Instant
from beffroi.kernel.record import Key, Record
from beffroi.store.opening import open_store
from tests.broker.client import Client, client_on
from tests.conftest import Run

METER = "urn:ngsi-ld:Meter:1"
PAST = f"/temporal/entities/{METER}"
NOW = Instant("2026-11-22T00:00:00.000000Z")
NAMES, DATASETS = ("energy", "power"), ("", "urn:d:a")
_MOMENTS = st.integers(0, 40)
_NAMED = st.sampled_from(NAMES)
_DATASET = st.sampled_from(DATASETS)


class Reading(NamedTuple):
    dataset: str
    moment: int


_READING = st.builds(Reading, _DATASET, _MOMENTS)
_STEP = st.one_of(
    st.tuples(st.just("provide"), _NAMED, st.lists(_READING, min_size=1, max_size=12)),
    st.tuples(st.just("live"), _NAMED, _READING),
    st.tuples(st.just("modify"), _NAMED, st.tuples(st.integers(0, 99), _READING)),
    st.tuples(st.just("delete"), _NAMED, st.integers(0, 99)),
    st.tuples(st.just("drop"), _NAMED, st.sampled_from(("", "urn:d:a", "*"))),
    st.tuples(st.just("forget"), st.just(""), st.just(0)),
)


@dataclass
class Said:
    """One instance as the list has it. What was provided takes the place of what was provided for its moment."""

    name: str
    dataset: str
    moment: int
    value: int
    is_provided: bool


@dataclass
class Slow:
    """The list, and the client that does the same to the node."""

    node: Client
    said: list[Said] = field(default_factory=list[Said])
    value: "itertools.count[int]" = field(default_factory=itertools.count)

    def provide(self, name: str, readings: list[Reading]) -> None:
        known = self.node.get(PAST).status == 200
        assert known or not self.said
        sent: list[dict[str, object]] = []
        for dataset, moment in readings:
            value = next(self.value)
            sent.append(instance(value, moment, dataset))
            same = [
                s
                for s in self.said
                if s.is_provided and (s.name, s.dataset, s.moment) == (name, dataset, moment)
            ]
            if same:
                same[-1].value = value
            else:
                self.said.append(Said(name, dataset, moment, value, is_provided=True))
        body = {"id": METER, "type": "Meter", name: sent}
        assert self.node.post("/temporal/entities", body).status == (204 if known else 201)

    def live(self, name: str, reading: Reading) -> None:
        value = next(self.value)
        sent = {name: instance(value, reading.moment, reading.dataset)}
        if self.node.get(f"/entities/{METER}").status == 404:
            assert self.node.post("/entities", {"id": METER, "type": "Meter", **sent}).status == 201
        else:
            assert self.node.post(f"/entities/{METER}/attrs", sent).status == 204
        self.said.append(Said(name, reading.dataset, reading.moment, value, is_provided=False))

    def modify(self, name: str, chosen: int, reading: Reading) -> None:
        found = self.shown(name)
        if not found:
            return
        old = found[chosen % len(found)]
        value = next(self.value)
        path = f"{PAST}/attrs/{name}/{old['instanceId']}"
        assert self.node.patch(path, instance(value, reading.moment, reading.dataset)).status == 204
        self.said = [each for each in self.said if each.value != old["value"]]
        self.said.append(Said(name, reading.dataset, reading.moment, value, is_provided=True))
        after = {each["value"]: each["instanceId"] for each in self.shown(name)}
        assert after[value] == old["instanceId"]

    def delete(self, name: str, chosen: int) -> None:
        found = self.shown(name)
        if found:
            old = found[chosen % len(found)]
            assert self.node.send("DELETE", f"{PAST}/attrs/{name}/{old['instanceId']}").status == 204
            self.said = [each for each in self.said if each.value != old["value"]]

    def drop(self, name: str, dataset: str) -> None:
        left = [s for s in self.said if not (s.name == name and dataset in {"*", s.dataset})]
        which = "deleteAll=true" if dataset == "*" else f"datasetId={dataset or '@none'}"
        got = self.node.send("DELETE", f"{PAST}/attrs/{name}?{which}")
        assert got.status == (204 if len(left) < len(self.said) else 404)
        self.said = left

    def forget(self, *_: object) -> None:
        known = self.node.get(PAST).status == 200
        assert self.node.send("DELETE", PAST).status == (204 if known else 404)
        self.said = []

    def shown(self, name: str, query: str = "") -> list[dict[str, Any]]:
        got = self.node.get(PAST + query)
        assert got.status in {200, 404}
        found: list[dict[str, Any]] = got.json.get(name, []) if got.status == 200 else []
        return found

    def expect(self) -> None:
        for name in NAMES:
            every = sorted((s.moment, s.value) for s in self.said if s.name == name)
            assert sorted(places(self.shown(name))) == every
            assert [m for m, _ in places(self.shown(name))] == [m for m, _ in every]
            assert len({each["instanceId"] for each in self.shown(name)}) == len(every)
            within = f"?timerel=between&timeAt={at(10)}&endTimeAt={at(25)}"
            assert sorted(places(self.shown(name, within))) == [each for each in every if 10 <= each[0] < 25]
            last = places(self.shown(name, "?lastN=3"))
            assert [m for m, _ in last] == [m for m, _ in every][-3:]


def at(moment: int) -> str:
    return f"2025-01-01T{moment:02}:00:00Z" if moment < 24 else f"2025-01-02T{moment - 24:02}:00:00Z"


def instance(value: int, moment: int, dataset: str) -> dict[str, object]:
    found: dict[str, object] = {"type": "Property", "value": value, "observedAt": at(moment)}
    return {**found, "datasetId": dataset} if dataset else found


def places(instances: list[dict[str, Any]]) -> list[tuple[int, int]]:
    moments = {at(moment): moment for moment in range(41)}
    return [(moments[each["observedAt"]], each["value"]) for each in instances]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEP, max_size=14))
def test_what_is_read_is_what_a_slow_list_says(run: Run, steps: list[tuple[str, str, Any]]) -> None:
    slow = Slow(client_on(run(open_store("memory:", INDEXERS)), run))
    for kind, name, asked in steps:
        match kind:
            case "modify":
                slow.modify(name, *asked)
            case _:
                getattr(slow, kind)(name, asked)
        slow.expect()


@settings(max_examples=150, deadline=None)
@given(
    given=st.lists(st.lists(_READING, min_size=1, max_size=20), max_size=6),
    taken=st.lists(st.integers(0, 99)),
)
def test_small_parts_hold_what_one_list_holds(given: list[list[Reading]], taken: list[int]) -> None:
    stored: dict[Key, Record] = {}
    provided, slow = Provided(METER), dict[tuple[str, str], int]()
    values, names = itertools.count(), itertools.count()

    def write(rule: Callable[[Shelf], object]) -> None:
        nonlocal provided
        shelf = Shelf("", provided, stored, most_in_part=4)
        rule(shelf)
        for change in shelf.changes():
            if change.document is None:
                stored.pop(change.key, None)
            else:
                assert change.key.kind != PART or change.key not in stored
                stored[change.key] = Record(change.key, change.document)
        provided = shelf.provided

    for readings in given:
        new: dict[str, list[Stated]] = {}
        for dataset, moment in readings:
            slow[dataset, at(moment)] = value = next(values)
            one = Instance(type="Property", value=value, observedAt=at(moment))
            new.setdefault(dataset, []).append(stated(f"urn:i:{next(names)}", one, NOW))
        write(putting(new))
    for chosen in taken:
        rows = [row for series in provided.series for row in series.parts]
        if rows:
            row = rows[chosen % len(rows)]
            gone = held(stored, row)[chosen % row.held]
            write(taking(row, gone))
            slow = {place: value for place, value in slow.items() if value != gone.instance["value"]}
    left: dict[tuple[str, str], object] = {}
    for series in provided.series:
        every = [each for row in series.parts for each in held(stored, row)]
        assert every == sorted(every, key=lambda each: each.place)
        assert all(row.since == held(stored, row)[0].moment and row.held <= 4 for row in series.parts)
        left |= {(series.dataset, each.instance["observedAt"]): each.instance["value"] for each in every}
        assert sum(row.held for row in series.parts) == len(every)
    assert left == slow
    assert sum(key.kind == PART for key in stored) == sum(len(series.parts) for series in provided.series)


def putting(new: dict[str, list[Stated]]) -> Callable[[Shelf], object]:
    def rule(shelf: Shelf) -> None:
        for dataset, each in new.items():
            shelf.put("energy", dataset, "Property", each)

    return rule


def taking(row: Row, gone: Stated) -> Callable[[Shelf], object]:
    return lambda shelf: shelf.take("energy", row.number, gone.id)


def held(stored: dict[Key, Record], row: Row) -> list[Stated]:
    found = instances_of(stored[part_key("", METER, row.number)].body)
    assert len(found) == row.held
    return found
