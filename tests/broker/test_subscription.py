"""Subscriptions: create, retrieve, query, update, delete (clauses 5.8.1 to 5.8.5, 6.10, 6.11)."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from beffroi.kernel.instant import plus_seconds
from beffroi.store.port import Store
from tests.conftest import Run
from tests.courier.city import CONTEXT, City, a_city

ID = "urn:ngsi-ld:Subscription:1"
ENDPOINT = {"uri": "http://receiver.example/notify", "accept": "application/json"}
PLAIN = {
    "id": ID,
    "type": "Subscription",
    "entities": [{"type": "Room"}],
    "notification": {"format": "keyValues", "endpoint": ENDPOINT},
}
CORE = '<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'


def scenario(
    store: Store, run: Run, steps: Callable[[City], Coroutine[Any, Any, None]], **options: Any
) -> None:
    async def live() -> None:
        async with a_city(store, **options) as city:
            await steps(city)

    run(live())


def problem(response: Any) -> str:
    return str(json.loads(response.body)["type"]).rpartition("/")[2]


def test_a_subscription_comes_back_as_it_was_written_with_what_the_broker_adds(
    store: Store, run: Run
) -> None:
    async def steps(city: City) -> None:
        response = await city.done("POST", "subscriptions", {**PLAIN, "watchedAttributes": ["co2"]})
        assert response.status == 201
        assert response.headers["location"] == f"/ngsi-ld/v1/subscriptions/{ID}"
        assert await city.subscription(ID) == {
            **PLAIN,
            "watchedAttributes": ["co2"],
            "status": "active",
            "notificationTrigger": ["attributeCreated", "attributeUpdated"],
            "jsonldContext": CONTEXT,
        }

    scenario(store, run, steps)


def test_names_are_shown_in_the_readers_context(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        notification = {"endpoint": ENDPOINT, "attributes": ["co2"]}
        asked = {**PLAIN, "entities": [{"type": "(Room;Car)|Room"}], "notification": notification}
        await city.done("POST", "subscriptions", asked)
        body = json.loads((await city.done("GET", f"subscriptions/{ID}", link=CORE)).body)
        room, car = "https://city.example/Room", "https://city.example/Car"
        assert body["entities"] == [{"type": f"({room};{car})|{room}"}]
        assert body["notification"]["attributes"] == ["https://city.example/co2"]
        assert (await city.subscription(ID))["entities"] == [{"type": "(Room;Car)|Room"}]

    scenario(store, run, steps)


def test_an_id_is_made_when_none_is_given_and_never_used_twice(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        response = await city.done("POST", "subscriptions", {k: v for k, v in PLAIN.items() if k != "id"})
        made = response.headers["location"].rpartition("/")[2]
        assert (await city.subscription(made))["id"] == made
        assert problem(await city.ask("POST", "subscriptions", {**PLAIN, "id": made})) == "AlreadyExists"

    scenario(store, run, steps)


ODD_NOTIFICATIONS: list[dict[str, Any]] = [
    {"format": "xml"},
    {"attributes": ["id"]},
    {"pick": []},
    {"omit": []},
    {"pick": ["id"], "omit": ["id"]},
    {"pick": ["co2"], "attributes": ["co2"]},
    {"format": "keyValues", "showChanges": True},
    {"format": "simplified", "showChanges": True},
    {"showChanges": 1},
    {"sysAttrs": "yes"},
    {"join": "deep"},
    {"joinLevel": 0},
    {"joinLevel": 1.5},
    {"formats": "normalized"},
]
ODD_RECEIVER_INFO: list[Any] = [
    [{"key": "K", "value": 42}],
    [{"key": "K"}],
    [{"key": 5, "value": "v"}],
    [{"key": "K", "value": "v", "more": 1}],
    {"key": "K", "value": "v"},
    [{"key": "X-Key", "value": "a\r\nHost: evil"}],
    [{"key": "X-Key\r\nHost", "value": "evil"}],
    [{"key": "X Key", "value": "v"}],
    [{"key": "", "value": "v"}],
    [{"key": "Host", "value": "evil"}],
    [{"key": "content-length", "value": "0"}],
    [{"key": "Transfer-Encoding", "value": "chunked"}],
    [{"key": "Connection", "value": "close"}],
    [{"key": "X-Key", "value": "☃"}],
]
INVALID: list[dict[str, Any]] = [
    {"id": "room"},
    {"id": 7},
    {"type": "Entity"},
    {"entities": []},
    {"entities": {"type": "Room"}},
    {"entities": [{}]},
    {"entities": [{"id": "urn:x:1"}]},
    {"entities": [{"type": "Room", "id": "no uri"}]},
    {"entities": [{"type": "Room", "idPattern": "("}]},
    {"entities": [{"type": "Room|"}]},
    {"entities": [{"type": "Room", "name": "x"}]},
    {"entities": None},
    {"watchedAttributes": []},
    {"watchedAttributes": "co2"},
    {"watchedAttributes": ["co2", 7]},
    {"watchedAttributes": ["type"]},
    {"notificationTrigger": []},
    {"notificationTrigger": ["entityChanged"]},
    {"q": "speed>"},
    {"q": 7},
    {"csf": "(("},
    {"scopeQ": "("},
    {"geoQ": {"georel": "near"}},
    {"geoQ": {"georel": "within", "geometry": "GeometryCollection", "coordinates": []}},
    {"geoQ": {"georel": "within", "geometry": "Point", "coordinates": [1, 2], "extra": 1}},
    {"expiresAt": "tomorrow"},
    {"expiresAt": "2000-01-01T00:00:00Z"},
    {"throttling": 0},
    {"throttling": -1},
    {"throttling": True},
    {"throttling": "5"},
    {"timeInterval": 0},
    {"timeInterval": 5, "throttling": 1},
    {"timeInterval": 5, "watchedAttributes": ["co2"]},
    {"timeInterval": 5, "entities": "urn:ngsi-ld:null"},
    {"isActive": "true"},
    {"datasetId": []},
    {"datasetId": ["no uri"]},
    {"lang": 7},
    *({"lang": lang} for lang in ("not a lang!", "", "fr,", "fr;q=abc", "fr;q=2", "fr_FR", "@none", "françaises", "fr," * 999 + "fr")),
    {"description": 7},
    {"ngsildConformance": "latest"},
    {"temporalQ": {}},
    {"watchedAttribute": ["co2"]},
    {"jsonldContext": "unknownContext"},
    {"notification": None},
    {"notification": {}},
    {"notification": {"endpoint": {}}},
    {"notification": {"endpoint": {"uri": "receiver"}}},
    {"notification": {"endpoint": {"uri": "ftp://receiver.example/"}}},
    {"notification": {"endpoint": {"uri": "http:///path"}}},
    {"notification": {"endpoint": {**ENDPOINT, "accept": "text/html"}}},
    {"notification": {"endpoint": {**ENDPOINT, "timeout": 0}}},
    {"notification": {"endpoint": {**ENDPOINT, "cooldown": -1}}},
    {"notification": {"endpoint": {**ENDPOINT, "info": []}}},
    *({"notification": {"endpoint": ENDPOINT, **extra}} for extra in ODD_NOTIFICATIONS),
    *({"notification": {"endpoint": {**ENDPOINT, "receiverInfo": pairs}}} for pairs in ODD_RECEIVER_INFO),
]  # fmt: skip


def test_what_does_not_meet_the_data_type_is_refused_and_nothing_is_written(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        for change in INVALID:
            response = await city.ask("POST", "subscriptions", {**PLAIN, **change})
            assert (response.status, problem(response)) == (400, "BadRequestData"), change
        no_target = {name: value for name, value in PLAIN.items() if name != "entities"}
        assert problem(await city.ask("POST", "subscriptions", no_target)) == "BadRequestData"
        await city.done("POST", "subscriptions", {**no_target, "localOnly": True})
        assert len(json.loads((await city.done("GET", "subscriptions")).body)) == 1

    scenario(store, run, steps)


@pytest.mark.parametrize("uri", ["mqtt://broker.example/topic", "mqtts://broker.example:8883/topic"])
def test_mqtt_is_refused_in_so_many_words(uri: str, store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        response = await city.ask(
            "POST", "subscriptions", {**PLAIN, "notification": {"endpoint": {"uri": uri}}}
        )
        assert problem(response) == "OperationNotSupported"
        assert b"MQTT" in response.body

    scenario(store, run, steps)


PRIVATE = [
    "http://127.0.0.1:9/",
    "http://localhost/",
    "http://[::1]/",
    "http://10.0.0.1/",
    "http://2130706433/",
]


@pytest.mark.parametrize("uri", [*PRIVATE, "http://169.254.169.254/", "http://u:p@receiver.example/"])
def test_a_private_endpoint_is_refused_unless_the_node_is_private_itself(
    uri: str, store: Store, run: Run
) -> None:
    asked = {**PLAIN, "notification": {"endpoint": {"uri": uri}}}

    async def public(city: City) -> None:
        refused = await city.ask("POST", "subscriptions", asked)
        assert (refused.status, problem(refused)) == (400, "BadRequestData")
        assert "Notifications cannot be sent there." in json.loads(refused.body)["detail"]
        await city.done("POST", "subscriptions", PLAIN)
        response = await city.ask("PATCH", f"subscriptions/{ID}", {"notification": asked["notification"]})
        assert problem(response) == "BadRequestData"
        assert (await city.subscription(ID))["notification"]["endpoint"] == ENDPOINT

    scenario(store, run, public, allow_private=False)


def test_a_private_endpoint_is_taken_on_a_private_node(store: Store, run: Run) -> None:
    async def private(city: City) -> None:
        await city.done("POST", "subscriptions", {**PLAIN, "notification": {"endpoint": {"uri": PRIVATE[0]}}})
        nowhere = {
            **PLAIN,
            "id": ID + "b",
            "notification": {"endpoint": {"uri": "http://my.csource.org:1026/n"}},
        }
        await city.done("POST", "subscriptions", nowhere)

    scenario(store, run, private)


def test_an_update_replaces_the_members_given_and_null_removes(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.done(
            "POST", "subscriptions", {**PLAIN, "q": "co2>400", "description": "first", "throttling": 2.5}
        )
        second = {"endpoint": {"uri": "http://second.example/"}}
        await city.done("PATCH", f"subscriptions/{ID}", {"type": "Subscription", "notification": second})
        await city.done(
            "PATCH", f"subscriptions/{ID}", {"description": None, "throttling": "urn:ngsi-ld:null"}
        )
        body = await city.subscription(ID)
        assert body["notification"] == second
        assert body["q"] == "co2>400"
        assert "description" not in body
        assert "throttling" not in body

    scenario(store, run, steps)


def test_what_an_update_cannot_do(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.done("POST", "subscriptions", PLAIN)
        before = await city.subscription(ID)
        for change in (
            {"id": "urn:ngsi-ld:Subscription:2"},
            {"notification": None},
            {"notification": {"format": "keyValues"}},
            {"notification": {"format": "keyValues", "endpoint": None}},
            {"type": None},
            {"type": "Other"},
            {"entities": None},
            {"expiresAt": "2020-08-01T22:07:00Z"},
            {"isActive": True, "expiresAt": "2020-08-01T22:07:00Z"},
            {"q": "("},
            {"lang": "not a lang!"},
            {"unknown": 1},
            {},
        ):
            response = await city.ask("PATCH", f"subscriptions/{ID}", change)
            assert (response.status, problem(response)) == (400, "BadRequestData"), change
        assert await city.subscription(ID) == before
        assert (await city.ask("PATCH", "subscriptions/urn:x:no", {"isActive": True})).status == 404
        assert (await city.ask("PATCH", "subscriptions/no-uri", {"isActive": True})).status == 400

    scenario(store, run, steps)


def test_members_keep_the_meaning_of_the_context_they_were_written_with(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.done("POST", "subscriptions", {**PLAIN, "watchedAttributes": ["co2"]})
        await city.done("PATCH", f"subscriptions/{ID}", {"entities": [{"type": "Room"}]}, link=CORE)
        body = json.loads((await city.done("GET", f"subscriptions/{ID}", link=CORE)).body)
        assert body["entities"] == [{"type": "Room"}]
        assert body["watchedAttributes"] == ["https://city.example/co2"]

    scenario(store, run, steps)


def test_the_status_follows_is_active_and_expires_at(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        async def status() -> str:
            return str((await city.subscription(ID))["status"])

        await city.done("POST", "subscriptions", {**PLAIN, "isActive": False})
        assert await status() == "paused"
        await city.done("PATCH", f"subscriptions/{ID}", {"isActive": True})
        assert await status() == "active"
        await city.done("PATCH", f"subscriptions/{ID}", {"expiresAt": plus_seconds(city.clock.now, 5)})
        assert await status() == "active"
        city.clock.forward(5)
        assert await status() == "expired"
        await city.done("PATCH", f"subscriptions/{ID}", {"isActive": True})
        assert await status() == "expired"
        await city.done("PATCH", f"subscriptions/{ID}", {"expiresAt": plus_seconds(city.clock.now, 5)})
        assert await status() == "active"

    scenario(store, run, steps)


@pytest.mark.parametrize(
    "lang", ["fr", "fr-CH, fr;q=0.9,en ; q=0.8,*;q=0.5", "zh-Hant-TW", "*", "de-*-DE;q=1.000"]
)
def test_a_language_filter_is_taken(lang: str, store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.done("POST", "subscriptions", {**PLAIN, "lang": lang})
        assert (await city.subscription(ID))["lang"] == lang
        await city.done("PATCH", f"subscriptions/{ID}", {"lang": "urn:ngsi-ld:null"})
        assert "lang" not in await city.subscription(ID)

    scenario(store, run, steps)


def test_a_new_expiry_alone_makes_active_what_has_expired(store: Store, run: Run) -> None:
    """Clause 5.8.2.4: also if it was paused, before it expired or since."""

    async def steps(city: City) -> None:
        async def patched(**change: object) -> tuple[str, bool]:
            await city.done("PATCH", f"subscriptions/{ID}", change)
            body = await city.subscription(ID)
            return str(body["status"]), body.get("isActive", True)

        def soon() -> str:
            return plus_seconds(city.clock.now, 5)

        receiver = {"endpoint": {"uri": city.url + "/notify"}}
        await city.done("POST", "subscriptions", {**PLAIN, "notification": receiver, "expiresAt": soon()})
        assert await patched(isActive=False) == ("paused", False)
        assert await patched(expiresAt=soon()) == ("paused", False), "it had not expired"
        city.clock.forward(5)
        assert (await city.subscription(ID))["status"] == "expired"
        assert await patched(expiresAt=soon()) == ("active", True)
        await city.room(co2={"type": "Property", "value": 1})
        assert len(await city.received()) == 1
        city.clock.forward(5)
        assert await patched(isActive=False) == ("expired", False)
        assert await patched(description="still") == ("expired", False)
        assert await patched(isActive=False, expiresAt=soon()) == ("paused", False)
        city.clock.forward(5)
        assert await patched(expiresAt="urn:ngsi-ld:null") == ("paused", False)

    scenario(store, run, steps)


def test_what_only_the_broker_may_say_is_passed_over(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        notification = {"endpoint": ENDPOINT, "timesSent": 42, "lastSuccess": "2020-01-01T00:00:00Z"}
        asked = {
            **PLAIN,
            "status": "expired",
            "createdAt": "2020-01-01T00:00:00Z",
            "notification": notification,
        }
        await city.done("POST", "subscriptions", asked)
        body = await city.subscription(ID)
        assert body["status"] == "active"
        assert body["notification"] == {"endpoint": ENDPOINT}
        assert "createdAt" not in body
        with_times = json.loads((await city.done("GET", f"subscriptions/{ID}?options=sysAttrs")).body)
        assert with_times["createdAt"] == with_times["modifiedAt"] == "2026-11-22T13:49:00Z"

    scenario(store, run, steps)


def test_secrets_are_never_shown_and_survive_being_written_back(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        pairs = [{"key": "Authorization", "value": "Bearer hunter2"}, {"key": "X-City", "value": "Lille"}]
        endpoint = {"uri": city.url + "/notify", "receiverInfo": pairs}
        await city.done("POST", "subscriptions", {**PLAIN, "notification": {"endpoint": endpoint}})
        body = await city.subscription(ID)
        assert "hunter2" not in json.dumps(body)
        assert body["notification"]["endpoint"]["receiverInfo"][1]["value"] == "Lille"
        await city.done("PATCH", f"subscriptions/{ID}", {"notification": body["notification"]})
        await city.room(co2=1)
        (got,) = await city.received()
        assert (got.headers["authorization"], got.headers["x-city"]) == ("Bearer hunter2", "Lille")

    scenario(store, run, steps)


def test_subscriptions_are_listed_in_pages(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        for number in range(3):
            await city.done("POST", "subscriptions", {**PLAIN, "id": f"urn:s:{number}"})
        response = await city.done("GET", "subscriptions?limit=1&offset=1&count=true")
        assert [s["id"] for s in json.loads(response.body)] == ["urn:s:1"]
        assert response.headers["ngsild-results-count"] == "3"
        following, previous = response.headers["link"].split(", ")[:2]
        assert "offset=2" in following
        assert 'rel="next"' in following
        assert "offset=0" in previous
        assert 'rel="prev"' in previous
        everything = await city.done("GET", "subscriptions", accept="application/ld+json")
        assert [s["id"] for s in json.loads(everything.body)] == ["urn:s:0", "urn:s:1", "urn:s:2"]
        assert (await city.ask("GET", "subscriptions?limit=-1")).status == 400
        assert (await city.ask("GET", "subscriptions?type=Room")).status == 400

    scenario(store, run, steps)


def test_a_deleted_subscription_is_gone(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        await city.done("POST", "subscriptions", PLAIN)
        assert (await city.done("DELETE", f"subscriptions/{ID}")).status == 204
        for method in ("GET", "DELETE"):
            assert problem(await city.ask(method, f"subscriptions/{ID}")) == "ResourceNotFound"
            assert problem(await city.ask(method, "subscriptions/no-uri")) == "BadRequestData"
        await city.done("POST", "subscriptions", PLAIN)

    scenario(store, run, steps)


def test_tenants_do_not_see_each_others_subscriptions(store: Store, run: Run) -> None:
    async def steps(city: City) -> None:
        lille, bruges = {"ngsild-tenant": "lille"}, {"ngsild-tenant": "bruges"}
        assert problem(await city.ask("GET", "subscriptions", headers=lille)) == "NonexistentTenant"
        assert (await city.ask("POST", "subscriptions", PLAIN, lille)).status == 201
        assert (await city.ask("POST", "subscriptions", {**PLAIN, "description": "b"}, bruges)).status == 201
        assert "description" not in json.loads(
            (await city.ask("GET", f"subscriptions/{ID}", headers=lille)).body
        )
        assert (await city.ask("DELETE", f"subscriptions/{ID}", headers=bruges)).status == 204
        assert (await city.ask("GET", f"subscriptions/{ID}", headers=lille)).status == 200
        assert (await city.ask("GET", f"subscriptions/{ID}")).status == 404

    scenario(store, run, steps)
