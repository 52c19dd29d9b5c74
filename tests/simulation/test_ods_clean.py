"""The clean portal: the shapes of the Explore API 2.1, and none of the defects."""

import csv
from io import StringIO
from urllib.parse import quote

import orjson
import pytest

from beffroi.simulation.ods_datasets import DATASETS
from beffroi.simulation.portal import answers, ods_clean

TICK = 356_400_000
CATALOG = "/api/explore/v2.1/catalog/datasets"
ask = answers(ods_clean(seed=7), TICK)


def read(path: str):  # type: ignore[no-untyped-def]
    answer = ask(path)
    assert answer.status == 200, answer.body
    return orjson.loads(answer.body)


def records(name: str, **parameters: str | int):  # type: ignore[no-untyped-def]
    query = "&".join(f"{key}={quote(str(value))}" for key, value in parameters.items())
    return read(f"{CATALOG}/{name}/records?{query}")


def test_the_same_seed_and_tick_give_the_same_bytes() -> None:
    again = answers(ods_clean(seed=7), TICK)
    for each in DATASETS:
        path = f"{CATALOG}/{each.id}/exports/json"
        assert ask(path) == again(path)
        assert ask(path).body != answers(ods_clean(seed=8), TICK)(path).body


def test_the_catalog_describes_two_thousand_things_and_each_field() -> None:
    catalog = read(f"{CATALOG}?limit=100")
    assert catalog["total_count"] == len(catalog["results"]) == 9
    for each in catalog["results"]:
        assert each == read(f"{CATALOG}/{each['dataset_id']}")
        assert "simulated" in each["metas"]["default"]["title"]
        assert all(field["description"] for field in each["fields"])
        shown = records(each["dataset_id"], limit=1)
        assert list(shown["results"][0]) == [field["name"] for field in each["fields"]]
        assert "(simulated)" in shown["results"][0]["name"]
        assert shown["total_count"] == each["metas"]["default"]["records_count"]
    assert sum(each["metas"]["default"]["records_count"] for each in catalog["results"]) == 2000


def test_fields_have_units() -> None:
    fields = {field["name"]: field for field in read(f"{CATALOG}/charging-points")["fields"]}
    assert fields["power"]["annotations"] == {"unit": "kW"}
    assert fields["session_start"]["type"] == "datetime"
    assert fields["geo_point_2d"]["type"] == "geo_point_2d"


def test_pages_give_each_thing_once() -> None:
    pages = [records("street-lights", limit=100, offset=start) for start in range(0, 1100, 100)]
    found = [record["light_id"] for page in pages for record in page["results"]]
    assert [len(page["results"]) for page in pages] == [100] * 10 + [0]
    assert {page["total_count"] for page in pages} == {1000}
    assert found == [record["light_id"] for record in read(f"{CATALOG}/street-lights/exports/json")]
    assert len(set(found)) == 1000


def test_no_defect_of_the_other_portal() -> None:
    assert len(records("street-lights", limit=-1)["results"]) == 100
    for each in DATASETS:
        record = records(each.id, limit=1)["results"][0]
        assert not [name for name in record if name.startswith("@")]
        assert record["geo_point_2d"]["lat"] > 50 > 4 > record["geo_point_2d"]["lon"]
        feature = read(f"{CATALOG}/{each.id}/exports/geojson?limit=1")["features"][0]
        assert list(feature["geometry"]) == ["type", "coordinates"]
        assert feature["geometry"]["coordinates"] == [
            record["geo_point_2d"]["lon"],
            record["geo_point_2d"]["lat"],
        ]
    assert ask(f"{CATALOG}/simulated:bike-stations").status == 404


def test_where_keeps_what_it_says() -> None:
    assert all(
        record["power"] >= 10 and record["status"] == "CHARGING"
        for record in records("charging-points", where="power >= 10 and status = 'CHARGING'")["results"]
    )
    free = records("charging-points", where="session_start is null")["total_count"]
    taken = records("charging-points", where="not session_start is null")["total_count"]
    assert free + taken == 360
    two = records("bike-stations", where='station_code in ("B001", "B002") or name like "Station 3 "')
    assert [record["station_code"] for record in two["results"]] == ["B001", "B002", "B003"]
    near = records("bike-stations", where="in_bbox(geo_point_2d, 50, 2, 50.2, 3)")["results"]
    assert near
    assert all(record["geo_point_2d"]["lat"] <= 50.2 for record in near)


def test_where_finds_what_is_new() -> None:
    everything = read(f"{CATALOG}/solar-plants/exports/json")
    times = sorted({record["last_update"] for record in everything})
    new = records("solar-plants", where=f"last_update >= date'{times[-2]}'", limit=100)
    assert new["total_count"] == sum(record["last_update"] >= times[-2] for record in everything) < 80


