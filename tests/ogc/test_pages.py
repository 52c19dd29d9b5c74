"""Pages of features: whole, bounded, and the same on every engine."""

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest

from tests.ogc.node import Node, ids_of, station

ITEMS = "/ogc/collections/BikeHireDockingStation/items"


def test_following_next_gives_every_feature_once(node: Node) -> None:
    node.add(*(station(n) for n in range(250)))
    pages = node.walk(f"{ITEMS}?limit=100")
    assert [len(page) for page in pages] == [100, 100, 50]
    assert len({feature["id"] for page in pages for feature in page}) == 250


def test_paging_is_whole_while_features_come_and_go(node: Node) -> None:
    node.add(*(station(n) for n in range(60)))
    first = node.json(f"{ITEMS}?limit=20")
    node.delete(first["features"][3]["id"])
    node.add(*(station(n) for n in range(100, 110)))
    rest = node.walk(next(link["href"] for link in first["links"] if link["rel"] == "next"))
    seen = ids_of(first["features"]) + [name for page in rest for name in ids_of(page)]
    assert len(seen) == len(set(seen)) == 70


def test_a_page_says_how_many_match_and_when_it_was_made(node: Node) -> None:
    node.add(*(station(n) for n in range(30)))
    page = node.json(f"{ITEMS}?limit=7")
    assert (page["numberMatched"], page["numberReturned"]) == (30, 7)
    assert page["timeStamp"] == "2026-11-22T13:00:00Z"
    assert node.json(f"{ITEMS}?open=true&limit=3")["numberMatched"] == 15


@pytest.mark.parametrize(
    "query", ["", "&open=true", "&bbox=-180,-90,3.0301,90", "&properties=open&open=true"]
)
def test_every_page_says_how_many_match(node: Node, query: str) -> None:
    node.add(*(station(n) for n in range(30)))
    at, pages = f"{ITEMS}?limit=4{query}", list[Any]()
    while at:
        pages.append(node.json(at))
        at = next((link["href"] for link in pages[-1]["links"] if link["rel"] == "next"), "")
    found = sum(page["numberReturned"] for page in pages)
    assert len(pages) > 2
    assert [page["numberMatched"] for page in pages] == [found] * len(pages)


def test_a_long_page_comes_in_pieces_and_is_as_whole_as_short_ones(node: Node) -> None:
    node.add(*(station(n) for n in range(1_300)))
    long = node.get(f"{ITEMS}?limit=1200")
    assert long.pieces > 3
    assert long.json["numberReturned"] == len(long.json["features"]) == 1_200
    assert long.json["numberMatched"] == 1_300
    short = [feature for page in node.walk(f"{ITEMS}?limit=400") for feature in page]
    assert ids_of(long.json["features"]) == ids_of(short)[:1_200]
    pages = node.walk(f"{ITEMS}?limit=1200")
    assert [len(page) for page in pages] == [1_200, 100]
    assert [len(page) for page in node.walk(f"{ITEMS}?limit=600&open=true")] == [600, 50]
    assert [len(page) for page in node.walk(f"{ITEMS}?limit=10000")] == [1_300]


def test_a_table_carries_the_same_values_and_the_way_on(node: Node) -> None:
    node.add(*(station(n) for n in range(700)))
    for limit in (20, 650, 10_000):
        answer = node.get(f"{ITEMS}?f=csv&limit={limit}")
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
        assert len(rows) == min(limit, 700)
        assert ('rel="next"' in answer.headers["link"]) == (limit < 700)
        features = node.json(f"{ITEMS}?limit={limit}")["features"]
        for row, feature in zip(rows, features, strict=True):
            assert row["id"] == feature["id"]
            assert row["name"] == feature["properties"]["name"]
            assert float(row["temperature"]) == feature["properties"]["temperature"]
            assert row["WKT"].startswith("POINT (")


def test_a_link_to_the_next_page_keeps_the_filters_and_the_format(here: Node) -> None:
    here.add(*(station(n) for n in range(30)))
    page = here.json(f"{ITEMS}?open=true&f=geojson&limit=5&bbox=3,50,4,51&datetime=2026-11-22")
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    assert following.startswith("http://node.test:1026/ogc/collections/")
    for part in (
        "open=true",
        "f=geojson",
        "limit=5",
        "bbox=3%2C50%2C4%2C51",
        "datetime=2026-11-22",
        "after=",
    ):
        assert part in following


