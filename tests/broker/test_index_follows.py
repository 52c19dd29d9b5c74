"""After any sequence of writes the index rows are those that the documents have, computed afresh."""

import asyncio
from random import Random
from typing import Any

import apsw
import psycopg
import pytest

from beffroi.broker.operations.expiry import remove_expired
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.kernel.record import Key, Record
from beffroi.store.indexing import EXTENTS_BITS, IndexPath, Paths, rows_of
from beffroi.store.packing import unpacked
from tests.broker.client import Client
from tests.conftest import Run

Row = tuple[Any, ...]

IDS = [f"urn:ngsi-ld:Stop:{n}" for n in range(4)]
NAMES = ["speed", "name", "location", "owner"]
QUERIES = [
    "speed>1",
    "speed.depth==2",
    "name",
    "owner==%22urn:a:b:1%22",
    "speed[x]>1",
    "name.modifiedAt>1",
    "modifiedAt>1",
]
READ = {
    "paths": "SELECT p.path, p.part, p.number FROM indexed_path p JOIN collection c ON c.number = p.collection"
    " WHERE c.kind = 'entity' AND p.state = 'ready'",
    "records": "SELECT r.number, r.document, r.version FROM record r JOIN collection c ON c.number = r.collection"
    " WHERE c.kind = 'entity'",
    "facets": "SELECT number, shelf, value FROM facet",
    "places": "SELECT slot, path, west, south, east, north FROM place ORDER BY slot",
}