def test_order_by_orders() -> None:
    powers = [
        record["power"] for record in records("charging-points", order_by="power desc", limit=100)["results"]
    ]
    assert powers == sorted(powers, reverse=True)
    starts = [
        each["session_start"]
        for each in read(f"{CATALOG}/charging-points/exports/json?order_by=session_start")
    ]
    known = [start for start in starts if start is not None]
    assert starts == sorted(known) + [None] * (360 - len(known))


def test_select_keeps_the_named_fields() -> None:
    assert set(records("bike-stations", select="station_code, status")["results"][0]) == {
        "station_code",
        "status",
    }


def test_csv_says_what_json_says() -> None:
    text = ask(f"{CATALOG}/recycling-centres/exports/csv").body.decode("utf-8-sig")
    lines = list(csv.DictReader(StringIO(text), delimiter=";"))
    shown = read(f"{CATALOG}/recycling-centres/exports/json")
    assert [line["centre_id"] for line in lines] == [record["centre_id"] for record in shown]
    assert [line["accepts"].split(",") for line in lines] == [record["accepts"] for record in shown]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=101", "InvalidRESTParameterError"),
        ("limit=-2", "InvalidRESTParameterError"),
        ("limit=ten", "InvalidRESTParameterError"),
        ("limit=100&offset=9901", "InvalidRESTParameterError"),
        ("offset=-1", "InvalidRESTParameterError"),
        ("group_by=status", "InvalidRESTParameterError"),
        ("where=garbage%3D%3D", "ODSQLSyntaxError"),
        ("where=status%3D", "ODSQLSyntaxError"),
        ("where=docks_total>'many'", "ODSQLSyntaxError"),
        ("where=" + "(" * 3000, "ODSQLSyntaxError"),
        ("where=~", "ODSQLSyntaxError"),
        ("order_by=nothing", "ODSQLSyntaxError"),
        ("order_by=status sideways", "ODSQLSyntaxError"),
        ("select=nothing", "ODSQLSyntaxError"),
    ],
)
def test_a_wrong_parameter_is_refused(query: str, code: str) -> None:
    answer = ask(f"{CATALOG}/bike-stations/records?{query}")
    body = orjson.loads(answer.body)
    assert (answer.status, list(body), body["error_code"]) == (400, ["error_code", "message"], code)


def test_a_page_at_the_deepest_offset_is_empty() -> None:
    assert records("bike-stations", limit=100, offset=9900)["results"] == []


@pytest.mark.parametrize(
    "path",
    [f"{CATALOG}/nothing", f"{CATALOG}/bike-stations/exports/pdf", "/data/ogcapi", "/gbfs/9/gbfs.json"],
)
def test_an_unknown_path_is_not_found(path: str) -> None:
    answer = ask(path)
    assert (answer.status, orjson.loads(answer.body)["error_code"]) == (404, "NotFoundResource")


def feeds(version: str):  # type: ignore[no-untyped-def]
    found = read(f"/gbfs/{version}/gbfs.json")["data"]
    listed = found["en"]["feeds"] if version == "2.3" else found["feeds"]
    return {each["name"]: read(each["url"].removeprefix("http://portal.example")) for each in listed}


def test_gbfs_2_3_has_its_own_conventions() -> None:
    found = feeds("2.3")
    station, status = (
        found["station_information"]["data"]["stations"][0],
        found["station_status"]["data"]["stations"][0],
    )
    assert isinstance(station["name"], str)
    assert isinstance(status["last_reported"], int)
    assert isinstance(found["station_status"]["last_updated"], int)
    assert station["capacity"] == status["num_bikes_available"] + status["num_docks_available"]
    assert {"system_id", "language", "name", "timezone"} <= set(found["system_information"]["data"])


def test_gbfs_3_0_has_its_own_conventions() -> None:
    found = feeds("3.0")
    station, status = (
        found["station_information"]["data"]["stations"][0],
        found["station_status"]["data"]["stations"][0],
    )
    assert {each["language"] for each in station["name"]} == {"en", "fr"}
    assert status["last_reported"].endswith("+00:00")
    assert station["capacity"] == status["num_vehicles_available"] + status["num_docks_available"]
    required = {"system_id", "languages", "name", "opening_hours", "feed_contact_email", "timezone"}
    assert required <= set(found["system_information"]["data"])


def test_gbfs_shows_the_stations_of_the_dataset() -> None:
    shown = read(f"{CATALOG}/bike-stations/exports/json")
    for version, count in (("2.3", "num_bikes_available"), ("3.0", "num_vehicles_available")):
        stations = feeds(version)["station_status"]["data"]["stations"]
        assert [(each["station_id"], each[count]) for each in stations] == [
            (each["station_code"], each["bikes_available"]) for each in shown
        ]
