"""The portal like Lille's: the shape of the recorded answers, and each known defect."""

import csv
from io import StringIO
from pathlib import Path

import orjson
import pytest

from beffroi.simulation.lille_datasets import COLLECTIONS
from beffroi.simulation.portal import answers, lille_like
from beffroi.simulation.wire import Answer

TICK = 356_400_000
ROOT = "/data/ogcapi/collections"
BIKES = "mobilite_sim:velos_temps_reel"
RECORDED = Path(__file__).parents[3] / "shared/data/recorded"
ask = answers(lille_like(seed=7), TICK)


def read(path: str):  # type: ignore[no-untyped-def]
    answer = ask(path)
    assert answer.status == 200
    return orjson.loads(answer.body)


def ids(path: str) -> list[str]:
    return [record["@id"] for record in read(path)["records"]]


def test_the_same_seed_and_tick_give_the_same_bytes() -> None:
    again = answers(lille_like(seed=7), TICK)
    for each in COLLECTIONS:
        path = f"{ROOT}/{each.id}/items?limit=-1"
        assert ask(path) == again(path)
        assert ask(path).body != answers(lille_like(seed=8), TICK)(path).body


def test_the_collections_hold_two_thousand_things_that_say_they_are_simulated() -> None:
    listed = read(ROOT)["collections"]
    assert [each["id"] for each in listed] == [each.id for each in COLLECTIONS]
    assert all("simulé" in each["title"] for each in listed)
    records = [record for each in listed for record in read(f"{ROOT}/{each['id']}/items?limit=-1")["records"]]
    assert len(records) == 2000
    assert all("(simulé)" in record["nom"] for record in records)


def test_landing_page_and_conformance_are_linked() -> None:
    links = {link["rel"]: link["href"] for link in read("/data/ogcapi")["links"]}
    assert {"conformance", "data", "service-desc"} <= set(links)
    for href in links.values():
        assert read(href.removeprefix("http://portal.example"))


def test_defect_json_is_no_feature_collection() -> None:
    answer = read(f"{ROOT}/{BIKES}/items?f=json")
    assert list(answer) == ["records"]
    assert len(answer["records"]) == 10


def test_defect_a_limit_of_minus_one_is_everything() -> None:
    assert len(ids(f"{ROOT}/{BIKES}/items?limit=-1")) == 260


def test_defect_ids_stand_in_an_at_id() -> None:
    record = read(f"{ROOT}/{BIKES}/items?limit=1")["records"][0]
    feature = read(f"{ROOT}/{BIKES}/items?limit=1&f=geojson")["features"][0]
    assert record["@id"] == feature["@id"] == "1"
    assert "id" not in record
    assert "id" not in feature
    assert "id" not in feature["properties"]


def test_defect_recycling_centres_carry_latitude_in_x() -> None:
    for feature in read(f"{ROOT}/decheteries/items?limit=-1&f=geojson")["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert feature["properties"]["x"] == latitude > 50
        assert feature["properties"]["y"] == longitude < 4


def test_other_collections_carry_longitude_in_x() -> None:
    for each in COLLECTIONS[:-1]:
        feature = read(f"{ROOT}/{each.id}/items?limit=1&f=geojson")["features"][0]
        assert [feature["properties"]["x"], feature["properties"]["y"]] == feature["geometry"]["coordinates"]


def test_defect_the_geometry_has_a_name_and_a_reference_system_inside() -> None:
    geometry = read(f"{ROOT}/{BIKES}/items?f=geojson")["features"][0]["geometry"]
    assert (geometry["@srs"], geometry["@name"]) == ("EPSG:4326", "geom")


@pytest.mark.parametrize("each", COLLECTIONS, ids=lambda each: each.id)
def test_defect_a_collection_answers_to_two_names(each) -> None:  # type: ignore[no-untyped-def]
    short = each.id.partition(":")[2]
    for form in ("json", "geojson", "csv"):
        query = f"items?f={form}&limit=3"
        assert ask(f"{ROOT}/{short}/{query}").body == ask(f"{ROOT}/{each.id}/{query}").body


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded answers are not here")
def test_bikes_have_the_shape_of_the_recorded_answers() -> None:
    recorded = orjson.loads((RECORDED / "lille-ogcapi-vlille.f=json.json").read_bytes())["records"][0]
    assert list(read(f"{ROOT}/{BIKES}/items?limit=1")["records"][0]) == list(recorded)
    recorded = orjson.loads((RECORDED / "lille-ogcapi-vlille.f=geojson.json").read_bytes())
    shown = read(f"{ROOT}/{BIKES}/items?limit=1&f=geojson")
    assert list(shown) == list(recorded)
    assert list(shown["features"][0]) == list(recorded["features"][0])
    assert list(shown["features"][0]["geometry"]) == list(recorded["features"][0]["geometry"])


@pytest.mark.parametrize("name", ["offset", "startIndex"])
def test_pages_give_each_thing_once(name: str) -> None:
    path = f"{ROOT}/eclairage_sim:points_lumineux/items"
    pages = [ids(f"{path}?limit=100&{name}={start}") for start in range(0, 1200, 100)]
    assert [len(page) for page in pages] == [100] * 10 + [80, 0]
    assert [each for page in pages for each in page] == ids(f"{path}?limit=-1")
    assert len({each for page in pages for each in page}) == 1080


def test_csv_says_what_json_says() -> None:
    lines = csv.DictReader(StringIO(ask(f"{ROOT}/{BIKES}/items?f=csv&limit=-1").body.decode()), delimiter=";")
    records = read(f"{ROOT}/{BIKES}/items?limit=-1")["records"]
    shown = [{name: "" if value is None else str(value) for name, value in each.items()} for each in records]
    assert list(lines) == shown


def test_filters_are_not_ignored() -> None:
    path = f"{ROOT}/energie_sim:bornes_recharge/items?limit=-1"
    free = read(f"{path}&etat=LIBRE")["records"]
    assert 0 < len(free) < 320
    assert {record["etat"] for record in free} == {"LIBRE"}
    west = read(f"{path}&bbox=2.9,50.5,3.06,50.8")["records"]
    assert 0 < len(west) < 320
    assert all(record["x"] <= 3.06 for record in west)
    late = read(f"{path}&datetime=2026-06-23T00:00:00Z/..")["records"]
    assert len(late) in (0, 320)


def test_one_thing_is_found_by_its_id() -> None:
    assert read(f"{ROOT}/{BIKES}/items/12")["records"][0]["@id"] == "12"
    assert ask(f"{ROOT}/{BIKES}/items/9999").status == 404


def refused(answer: Answer) -> tuple[int, list[str]]:
    return answer.status, list(orjson.loads(answer.body))


@pytest.mark.parametrize(
    "query", ["limit=ten", "limit=-2", "offset=-1", "f=pdf", "bbox=1,2", "datetime=now", "colour=red"]
)
def test_a_wrong_parameter_is_refused(query: str) -> None:
    assert refused(ask(f"{ROOT}/{BIKES}/items?{query}")) == (400, ["code", "description"])


@pytest.mark.parametrize(
    "path", [f"{ROOT}/nothing", f"{ROOT}/nothing/items", "/data/nothing", "/api/explore/v2.1"]
)
def test_an_unknown_path_is_not_found(path: str) -> None:
    assert refused(ask(path)) == (404, ["code", "description"])
