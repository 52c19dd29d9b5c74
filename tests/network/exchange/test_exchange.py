"""Practices are published with what shows them, events with what was learned."""

import pytest

from beffroi.store.port import Store
from tests.conftest import Run
from tests.network.city import City, city_of, name_of

BARE = {"title": "Night buses by need", "language": "en", "domain": "mobility"}
WHOLE = {
    **BARE,
    "endpoint": "https://city.example/ngsi-ld/v1/entities?type=Vehicle",
    "contract": "https://city.example/contract.pdf",
    "cost": {"currency": "EUR", "amount": "9800", "note": "first year"},
    "result": "Waiting fell from 24 to 11 minutes.",
}


@pytest.fixture
def city(store: Store, run: Run) -> City:
    return city_of(store, run)


@pytest.mark.parametrize("name", ["endpoint", "contract", "cost", "result"])
def test_a_practice_without_what_shows_it_is_not_published(city: City, name: str) -> None:
    content = {member: value for member, value in WHOLE.items() if member != name}
    refused = city.post("/practices", content, "publish=true")
    assert (refused.status, f"'{name}'" in refused.json["detail"]) == (400, True)
    draft = city.post("/practices", content)
    assert draft.status == 201
    path = f"/practices/{name_of(draft.json)}"
    assert city.post(f"{path}/publish").status == 400
    assert city.patch(path, WHOLE).status == 200
    assert city.post(f"{path}/publish").json["state"] == "published"
    assert city.patch(path, {name: None}, "reason=shorter").status == 400


def test_a_document_shows_a_practice_as_well_as_an_endpoint(city: City) -> None:
    content = {member: value for member, value in WHOLE.items() if member != "endpoint"}
    assert city.publish("practices", {**content, "document": "https://city.example/report"})


def test_a_cost_is_in_a_currency_that_is(city: City) -> None:
    wrong = {**WHOLE, "cost": {"currency": "EURO", "amount": "1"}}
    assert "EURO" in city.post("/practices", wrong).json["detail"]


def test_an_event_does_not_end_before_it_begins(city: City) -> None:
    event = {"title": "Tour", "language": "en", "sort": "tour", "begins": "2026-12-02", "ends": "2026-12-01"}
    assert "ends on 2026-12-01" in city.post("/events", event).json["detail"]
    assert city.post("/events", {**event, "ends": "2026-12-03"}).status == 201


def test_what_was_learned_is_added_in_the_open(city: City) -> None:
    practice = city.publish("practices", WHOLE)
    event = city.publish(
        "events", {"title": "T", "language": "en", "sort": "meeting", "begins": "2026-11-01"}
    )
    learned = [{"text": "Ask for the notice period.", "practice": practice["id"]}]
    path = f"/events/{name_of(event)}"
    assert city.patch(path, {"learned": learned}).status == 400
    assert city.patch(path, {"learned": learned}, "reason=After+it").json["content"]["learned"] == learned


def test_a_comparison_is_made_by_measuring_only(city: City) -> None:
    assert city.post("/comparisons", {"on": "2026-11-22", "figures": {"types": 1}}).status == 405
    assert city.send("PUT", "/comparison", {"compared": "yes"}).status == 400
    assert city.send("PUT", "/comparison", {"compared": True}).status == 422
