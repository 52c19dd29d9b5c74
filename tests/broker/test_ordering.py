"""Entity ordering (clause 4.23): what is read, and which entity comes first."""

import random
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.query.collation import Collation, parse_collation, text_order
from beffroi.broker.rules.query.ordering import MOST_TERMS, parse_ordering, parse_origin, ranking
from beffroi.kernel.effort import Effort
from beffroi.kernel.problem import BadRequestData, OperationNotSupported, Problem, TooComplexQuery

CONTEXT = Context("", {"ex": "https://example.org/"}, {}, {"ex": "https://example.org/"})
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"


def entity(id: str, **attributes: Any) -> Entity:
    attrs = {DEFAULT + name: each if isinstance(each, list) else [each] for name, each in attributes.items()}
    return cast("Entity", {"id": id, "type": ["T"], "attrs": attrs})


def value(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def point(longitude: float, latitude: float) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, latitude]}}


def ordered(entities: list[Entity], order_by: str, **options: Any) -> str:
    """The ids in order, after a shuffle."""
    mixed = random.Random(1).sample(entities, len(entities))
    return "".join(
        e["id"] for e in sorted(mixed, key=ranking(parse_ordering(order_by, CONTEXT, **options), Effort()))
    )


def refused(order_by: str, **options: Any) -> str:
    with pytest.raises(Problem) as caught:
        parse_ordering(order_by, CONTEXT, **options)
    assert caught.value.kind is BadRequestData
    return caught.value.detail


def test_values_of_mixed_kinds_come_in_the_order_of_the_clause() -> None:
    entities = [
        entity("a", v=value(900)),
        entity("b", v=value("5")),
        entity("c", v=value({"a": 1})),
        entity("d", v=value([0])),
        entity("e", v=value(False)),
        entity("f", v=value("12:00:00Z")),
        entity("g", v=value("2018-12-04")),
        entity("h", v=value("2018-12-04T12:00:00Z")),
        entity("i", v={"type": "JsonProperty", "json": None}),
        entity("j"),
    ]
    assert ordered(entities, "v") == "abcdefghij"


def test_null_and_what_does_not_exist_come_last_in_either_direction() -> None:
    entities = [entity("a", v=value(1)), entity("b", v=value(2)), entity("c")]
    entities.append(entity("d", v={"type": "JsonProperty", "json": None}))
    assert (ordered(entities, "v;asc"), ordered(entities, "v;desc")) == ("abdc", "badc")


def test_terms_count_one_after_another() -> None:
    entities = [entity(id, name=value(name), age=value(age)) for id, name, age in
                [("a", "Ann", 3), ("b", "Ann", 5), ("c", "Bob", 4)]]  # fmt: skip
    assert ordered(entities, "name,age") == "abc"
    assert ordered(entities, "name,age;desc") == "bac"
    assert ordered(entities, "name;desc,age;desc") == "cba"


def test_descending_texts_are_the_mirror_of_ascending_ones() -> None:
    entities = [entity(id, v=value(text)) for id, text in [("a", "a"), ("b", "ab"), ("c", "b")]]
    assert (ordered(entities, "v"), ordered(entities, "v;desc")) == ("abc", "cba")


def test_paths_lead_to_sub_attributes_members_and_into_values() -> None:
    entities = [
        entity("a", v=value({DEFAULT + "city": "Lille", "zip": 9}, observedAt="2020-01-01T00:00:00+02:00")),
        entity("b", v=value({DEFAULT + "city": "Roubaix", "zip": 8}, observedAt="2019-12-31T23:30:00Z")),
        entity("c", v=value({}, attrs={DEFAULT + "sub": [value(1)]})),
    ]
    assert ordered(entities, "v[city];desc") == "bac"
    assert ordered(entities, "v[zip]") == "bac"
    assert ordered(entities, "v.observedAt") == "abc"
    assert ordered(entities, "v.sub,id") == "cab"


def test_members_of_entities_order_as_the_reader_sees_them() -> None:
    one, two = entity("a"), entity("b")
    one["type"], two["type"] = ["https://example.org/Car"], [DEFAULT + "Bus"]
    one["createdAt"], two["createdAt"] = "2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z"
    two["scope"] = ["/lille"]
    assert ordered([one, two], "type") == "ba"
    assert ordered([one, two], "createdAt;desc") == "ba"
    assert ordered([one, two], "scope") == "ba"
    assert ordered([one, two], "id;desc") == "ba"


def test_every_attribute_type_has_a_place() -> None:
    kinds: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"type": "Relationship", "object": "urn:a"}, {"type": "Relationship", "object": "urn:b"}),
        (
            {"type": "ListRelationship", "objectList": ["urn:a"]},
            {"type": "ListRelationship", "objectList": ["urn:b"]},
        ),
        ({"type": "ListProperty", "valueList": [1, 2]}, {"type": "ListProperty", "valueList": [1, 3]}),
        (
            {"type": "VocabProperty", "vocab": DEFAULT + "a"},
            {"type": "VocabProperty", "vocab": DEFAULT + "b"},
        ),
        ({"type": "JsonProperty", "json": 1}, {"type": "JsonProperty", "json": "1"}),
        (point(1, 2), point(1, 3)),
    ]
    for first, second in kinds:
        assert ordered([entity("b", v=second), entity("a", v=first)], "v") == "ab"


