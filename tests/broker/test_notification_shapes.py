"""How entities look in notifications: forms, choices of members, deletions, previous values (5.8.6)."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from beffroi.store.port import Store
from tests.conftest import Run
from tests.courier.city import CONTEXT, City, a_city

ROOM = "urn:ngsi-ld:Room:1"
NULL = "urn:ngsi-ld:null"
AT = "2026-11-22T13:49:00Z"
LATER = "2026-11-22T13:50:00Z"

LABEL = {"type": "Property", "value": "hall"}
INSIDE = {"type": "Relationship", "object": "urn:ngsi-ld:Room:9"}
MOTTO = {"type": "LanguageProperty", "languageMap": {"fr": "liberté", "nl": "vrijheid"}}
KIND = {"type": "VocabProperty", "vocab": "co2"}
PLACE = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.06, 50.63]}}
OTHERS: dict[str, Any] = {
    "label": LABEL,
    "inside": INSIDE,
    "motto": MOTTO,
    "kind": KIND,
    "location": PLACE,
}


@pytest.fixture
def engine() -> str:
    """What is shown does not depend on the engine."""
    return "memory"


def scenario(store: Store, run: Run, steps: Callable[[City], Coroutine[Any, Any, None]]) -> None:
    async def live() -> None:
        async with a_city(store) as city:
            await steps(city)

    run(live())


@pytest.mark.parametrize(
    ("form", "label", "inside"),
    [
        ("normalized", LABEL, INSIDE),
        ("concise", "hall", {"object": "urn:ngsi-ld:Room:9"}),
        ("simplified", "hall", "urn:ngsi-ld:Room:9"),
        ("keyValues", "hall", "urn:ngsi-ld:Room:9"),
    ],
)
def test_the_form_is_the_one_asked_for(
    form: str, label: object, inside: object, store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(notification={"format": form, "endpoint": {"uri": city.url + "/notify"}})
        await city.room(label=LABEL, inside=INSIDE)
        (got,) = await city.received()
        assert got.entity == {"id": ROOM, "type": "Room", "label": label, "inside": inside}

    scenario(store, run, steps)


@pytest.mark.parametrize(
    ("choice", "members"),
    [
        ({"attributes": ["label"]}, {"id", "type", "label"}),
        ({"pick": ["id", "label"]}, {"id", "label"}),
        ({"omit": ["type", "label"]}, {"id", "inside"}),
        ({"sysAttrs": True}, {"id", "type", "label", "inside", "createdAt", "modifiedAt"}),
        ({"sysAttrs": False}, {"id", "type", "label", "inside"}),
    ],
)
def test_the_members_are_those_asked_for(
    choice: dict[str, object], members: set[str], store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(notification={"endpoint": {"uri": city.url + "/notify"}, **choice})
        await city.room(label=LABEL, inside=INSIDE)
        (got,) = await city.received()
        assert got.entity.keys() == members

    scenario(store, run, steps)


def test_only_the_instances_of_a_dataset_are_shown(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        french = {"type": "Property", "value": "salle", "datasetId": "urn:ngsi-ld:Dataset:fr"}
        await city.subscribe(datasetId=["urn:ngsi-ld:Dataset:fr"])
        await city.room(label=[LABEL, french], inside=INSIDE)
        (got,) = await city.received()
        assert got.entity == {"id": ROOM, "type": "Room", "label": french}

    scenario(store, run, steps)


def test_a_language_is_chosen(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(lang="nl")
        await city.room(motto=MOTTO)
        (got,) = await city.received()
        assert got.entity["motto"] == {"type": "Property", "lang": "nl", "value": "vrijheid"}

    scenario(store, run, steps)


def test_json_ld_carries_its_context_in_the_body(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        endpoint = {"uri": city.url + "/notify", "accept": "application/ld+json"}
        await city.subscribe(notification={"endpoint": endpoint})
        await city.room(label=LABEL)
        (got,) = await city.received()
        assert got.headers["content-type"] == "application/ld+json"
        assert "link" not in got.headers
        assert got.body["@context"] == got.entity["@context"] == CONTEXT

    scenario(store, run, steps)


@pytest.mark.parametrize("plain", [True, False])
def test_geo_json_is_a_feature_collection(plain: bool, store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        info = [{"key": "Prefer", "value": "body=json"}] if plain else []
        endpoint = {"uri": city.url + "/notify", "accept": "application/geo+json", "receiverInfo": info}
        await city.subscribe(notification={"endpoint": endpoint})
        await city.room(location=PLACE, label=LABEL)
        (got,) = await city.received()
        assert got.headers["content-type"] == "application/geo+json"
        data = got.body["data"]
        assert (data["type"], data["features"][0]["geometry"]) == ("FeatureCollection", PLACE["value"])
        assert ("@context" in data, "link" in got.headers) == (not plain, plain)

    scenario(store, run, steps)


def test_another_context_may_be_named_for_the_notifications(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
        await city.subscribe(jsonldContext=core)
        await city.room(label=LABEL)
        (got,) = await city.received()
        assert got.entity["type"] == "https://city.example/Room"
        assert got.entity["https://city.example/label"] == LABEL
        assert got.headers["link"].startswith(f"<{core}>")

    scenario(store, run, steps)


DELETIONS: list[tuple[str, dict[str, Any], object, object]] = [
    ("label", {}, {"type": "Property", "value": NULL}, {"previousValue": "hall"}),
    ("inside", {}, {"type": "Relationship", "object": NULL}, {"previousObject": "urn:ngsi-ld:Room:9"}),
    ("motto", {}, {"type": "LanguageProperty", "languageMap": {"@none": NULL}}, None),
    ("kind", {}, {"type": "VocabProperty", "vocab": NULL}, {"previousVocab": "co2"}),
    ("location", {}, {"type": "GeoProperty", "value": NULL}, {"previousValue": PLACE["value"]}),
    ("label", {"format": "simplified"}, NULL, None),
    ("label", {"format": "concise"}, NULL, None),
    ("label", {"sysAttrs": True}, None, None),
]


@pytest.mark.parametrize(("name", "asked", "shown", "previous"), DELETIONS)
def test_a_deleted_attribute_is_an_ngsi_ld_null(
    name: str, asked: dict[str, Any], shown: object, previous: object, store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        endpoint = {"uri": city.url + "/notify"}
        triggers = ["attributeDeleted"]
        await city.subscribe(notificationTrigger=triggers, notification={"endpoint": endpoint, **asked})
        if isinstance(previous, dict):
            shows = {"endpoint": {"uri": city.url + "/previous"}, "showChanges": True}
            await city.subscribe(notificationTrigger=triggers, notification=shows)
        await city.room(**OTHERS)
        city.clock.forward(60)
        await city.done("DELETE", f"entities/{ROOM}/attrs/{name}")
        (got,) = await city.received()
        assert got.entity.keys() - {"createdAt", "modifiedAt"} == {"id", "type", *OTHERS}
        if shown is not None:
            assert got.entity[name] == shown
        else:
            assert got.entity[name]["deletedAt"] == LATER
        if isinstance(previous, dict):
            (told,) = await city.received("/previous")
            assert isinstance(shown, dict)
            assert told.entity[name] == {**shown, **previous}

    scenario(store, run, steps)


def test_a_deleted_instance_is_shown_beside_those_that_stay(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        french = {"type": "Property", "value": "salle", "datasetId": "urn:ngsi-ld:Dataset:fr"}
        await city.subscribe(notificationTrigger=["attributeDeleted"])
        await city.room(label=[LABEL, french])
        await city.done("DELETE", f"entities/{ROOM}/attrs/label?datasetId=urn:ngsi-ld:Dataset:fr")
        (got,) = await city.received()
        assert got.entity["label"] == [LABEL, {**french, "value": NULL}]

    scenario(store, run, steps)


@pytest.mark.parametrize(
    ("members", "notification", "expected"),
    [
        ({"notificationTrigger": ["entityDeleted"]}, {}, {"deletedAt": LATER}),
        ({"notificationTrigger": ["entityDeleted"]}, {"format": "keyValues"}, {"deletedAt": LATER}),
        (
            {"notificationTrigger": ["entityDeleted"]},
            {"sysAttrs": True},
            {"createdAt": AT, "modifiedAt": AT, "deletedAt": LATER},
        ),
        (
            {"notificationTrigger": ["attributeDeleted"], "watchedAttributes": ["label"]},
            {},
            {"deletedAt": LATER, "label": {"type": "Property", "value": NULL}},
        ),
        (
            {"notificationTrigger": ["attributeDeleted"], "watchedAttributes": ["label"]},
            {"sysAttrs": True},
            {
                "createdAt": AT,
                "modifiedAt": AT,
                "deletedAt": LATER,
                "label": {
                    "type": "Property",
                    "value": NULL,
                    "createdAt": AT,
                    "modifiedAt": AT,
                    "deletedAt": LATER,
                },
            },
        ),
        (
            {"notificationTrigger": ["entityDeleted"]},
            {"showChanges": True},
            {
                "deletedAt": LATER,
                "label": {"type": "Property", "value": NULL, "previousValue": "hall"},
                "inside": {"type": "Relationship", "object": NULL, "previousObject": "urn:ngsi-ld:Room:9"},
            },
        ),
    ],
)
def test_a_deleted_entity_has_little_but_the_moment(
    members: dict[str, Any],
    notification: dict[str, object],
    expected: dict[str, object],
    store: Store,
    run: Run,
) -> None:
    async def steps(city: City) -> None:
        endpoint = {"uri": city.url + "/notify"}
        await city.subscribe(notification={"endpoint": endpoint, **notification}, **members)
        await city.room(label=LABEL, inside=INSIDE, scope="/lille")
        city.clock.forward(60)
        await city.done("DELETE", f"entities/{ROOM}")
        (got,) = await city.received()
        assert got.entity == {"id": ROOM, "type": "Room", **expected}

    scenario(store, run, steps)


CHANGES: list[tuple[str, dict[str, object], str, object]] = [
    ("label", {"type": "Property", "value": "cellar"}, "previousValue", "hall"),
    ("inside", {"type": "Relationship", "object": "urn:x:2"}, "previousObject", "urn:ngsi-ld:Room:9"),
    ("motto", {"type": "LanguageProperty", "languageMap": {"fr": "égalité"}}, "previousLanguageMap",
     MOTTO["languageMap"]),
    ("kind", {"type": "VocabProperty", "vocab": "label"}, "previousVocab", "co2"),
    ("location", {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 2]}}, "previousValue",
     PLACE["value"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "member", "previous"), CHANGES)
def test_a_change_shows_the_previous_value_of_what_changed(
    name: str, value: dict[str, object], member: str, previous: object, store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        await city.room(**OTHERS)
        endpoint = {"uri": city.url + "/notify"}
        await city.subscribe(notification={"endpoint": endpoint, "showChanges": True})
        await city.done("PATCH", f"entities/{ROOM}/attrs", {name: value})
        (got,) = await city.received()
        assert got.entity == {"id": ROOM, "type": "Room", **OTHERS, name: {**value, member: previous}}

    scenario(store, run, steps)


def test_what_was_just_created_has_no_previous_value(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        endpoint = {"uri": city.url + "/notify"}
        await city.subscribe(notification={"endpoint": endpoint, "showChanges": True, "format": "concise"})
        await city.room(label=LABEL)
        await city.done("POST", f"entities/{ROOM}/attrs", {"inside": INSIDE})
        await city.patch(label="cellar")
        created, added, changed = await city.received()
        assert created.entity == {"id": ROOM, "type": "Room", "label": "hall"}
        assert added.entity == {**created.entity, "inside": {"object": "urn:ngsi-ld:Room:9"}}
        assert changed.entity["label"] == {"value": "cellar", "previousValue": "hall"}

    scenario(store, run, steps)


def test_of_an_attribute_that_went_with_all_its_instances_one_null_remains(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        french = {"type": "Property", "value": "salle", "datasetId": "urn:ngsi-ld:Dataset:fr"}
        await city.subscribe(notificationTrigger=["attributeDeleted"])
        await city.room(label=[LABEL, french])
        await city.done("DELETE", f"entities/{ROOM}/attrs/label?deleteAll=true")
        (got,) = await city.received()
        assert got.entity["label"] == {"type": "Property", "value": NULL}

    scenario(store, run, steps)


@pytest.mark.parametrize("shape", ["flat", "inline"])
def test_linked_entities_come_along(shape: str, store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.room(9, label=LABEL)
        linked = {"endpoint": {"uri": city.url + "/notify"}, "join": shape, "joinLevel": 1}
        await city.subscribe(notification=linked)
        await city.room(inside=INSIDE)
        (got,) = await city.received()
        other = {"id": "urn:ngsi-ld:Room:9", "type": "Room", "label": LABEL}
        if shape == "flat":
            assert got.body["data"] == [{"id": ROOM, "type": "Room", "inside": INSIDE}, other]
        else:
            assert got.entity["inside"] == {**INSIDE, "entity": other}

    scenario(store, run, steps)


def test_a_condition_may_be_percent_encoded(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.subscribe(q='label=="Eiffel%20Tower"')
        await city.room(label={"type": "Property", "value": "Eiffel Tower"})
        assert len(await city.received()) == 1

    scenario(store, run, steps)
