"""Two nodes with one past in common, one of which has more that was not bought: no answer tells them apart."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from beffroi.broker.operations.services import granted
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.store.opening import open_store
from tests.broker.client import Client, client_of, client_on
from tests.broker.test_granted_past import AREA, BOUGHT, HOME, INSIDE, OUTSIDE, at
from tests.conftest import Run

ROOMS = [f"urn:ngsi-ld:Room:{n}" for n in range(3)]
LEVEL = frozenset({HOME + "level", "https://uri.etsi.org/ngsi-ld/location"})
SHOWN = (
    "", "lastN=2", "options=sysAttrs", "timeproperty=deletedAt", "format=temporalValues", "attrs=secret",
    "attrs=level,secret&lastN=1", "format=aggregatedValues&aggrMethods=totalCount,max&aggrPeriodDuration=PT7S",
)  # fmt: skip
SELECTED = (
    "type=Room", "type=*", "attrs=secret", "q=secret", "q=!secret&type=Room", "q=secret>3|level>3",
    "q=modifiedAt>2026-11-22T00:00:20Z&type=Room", "scopeQ=/a/%23&type=Room", f"id={ROOMS[0]},urn:ngsi-ld:Car:0",
    "georel=near;maxDistance==9000&geometry=Point&coordinates=[3.1,50.6]&geoproperty=place&type=Room",
)  # fmt: skip
WHEN = (
    "timerel=after&timeAt=1970-01-01T00:00:00Z",
    "timerel=before&timeAt=2026-11-22T00:00:20Z",
    "timerel=between&timeAt=2026-11-22T00:00:10Z&endTimeAt=2026-11-22T00:00:40Z",
)


@dataclass
class Clock:
    second: int = 0

    def __call__(self) -> Instant:
        return Instant(f"2026-11-22T00:{self.second // 60:02}:{self.second % 60:02}.000000Z")


@dataclass
class Nodes:
    """`whole` has what was not bought, too; both have one clock."""

    whole: Client
    part: Client
    clock: Clock
    alive: set[str] = field(default_factory=set[str])

    def both(self, *request: Any) -> None:
        for node in (self.whole, self.part):
            node.send(*request)

    def step(self, chance: random.Random, hidden_type: str) -> None:
        """One change to what was bought, or to what was not."""
        room, number = chance.choice(ROOMS), chance.randrange(9)
        level: dict[str, object] = {"type": "Property", "value": number}
        if chance.random() < 0.5:
            level["observedAt"] = f"2026-11-22T00:00:{chance.randrange(60):02}Z"
        hidden = f"urn:ngsi-ld:{hidden_type}:{7 + number % 3}"
        match chance.randrange(9):
            case 0 | 1 | 2 | 3 if room not in self.alive:
                entity = {"id": room, "type": "Room", "level": level, "location": at(INSIDE)}
                self.whole.post("/entities", {**entity, "secret": number, "place": at(INSIDE)})
                self.part.post("/entities", entity)
                self.alive.add(room)
            case 0 | 1 | 2 | 3:
                self.both("POST", f"/entities/{room}/attrs", {"level": level})
            case 4 if number < 3:
                self.both("DELETE", f"/entities/{room}")
                self.alive.discard(room)
            case 4:
                self.both("DELETE", f"/entities/{room}/attrs/level")
            case 5 | 6:
                self.whole.post(f"/entities/{room}/attrs", {"secret": level, "scope": f"/a/{number}"})
            case 7:
                self.whole.send("DELETE", f"/entities/{chance.choice([f'{room}/attrs/secret', hidden])}")
            case _:
                place = at(OUTSIDE)
                self.whole.post(
                    "/entities", {"id": hidden, "type": hidden_type, "level": level, "location": place}
                )
                self.whole.post(f"/entities/{hidden}/attrs", {"level": number})


def questions(chance: random.Random) -> Iterator[str]:
    for entity_id in (*ROOMS, "urn:ngsi-ld:Room:7", "urn:ngsi-ld:Car:7"):
        yield f"/entities/{entity_id}?options=sysAttrs"
        yield from (f"/temporal/entities/{entity_id}?{shown}" for shown in SHOWN)
    for selected in SELECTED:
        for when in WHEN:
            for moment in ("modifiedAt", "deletedAt", "createdAt", "observedAt"):
                page = f"limit={chance.choice([1, 2, 9])}&offset={chance.choice([0, 0, 1])}&lastN={chance.choice([1, 9])}"
                yield f"/temporal/entities?{selected}&{when}&timeproperty={moment}&count=true&options=sysAttrs&{page}"


@pytest.mark.parametrize("seed", range(6))
def test_nothing_tells_what_was_not_bought(run: Run, seed: int) -> None:
    chance, clock = random.Random(seed), Clock()

    def new() -> Client:
        node = client_on(run(open_store("memory:", {"entity": ENTITY_INDEX})), run)
        return client_of(replace(node.broker, now=clock, most_instances=3 if seed % 2 else 1_000), run)

    nodes = Nodes(new(), new(), clock)
    terms: dict[str, Any] = {"attributes": LEVEL}
    if seed % 3 == 0:
        terms["area"] = AREA
    if seed % 3 == 1:
        terms["past"] = Instant("2026-11-22T00:00:15.000000Z")
    for second in range(1, 90):
        clock.second = second
        nodes.step(chance, "Room" if "area" in terms else "Car")
    grant: Grant = replace(BOUGHT, **terms)
    asks: Callable[[Client], Client] = lambda node: client_of(granted(node.broker, grant), run)  # noqa: E731
    whole, part = asks(nodes.whole), asks(nodes.part)
    found = 0
    for question in questions(chance):
        got, expected = whole.get(question), part.get(question)
        assert got == expected, question
        found += expected.status in {200, 206} and expected.json != []
    assert found > 20
    assert any(nodes.whole.get(each) != nodes.part.get(each) for each in questions(chance))
