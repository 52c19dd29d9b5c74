"""Linked entity retrieval (clause 4.5.23), through the routes and by the rules alone."""

from typing import Any
from urllib.parse import quote

import pytest

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.entity import Entity
from beffroi.broker.rules.query.query import Join, View
from beffroi.broker.rules.representation.linked import MOST_INLINE, together, unread
from beffroi.kernel.problem import Problem, TooComplexQuery
from tests.broker.client import Client
from tests.got import Got

CONTEXT = Context("", {}, {})
BUILDING, CITY, COUNTRY = "urn:x:Building:1", "urn:x:City:1", "urn:x:Country:1"
GEO = "application/geo+json"


def link(target: "str | list[str]") -> dict[str, Any]:
    return {"type": "Relationship", "object": target}


def name(text: str) -> dict[str, Any]:
    return {"type": "Property", "value": text}


def create(node: Client, id: str, type: str, **attributes: Any) -> None:
    assert node.post("/entities", {"id": id, "type": type, **attributes}).status == 201


@pytest.fixture
def town(node: Client) -> Client:
    """A building in a city in a country."""
    create(node, BUILDING, "Building", name=name("Town hall"), isIn=link(CITY))
    create(node, CITY, "City", name=name("Lille"), isIn=link(COUNTRY))
    create(node, COUNTRY, "Country", name=name("France"))
    return node


def ask(node: Client, path: str, **parameters: object) -> Got:
    text = "&".join(f"{key}={quote(str(value))}" for key, value in parameters.items())
    return node.get(f"{path}?{text}")


def refused(got: Got) -> "tuple[int, str]":
    return got.status, got.json["type"].rpartition("/")[2]


def test_an_inlined_entity_stands_in_the_relationship(town: Client) -> None:
    got = ask(town, f"/entities/{BUILDING}", join="inline").json
    assert got["isIn"] == {
        **link(CITY),
        "entity": {"id": CITY, "type": "City", "name": name("Lille"), "isIn": link(COUNTRY)},
    }


def test_join_level_says_how_many_links_are_followed(town: Client) -> None:
    got = ask(town, f"/entities/{BUILDING}", join="inline", joinLevel=2).json
    assert got["isIn"]["entity"]["isIn"]["entity"]["name"] == name("France")


def test_an_inlined_entity_takes_the_place_of_its_uri_in_the_simplified_form(town: Client) -> None:
    got = ask(town, f"/entities/{BUILDING}", join="inline", format="simplified").json
    assert got["isIn"] == {"id": CITY, "type": "City", "name": "Lille", "isIn": COUNTRY}


def test_the_concise_form_holds_a_concise_entity(town: Client) -> None:
    got = ask(town, f"/entities/{BUILDING}", join="inline", format="concise").json
    city = {"id": CITY, "type": "City", "name": "Lille", "isIn": {"object": COUNTRY}}
    assert got["isIn"] == {"object": CITY, "entity": city}


def test_flat_appends_what_is_linked_level_by_level(town: Client) -> None:
    got = ask(town, f"/entities/{BUILDING}", join="flat", joinLevel=2).json
    assert [entity["id"] for entity in got] == [BUILDING, CITY, COUNTRY]
    assert got[0]["isIn"] == link(CITY)


def test_flat_is_one_object_where_nothing_is_appended_as_the_official_suite_wants(town: Client) -> None:
    assert ask(town, f"/entities/{COUNTRY}", join="flat").json["id"] == COUNTRY


def test_without_a_join_or_with_none_nothing_is_added(town: Client) -> None:
    plain = town.get(f"/entities/{BUILDING}").json
    assert ask(town, f"/entities/{BUILDING}", join="@none", joinLevel=3).json == plain
    assert "entity" not in plain["isIn"]


def test_a_link_to_nothing_stays_a_link(node: Client) -> None:
    create(node, BUILDING, "Building", isIn=link(CITY))
    body = {"id": BUILDING, "type": "Building", "isIn": link(CITY)}
    assert ask(node, f"/entities/{BUILDING}", join="inline").json == body
    assert ask(node, f"/entities/{BUILDING}", join="inline", format="simplified").json["isIn"] == CITY


def test_several_objects_give_an_array_in_their_order(town: Client) -> None:
    create(town, "urn:x:Tour:1", "Tour", stops=link([COUNTRY, "urn:x:nowhere", CITY]))
    got = ask(town, "/entities/urn:x:Tour:1", join="inline").json
    assert [entity["id"] for entity in got["stops"]["entity"]] == [COUNTRY, CITY]
    simplified = ask(town, "/entities/urn:x:Tour:1", join="inline", format="simplified").json
    assert [s if isinstance(s, str) else s["id"] for s in simplified["stops"]] == [
        COUNTRY,
        "urn:x:nowhere",
        CITY,
    ]


