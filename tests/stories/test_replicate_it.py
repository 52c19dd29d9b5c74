"""Replicate it: a solution that runs in one city is fitted, mapped and run in another one unchanged, and a
third one sees how it went (US3 of the mission).

Two simulated portals of different makes, three nodes as processes, and the solution's program as it is.
"""

import hashlib
import html
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.node.process import NodeProcess, beffroi
from tests.stories.square import Person, Square

pytestmark = pytest.mark.slow

SOLUTION = Path(__file__).parents[2] / "solutions/availability"
STATIONS = """
name = "town-bike-stations"
title = "Bike stations as the town calls them"
type = "Station"
id = "station_code"
families = ["opendatasoft"]
topic = ["bike"]

[location]
ways = [{ pair = "geo_point_2d", order = "lat-lon" }]

[observed]
field = "last_update"

[attributes]
name = { field = "name" }
bikesAvailable = { field = "bikes_available", read = "integer", live = true }
docksAvailable = { field = "docks_available", read = "integer", live = true }
etat = { field = "status", live = true }
"""
"""What the second town's office has written: its own type and its own names, and no total."""


GREEDY = """
import base64, json, os, sys, urllib.error, urllib.request
config = json.load(open(sys.argv[2]))
pair = base64.b64encode((config["clientId"] + ":" + os.environ["SOLUTION_SECRET"]).encode()).decode()
results = "Bearer " + os.environ["SOLUTION_RESULTS_TOKEN"]
def ask(path, authorization, body=None, kind="application/json"):
    headers = {"Authorization": authorization, "Content-Type": kind}
    request = urllib.request.Request(config["node"] + path, body, headers)
    return json.load(urllib.request.urlopen(request))
form = "application/x-www-form-urlencoded"
token = ask("/oauth/token", "Basic " + pair, b"grant_type=client_credentials", form)["access_token"]
lamp = json.dumps([{"id": "urn:ngsi-ld:Streetlight:1", "type": "Streetlight"}]).encode()
tries = {
    "parties": ("/tmf-api/party/v4/organization", "Bearer " + token),
    "lamps": ("/ngsi-ld/v1/entityOperations/upsert", results, lamp),
    "reads": ("/ngsi-ld/v1/types", results),
}
said = []
for name, arguments in tries.items():
    try:
        ask(*arguments)
        said.append(name + " was let through")
    except urllib.error.HTTPError as refusal:
        said.append(f"{name} {refusal.code} {refusal.read().decode()}")
print(json.dumps({"event": "denied", "reason": "; ".join(said)[:450]}), file=sys.stderr)
sys.exit(3)
"""
"""A program that asks for what it was not given: the parties of the market, and to write another type."""


