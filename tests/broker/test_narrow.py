"""What an index can do for a query: never lose a match, and be exact only where it is."""

import json
from typing import cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import DEFAULT_VOCABULARY, LOCATION, Entity, Instance
from beffroi.broker.rules.geo.geo import parse_geo
from beffroi.broker.rules.query.facets import ALWAYS, extents, facets, presence_path, value_path
from beffroi.broker.rules.query.matches import matcher
from beffroi.broker.rules.query.narrow import narrow
from beffroi.broker.rules.query.q import parse_q
from beffroi.broker.rules.query.query import EntityQuery, Path
from beffroi.broker.rules.query.scope import parse_scope_query
from beffroi.broker.rules.query.selection import parse_types
from beffroi.kernel.geometry import WORLD, Box
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.store.holds import holds, paths_of
from beffroi.store.port import All, Between, Either, Filter, Named, Prefix, Touches, Where

CONTEXT = Context("", {}, {})
SPEED = Path((DEFAULT_VOCABULARY + "speed",))
VALUES, PRESENT = value_path(SPEED), Where(presence_path(SPEED), "==", "boolean", True)


def narrowed(q: str) -> tuple[Filter, bool]:
    return narrow(EntityQuery(q=parse_q(q, CONTEXT)))


@pytest.mark.parametrize(
    ("q", "expected", "exact"),
    [
        ("speed>50", Where(VALUES, ">", "number", 50), True),
        ("speed==true", Where(VALUES, "==", "boolean", True), True),
        (
            'speed=="a","b"',
            Either((Where(VALUES, "==", "text", "a"), Where(VALUES, "==", "text", "b"))),
            True,
        ),
        ('speed>"a"', Where(VALUES, ">", "text", "a"), False),
        ("speed==4..5", Between(VALUES, "number", 4, 5), True),
        ("speed<2018-12-04T12:00:00Z", Where(VALUES, "<", "time", "2018-12-04T12:00:00.000000Z"), True),
        ("speed==2018-12-04", Where(VALUES, "==", "text", "2018-12-04"), True),
        ("speed>2018-12-04", Where(VALUES, ">", "text", "2018-12-04"), False),
        ("speed>12:00:00Z", PRESENT, False),
        ("speed!=5", PRESENT, False),
        ("speed!~=a", PRESENT, False),
        ("speed~=a", PRESENT, False),
        ("speed~=^ab", Prefix(VALUES, "ab"), False),
        ("speed>9007199254740993", Where(VALUES, ">=", "number", 9007199254740993), False),
        ("speed", PRESENT, True),
        ("!speed", All(), False),
        ("!speed|speed>5", All(), False),
        ("speed{x}>5", PRESENT, False),
        ("speed>5;!speed", Where(VALUES, ">", "number", 5), False),
    ],
)
def test_a_condition_becomes_what_an_index_can_say(q: str, expected: Filter, exact: bool) -> None:
    assert narrowed(q) == (expected, exact)


@pytest.mark.parametrize(
    ("scope", "expected", "exact"),
    [
        ("/A/B", Where("scope", "==", "text", "/A/B"), True),
        ("/A/#", Either((Where("scope", "==", "text", "/A"), Prefix("scope", "/A/"))), True),
        ("/#", Prefix("scope", "/"), True),
        ("/A/+/B", Prefix("scope", "/A/"), False),
    ],
)
def test_a_scope_query_becomes_what_an_index_can_say(scope: str, expected: Filter, exact: bool) -> None:
    assert narrow(EntityQuery(scope=parse_scope_query(scope))) == (expected, exact)


def test_the_parts_of_a_query_are_all_asked() -> None:
    query = EntityQuery(ids=("urn:x:1",), types=parse_types("(A;B)|C", CONTEXT), attrs=("ex:a",))
    a, b, c = (Where("type", "==", "text", DEFAULT_VOCABULARY + name) for name in "ABC")
    has = Where(presence_path(Path(("ex:a",))), "==", "boolean", True)
    assert narrow(query) == (All((Named(("urn:x:1",)), Either((All((a, b)), c)), has)), True)
    assert narrow(EntityQuery()) == (All(), True)
    assert narrow(EntityQuery(id_pattern="^urn:x")) == (All(), False)


def test_near_asks_for_boxes_that_do_not_wrap() -> None:
    def touches(georel: str, longitude: float, latitude: float) -> Filter:
        found, exact = narrow(EntityQuery(geo=parse_geo(georel, "Point", [longitude, latitude], "", CONTEXT)))
        assert not exact
        return found

    east = touches("near;maxDistance==2000", 180, 0)
    assert isinstance(east, Either)
    assert [cast("Touches", each).box.east for each in east.of] == [180, pytest.approx(-179.98, abs=0.01)]
    pole = touches("near;maxDistance==2000", 0, 90)
    assert isinstance(pole, Touches)
    assert pole.box == Box(-180, cast("float", pytest.approx(89.98, abs=0.01)), 180, 90)
    assert touches("near;minDistance==2000", 0, 90) == Touches(LOCATION, WORLD)
    assert touches("disjoint", 0, 90) == Touches(LOCATION, WORLD)
    assert touches("within", 3, 50) == Touches(LOCATION, Box(3, 50, 3, 50))


