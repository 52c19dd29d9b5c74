"""What an index may hold of an entity."""

from typing import cast

import pytest

from beffroi.broker.rules.entity.entity import Entity, Instance
from beffroi.broker.rules.query.facets import (
    ENTITY_INDEX,
    EXPIRES,
    SCOPE,
    TYPE,
    extents,
    facets,
    presence_path,
    unmoved,
    value_path,
)
from beffroi.broker.rules.query.query import Path
from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject
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
    assert ENTITY_INDEX.always == {TYPE, SCOPE, EXPIRES}
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


SOON = "2018-12-07T00:00:00Z"
HOME = Instance(type="GeoProperty", value={"type": "Point", "coordinates": [3.06, 50.63]})
PATHS = ENTITY_INDEX.always | {EXPIRES, value_path(Path(("ex:speed",))), presence_path(Path(("ex:name",)))}


STOOD = body(
    level=Instance(type="Property", value=1),
    speed=Instance(type="Property", value=50),
    home=HOME,
    short=Instance(type="Property", value=1, expiresAt=SOON),
)


def with_attribute(name: str, *instances: Instance) -> JsonObject:
    return {**STOOD, "attrs": {**cast("JsonObject", STOOD["attrs"]), name: cast("Json", [*instances])}}


def test_a_value_that_nobody_asks_for_moves_nothing() -> None:
    changed = {**with_attribute("ex:level", Instance(type="Property", value=2)), "modifiedAt": SOON}
    assert unmoved(STOOD, changed, PATHS)
    assert set(facets(STOOD, PATHS)) == set(facets(changed, PATHS))
    assert list(extents(STOOD)) == list(extents(changed))


def test_a_place_that_is_said_again_moves_nothing() -> None:
    again = cast("Instance", {**HOME, "value": {**cast("JsonObject", HOME["value"])}, "modifiedAt": SOON})
    assert unmoved(STOOD, with_attribute("ex:home", again), PATHS)
    assert not unmoved(STOOD, with_attribute("ex:home", again, HOME), PATHS)


def test_a_value_that_is_asked_for_and_said_again_moves_nothing() -> None:
    again = with_attribute("ex:speed", Instance(type="Property", value=50.0, createdAt=SOON, modifiedAt=SOON))
    assert unmoved(STOOD, again, PATHS)
    assert set(facets(STOOD, PATHS)) == set(facets(again, PATHS))
    for path in (value_path(Path(("ex:speed", "modifiedAt"))), value_path(Path(("createdAt",)))):
        assert not unmoved(STOOD, again, PATHS | {path})


def test_the_order_of_a_language_map_moves_nothing() -> None:
    paths = frozenset({value_path(Path(("ex:name",), ("fr",), ("fr",)))})
    texts: dict[str, str | list[str]] = {"Fr": "rouge", "FR": "vermeil"}
    before, after = (
        body(name=Instance(type="LanguageProperty", languageMap={tag: texts[tag] for tag in tags}))
        for tags in (("Fr", "FR"), ("FR", "Fr"))
    )
    assert unmoved(before, after, paths)
    assert set(facets(before, paths)) == set(facets(after, paths))


def test_one_and_true_are_two_values() -> None:
    path = value_path(Path(("ex:level",)))
    changed = with_attribute("ex:level", Instance(type="Property", value=True))
    assert not unmoved(STOOD, changed, frozenset({path}))
    assert not unmoved(changed, STOOD, frozenset({path}))


@pytest.mark.parametrize(
    "changed",
    [
        with_attribute("ex:speed", Instance(type="Property", value=51)),
        with_attribute("ex:speed", Instance(type="Property", value=50), Instance(type="Property", value=51)),
        with_attribute("ex:speed", Instance(type="Property", value=[50, 51])),
        with_attribute("ex:name", Instance(type="Property", value="Bus")),
        with_attribute("ex:level", Instance(type="Property", value=1, expiresAt=SOON)),
        with_attribute(
            "ex:level",
            Instance(
                type="Property",
                value=1,
                attrs={"ex:by": [Instance(type="Property", value=1, expiresAt="2018-12-06T00:00:01Z")]},
            ),
        ),
        with_attribute("ex:short", Instance(type="Property", value=1)),
        with_attribute("ex:level", HOME),
        with_attribute("ex:home", Instance(type="Property", value=1)),
        with_attribute("ex:home", {**HOME, "value": {"type": "Point", "coordinates": [3.07, 50.63]}}),
        {**STOOD, "type": ["ex:Bus"]},
        {**STOOD, "scope": ["/Lille"]},
        {**STOOD, "expiresAt": "2018-12-06T00:00:01Z"},
        {**STOOD, "attrs": {}},
    ],
)
def test_what_changes_an_index_row_is_not_taken_for_unmoved(changed: JsonObject) -> None:
    rows = [(set(facets(each, PATHS)), list(extents(each))) for each in (STOOD, changed)]
    assert rows[0] != rows[1] or changed == with_attribute(
        "ex:level", Instance(type="Property", value=1, expiresAt=SOON)
    )
    assert not unmoved(STOOD, changed, PATHS)


def test_a_moment_of_the_entity_itself_may_always_have_moved() -> None:
    changed = {**STOOD, "modifiedAt": SOON}
    assert not unmoved(STOOD, changed, frozenset({value_path(Path(("modifiedAt",)))}))
    assert unmoved(STOOD, changed, frozenset({value_path(Path(("ex:level", "modifiedAt")))}))
