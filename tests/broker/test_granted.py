"""What a grant hides does not exist: every answer is that of a node that holds only what is to be seen."""

import asyncio
import itertools
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.services import Broker, granted
from beffroi.broker.routes import ROUTES
from beffroi.broker.rules.context.jsonld import CORE
from beffroi.broker.rules.entity.entity import Entity, entity_key
from beffroi.broker.rules.entity.trace import trace_of
from beffroi.broker.rules.granted import visible
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.broker.wire.problems import problem_response
from beffroi.kernel.grant import Grant
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import encode
from beffroi.kernel.record import Change, Commit
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.routes import OGC_ROUTES
from beffroi.outbound import Client, Policy
from beffroi.store.opening import open_store
from beffroi.store.port import Store
from beffroi.web.answering import answer
from beffroi.web.message import Request
from beffroi.web.problem_json import problem_response as json_problem
from beffroi.web.routing import Table

NGSI = "https://uri.etsi.org/ngsi-ld/"
HOME = f"{NGSI}default-context/"
IDS = [f"urn:ngsi-ld:Thing:{n}" for n in range(5)]
TYPES = [HOME + name for name in ("Car", "Home", "Tree")]
NAMES = ["speed", "secret", "name", "near", "location", "site"]
EXPANDED = {name: (NGSI if name == "location" else HOME) + name for name in NAMES}
LILLE = [[3.0, 50.5], [3.2, 50.5], [3.2, 50.7], [3.0, 50.7], [3.0, 50.5]]
AREA = json.dumps({"type": "Polygon", "coordinates": [LILLE]})
T = [f"2026-11-2{n}T00:00:00.000000Z" for n in range(1, 6)]

moment = st.sampled_from(T)
place = st.sampled_from([[3.1, 50.6], [3.19, 50.69], [4.0, 51.0], [3.05, 60.0]])
prop = st.fixed_dictionaries(
    {
        "type": st.just("Property"),
        "value": st.sampled_from([1, 2, 50, "a", "b", True]),
        "createdAt": st.just(T[0]),
        "modifiedAt": moment,
    },
    optional={"observedAt": st.sampled_from(["2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z"])},
)
nested = st.builds(lambda outer, inner: {**outer, "attrs": {EXPANDED["secret"]: [inner]}}, prop, prop)
link = st.builds(
    lambda to, at: {"type": "Relationship", "object": to, "createdAt": T[0], "modifiedAt": at},
    st.sampled_from(IDS),
    moment,
)
spot = st.builds(
    lambda at, when: {
        "type": "GeoProperty",
        "value": {"type": "Point", "coordinates": at},
        "createdAt": T[0],
        "modifiedAt": when,
    },
    place,
    moment,
)
OF_KIND = {"near": link, "location": spot, "site": spot, "name": nested}
attributes = st.fixed_dictionaries(
    {}, optional={EXPANDED[name]: st.tuples(OF_KIND.get(name, prop)).map(list) for name in NAMES}
)
body = st.fixed_dictionaries(
    {
        "type": st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True),
        "createdAt": st.just(T[0]),
        "modifiedAt": st.just(T[4]),
        "attrs": attributes,
    },
    optional={"scope": st.just(["/north/park"])},
)
entities = st.lists(body, min_size=1, max_size=5).map(
    lambda found: [{"id": id, **one} for id, one in zip(IDS, found, strict=False)]
)
grants = st.builds(
    lambda types, names, area: Grant(
        "urn:product:1",
        types=frozenset(types),
        attributes=None if names is None else frozenset(EXPANDED[name] for name in names),
        area=area,
    ),
    st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True),
    st.none() | st.lists(st.sampled_from(NAMES), max_size=4, unique=True),
    st.sampled_from(["", AREA]),
)

