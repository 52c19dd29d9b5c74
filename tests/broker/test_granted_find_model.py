"""What the holder of a grant finds is the same on every engine, whatever index it is found by."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from beffroi.broker.operations.granted_store import GrantedStore
from beffroi.broker.rules.entity.entity import LOCATION
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.kernel.geometry import Box
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.record import Change, Commit, Key
from beffroi.store.memory import MemoryStore
from beffroi.store.port import All, Comparator, Either, Filter, Find, Indexer, Store, Touches, Where
from tests.commits import always
from tests.conftest import Run

AT = Instant("2026-11-22T13:49:01.000000Z")
LEVEL, SECRET = 'q:[["level"]]', 'q:[["secret"]]'
KINDS = ("A", "B", "C")
INDEXERS = {"entity": ENTITY_INDEX}


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS


def entity(chance: random.Random, id: str) -> JsonObject:
    written: JsonObject = {"createdAt": AT, "modifiedAt": AT}
    point: JsonObject = {"type": "Point", "coordinates": [chance.uniform(-90, 90), chance.uniform(-45, 45)]}
    attrs: JsonObject = {"level": [{"type": "Property", "value": chance.randrange(50), **written}]}
    if chance.random() < 0.9:
        attrs[LOCATION] = [{"type": "GeoProperty", "value": point, **written}]
    if chance.random() < 0.3:
        attrs["secret"] = [{"type": "Property", "value": chance.randrange(5), **written}]
    return {"id": id, "type": [*chance.sample(KINDS, chance.choice((1, 1, 2)))], "attrs": attrs, **written}


def box(chance: random.Random) -> Box:
    west, south = chance.uniform(-100, 80), chance.uniform(-50, 40)
    return Box(west, south, west + chance.choice((1, 20, 100)), south + chance.choice((1, 20, 50)))


def area(chance: random.Random) -> str:
    west, south, east, north = box(chance)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return encode({"type": "Polygon", "coordinates": [ring]}).decode()


def a_filter(chance: random.Random) -> Filter:
    parts: list[Filter] = [Where("type", "==", "text", kind) for kind in KINDS if chance.random() < 0.4]
    if chance.random() < 0.3:
        comparators: tuple[Comparator, ...] = ("<", ">=", "==")
        comparator = chance.choice(comparators)
        parts.append(Where(LEVEL, comparator, "number", float(chance.randrange(50))))
    if chance.random() < 0.3:
        parts.append(Touches(LOCATION, box(chance)))
    if chance.random() < 0.2:
        parts.append(Where(SECRET, "==", "number", float(chance.randrange(5))))
    return Either(tuple(parts)) if parts and chance.random() < 0.4 else All(tuple(parts))


def a_grant(chance: random.Random) -> Grant:
    attributes = chance.choice((None, None, frozenset({"level", LOCATION}), frozenset({"level"})))
    types = frozenset(chance.sample(KINDS, chance.choice((1, 2))))
    where = area(chance) if chance.random() < 0.7 else ""
    return Grant("urn:product:1", types=types, attributes=attributes, area=where)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_is_found_on_every_engine(store: Store, run: Run, engine: str, seed: int) -> None:
    if engine == "memory":
        pytest.skip("The others are compared with it.")
    chance = random.Random(seed)
    reference = MemoryStore(INDEXERS)

    async def filled() -> None:
        for at in range(0, 600, 200):
            made = [entity(chance, f"urn:x:{n}") for n in range(at, at + 200)]
            changes = tuple(Change(Key("", "entity", str(one["id"])), encode(one)) for one in made)
            for each in (reference, store):
                await each.transact([], always(Commit(changes, at=AT)))

    async def found(by: GrantedStore, find: Find) -> tuple[Any, ...]:
        page = await by.find(find)
        return [(record.key.id, record.body) for record in page.records], page.more, page.count

    async def scenario() -> None:
        await filled()
        for _ in range(8):
            grant = a_grant(chance)
            one, other = GrantedStore(reference, grant), GrantedStore(store, grant)
            for _ in range(20):
                limit, offset = chance.choice((1, 5, 20, 100, None)), chance.choice((0, 0, 3, 40))
                how: dict[str, Any] = {"limit": limit, "offset": offset, "count": chance.random() < 0.3}
                find = Find("", "entity", a_filter(chance), exact=True, **how)
                assert await found(other, find) == await found(one, find), (grant, find)

    run(scenario())
