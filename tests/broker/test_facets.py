"""What an index may hold of an entity."""

import time
from typing import cast

from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.query.facets import (
    ENTITY_INDEX,
    SCOPE,
    TYPE,
    extents,
    facets,
    presence_path,
    value_path,
)
from beffroi.broker.rules.query.query import Path
from beffroi.kernel.geometry import Box
from beffroi.kernel.json import JsonObject
from beffroi.store.port import Extent, Facet

LOCATION = "https://uri.etsi.org/ngsi-ld/location"


def body(**attrs: Instance) -> JsonObject:
    entity = Entity(
        id="urn:x:1", type=["ex:Bus", "ex:Van"], attrs={f"ex:{name}": [it] for name, it in attrs.items()}
    )
    entity["scope"] = ["/Lille", "Nord"]
    entity["modifiedAt"] = "2018-12-06T00:00:00.000000Z"
    return cast("JsonObject", entity)


def of(stored: JsonObject, path: Path) -> set[tuple[str, object]]:
    """Sorts and values at a path."""
    wanted = value_path(path)
    found = list(facets(stored, frozenset({wanted})))
    assert all(facet.path == wanted for facet in found)
    return {(facet.sort, facet.value) for facet in found}


def test_types_and_scopes_are_always_indexed() -> None:
    assert ENTITY_INDEX.always == {TYPE, SCOPE}
    assert set(facets(body(), ENTITY_INDEX.always)) == {
        Facet(TYPE, "text", "ex:Bus"),
        Facet(TYPE, "text", "ex:Van"),
        Facet(SCOPE, "text", "/Lille"),
        Facet(SCOPE, "text", "/Nord"),
    }


def test_each_leaf_that_a_path_reaches_is_a_facet_of_its_sort() -> None:
    stored = body(
        mixed=Instance(type="Property", value=[1, 2.5, True, "red", None, {}, "2018-12-04T12:00:00Z"]),
        name=Instance(type="LanguageProperty", languageMap={"fr": "rouge", "en": ["red", "crimson"]}),
        at=Instance(type="Relationship", object="urn:x:stop", observedAt="2018-12-04T13:00:00+01:00"),
        home=Instance(type="Property", value={"ex:city": "Lille"}),
    )
    assert of(stored, Path(("ex:mixed",))) == {
        ("number", 1),
        ("number", 2.5),
        ("boolean", True),
        ("text", "red"),
        ("text", "2018-12-04T12:00:00Z"),
        ("time", "2018-12-04T12:00:00.000000Z"),
    }
    assert of(stored, Path(("ex:name",))) == {("text", "rouge"), ("text", "red"), ("text", "crimson")}
    assert of(stored, Path(("ex:name",), ("fr",), ("fr",))) == {("text", "rouge")}
    assert of(stored, Path(("ex:at",))) == {("text", "urn:x:stop")}
    assert of(stored, Path(("ex:at", "observedAt"))) == {("time", "2018-12-04T12:00:00.000000Z")}
    assert of(stored, Path(("modifiedAt",))) == {("time", "2018-12-06T00:00:00.000000Z")}
    assert of(stored, Path(("ex:home",), ("city",), ("ex:city",))) == {("text", "Lille")}
    assert of(stored, Path(("ex:missing",))) == set()


def test_presence_is_a_facet_of_its_own() -> None:
    stored = body(home=Instance(type="Property", value={}))
    present, absent = presence_path(Path(("ex:home",))), presence_path(Path(("ex:away",)))
    assert list(facets(stored, frozenset({present, absent}))) == [Facet(present, "boolean", True)]


def test_a_path_keeps_odd_names_apart() -> None:
    paths = {
        value_path(Path(steps, members, members))
        for steps, members in [
            (("a", "b"), ()), (("a",), ("b",)), (("a b",), ()), (('a","b',), ()), (("a",), ("b", "c")),
            (("a",), ('b","c',)), (("a",), ("b.c",)),
        ]
    }  # fmt: skip
    assert len(paths) == 7


def test_every_instance_of_every_geo_property_has_an_extent() -> None:
    stored = body(spot=Instance(type="GeoProperty", value={"type": "Point", "coordinates": [3, 50, 20]}))
    attrs = cast("Entity", stored)["attrs"]
    attrs[LOCATION] = [
        Instance(type="GeoProperty", value={"type": "LineString", "coordinates": [[3, 51], [4, 50]]}),
        Instance(type="GeoProperty", value={"type": "Point", "coordinates": [1, 2]}, datasetId="urn:x:a"),
    ]
    assert list(extents(stored)) == [
        Extent("ex:spot", Box(3, 50, 3, 50)),
        Extent(LOCATION, Box(3, 50, 4, 51)),
        Extent(LOCATION, Box(1, 2, 1, 2)),
    ]
    assert list(extents(body())) == []


def test_what_is_always_indexed_costs_microseconds() -> None:
    """5 µs for facets and 10 µs for extents, the best of some tries on a busy machine."""
    stored = body(**{f"a{n}": Instance(type="Property", value=n) for n in range(9)})
    cast("Entity", stored)["attrs"][LOCATION] = [
        Instance(type="GeoProperty", value={"type": "Point", "coordinates": [3, 50]})
    ]
    seconds: list[float] = []
    for _ in range(8):
        start = time.process_time()
        for _ in range(500):
            list(facets(stored, ENTITY_INDEX.always))
            list(extents(stored))
        seconds.append(time.process_time() - start)
    assert min(seconds) < 500 * 15e-6