@dataclass
class City:
    """A node with its folder; `portal` is where its data comes from."""

    name: str
    node: NodeProcess
    data: Path
    portal: str = ""
    tokens: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command beside the node."""
        return beffroi(*arguments, "--data", str(self.data), folder=self.data, seconds=120)

    def replicate(self, *arguments: str) -> tuple[int, str, Any]:
        """`beffroi replicate`: the exit code, what it said, the content of the record."""
        done = self.run("replicate", *arguments, "--city", self.node.origin, "--name", self.name)
        assert "Traceback" not in done.stderr, done.stderr
        found = re.search(r"did:web:\S+/replications/\S+", done.stdout)
        assert found is not None, (done.stdout, done.stderr)
        got = self.node.get(f"/network/v1/replications/{quote(found[0], safe='')}")
        return done.returncode, done.stdout, got.json["content"]

    def token(self, may: str) -> str:
        """A token with these rights, made once."""
        if may not in self.tokens:
            rights = [option for right in may.split() for option in ("--may", right)]
            done = self.run("token", "add", f"tester-{may}", *rights)
            found = re.search(r"bef_\S+", done.stdout)
            assert found is not None, (done.stdout, done.stderr)
            self.tokens[may] = found[0]
        return self.tokens[may]

    def call(self, method: str, path: str, body: Any = None, may: str = "read operate") -> Any:
        return self.node.call(method, path, body, {"authorization": f"Bearer {self.token(may)}"})


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, City]]:
    folder = tmp_path_factory.mktemp("cities")
    portals = {"a": "lille-like", "b": "ods-clean"}
    running = {name: _portal(folder, kind) for name, kind in portals.items()}
    own = folder / "mappings"
    own.mkdir()
    (own / "stations.toml").write_text(STATIONS)
    feeds: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
        "a": ("/data/ogcapi", (), {"mobilite_sim:velos_temps_reel": "", "energie_sim:bornes_recharge": ""}),
        "b": (
            "/api/explore/v2.1",
            ("--mappings", str(own)),
            {"bike-stations": "town-bike-stations", "charging-points": ""},
        ),
    }
    options = (
        "--no-open-access",
        "--private-endpoints",
        "--follow-seconds",
        "0.5",
        "--licence",
        "etalab-2.0",
    )
    try:
        found = {}
        for name in ("a", "b", "c"):
            data = folder / name
            data.mkdir()
            city = City(f"Town {name.upper()} (simulated)", NodeProcess(folder, str(data), *options), data)
            if name in feeds:
                path, mappings, datasets = feeds[name]
                city.portal = running[name][1] + path
                _fill(city, mappings, datasets)
            found[name] = city
        with found["a"].node, found["b"].node, found["c"].node:
            yield found
    finally:
        for process, _ in running.values():
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def first(cities: dict[str, City]) -> Any:
    """The solution runs in the first city, which is then among its deployments."""
    code, said, record = cities["a"].replicate(str(SOLUTION), "--confirm")
    assert (code, record["outcome"]) == (0, "runs"), (said, record)
    return record


@pytest.fixture(scope="module")
def mapping(cities: dict[str, City]) -> Path:
    """What the fit proposes for the second city, as a person reads it."""
    file = cities["b"].data / "mapping.json"
    cities["b"].run(
        "fit",
        str(SOLUTION),
        "--city",
        cities["b"].node.origin,
        "--mapping",
        str(file),
        *_reading(cities["b"]),
    )
    return file


@pytest.fixture(scope="module")
def second(cities: dict[str, City], first: Any, mapping: Path) -> Any:
    before = _fingerprint()
    code, said, record = cities["b"].replicate(str(SOLUTION), "--mapping", str(mapping))
    assert (code, record["outcome"]) == (0, "runs"), (said, record)
    assert _fingerprint() == before
    return record


def test_the_fit_says_of_each_need_what_the_second_city_has(cities: dict[str, City]) -> None:
    file = cities["b"].data / "fit.json"
    page = cities["b"].data / "fit.html"
    done = cities["b"].run(
        "fit", str(SOLUTION), "--city", cities["b"].node.origin, "--json", str(file), "--html", str(page),
        *_reading(cities["b"]),
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout, done.stderr)
    report = json.loads(file.read_text())
    assert report["verdict"] == "derivable"
    rows = {(row["need"], row["attribute"], row["aspect"]): row for row in report["rows"]}
    bikes = "BikeHireDockingStation"
    assert rows[bikes, "", "entities"]["source"] == "Station"
    assert rows[bikes, "availableBikeNumber", "attribute"]["verdict"] == "derivable"
    assert rows[bikes, "totalSlotNumber", "attribute"]["source"] == "bikesAvailable docksAvailable"
    assert rows[bikes, "addressLocality", "attribute"]["verdict"] == "missing"
    assert rows[bikes, "availableBikeNumber", "age"]["figures"]["p90"] > 0
    assert rows["EVChargingStation", "maximumPower", "attribute"]["verdict"] == "derivable"
    assert rows["", "", "licence"]["verdict"] == "covered"
    assert report["cost"]["missing"] == 1
    assert report["requests"] <= 60
    assert "Will it run here?" in page.read_text()


def test_only_the_mapping_differs_between_the_cities(
    cities: dict[str, City], mapping: Path, first: Any, second: Any
) -> None:
    confirmed = json.loads(mapping.read_text())
    (bikes,) = [each for each in confirmed["types"] if each["need"] == "BikeHireDockingStation"]
    assert bikes["from"] == "Station"
    assert bikes["attributes"]["totalSlotNumber"] == {"sum": ["bikesAvailable", "docksAvailable"]}
    assert bikes["attributes"]["status"]["values"] == {"open": "working", "closed": "outOfService"}
    kept = [
        json.loads(cities[name].node.get(f"/network/v1/mappings/{quote(record['mapping'], safe='')}").body)
        for name, record in (("a", first), ("b", second))
    ]
    assert kept[1]["content"]["mapping"] == confirmed
    assert kept[0]["content"]["mapping"]["types"] != confirmed["types"]
    assert first["version"] == second["version"]


def test_results_come_out_as_entities_about_the_second_citys_own_things(
    cities: dict[str, City], second: Any
) -> None:
    found = (
        cities["b"].call("GET", "/ngsi-ld/v1/entities?type=AvailabilityForecast&limit=1000", may="read").json
    )
    assert len(found) == second["results"]["count"] == 600
    about = {each["refEntity"]["object"].split(":")[2] for each in found}
    assert about == {"Station", "EVChargingStation"}
    for each in found:
        for name in ("in15Minutes", "in30Minutes", "in60Minutes"):
            assert 0 <= each[name]["value"] <= each["capacity"]["value"]


def test_what_it_read_was_granted_by_an_order_and_can_be_taken_back(
    cities: dict[str, City], second: Any
) -> None:
    city = cities["b"]
    products = city.call("GET", "/tmf-api/productInventory/v4/product").json
    assert len(products) == 1, [(each["name"], each["status"]) for each in products]
    (product,) = products
    assert product["status"] == "active"
    characteristics = {each["name"]: each["value"] for each in product["productCharacteristic"]}
    assert sorted(name.rpartition("/")[2] for name in characteristics["entityTypes"]) == [
        "EVChargingStation",
        "Station",
    ]
    assert second["cost"]["orders"] == 1


def test_what_is_granted_is_offered_in_both_languages(cities: dict[str, City], second: Any) -> None:
    assert second["solution"] == "availability"
    page = "/tmf-api/productCatalogManagement/v4/productOffering"
    (offering,) = cities["b"].call("GET", page).json
    said = {"en": offering, **offering["translation"]}
    assert [row["name"][:24] for row in said.values()] == [
        "Data for Availability an",
        "Données pour : Disponibi",
    ]
    assert all(row["description"] for row in said.values())


def test_the_record_says_what_was_missing_what_it_cost_and_what_came_out(second: Any) -> None:
    assert second["city"] == "Town B (simulated)"
    assert second["missing"] == ["BikeHireDockingStation.addressLocality"]
    assert "BikeHireDockingStation.totalSlotNumber" in second["derived"]
    assert second["cost"]["attributesMissing"] == 1
    assert second["cost"]["seconds"] > 0
    assert second["results"]["first"][0]["type"] == "AvailabilityForecast"


def test_the_third_city_sees_the_record_with_its_origin(cities: dict[str, City], second: Any) -> None:
    third, other = cities["c"], cities["b"]
    begun = third.call("POST", "/network/v1/peers", {"address": other.node.origin})
    assert begun.status in {200, 201}, begun
    found = _eventually(
        lambda: third.node.get("/network/v1/replications?solution=availability").json["documents"]
    )
    assert found[0]["origin"] == f"did:web:127.0.0.1%3A{other.node.port}"
    assert found[0]["content"] == second


def test_an_empty_city_is_told_that_it_does_not_run_there_and_keeps_that(cities: dict[str, City]) -> None:
    code, _, record = cities["c"].replicate(str(SOLUTION), "--confirm")
    assert code == 1
    assert record["outcome"] == "failed"
    assert "BikeHireDockingStation entities: No type here has what is needed." in record["reason"]
    assert record["cost"]["orders"] == 0
    assert cities["c"].call("GET", "/tmf-api/productInventory/v4/product").json == []


def test_a_solution_that_crashes_is_recorded_as_failed_with_its_last_words(
    cities: dict[str, City], tmp_path: Path
) -> None:
    folder = _program(tmp_path, "raise RuntimeError('nothing works (simulated)')")
    code, _, record = cities["a"].replicate(str(folder), "--confirm")
    assert (code, record["outcome"]) == (1, "failed")
    assert "code 1" in record["reason"]
    assert "nothing works (simulated)" in record["reason"]


def test_a_solution_that_asks_for_more_than_was_granted_is_refused_and_recorded(
    cities: dict[str, City], tmp_path: Path
) -> None:
    """It asks the market as whoever bought its data, and writes and reads with the token for results."""
    folder = _program(tmp_path, GREEDY)
    code, _, record = cities["a"].replicate(str(folder), "--confirm")
    assert (code, record["outcome"]) == (1, "failed")
    assert "code 3" in record["reason"]
    assert re.search("parties 40[134]", record["reason"]), record["reason"]
    assert re.search(
        "lamps 403 .*of the type AvailabilityForecast, and not of 'Streetlight'", record["reason"]
    )
    assert "let through" not in record["reason"]


def test_a_deployment_is_seen_to_run_by_the_city_that_reads_of_it(
    cities: dict[str, City], first: Any
) -> None:
    """Both say where they run it; a third party looks there, as it is told by nobody."""
    city = cities["a"]
    endpoint = f"{city.node.origin}/network/v1/replications?solution=availability"
    content = {
        "manifest": json.loads((SOLUTION / "manifest.json").read_text()),
        "deployments": [
            {"city": "Town A (simulated)", "endpoint": endpoint},
            {"city": "Town D (simulated)", "endpoint": "http://127.0.0.1:9/gone"},
        ],
    }
    made = city.call("POST", "/network/v1/solutions?publish=true", content, may="steer")
    assert made.status == 201, made
    address = f"/network/v1/solutions/{made.json['id'].rpartition('/')[2]}/deployments"
    rows = _eventually(
        lambda: (
            (found := city.node.get(address).json["deployments"])
            and all(each["state"] != "unseen" for each in found)
            and found
        )
    )
    assert {each["city"]: each["state"] for each in rows} == {
        "Town A (simulated)": "as claimed",
        "Town D (simulated)": "doubtful",
    }


def test_the_fit_is_asked_over_the_interface_too(cities: dict[str, City], second: Any) -> None:
    """The first city knows the solution by now, and asks for the second one, and for itself."""
    city = cities["a"]
    got = city.call("POST", "/network/v1/solutions/availability/fit", {}, may="steer")
    assert got.status == 200, got
    assert got.json["city"] == city.node.origin
    assert got.json["verdict"] == "covered"
    nowhere = {"node": "http://127.0.0.1:9"}
    elsewhere = city.call("POST", "/network/v1/solutions/availability/fit", nowhere, may="steer")
    assert elsewhere.status >= 400
    assert "127.0.0.1:9" in elsewhere.json["detail"]


def test_the_fit_is_asked_and_its_mapping_confirmed_in_the_portal(
    cities: dict[str, City], second: Any
) -> None:
    """An officer of the first city asks it of that city's own data, in French."""
    assert second["solution"] == "availability"
    city, path = cities["a"], "/fr/network/solutions/availability"
    officer = Square(city.node, city.data).enter("odile", "officer")
    page = officer.page(path)
    assert "Disponibilité et prévision" in page
    fitted = officer.send(path, page, do="measure", node="")
    assert fitted.status == 200, fitted
    shown = fitted.body.decode()
    assert re.search(r'aria-hidden="true">.</span> couvert', shown)
    mapping = re.search(r'<textarea id="mapping"[^>]*>(.*?)</textarea>', shown, re.DOTALL)
    assert mapping is not None
    kept = len(cities["a"].node.get("/network/v1/mappings").json["documents"])
    confirmed = officer.send(path, page, do="confirm", mapping=html.unescape(mapping[1]))
    assert confirmed.status == 303, confirmed
    assert len(cities["a"].node.get("/network/v1/mappings").json["documents"]) == kept + 1