def test_a_list_relationship_has_an_entity_list_even_for_one(town: Client) -> None:
    route = {"type": "ListRelationship", "objectList": [{"object": CITY}]}
    create(town, "urn:x:Bus:1", "Bus", route=route)
    got = ask(town, "/entities/urn:x:Bus:1", join="inline").json
    assert [entity["id"] for entity in got["route"]["entityList"]] == [CITY]
    assert "entity" not in got["route"]
    simplified = ask(town, "/entities/urn:x:Bus:1", join="inline", format="simplified").json
    assert simplified["route"][0]["name"] == "Lille"
    assert ask(town, "/entities/urn:x:Bus:1", format="simplified").json["route"] == [CITY]


def test_each_dataset_of_a_relationship_has_its_entity(town: Client) -> None:
    links = [link(CITY), {**link(COUNTRY), "datasetId": "urn:x:d"}]
    create(town, "urn:x:Flag:1", "Flag", of=links)
    got = ask(town, "/entities/urn:x:Flag:1", join="inline").json
    assert [each["entity"]["id"] for each in got["of"]] == [CITY, COUNTRY]
    simplified = ask(town, "/entities/urn:x:Flag:1", join="inline", format="simplified").json
    assert {d: each["id"] for d, each in simplified["of"]["dataset"].items()} == {
        "@none": CITY,
        "urn:x:d": COUNTRY,
    }


def test_cycles_end(node: Client) -> None:
    create(node, "urn:x:A:1", "A", knows=link("urn:x:B:1"))
    create(node, "urn:x:B:1", "B", knows=link("urn:x:A:1"), itself=link("urn:x:B:1"))
    inline = ask(node, "/entities/urn:x:A:1", join="inline", joinLevel=10).json
    assert inline["knows"]["entity"] == {
        "id": "urn:x:B:1", "type": "B", "knows": link("urn:x:A:1"), "itself": link("urn:x:B:1"),
    }  # fmt: skip
    flat = ask(node, "/entities/urn:x:A:1", join="flat", joinLevel=10).json
    assert [entity["id"] for entity in flat] == ["urn:x:A:1", "urn:x:B:1"]


def test_what_contained_by_names_is_not_answered_again(town: Client) -> None:
    got = ask(town, f"/entities/{BUILDING}", join="inline", containedBy=f"urn:x:else,{CITY}").json
    assert got["isIn"] == link(CITY)
    assert ask(town, f"/entities/{BUILDING}", join="flat", containedBy=CITY).json["id"] == BUILDING


def test_braces_say_what_is_shown_of_linked_entities(town: Client) -> None:
    got = ask(town, f"/entities/{BUILDING}", join="inline", joinLevel=2, pick="id,isIn{name,isIn{id}}").json
    country = {"id": COUNTRY}
    city = {"name": name("Lille"), "isIn": {**link(COUNTRY), "entity": country}}
    assert got == {"id": BUILDING, "isIn": {**link(CITY), "entity": city}}
    omitted = ask(town, f"/entities/{BUILDING}", join="inline", joinLevel=2, omit="type,isIn{name,isIn}").json
    assert omitted["isIn"]["entity"] == {"id": CITY, "type": "City"}


def test_flat_follows_only_what_is_shown(town: Client) -> None:
    got = ask(town, f"/entities/{BUILDING}", join="flat", joinLevel=2, pick="id,isIn{id,name}").json
    assert got == [{"id": BUILDING, "isIn": link(CITY)}, {"id": CITY, "name": name("Lille")}]
    alone = ask(town, f"/entities/{BUILDING}", join="flat", joinLevel=2, pick="id,name").json
    assert alone == {"id": BUILDING, "name": name("Town hall")}


def test_braces_need_a_join_that_goes_as_deep(town: Client) -> None:
    deep = "isIn{isIn{name}}"
    for parameters in (
        {"pick": "isIn{name}"},
        {"pick": deep, "join": "flat"},
        {"omit": deep, "join": "inline"},
    ):
        for path in (f"/entities/{BUILDING}", "/entities"):
            got = ask(town, path, **parameters, local="true")
            assert refused(got) == (400, "BadRequestData"), parameters


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"join": "outer"}, (400, "BadRequestData")),
        ({"join": "flat", "joinLevel": 0}, (400, "BadRequestData")),
        ({"join": "flat", "joinLevel": "-1"}, (400, "BadRequestData")),
        ({"join": "flat", "containedBy": "no uri"}, (400, "BadRequestData")),
        ({"join": "flat", "joinLevel": 11}, (403, "TooComplexQuery")),
    ],
)
def test_a_join_that_is_wrong_is_refused(
    town: Client, parameters: "dict[str, Any]", expected: "tuple[int, str]"
) -> None:
    assert refused(ask(town, f"/entities/{BUILDING}", **parameters)) == expected