def test_language_maps_order_by_the_language_asked_for() -> None:
    texts = [("a", {"fr": "Abeille", "en": "Zoo"}), ("b", {"fr": "Zoo", "en": "Bee"})]
    entities = [entity(id, v={"type": "LanguageProperty", "languageMap": m}) for id, m in texts]
    assert (ordered(entities, "v[fr]"), ordered(entities, "v[en]")) == ("ab", "ba")
    assert (ordered(entities, "v", lang="fr"), ordered(entities, "v", lang="en")) == ("ab", "ba")


def test_the_instance_without_a_dataset_counts() -> None:
    both = [value(1, datasetId="urn:x"), value(9)]
    assert ordered([entity("a", v=value(5)), entity("b", v=both)], "v") == "ab"


def test_distances_order_geo_properties_and_values_the_rest() -> None:
    entities = [
        entity("a", location=point(8.01, 40.01)),
        entity("b", location=point(9, 41)),
        entity(
            "c",
            location={
                "type": "GeoProperty",
                "value": {"type": "LineString", "coordinates": [[10, 45], [11, 45]]},
            },
        ),
        entity("d", location=value(1)),
        entity("e", location=value("x")),
        entity("f"),
    ]
    origin = parse_origin("[8,40]", "")
    assert ordered(entities, "location;dist-asc", origin=origin) == "abcdef"
    assert ordered(entities, "location;dist-desc", origin=origin) == "cbaedf"
    line = parse_origin([[9, 40], [9, 42]], "LineString")
    assert ordered(entities[:3], "location;dist-asc", origin=line) == "bac"


def test_what_is_no_order_is_refused_with_the_position() -> None:
    assert "its end" in refused("")
    assert "asc" in refused("name;up")
    assert "sub-attributes" in refused("id.sub")
    assert "name of a member" in refused("name,")
    assert "']' is missing" in refused("name[city")
    assert "between brackets" in refused("name[]")
    assert "nothing more" in refused("name asc")
    assert "no coordinates" in refused("location;dist-asc")
    with pytest.raises(Problem) as caught:
        parse_ordering(",".join(["v"] * (MOST_TERMS + 1)), CONTEXT)
    assert caught.value.kind is TooComplexQuery


@pytest.mark.parametrize(
    ("coordinates", "geometry"),
    [("8,40", ""), ("[8]", "Point"), ([8, 95], ""), ([8, 40], "Circle"), ([8, 40], "GeometryCollection")],
)
def test_what_is_no_place_is_refused(coordinates: Any, geometry: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_origin(coordinates, geometry)
    assert caught.value.kind is BadRequestData


def in_order(collation: str, *texts: str) -> list[str]:
    mixed = random.Random(2).sample(texts, len(texts))
    return sorted(mixed, key=text_order(parse_collation(collation)))


@pytest.mark.parametrize(
    "texts",
    [
        ("a", "A", "á", "Á", "ab", "b", "B"),
        ("cote", "coté", "côte", "côté", "coter"),
        (" a", "-a", "#a", "1a", "a", "a b", "ab"),
        ("der", "đer", "dez", "ðer", "e"),
        ("ae", "æ", "af", "oe", "œ", "of"),
        ("strasse", "straße", "strasst"),
        ("9", "a", "z", "þ", "α", "я"),
        ("Ecole", "école2", "écoles", "Nord", "Öst", "Ost2"),
        ("1", "٢", "3"),
    ],
)
def test_the_root_collation_orders_letters_then_accents_then_case(texts: "tuple[str, ...]") -> None:
    assert in_order("und", *texts) == list(texts)


def test_a_collation_tag_says_how_much_counts() -> None:
    key = text_order(parse_collation("und-u-ks-level1"))
    assert key("Élan") == key("elan")
    key = text_order(parse_collation("und-u-ks-level2"))
    assert key("Elan") == key("elan") != key("élan")
    assert text_order(parse_collation("und-u-ks-identic"))("A") != text_order(Collation())("A")


def test_numeric_phone_book_and_capitals_first_are_known() -> None:
    assert in_order("und-u-kn", "a2", "a10", "a100", "b") == ["a2", "a10", "a100", "b"]
    assert in_order("und", "a10", "a100", "a2") == ["a10", "a100", "a2"]
    assert in_order("de-u-co-phonebk", "Ärger", "Af") == ["Ärger", "Af"]
    assert in_order("de", "Ärger", "Af") == ["Af", "Ärger"]
    assert in_order("en-u-kf-upper", "a", "A") == ["A", "a"]


@pytest.mark.parametrize("tag", ["!!nope", "not a bcp47 tag!!", "de_DE", "x", "-", "a" * 9])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_collation(tag)
    assert caught.value.kind is BadRequestData


@pytest.mark.parametrize(
    "tag", ["sv", "und-u-ka-shifted", "fr-u-co-phonebk", "und-u-ks-level9", "fr-CA", "en-x-own"]
)
def test_an_order_that_is_not_known_is_not_answered_in_another(tag: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_collation(tag)
    assert caught.value.kind is OperationNotSupported


@given(st.lists(st.text(max_size=6), max_size=8))
def test_every_text_has_a_place(texts: list[str]) -> None:
    key = text_order(parse_collation("und-u-ks-identic-kn"))
    mirrored = texts[::-1]
    assert sorted(texts, key=key) == sorted(mirrored, key=key)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(JSON, max_size=6), st.sampled_from(["v", "v;desc"]))
def test_every_value_has_a_place(values: list[Any], order_by: str) -> None:
    rank = ranking(parse_ordering(order_by, CONTEXT), Effort())
    entities = [entity("x", v={"type": "JsonProperty", "json": each}) for each in values]
    keys = sorted(map(rank, entities))
    mirrored = keys[::-1]
    assert keys == sorted(mirrored)