CONDITIONS = [
    "secret", "!secret", "secret==1", "secret!=1", "!speed", "speed>1|secret==1", "speed>1;secret", "speed<=50",
    'name=="a"', "name.secret", "name.secret==50", "modifiedAt>2026-11-23T00:00:00Z", "near", "near{Home:secret}==1", "near{Home,Tree:speed}",
    "near.speed.observedAt", "speed.observedAt>2026-11-22T13:00:00Z", "createdAt==2026-11-21T00:00:00Z", 'secret~="a.*"',
    "(secret;speed)|!name", "site", "secret==1..60",
]  # fmt: skip
POINT = "geometry=Point&coordinates=[3.1,50.6]"
QUERIES = [
    *(f"/ngsi-ld/v1/entities?count=true&options=sysAttrs&limit=3&type=Car,Home,Tree&joinLevel=2&join=flat&q={quote(q)}" for q in CONDITIONS),
    *(f"/ngsi-ld/v1/entities?count=true&limit=0&type=Car,Home,Tree&q={quote(q)}" for q in CONDITIONS[:6]),
    *(f"/ngsi-ld/v1/entities?type={t}&count=true&offset=1" for t in ("Car", "Home", "Tree", "Car,Tree", "(Car;Home)")),
    *(f"/ngsi-ld/v1/entities/{id}" for id in IDS),
    *(f"/ngsi-ld/v1/entities/{id}?join=inline&joinLevel=2" for id in IDS[:3]),
    "/ngsi-ld/v1/entities/urn:ngsi-ld:Thing:0?attrs=secret",
    "/ngsi-ld/v1/entities/urn:ngsi-ld:Thing:0?pick=secret,scope",
    "/ngsi-ld/v1/entities/urn:ngsi-ld:Thing:0?type=Car",
    "/ngsi-ld/v1/entities?type=Car,Home&id=urn:ngsi-ld:Thing:0,urn:ngsi-ld:Thing:1,urn:ngsi-ld:Thing:4&count=true",
    "/ngsi-ld/v1/entities?type=Car,Home,Tree&idPattern=Thing:[0-3]&count=true",
    "/ngsi-ld/v1/entities?attrs=secret&count=true",
    "/ngsi-ld/v1/entities?attrs=speed,secret&count=true",
    "/ngsi-ld/v1/entities?type=Car,Home,Tree&scopeQ=/north/%23&count=true",
    "/ngsi-ld/v1/entities?type=Car,Home,Tree&orderBy=secret,speed",
    "/ngsi-ld/v1/entities?type=Car,Home,Tree&orderBy=modifiedAt;desc",
    f"/ngsi-ld/v1/entities?type=Car,Home,Tree&georel=near;maxDistance==2000&{POINT}&count=true",
    f"/ngsi-ld/v1/entities?type=Car,Home,Tree&georel=disjoint&{POINT}&geoproperty=site&count=true",
    "/ngsi-ld/v1/entities?type=Car,Home,Tree&join=flat&joinLevel=2",
    "/ngsi-ld/v1/types", "/ngsi-ld/v1/types?details=true", "/ngsi-ld/v1/types/Car", "/ngsi-ld/v1/types/Tree",
    "/ngsi-ld/v1/attributes", "/ngsi-ld/v1/attributes?details=true", "/ngsi-ld/v1/attributes/secret",
    "/ngsi-ld/v1/attributes/near", "/ngsi-ld/v1/subscriptions",
    "/ogc/collections", "/ogc/collections/Car", "/ogc/collections/Tree/queryables", "/ogc/collections/Car/schema",
    "/ogc/collections/Car/items?limit=2", "/ogc/collections/Home/items?secret=1", "/ogc/collections/Home/items?speed=1",
    "/ogc/collections/Tree/items?bbox=3,50,3.15,51", "/ogc/collections/Car/items?datetime=2026-11-22T00:00:00Z/..",
    "/ogc/collections/Car/items?f=csv", "/ogc/collections/Car/items/urn:ngsi-ld:Thing:0", "/ogc/openapi",
]  # fmt: skip
PLACE = re.compile(r"after=\d+")
"""Where the next page begins: a record's place among all of the store (docs/reference/market-access.md)."""

FRESH = {"id", "timeStamp", "etag"}
"""What differs between two answers that say the same."""


class Node:
    """What one caller is served: all that the store has, or what a grant lets through."""

    def __init__(self, store: Store, grant: Grant | None = None) -> None:
        numbers = itertools.count(1)
        now = lambda: Instant("2026-11-25T12:00:00.000000Z")  # noqa: E731
        every = Broker(store, Contexts(store, Client(Policy()), {}), now, lambda: f"urn:uuid:{next(numbers)}")
        broker = every if grant is None else granted(every, grant)
        self.table = Table()
        self.table.mount("/ngsi-ld/v1", ROUTES, broker, problem_response)
        self.table.mount("/ogc", OGC_ROUTES, Ogc(broker, CORE, title="A city"), json_problem)

    async def ask(
        self, method: str, address: str, body: object = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        path, _, query = address.partition("?")
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "content-length": str(len(content))}
        got = await answer(self.table, Request(method, path, query, headers, content), lambda _, __: None)
        whole = got.body if got.pieces is None else b"".join([piece async for piece in got.pieces])
        return got.status, got.headers, whole


async def filled(address: str, found: list[Any]) -> Store:
    store = await open_store(address, {"entity": ENTITY_INDEX})
    changes = tuple(Change(entity_key("", one["id"]), encode(one), trace_of(None, one)) for one in found)
    await store.transact([], lambda _: Commit(changes, at=Instant(T[4])))
    return store


def comparable(address: str, got: tuple[int, Mapping[str, str], bytes]) -> Any:
    status, headers, body = got
    body = PLACE.sub("after=n", body.decode()).encode()
    kept = {name: PLACE.sub("after=n", value) for name, value in headers.items() if name not in FRESH}
    if "json" not in headers.get("content-type", ""):
        return status, kept, body
    said = json.loads(body)
    if isinstance(said, dict) and ("typeList" in said or "attributeList" in said or "timeStamp" in said):
        said = {name: value for name, value in said.items() if name not in FRESH}
    return status, kept, said


async def compare(addresses: tuple[str, str], found: list[Entity], grant: Grant, asked: list[str]) -> None:
    seen = [cut for one in found if (cut := visible(one, grant)) is not None]
    real, small = await filled(addresses[0], found), await filled(addresses[1], seen)
    try:
        through, alone = Node(real, grant), Node(small)
        for address in asked:
            got = comparable(address, await through.ask("GET", address))
            assert got == comparable(address, await alone.ask("GET", address)), address
        body = {"type": "Query", "entities": [{"type": "Car,Home,Tree"}], "q": "!secret|speed>1"}
        address = "/ngsi-ld/v1/entityOperations/query?count=true"
        got = comparable(address, await through.ask("POST", address, body))
        assert got == comparable(address, await alone.ask("POST", address, body))
    finally:
        await real.close()
        await small.close()


@given(entities, grants)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_answers_are_those_of_a_node_that_holds_only_what_is_seen(found: list[Entity], grant: Grant) -> None:
    asyncio.run(compare(("memory:", "memory:"), found, grant, QUERIES))


@given(entities, grants)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
def test_an_index_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, found: list[Entity], grant: Grant
) -> None:
    folder = tmp_path_factory.mktemp("granted")
    asyncio.run(compare((f"sqlite:{folder}/real", f"sqlite:{folder}/small"), found, grant, QUERIES * 2))
