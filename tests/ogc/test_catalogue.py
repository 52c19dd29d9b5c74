"""The landing page, the collections and the description: complete, absolute, true."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from beffroi.store.port import Store
from tests.conftest import Run
from tests.ogc.node import BASE, Node, node_on, point, station

SCHEMA = json.loads((Path(__file__).parent / "openapi-3.0.json").read_text())


def links_in(value: Any) -> list[Any]:
    if isinstance(value, dict):
        own = value["links"] if isinstance(value.get("links"), list) else []
        return own + [link for inner in value.values() for link in links_in(inner)]
    return [link for inner in value for link in links_in(inner)] if isinstance(value, list) else []


def test_the_landing_page_leads_everywhere(here: Node) -> None:
    body = here.json("/ogc")
    assert body["title"] == "Simville"
    rels = {link["rel"] for link in body["links"]}
    assert {"self", "conformance", "data", "service-desc", "service-doc", "license"} <= rels
    assert here.json("/ogc/") == body
    described = next(link for link in body["links"] if link["rel"] == "service-desc")
    assert described["type"] == "application/vnd.oai.openapi+json;version=3.0"


def test_every_link_is_absolute_and_answers_in_its_type(node: Node) -> None:
    node.add(*(station(n) for n in range(5)), {"id": "urn:t:1", "type": "https://example.org/a#Thing"})
    waiting, seen = [f"{BASE}/ogc/"], set[str]()
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        answer = node.get(at)
        assert answer.status == 200, at
        if "json" not in answer.headers["content-type"]:
            continue
        for link in links_in(answer.json):
            assert link["href"].startswith(("http://", "https://"))
            if link["href"].startswith(BASE):
                waiting.append(link["href"])
                media = node.get(link["href"], {"accept": link.get("type", "*/*")}).headers["content-type"]
                assert media.split(";")[0] == link["type"].split(";")[0], link
    assert len(seen) == 15


def test_a_collection_says_where_and_when_its_features_are(node: Node) -> None:
    node.add(*(station(n) for n in range(120)))
    node.add({"id": "urn:t:1", "type": "Nowhere"})
    listed = {c["id"]: c for c in node.json("/ogc/collections")["collections"]}
    bikes = listed["BikeHireDockingStation"]
    assert bikes["extent"]["spatial"]["bbox"] == [[3.0, 50.6, 3.099, 50.601]]
    assert bikes["extent"]["temporal"]["interval"] == [["2026-11-22T12:00:00Z", "2026-11-22T12:59:00Z"]]
    assert bikes["itemType"] == "feature"
    assert bikes["crs"] == ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
    assert "spatial" not in listed["Nowhere"]["extent"]
    assert node.json("/ogc/collections/BikeHireDockingStation") == bikes
    node.add(station(500, location=point(4, 51)))
    assert node.json("/ogc/collections/BikeHireDockingStation")["extent"]["spatial"]["bbox"] == [
        [3.0, 50.6, 4, 51]
    ]


@pytest.mark.parametrize(
    ("contact", "href", "member"),
    [
        ("sig@town.example", "mailto:sig@town.example", "email"),
        ("https://town.example/", "https://town.example/", "url"),
    ],
)
def test_who_publishes_the_data_is_said_everywhere(
    run: Run, store: Store, contact: str, href: str, member: str
) -> None:
    named = node_on(store, run, publisher="Town of Simville", contact=contact)
    named.add(station(1))
    lists = named.json("/ogc/collections")
    for document in (named.json("/ogc/"), lists, lists["collections"][0]):
        assert document["attribution"] == "Town of Simville"
        links = {each["rel"]: each["href"] for each in document["links"]}
        assert (links["author"], links["license"]) == (href, "https://spdx.org/licenses/etalab-2.0.html")
    assert named.json("/ogc/openapi")["info"]["contact"] == {"name": "Town of Simville", member: contact}


def test_an_empty_node_has_no_collections(node: Node) -> None:
    assert node.json("/ogc/collections")["collections"] == []
    assert node.get("/ogc/collections/Thing/items").status == 404


def test_the_description_is_valid_openapi(here: Node) -> None:
    here.add(*(station(n) for n in range(3)), {"id": "urn:t:1", "type": "https://example.org/a#Thing"})
    here.add({"id": "urn:t:2", "type": "Thing", "level": {"type": "Property", "value": ["x", 2]}})
    document = here.json("/ogc/openapi")
    jsonschema_rs.validator_for(SCHEMA).validate(document)
    assert document["servers"] == [{"url": f"{BASE}/ogc"}]
    operations = [item["get"]["operationId"] for item in document["paths"].values()]
    assert len(operations) == len(set(operations)) == 4 + 3 * 5
    names = [
        p.get("name")
        for p in document["paths"]["/collections/BikeHireDockingStation/items"]["get"]["parameters"]
    ]
    assert {"availableBikeNumber", "open", "temperature.unitCode"} <= set(names)
    for ref in references(document):
        found: Any = document
        for part in ref.removeprefix("#/").split("/"):
            found = found[part]


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for inner in value.values() for ref in references(inner)]
    return [ref for inner in value for ref in references(inner)] if isinstance(value, list) else []


def test_every_described_path_answers_as_described(here: Node) -> None:
    here.add(*(station(n) for n in range(3)))
    document = here.json("/ogc/openapi")
    for path, item in document["paths"].items():
        at = path.replace("{featureId}", "urn:ngsi-ld:BikeHireDockingStation:00001")
        answer = here.get(f"/ogc{at}")
        declared = {media.split(";")[0] for media in item["get"]["responses"]["200"]["content"]}
        assert answer.headers["content-type"].split(";")[0] in declared, path
        for parameter in item["get"]["parameters"]:
            name = parameter.get("name", "")
            if name:
                assert here.get(f"/ogc{at}?{name}=1").status == 200, name


def test_the_description_is_there_for_people(here: Node) -> None:
    here.add(station(1))
    answer = here.get("/ogc/openapi?f=html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b'<html lang="en">' in answer.body
    assert b"availableBikeNumber" in answer.body
    assert here.get("/ogc/openapi", {"accept": "text/html"}).body == answer.body


def test_only_what_is_proved_is_claimed(here: Node) -> None:
    assert here.json("/ogc/conformance") == {
        "conformsTo": [
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
            "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
        ]
    }


def test_only_reading_is_offered(here: Node) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = here.run(here.answer("/ogc/collections", {}, method))
        assert answer.status == 405
        assert answer.headers["allow"] == "GET, HEAD"
