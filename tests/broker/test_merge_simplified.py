"""Clause 5.6.17.4: what is merged in simplified representation has the type of what it is merged into."""

from typing import Any

import pytest

from tests.broker.client import Client

PATH = "/entities/urn:x:1"
POINT = {"type": "Point", "coordinates": [3.06, 50.63]}
STORED: dict[str, Any] = {
    "p": {"type": "Property", "value": {"a": 1}},
    "r": {"type": "Relationship", "object": "urn:a:1"},
    "g": {"type": "GeoProperty", "value": POINT},
    "l": {"type": "LanguageProperty", "languageMap": {"fr": "oui", "nl": "ja"}},
    "v": {"type": "VocabProperty", "vocab": "open"},
    "lp": {"type": "ListProperty", "valueList": [1, 2]},
    "lr": {"type": "ListRelationship", "objectList": [{"object": "urn:a:1"}]},
    "j": {"type": "JsonProperty", "json": {"a": 1}},
}
ELSEWHERE = {"type": "Point", "coordinates": [4, 51]}


@pytest.fixture
def stored(memory_node: Client) -> Client:
    assert memory_node.post("/entities", {"id": "urn:x:1", "type": "T", **STORED}).status == 201
    return memory_node


@pytest.mark.parametrize("how", ["format=simplified", "options=keyValues"])
@pytest.mark.parametrize(
    ("name", "value", "member", "after"),
    [
        ("p", {"b": 2}, "value", {"a": 1, "b": 2}),
        ("p", 5, "value", 5),
        ("r", "urn:a:2", "object", "urn:a:2"),
        ("r", ["urn:a:2", "urn:a:3"], "object", ["urn:a:2", "urn:a:3"]),
        ("g", ELSEWHERE, "value", ELSEWHERE),
        ("l", {"languageMap": {"en": "yes"}}, "languageMap", {"fr": "oui", "nl": "ja", "en": "yes"}),
        ("l", {"en": "yes"}, "languageMap", {"fr": "oui", "nl": "ja", "en": "yes"}),
        ("v", {"vocab": "closed"}, "vocab", "closed"),
        ("v", "closed", "vocab", "closed"),
        ("v", ["closed"], "vocab", ["closed"]),
        ("lp", [5], "valueList", [5]),
        ("lr", ["urn:a:c"], "objectList", [{"object": "urn:a:c"}]),
        ("j", {"json": {"b": 2}}, "json", {"a": 1, "b": 2}),
        ("j", {"b": 2}, "json", {"a": 1, "b": 2}),
        ("j", [1], "json", [1]),
    ],
)
def test_5_6_17_4_a_simplified_value_keeps_the_type(
    stored: Client, how: str, name: str, value: object, member: str, after: object
) -> None:
    got = stored.patch(f"{PATH}?{how}", {name: value})
    assert got.status == 204, got.text
    assert stored.get(PATH).json[name] == {"type": STORED[name]["type"], member: after}


@pytest.mark.parametrize("how", ["?format=simplified", ""])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("r", 5),
        ("r", "no URI"),
        ("g", "notgeo"),
        ("g", 5),
        ("l", "plain"),
        ("l", 5),
        ("v", 5),
        ("lp", 5),
        ("lr", "urn:a:z"),
        ("lr", [5]),
        ("j", 5),
    ],
)
def test_5_6_17_4_a_simplified_value_that_cannot_be_of_the_type_is_refused(
    stored: Client, how: str, name: str, value: object
) -> None:
    before = stored.get(f"{PATH}?options=sysAttrs").json
    got = stored.patch(PATH + how, {name: value, "p": 7})
    assert (got.status, got.json["type"].rpartition("/")[2]) == (400, "BadRequestData")
    assert stored.get(f"{PATH}?options=sysAttrs").json == before
    batch = stored.post("/entityOperations/merge", [{"id": "urn:x:1", name: value, "p": 7}])
    assert (batch.status, batch.json["success"]) == (207, [])
    assert stored.get(f"{PATH}?options=sysAttrs").json == before


def test_5_6_17_4_a_text_in_a_language_changes_that_language_alone(stored: Client) -> None:
    assert stored.patch(f"{PATH}?format=simplified&lang=nl", {"l": "zeker", "p": "text"}).status == 204
    after = stored.get(PATH).json
    assert after["l"]["languageMap"] == {"fr": "oui", "nl": "zeker"}
    assert after["p"] == {"type": "Property", "value": "text"}


def test_4_5_4_datasets_keep_the_type_too(stored: Client) -> None:
    value = {"dataset": {"@none": ["urn:a:2"], "urn:d:1": ["urn:a:3"]}}
    assert stored.patch(f"{PATH}?format=simplified", {"lr": value}).status == 204
    assert stored.get(PATH).json["lr"] == [
        {"type": "ListRelationship", "objectList": [{"object": "urn:a:2"}]},
        {"type": "ListRelationship", "objectList": [{"object": "urn:a:3"}], "datasetId": "urn:d:1"},
    ]


def test_what_is_read_in_simplified_representation_can_be_merged_again(stored: Client) -> None:
    before = stored.get(PATH).json
    simplified = stored.get(f"{PATH}?format=simplified").json
    assert stored.patch(f"{PATH}?format=simplified", simplified).status == 204
    assert stored.get(PATH).json == before


@pytest.mark.parametrize("dataset", ["no URI", ""])
def test_4_5_4_a_dataset_that_is_no_uri_is_refused(stored: Client, dataset: str) -> None:
    before = stored.get(f"{PATH}?options=sysAttrs").json
    got = stored.patch(f"{PATH}?format=simplified", {"p": {"dataset": {"@none": 1, dataset: 2}}})
    assert (got.status, got.json["detail"]) == (
        400,
        f"The datasetId of attribute 'p' '{dataset}' is not a URI.",
    )
    assert stored.get(f"{PATH}?options=sysAttrs").json == before
