"""What is damaged in a database is named: which record, of which tenant, and what an operator can do."""

import asyncio
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace

import apsw
import psycopg
import pytest

from beffroi.broker.operations.services import INDEXERS
from beffroi.broker.rules.entity.entity import KIND, entity_key
from beffroi.kernel.grant import Grant
from beffroi.kernel.json import encode
from beffroi.kernel.problem import InternalError, Problem
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.store.packing import packed
from beffroi.store.port import Find, Indexer, Store
from beffroi.web.answering import answer
from beffroi.web.failure import Failure
from beffroi.web.message import ANYBODY, Request
from tests.broker.client import Client, client_on
from tests.conftest import Run

pytestmark = pytest.mark.parametrize("engine", ["sqlite", "postgres"])

Open = Callable[[Mapping[str, Indexer]], Store]
Damage = Callable[[str, str, bytes], None]
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
LONG = "a tower with bells " * 60
WHOLE, HURT = (f"urn:ngsi-ld:Tower:{name}" for name in ("whole", "hurt"))
GOOD = packed(encode({"note": LONG}))
BROKEN = {
    "cut short": GOOD[:-7],
    "written over": GOOD[:5] + b"\xff" * 40,
    "of a length that cannot be": GOOD[:1] + struct.pack("<I", 0x7FFFFFFF) + GOOD[5:],
    "of another length": GOOD[:1] + struct.pack("<I", 7) + GOOD[5:],
    "without a body": b"\x01",
    "no JSON": b'{"id": "urn:ngsi-ld:Tower:hurt", "ty',
    "packed and no JSON": packed(b"{" + b"bells " * 200),
    "nothing": b"",
}


@pytest.fixture
def damage(engine: str, database: str) -> Damage:
    """`damage(table, column, text)`: write over what is stored of HURT, past the store."""

    def write(table: str, column: str, text: bytes) -> None:
        if engine == "sqlite":
            connection = apsw.Connection(database.removeprefix("sqlite:"))
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (text, HURT))
            connection.close()
        else:
            with psycopg.connect(database, autocommit=True) as session:
                session.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", (text, HURT))

    return write


@pytest.fixture
def towers(open_engine: Open, run: Run) -> Client:
    """A node with two towers, the second of which is to be hurt; each changed once."""
    node = client_on(open_engine(INDEXERS), run)
    for id in (WHOLE, HURT):
        note = {"type": "Property", "value": LONG}
        assert node.post("/entities", {"id": id, "type": "Tower", "note": note}).status == 201
        more = {"height": {"type": "Property", "value": 104}, "more": {"type": "Property", "value": LONG}}
        assert node.post(f"/entities/{id}/attrs", more).status == 204
    return node


def again(node: Client, open_engine: Open) -> Client:
    """The same node, opened anew: nothing of what it had read is remembered."""
    return client_on(open_engine(INDEXERS), node.run)


def failure(node: Client, method: str, path: str, body: object = None) -> Failure:
    with pytest.raises(Failure) as failed:
        node.send(method, path, body)
    return failed.value


def check_named(failed: Failure) -> None:
    """The answer has the standard's shape, the log has the cause, and both name the record."""
    assert failed.response.status == 500
    told = failed.response.body.decode()
    assert f'"{ERRORS}InternalError"' in told
    assert f"What is stored of entity '{HURT}' is damaged: " in told
    assert "An operator puts the database back from a copy." in told
    cause = failed.__cause__
    assert isinstance(cause, Problem)
    assert cause.detail in told


@pytest.mark.parametrize("how", BROKEN)
def test_a_damaged_entity_is_named_where_it_is_read_and_where_it_is_found(
    towers: Client, open_engine: Open, damage: Damage, how: str
) -> None:
    damage("record", "document", BROKEN[how])
    node = again(towers, open_engine)
    check_named(failure(node, "GET", f"/entities/{HURT}"))
    check_named(failure(node, "GET", "/entities?type=Tower"))
    check_named(failure(node, "GET", "/entities?type=Tower&q=height>100"))
    check_named(
        failure(node, "PATCH", f"/entities/{HURT}/attrs", {"height": {"type": "Property", "value": 1}})
    )
    check_named(failure(node, "DELETE", f"/entities/{HURT}"))


def test_others_are_read_and_written_as_before(towers: Client, open_engine: Open, damage: Damage) -> None:
    damage("record", "document", BROKEN["cut short"])
    node = again(towers, open_engine)
    assert node.get(f"/entities/{WHOLE}").status == 200
    assert node.get(f"/entities?id={WHOLE}&type=Tower").status == 200
    assert node.patch(f"/entities/{WHOLE}/attrs", {"height": {"type": "Property", "value": 1}}).status == 204


@pytest.mark.parametrize("how", ["cut short", "no JSON"])
def test_who_writes_in_one_batch_with_a_damaged_record_is_not_refused(
    towers: Client, open_engine: Open, damage: Damage, run: Run, how: str
) -> None:
    damage("record", "document", BROKEN[how])
    store = open_engine(INDEXERS)
    whole, hurt = entity_key("", WHOLE), entity_key("", HURT)

    def touch(key: Key) -> Callable[[Mapping[Key, Record]], Commit]:
        return lambda stored: Commit((Change(key, encode({**stored[key].body, "seen": True})),))

    async def scenario() -> list[object]:
        wanted = [key for _ in range(10) for key in (whole, hurt)]
        return await asyncio.gather(
            *(store.transact([key], touch(key)) for key in wanted), return_exceptions=True
        )

    results = run(scenario())
    assert results[::2] == [None] * 10
    assert all(isinstance(one, Problem) and one.kind is InternalError for one in results[1::2])


@pytest.mark.parametrize("how", BROKEN)
def test_a_damaged_trace_is_named_where_the_past_is_read(
    towers: Client, open_engine: Open, damage: Damage, how: str
) -> None:
    damage("history", "body", BROKEN[how])
    node = again(towers, open_engine)
    check_named(failure(node, "GET", f"/temporal/entities/{HURT}"))
    every = "/temporal/entities?type=Tower&timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt"
    check_named(failure(node, "GET", every))
    check_named(failure(node, "DELETE", f"/temporal/entities/{HURT}/attrs/note"))
    assert node.get(f"/temporal/entities/{WHOLE}").status == 200
    assert node.get(f"/entities/{HURT}").status == 200


def test_a_tenant_is_named(open_engine: Open, run: Run, damage: Damage) -> None:
    store = open_engine({})
    key = Key("north", KIND, HURT)
    run(store.transact([], lambda _: Commit((Change(key, encode({"note": LONG})),))))
    damage("record", "document", BROKEN["cut short"])
    opened = open_engine({})
    for ask in (opened.read([key]), opened.find(Find("north", KIND)), opened.values("north", KIND, "type")):
        with pytest.raises(Problem) as named:
            run(ask)
        assert f"entity '{HURT}' of the tenant 'north' is damaged" in named.value.detail


def test_who_bought_a_part_does_not_learn_the_names_of_others(
    towers: Client, open_engine: Open, damage: Damage
) -> None:
    damage("record", "document", BROKEN["cut short"])
    node = again(towers, open_engine)
    request = Request("GET", f"/ngsi-ld/v1/entities/{HURT}", "", {})
    request.actor = replace(ANYBODY, grant=Grant("p", "", frozenset({"x"})))
    with pytest.raises(Failure) as failed:
        node.run(answer(node.table, request, lambda _, __: None))
    assert HURT.encode() not in failed.value.response.body
    assert HURT in str(failed.value.__cause__)