def read_tables(database: str) -> dict[str, list[Row]]:
    """The rows of each table as they are on disk."""
    if database.startswith("sqlite:"):
        connection = apsw.Connection(database.removeprefix("sqlite:"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return {name: connection.execute(sql).fetchall() for name, sql in READ.items()}
        finally:
            connection.close()
    with psycopg.connect(database) as session:
        return {name: session.execute(sql).fetchall() for name, sql in READ.items()}


def expected_rows(tables: dict[str, list[Row]]) -> tuple[set[Row], list[Row]]:
    """The facets and the places that the documents have."""
    paths = Paths.of({IndexPath(path, part): number for path, part, number in tables["paths"]})
    facets: set[Row] = set()
    places: list[Row] = []
    for number, document, version in sorted(tables["records"]):
        key = Key("", "entity", "")
        rows = rows_of(Record(key, unpacked(document, key), version, number), ENTITY_INDEX, paths)
        facets |= {(number, *facet) for facet in rows.facets}
        first = number << EXTENTS_BITS
        places += [(slot, extent.path, *extent.box) for slot, extent in enumerate(rows.extents, first)]
    return facets, places


def value_of(random: Random, name: str) -> dict[str, Any]:
    if name == "location":
        place = {"type": "Point", "coordinates": [random.randrange(3), random.randrange(3)]}
        made: dict[str, Any] = {"type": "GeoProperty", "value": place}
    elif name == "owner":
        made = {"type": "Relationship", "object": f"urn:a:b:{random.randrange(3)}"}
    else:
        made = {"type": "Property", "value": random.choice([1, 2, 2.5, "x", {"x": 2}, {"x": [1, 3]}, True])}
    if random.random() < 0.3:
        made["depth"] = {"type": "Property", "value": random.randrange(3)}
        if random.random() < 0.3:
            made["depth"]["expiresAt"] = moment(random)
    if random.random() < 0.2:
        made["expiresAt"] = moment(random)
    if random.random() < 0.2:
        made["datasetId"] = f"urn:d:{random.randrange(2)}"
    return made


def moment(random: Random) -> str:
    return random.choice(["2020-01-01T00:00:00Z", "2026-11-22T00:01:00Z", "2099-01-01T00:00:00Z"])


def fragment_of(random: Random, *, nulls: bool) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name in random.sample(NAMES, random.randrange(1, 4)):
        body[name] = "urn:ngsi-ld:null" if nulls and random.random() < 0.2 else value_of(random, name)
        if not nulls and random.random() < 0.3:
            first, second = value_of(random, name), value_of(random, name)
            first.pop("datasetId", None)
            body[name] = [first, {**second, "datasetId": "urn:d:7"}]
    if random.random() < 0.2:
        body["scope"] = random.choice(["/a", ["/a/b", "c"]])
    if random.random() < 0.2:
        body["type"] = random.choice(["Stop", "Platform", ["Stop", "Quay"]])
    if random.random() < 0.1:
        body["expiresAt"] = moment(random)
    return body


def again(random: Random, body: Any) -> Any:
    """The same once more, or nearly: another order, 2.0 for 2, now and then true for 1."""
    match body:
        case dict():
            names = random.sample(list(body), len(body))
            return {name: again(random, body[name]) for name in names}
        case list():
            return [again(random, each) for each in body]
        case 1 | True if random.random() < 0.2:
            return 1 if body is True else True
        case int():
            return random.choice([body, float(body)]) if body is not True else body
        case _:
            return body


def say_again(random: Random, node: Client, id: str) -> int:
    """Upsert an entity as it is stored; its status."""
    stored = node.get(f"/entities/{id}")
    if stored.status != 200:
        return stored.status
    return node.send("POST", "/entityOperations/upsert?options=update", [again(random, stored.json)]).status


def write(random: Random, node: Client) -> int:
    """One write of any kind; its status."""
    id, name = random.choice(IDS), random.choice(NAMES)
    match random.randrange(13):
        case 10 | 11 | 12:
            return say_again(random, node, id)
        case 0 | 1:
            entity = {"type": "Stop", **fragment_of(random, nulls=False), "id": id}
            return node.send("POST", "/entities", entity).status
        case 2:
            entity = {"type": "Stop", **fragment_of(random, nulls=False), "id": id}
            return node.send("PUT", f"/entities/{id}", entity).status
        case 3:
            return node.send("PATCH", f"/entities/{id}", fragment_of(random, nulls=True)).status
        case 4:
            return node.send("PATCH", f"/entities/{id}/attrs", fragment_of(random, nulls=True)).status
        case 5:
            return node.send("POST", f"/entities/{id}/attrs", fragment_of(random, nulls=False)).status
        case 6:
            return node.send("PATCH", f"/entities/{id}/attrs/{name}", value_of(random, name)).status
        case 7:
            return node.send("DELETE", f"/entities/{id}/attrs/{name}").status
        case 8:
            if random.random() < 0.5:
                return node.send("DELETE", f"/entities/{id}").status
            return node.run(remove_expired(node.broker, "")) * 0 + 204
        case _:
            batch = [
                {"type": "Stop", **fragment_of(random, nulls=False), "id": each}
                for each in random.choices(IDS, k=3)
            ]
            return node.send("POST", "/entityOperations/upsert?options=update", batch).status


@pytest.mark.parametrize("seed", range(3))
def test_index_rows_follow_the_documents(
    node: Client, engine: str, database: str, run: Run, seed: int
) -> None:
    if engine == "memory":
        pytest.skip("The memory engine has no index.")
    random = Random(seed)
    statuses: list[int] = []
    for n in range(150):
        statuses.append(write(random, node))
        if random.random() < 0.1:
            node.get(f"/entities?type=Stop&q={random.choice(QUERIES)}")
        if n % 25 == 24:
            compare(database)
    node.get("/entities?type=Stop&q=" + ";".join(QUERIES))
    run(asyncio.sleep(0.2))
    compare(database)
    assert sum(status < 300 for status in statuses) > 50


def compare(database: str) -> None:
    tables = read_tables(database)
    facets, places = expected_rows(tables)
    ready = {number for _, _, number in tables["paths"]}
    assert {(n, s, bytes(v)) for n, s, v in tables["facets"] if s // 4 in ready} == facets
    assert tables["places"] == places