def test_language_and_system_attributes_reach_linked_entities(node: Client) -> None:
    create(
        node, CITY, "City", title={"type": "LanguageProperty", "languageMap": {"fr": "Lille", "nl": "Rijsel"}}
    )
    create(node, BUILDING, "Building", isIn=link(CITY))
    got = ask(node, f"/entities/{BUILDING}", join="inline", lang="nl", options="sysAttrs").json
    assert got["isIn"]["entity"]["title"]["value"] == "Rijsel"
    assert "createdAt" in got["isIn"]["entity"]


def test_attrs_choose_of_the_linking_entity_alone(town: Client) -> None:
    got = ask(town, f"/entities/{BUILDING}", join="inline", attrs="isIn").json
    assert "name" not in got
    assert got["isIn"]["entity"]["name"] == name("Lille")


def test_a_query_counts_and_pages_the_linking_entities(town: Client) -> None:
    create(town, "urn:x:Building:2", "Building", isIn=link(CITY))
    got = ask(town, "/entities", type="Building", join="flat", limit=1, count="true")
    assert ([entity["id"] for entity in got.json], got.headers["ngsild-results-count"]) == (
        [BUILDING, CITY],
        "2",
    )
    assert 'rel="next"' in got.headers["link"]
    inline = ask(town, "/entities", type="Building", join="inline").json
    assert [entity["isIn"]["entity"]["id"] for entity in inline] == [CITY, CITY]


def test_a_query_in_a_body_joins_too(town: Client) -> None:
    query = {"type": "Query", "entities": [{"type": "Building"}], "join": "flat", "joinLevel": 2}
    got = town.post(
        "/entityOperations/query", {**query, "containedBy": [COUNTRY], "pick": ["id", "isIn{isIn}"]}
    )
    assert got.json == [{"id": BUILDING, "isIn": link(CITY)}, {"isIn": link(COUNTRY)}]
    for level in (0, "2", True, 1.5):
        assert town.post("/entityOperations/query", {**query, "joinLevel": level}).status == 400


def test_geojson_has_a_feature_for_each_flat_entity(town: Client) -> None:
    got = town.get(f"/entities/{COUNTRY}?join=flat", accept=GEO).json
    assert (got["type"], [each["id"] for each in got["features"]]) == ("FeatureCollection", [COUNTRY])
    got = town.get("/entities?type=Building&join=flat", accept=GEO).json
    assert [each["id"] for each in got["features"]] == [BUILDING, CITY]
    got = town.get(f"/entities/{BUILDING}?join=inline", accept=GEO).json
    assert got["properties"]["isIn"]["entity"]["id"] == CITY


def test_an_answer_that_links_to_very_many_entities_is_refused(memory_node: Client) -> None:
    targets = [f"urn:x:T:{number}" for number in range(1001)]
    create(memory_node, "urn:x:Hub:1", "Hub", to=link(targets))
    got = ask(memory_node, "/entities/urn:x:Hub:1", join="flat")
    assert refused(got) == (403, "TooComplexQuery")


def entity(id: str, *targets: str) -> Entity:
    return {"id": id, "type": ["T"], "attrs": {"to": [{"type": "Relationship", "object": list(targets)}]}}


def test_each_round_names_the_ids_of_one_level() -> None:
    view = View(join=Join("inline", 2))
    roots = [entity("urn:a", "urn:b", "urn:c", "urn:b")]
    known: dict[str, Entity | None] = {"urn:a": roots[0]}
    assert unread(roots, view, known) == ["urn:b", "urn:c"]
    known |= {"urn:b": entity("urn:b", "urn:d", "urn:a"), "urn:c": None}
    assert unread(roots, view, known) == ["urn:d"]
    known["urn:d"] = entity("urn:d", "urn:e")
    assert unread(roots, view, known) == []


def test_entities_that_would_stand_inside_others_without_end_are_refused() -> None:
    """Ten layers of four entities that all link to all of the next would be 4 ** 10 bodies."""
    layers = [[f"urn:{layer}:{number}" for number in range(4)] for layer in range(11)]
    known = {
        id: entity(id, *(layers[depth + 1] if depth < 10 else ()))
        for depth, layer in enumerate(layers)
        for id in layer
    }
    view = View(join=Join("inline", 10))
    with pytest.raises(Problem) as caught:
        together([known["urn:0:0"]], view, CONTEXT, known)
    assert caught.value.kind is TooComplexQuery
    assert str(MOST_INLINE) in caught.value.detail
    flat = together([known["urn:0:0"]], View(join=Join("flat", 10)), CONTEXT, known)
    assert len(flat) == 41