def test_the_third_city_reads_the_record_in_its_portal(cities: dict[str, City], second: Any) -> None:
    page = html.unescape(Person(cities["c"].node, "citizen").page("/en/network/solutions"))
    assert second["city"] in page
    assert "availability" in page


def _portal(folder: Path, kind: str) -> "tuple[subprocess.Popen[str], str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "beffroi.simulation", kind, "--port", "0", "--seed", "7"],
        cwd=folder, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as told:
        address = told.readline().strip()
    assert address.startswith("http://"), address
    return process, address


def _fill(city: City, mappings: tuple[str, ...], datasets: dict[str, str]) -> None:
    """Bring the data of a portal into the city's store before its node starts."""
    for name, mapping in datasets.items():
        by = ("--mapping", mapping) if mapping else ()
        added = city.run("source", "add", city.portal, "--dataset", name, *by, *mappings)
        assert added.returncode == 0, (added.stdout, added.stderr)
    harvested = city.run("harvest", "--private", *mappings)
    assert "completed" in harvested.stdout, (harvested.stdout, harvested.stderr)


def _reading(city: City) -> tuple[str, str]:
    return ("--token", city.token("read"))


def _program(folder: Path, text: str) -> Path:
    """A solution that needs what the real one needs, with another program."""
    (folder / "availability").mkdir()
    (folder / "manifest.json").write_text((SOLUTION / "manifest.json").read_text())
    (folder / "availability/__main__.py").write_text(text)
    return folder


def _fingerprint() -> str:
    """The whole code of the solution, as a hash."""
    found = hashlib.sha256()
    for file in sorted(SOLUTION.rglob("*.py")):
        found.update(file.read_bytes())
    return found.hexdigest()


def _eventually(look: Any) -> Any:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("It did not come within 60 s.")