# --- the two properties, on random entities and queries

NAMES = ["a", "b"]
numbers = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, -0.0, 2**53, 2**53 + 1, -(2**53) - 1, 1e300]))
texts = st.sampled_from(
    ["", "a", "ab", "b", "é", "a\x00", "urn:x:1", "urn:x:2", "2018-12-04T12:00:00Z", "2018-12-04T13:00:00+01:00",
     "2018-12-04T12:00:00.5Z", "2018-12-04", "2018-12-05", "12:00:00Z", "12:00:00.5Z", "\uffff", "a" * 300, "a" * 300 + "b"]
)  # fmt: skip
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([DEFAULT_VOCABULARY + "a", "a", "type", "@value"]), inner, max_size=2
        ),
    ),
    max_leaves=4,
)
uris = st.sampled_from(["urn:x:1", "urn:x:2", "urn:x:3"])
languages = st.sampled_from(["fr", "en", "@none"])
longitudes = st.sampled_from([-180.0, -179.9, 0.0, 0.1, 3.0, 179.95, 180.0])
latitudes = st.sampled_from([-90.0, -89.9, 0.0, 0.1, 50.0, 90.0])
positions = st.tuples(longitudes, latitudes).map(list)
points = st.builds(lambda at: {"type": "Point", "coordinates": at}, positions)
lines = st.builds(
    lambda of: {"type": "LineString", "coordinates": of}, st.lists(positions, min_size=2, max_size=3)
)
rings = st.builds(
    lambda of: {"type": "Polygon", "coordinates": [[*of, of[0]]]}, st.lists(positions, min_size=3, max_size=4)
)
geometries = st.one_of(
    points,
    lines,
    rings,
    *(
        st.lists(one, min_size=1, max_size=2).map(
            lambda of: {"type": f"Multi{of[0]['type']}", "coordinates": [each["coordinates"] for each in of]}
        )
        for one in (points, lines, rings)
    ),
)


def kinds() -> st.SearchStrategy[JsonObject]:
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("Property"), "value": values}),
        st.fixed_dictionaries({"type": st.just("Relationship"), "object": st.one_of(uris, st.lists(uris, max_size=2))}),
        st.fixed_dictionaries({"type": st.just("ListRelationship"), "objectList": st.lists(uris, max_size=2)}),
        st.fixed_dictionaries({"type": st.just("VocabProperty"), "vocab": uris}),
        st.fixed_dictionaries({"type": st.just("ListProperty"), "valueList": st.lists(values, max_size=3)}),
        st.fixed_dictionaries({"type": st.just("JsonProperty"), "json": values}),
        st.fixed_dictionaries({"type": st.just("GeoProperty"), "value": geometries}),
        st.fixed_dictionaries(
            {
                "type": st.just("LanguageProperty"),
                "languageMap": st.dictionaries(languages, st.one_of(texts, st.lists(texts, max_size=2)), max_size=3),
            }
        ),
    )  # fmt: skip


moments = st.sampled_from(
    ["2018-12-04T12:00:00Z", "2018-12-04T13:00:00+01:00", "2018-12-04T12:00:00.5Z", "2019-01-31T00:00:00Z"]
)
members = st.fixed_dictionaries({}, optional={"observedAt": moments, "unitCode": texts, "datasetId": uris})
leaf_instances = st.builds(lambda kind, more: {**kind, **more}, kinds(), members)
instances = st.builds(
    lambda instance, subs: {**instance, "attrs": subs} if subs else instance,
    leaf_instances,
    st.dictionaries(
        st.sampled_from([DEFAULT_VOCABULARY + name for name in NAMES]),
        st.lists(leaf_instances, min_size=1, max_size=2),
        max_size=1,
    ),
)
entities: st.SearchStrategy[JsonObject] = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["urn:x:1", "urn:x:2"]),
        "type": st.lists(
            st.sampled_from([DEFAULT_VOCABULARY + name for name in "AB"]), min_size=1, unique=True
        ),
        "attrs": st.dictionaries(
            st.sampled_from([*(DEFAULT_VOCABULARY + name for name in NAMES), LOCATION]),
            st.lists(instances, min_size=1, max_size=2),
            max_size=3,
        ),
    },
    optional={
        "scope": st.lists(st.sampled_from(["/A", "A", "/A/B", "/A/B/C", "/AB", "/D/B"]), max_size=2),
        "createdAt": st.sampled_from(["2018-12-04T12:00:00.000000Z", "2019-01-01T00:00:00.000000Z"]),
    },
)
q_paths = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(
        ["a.b", "a.observedAt", "a.unitCode", "a[a]", "a[a.type]", "a[type]", "a[fr]", "a[*]", "b.datasetId",
         "createdAt", "a.b[a]", "a{b}", "a[coordinates]", "location"]
    ),
)  # fmt: skip
comparables = st.one_of(
    numbers.map(json.dumps),
    texts.map(json.dumps),
    st.sampled_from(["2018-12-04T12:00:00Z", "2018-12-04T12:00:00.5Z", "2018-12-04", "12:00:00Z"]),
)
equals = st.one_of(
    comparables,
    st.sampled_from(["true", "false", "urn:x:1"]),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3)).map(lambda ends: f"{ends[0]}..{ends[1]}"),
    st.just('"a".."b"'),
    st.just("2018-12-04..2018-12-05"),
    st.just("2018-12-04T12:00:00Z..2018-12-04T12:00:01Z"),
    st.just("12:00:00Z..13:00:00Z"),
    st.just("9007199254740992..9007199254740993"),
)
terms = st.one_of(
    q_paths,
    q_paths.map(lambda path: f"!{path}"),
    st.builds(
        lambda path, op, to: f"{path}{op}{to}", q_paths, st.sampled_from(["<", "<=", ">", ">="]), comparables
    ),
    st.builds(
        lambda path, op, to: f"{path}{op}{','.join(to)}",
        q_paths,
        st.sampled_from(["==", "!="]),
        st.lists(equals, min_size=1, max_size=2),
    ),
    st.builds(
        lambda path, op, to: f'{path}{op}"{to}"',
        q_paths,
        st.sampled_from(["~=", "!~="]),
        st.sampled_from(["a", "^a", "^ab?", "^urn:x:[12]$", "b$", "^", "^a|b", "^2018"]),
    ),
)
queries_q = st.recursive(
    terms,
    lambda inner: st.builds(
        lambda one, op, other: f"({one}{op}{other})", inner, st.sampled_from([";", "|"]), inner
    ),
    max_leaves=3,
)
georels = st.one_of(
    st.sampled_from(["within", "contains", "equals", "intersects", "overlaps", "disjoint"]),
    st.builds(
        lambda which, far: f"near;{which}Distance=={far}",
        st.sampled_from(["max", "min"]),
        st.sampled_from([1, 12_000, 23_000, 3_000_000, 21_000_000]),
    ),
)


