"""Tables of a type: columns, search, sorting, pages; and their downloads."""

import csv
import io
import json
import re

import pytest
from tests.portal.city import HOSTILE
from tests.portal.node import Node, make_node

from beffroi.kernel.json import JsonObject

TYPE = "/fr/types/BikeHireDockingStation"


def names(text: str) -> list[str]:
    """The names in the first column of the table."""
    table = text.split('id="listing"')[1]
    return re.findall(r'<th scope="row"><a href="/fr/entities/[^"]*">([^<]*)</a>', table)


def bikes(text: str) -> list[float]:
    """The numbers in the column of bikes, which comes first after the name."""
    rows = text.split('id="listing"')[1].split("<tbody>")[1].split("<tr>")[1:]
    return [float(re.findall(r'<data value="([^"]*)"', row)[0]) for row in rows]


def test_all_pages_of_a_table_together_hold_every_entity_once(node: Node) -> None:
    seen, address = list[str](), TYPE
    while address:
        text = node.text(address)
        seen += names(text)
        following = re.search(r'<a href="([^"#]*)#listing" rel="next">', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 60


@pytest.mark.parametrize("sort", ["availableBikeNumber", "-availableBikeNumber"])
def test_sorted_pages_go_on_where_the_last_one_ended(node: Node, sort: str) -> None:
    numbers, seen, address = list[float](), list[str](), f"{TYPE}?sort={sort}"
    while address:
        text = node.text(address)
        numbers += bikes(text)
        seen += names(text)
        following = re.search(r'<a href="([^"#]*)#listing" rel="next">', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert numbers == sorted(numbers, reverse=sort.startswith("-"))
    assert len(seen) == len(set(seen)) == 60


def test_the_head_of_a_sorted_column_says_so_and_turns_the_order(node: Node) -> None:
    text = node.text(f"{TYPE}?sort=availableBikeNumber")
    assert 'aria-sort="ascending"' in text
    assert f'href="{TYPE}?sort=-availableBikeNumber#listing"' in text


def test_search_ignores_case_and_accents(node: Node) -> None:
    for needle in ("place elise n° 7", "PLACE ÉLISE N° 7", "élise%20n°%207"):
        assert names(node.text(f"{TYPE}?search={needle}")) == ["Place Élise n° 7"]


def test_search_takes_patterns_as_plain_text(node: Node) -> None:
    for needle in (".*", "(a%2B)%2B$", "[", "%5C", "|"):
        assert names(node.text(f"{TYPE}?search={needle}")) == []


def test_a_damaged_cursor_is_refused_with_a_sentence(node: Node) -> None:
    response = node.get(f"{TYPE}?sort=name&after=nonsense")
    assert response.status == 400
    assert "endommagée" in response.body.decode()


def test_relationships_are_no_columns(node: Node) -> None:
    assert "refNeighbour" not in node.text(TYPE).split('id="listing"')[1].split("</thead>")[0]


def test_the_chart_has_a_table_with_the_same_numbers(node: Node) -> None:
    text = node.text(f"{TYPE}?by=availableBikeNumber")
    bars = text.count("<rect x=")
    table = text.split("<details>")[1].split("</details>")[0]
    counts = [int(n) for n in re.findall(r'<td class="num">(\d+)</td>', table)]
    assert len(counts) == bars
    assert sum(counts) == 60


def test_words_are_drawn_as_bars_with_their_numbers(node: Node) -> None:
    text = node.text("/en/types/EVChargingStation?by=chargingState")
    large = text.split('class="legend large"')[1].split("</table>")[0]
    assert sum(int(n) for n in re.findall(r'class="many">(\d+)<', large)) == 30


def test_a_csv_has_every_entity_and_a_column_for_each_attribute(node: Node) -> None:
    response = node.get("/download/BikeHireDockingStation/csv")
    assert response.headers["content-disposition"] == 'attachment; filename="BikeHireDockingStation.csv"'
    rows = list(csv.DictReader(io.StringIO(node.whole(response).decode())))
    assert len(rows) == 60
    assert rows[0]["name"] == "Place Élise n° 1"
    assert float(rows[0]["longitude"]) == pytest.approx(3.06, abs=0.1)


def test_a_geojson_is_a_feature_collection_with_ids(node: Node) -> None:
    body = json.loads(node.whole(node.get("/download/EVChargingStation/geojson")))
    assert body["type"] == "FeatureCollection"
    assert len(body["features"]) == 30
    assert body["features"][0]["id"] == "urn:ngsi-ld:EVChargingStation:sim-001"
    assert body["features"][0]["properties"]["power"] == 22


def test_a_json_ld_is_an_array_of_entities_with_their_context(node: Node) -> None:
    body = json.loads(node.whole(node.get("/download/AirQualityObserved/jsonld")))
    assert len(body) == 8
    assert body[0]["NO2"]["unitCode"] == "GQ"
    assert body[0]["@context"].startswith("https://uri.etsi.org/")


def test_texts_that_a_spreadsheet_would_run_are_defused() -> None:
    formula: JsonObject = {"type": "Property", "value": '=HYPERLINK("http://evil","x")'}
    with make_node(entities=[{"id": "urn:x:1", "type": "T", "note": formula}]) as node:
        assert b"'=HYPERLINK" in node.whole(node.get("/download/T/csv"))


def test_hostile_texts_survive_every_download_as_they_are(node: Node) -> None:
    body = json.loads(node.whole(node.get("/download/Evil/geojson")))
    assert body["features"][0]["properties"]["name"] == HOSTILE
    rows = list(csv.DictReader(io.StringIO(node.whole(node.get("/download/Evil/csv")).decode())))
    assert rows[0]["name"] == HOSTILE


def test_what_cannot_be_downloaded_is_not_found(node: Node) -> None:
    assert node.get("/download/Nothing/csv").status == 404
    assert node.get("/download/Streetlight/exe").status == 404