@pytest.mark.parametrize(
    ("query", "status"),
    [("limit=1", 200), ("limit=10000", 200), ("limit=999999", 200), ("limit=0", 400), ("limit=-1", 400),
     ("limit=abc", 400), ("limit=1.5", 400), ("limit=", 400), ("limit=١", 400), ("limit=5&limit=6", 400),
     ("limit=" + "9" * 20, 200), ("limit=" + "9" * 5_000, 200), ("limit=" + "0" * 20, 400), ("limit=" + "0" * 20 + "1", 200)],
)  # fmt: skip
def test_a_limit_is_a_whole_number_from_one_on(here: Node, query: str, status: int) -> None:
    here.add(station(1))
    assert here.get(f"{ITEMS}?{query}").status == status


def test_a_page_that_did_not_change_is_not_sent_again(node: Node) -> None:
    node.add(*(station(n) for n in range(5)))
    first = node.get(f"{ITEMS}?limit=2")
    tag = first.headers["etag"]
    assert node.get(f"{ITEMS}?limit=2", {"if-none-match": tag}).status == 304
    assert node.get(f"{ITEMS}?limit=3", {"if-none-match": tag}).status == 200
    assert node.get(f"{ITEMS}?limit=2&f=csv", {"if-none-match": tag}).status == 200
    node.merge(first.json["features"][1]["id"], {"open": {"type": "Property", "value": True}})
    node.merge(first.json["features"][1]["id"], {"open": {"type": "Property", "value": "perhaps"}})
    assert node.get(f"{ITEMS}?limit=2", {"if-none-match": tag}).status == 200


def test_one_feature_is_found_by_the_id_of_the_entity(node: Node) -> None:
    node.add(station(1), {"id": "https://example.org/a/b?c=1#d", "type": "BikeHireDockingStation"})
    for feature in node.json(ITEMS)["features"]:
        alone = node.json(f"{ITEMS}/{quote(feature['id'], safe='')}")
        links = alone.pop("links")
        assert alone == feature
        assert {link["rel"] for link in links} == {"self", "collection"}
        assert node.json(next(link["href"] for link in links if link["rel"] == "self"))["id"] == feature["id"]


def test_a_feature_has_an_etag_and_a_date(node: Node) -> None:
    node.add(station(1))
    at = f"{ITEMS}/urn:ngsi-ld:BikeHireDockingStation:00001"
    headers = node.get(at).headers
    assert headers["content-crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    assert node.get(at, {"if-none-match": headers["etag"]}).status == 304
    assert node.get(at, {"if-modified-since": headers["last-modified"]}).status == 304
    assert node.get(at, {"if-modified-since": "yesterday"}).status == 200
    node.clock[0] = type(node.clock[0])("2026-11-22T14:00:00.000000Z")
    node.merge("urn:ngsi-ld:BikeHireDockingStation:00001", {"open": {"type": "Property", "value": True}})
    assert node.get(at, {"if-none-match": headers["etag"]}).status == 200
    assert node.get(at, {"if-modified-since": headers["last-modified"]}).status == 200


def test_what_is_not_there_is_not_found(node: Node) -> None:
    node.add(station(1), {"id": "urn:ngsi-ld:Other:1", "type": "Other"})
    for path in (
        f"{ITEMS}/urn:ngsi-ld:Other:1",
        f"{ITEMS}/urn:ngsi-ld:BikeHireDockingStation:99",
        f"{ITEMS}/no-uri",
        "/ogc/collections/Nothing",
        "/ogc/collections/Nothing/items",
        "/ogc/collections/Nothing/schema",
        "/ogc/nothing",
    ):
        answer = node.get(path)
        assert answer.status == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["status"] == 404
        assert answer.json["detail"]


def test_tenants_never_meet(node: Node) -> None:
    node.add(station(1))
    node.add(station(2), {"id": "urn:a:1", "type": "Secret"}, tenant="roubaix")
    assert node.json(ITEMS)["numberMatched"] == 1
    theirs = {"ngsild-tenant": "roubaix"}
    assert node.get(ITEMS, theirs).json["features"][0]["id"].endswith("00002")
    assert node.get("/ogc/collections/Secret/items").status == 404
    assert node.get(ITEMS, {"ngsild-tenant": "nobody"}).status == 404
    assert node.get("/ogc/collections", {"ngsild-tenant": "a b<"}).status == 400