def optional(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), strategy)


@st.composite
def queries(draw: st.DrawFn) -> EntityQuery:
    q = draw(optional(queries_q))
    types = draw(optional(st.sampled_from(["A", "A|B", "(A;B)", "C"])))
    scope = draw(optional(st.sampled_from(["/A", "/A/#", "/#", "/A/+", "/+/B/#", "(/A;/A/B)", "/A|/D/B"])))
    geo = None
    if draw(st.booleans()):
        reference = draw(geometries)
        where = draw(st.sampled_from(["", "a"]))
        geo = parse_geo(
            draw(georels), str(reference["type"]), cast("Json", reference["coordinates"]), where, CONTEXT
        )
    try:
        condition = parse_q(q, CONTEXT) if q else None
    except Problem:
        condition = parse_q("a", CONTEXT)
    return EntityQuery(
        ids=draw(st.sampled_from([(), ("urn:x:1",)])),
        id_pattern=draw(st.sampled_from(["", "1$"])),
        types=parse_types(types, CONTEXT) if types else None,
        attrs=draw(st.sampled_from([(), (DEFAULT_VOCABULARY + "a", DEFAULT_VOCABULARY + "b")])),
        q=condition,
        geo=geo,
        scope=parse_scope_query(scope) if scope else None,
    )


def check(entity: JsonObject, query: EntityQuery) -> None:
    """The same question to the rule and to an index that has every path."""
    where, exact = narrow(query)
    paths = ALWAYS | paths_of(where)
    through = holds(where, list(facets(entity, paths)), list(extents(entity)), str(entity["id"]))
    matches = matcher(query)(cast("Entity", entity))
    if exact:
        assert through == matches
    else:
        assert through or not matches


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(entities, queries())
def test_an_index_never_loses_a_match_and_is_right_where_it_says_so(
    entity: JsonObject, query: EntityQuery
) -> None:
    check(entity, query)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(instances, terms)
@example(Instance(type="Property", value=2**53 + 1), "a>9007199254740992")
@example(Instance(type="Property", value=["a" * 300 + "b"]), f'a>"{"a" * 300}"')
@example(Instance(type="Relationship", object="urn:x:2"), 'a>"urn:x:1"')
def test_an_index_never_loses_a_match_of_one_attribute(instance: JsonObject, q: str) -> None:
    entity = {"id": "urn:x:1", "type": ["ex:A"], "attrs": {DEFAULT_VOCABULARY + "a": [instance]}}
    try:
        condition = parse_q(q, CONTEXT)
    except Problem:
        return
    check(cast("JsonObject", entity), EntityQuery(q=condition))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(geometries, geometries, georels)
def test_a_box_never_loses_a_geometry(target: JsonObject, reference: JsonObject, georel: str) -> None:
    entity = {
        "id": "urn:x:1",
        "type": ["ex:A"],
        "attrs": {LOCATION: [{"type": "GeoProperty", "value": target}]},
    }
    geo = parse_geo(georel, str(reference["type"]), reference["coordinates"], "", CONTEXT)
    check(cast("JsonObject", entity), EntityQuery(geo=geo))
