"""Sources on the pages: an operator adds one, tries it, changes it, has it read, and forgets it."""

import asyncio
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.portal.node import Node, make_node
from tests.sources.fakes import NOT_FOUND, Answer, text

from beffroi.kernel.json import JsonObject
from beffroi.market.operations.chaining import verify_audit
from beffroi.market.rules.audit.entry import KIND as AUDIT
from beffroi.outbound.policy import Refused
from beffroi.portal.routes import PAGES
from beffroi.portal.services import PortalSettings
from beffroi.processes.harvest import Progress, harvest
from beffroi.processes.harvest_due import run_due
from beffroi.sources.operations.registry import list_sources
from beffroi.sources.rules.source import Source
from beffroi.store.port import Find
from beffroi.web.message import Actor, Request, Response

HEADERS = {
    "origin": "http://node.test",
    "sec-fetch-site": "same-origin",
    "content-type": "application/x-www-form-urlencoded",
}
ADA = Actor("ada", frozenset({"read", "write", "operate"}))
STATIONS = "https://city.test/stations.csv"
ODD = "https://city.test/odd.csv"
MAPPING = "ods-bike-stations"
HEAD = "station_code,name,geo_point_2d,status,docks_total,bikes_available,docks_available,last_update\n"


def stations(many: int, place: str = "50.63,3.06") -> bytes:
    rows = [f'{n},Square {n},"{place}",open,20,5,15,2026-11-22T12:00:00Z\n' for n in range(1, many + 1)]
    return (HEAD + "".join(rows)).encode()


class Internet:
    """What the node can ask; addresses of its own network are refused, as its client refuses them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {STATIONS: stations(12), ODD: b"a,b\n1,2\n"}
        self.asked: list[str] = []
        self.hangs = False

    async def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        self.asked.append(url)
        if self.hangs:
            await asyncio.Event().wait()
        if "10.0.0." in url:
            raise Refused(f"The address '{url}' is not public.")
        return text(self.files[url]) if url in self.files else NOT_FOUND


@pytest.fixture
def internet() -> Internet:
    return Internet()


@pytest.fixture
def node(internet: Internet) -> Iterator[Node]:
    with make_node(settings=PortalSettings("Simville"), entities=[], web=internet) as made:
        yield made


def sent(node: Node, path: str, fields: Mapping[str, Any]) -> Response:
    proof = re.search(r'name="proof" value="([0-9a-f]{64})"', node.text("/en/sources/new"))
    assert proof
    body = urlencode({"proof": proof[1], **fields}, doseq=True).encode()
    return node.ask(Request("POST", path, "", HEADERS, body, base="http://node.test", actor=ADA))


def shown(response: Response, status: int = 200) -> str:
    assert response.status == status, response.body[-2_000:]
    return response.body.decode()


def known(node: Node) -> list[Source]:
    found: list[Source] = node.run(list_sources(node.portal.store, ""))
    return found


def log(node: Node) -> list[JsonObject]:
    found = node.run(node.portal.store.find(Find("", AUDIT, limit=None)))
    return [record.body for record in found.records]


def added(node: Node, **fields: str) -> Source:
    said = {"url": STATIONS, "do": "add", "dataset": "stations", "mapping:stations": MAPPING, **fields}
    assert sent(node, "/en/sources/new", said).status == 303
    return known(node)[-1]


def test_what_stands_behind_an_address_is_shown_with_the_mapping_that_fits(node: Node) -> None:
    page = shown(sent(node, "/en/sources/new", {"url": STATIONS, "do": "look"}))
    assert re.search(r'name="dataset" value="stations" checked', page)
    assert re.search(rf'value="{MAPPING}" selected', page)
    assert known(node) == []


@pytest.mark.parametrize(
    ("code", "title"),
    [("en", "Bike stations, English names"), ("fr", "Stations de vélos, noms de champs anglais")],
)
def test_a_mapping_is_called_as_the_reader_calls_it(node: Node, code: str, title: str) -> None:
    page = shown(sent(node, f"/{code}/sources/new", {"url": STATIONS, "do": "look"}))
    assert f'value="{MAPPING}" selected>{title} ({MAPPING})<' in page
    added(node)
    assert f'value="{MAPPING}" selected>{title}<' in node.text(f"/{code}/sources/named/stations")


def test_what_a_source_is_read_by_is_said_in_the_reader_s_language(node: Node) -> None:
    added(node)
    assert "<dd>CSV, GeoJSON or JSON file</dd>" in node.text("/en/sources")
    assert "<dd>Fichier CSV, GeoJSON ou JSON</dd>" in node.text("/fr/sources")


def test_a_trial_says_what_would_come_in_and_writes_nothing(node: Node) -> None:
    fields = {"url": STATIONS, "do": "try", "dataset": "stations", "mapping:stations": MAPPING}
    page = shown(sent(node, "/en/sources/new", fields))
    assert "Of 12 records read, 12 would come in." in page
    assert "urn:ngsi-ld:BikeHireDockingStation:stations:1" in page
    assert known(node) == []
    assert log(node) == []


def test_a_source_is_added_and_read_and_its_report_shown(node: Node) -> None:
    response = sent(
        node,
        "/fr/sources/new",
        {
            "url": STATIONS, "do": "add", "dataset": "stations", "mapping:stations": MAPPING,
            "area": "2.9, 50.5, 3.2, 50.8", "axes": "detect",
        },
    )  # fmt: skip
    assert response.status == 303
    assert response.headers["location"] == "/fr/sources#source-stations"
    (source,) = known(node)
    assert (source.mapping, source.axes, source.area) == (MAPPING, "detect", (2.9, 50.5, 3.2, 50.8))
    assert "<beffroi-runs" in node.text("/fr/sources")
    assert node.portal.harvester
    node.run(run_due(node.portal.harvester))
    page = node.text("/fr/sources")
    assert "<beffroi-runs" not in page
    assert re.search(r'data-head="Nouveaux"[^>]*>12<', page), page


def test_the_log_says_who_added_changed_and_removed_a_source(node: Node) -> None:
    added(node)
    assert sent(node, "/en/sources/named/stations/read", {}).status == 303
    assert sent(node, "/en/sources/named/stations/forget", {}).status == 303
    said = [(each["actor"], each["resource"], each["id"], each["what"]) for each in log(node)]
    assert said == [("ada", "source", "stations", what) for what in ("create", "change", "delete")]
    assert node.run(verify_audit(node.portal.store)).broken is None
    assert known(node) == []


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("url", "city.test", "Write a whole address"),
        ("url", "file:///etc/passwd", "Write a whole address"),
        ("url", "https://10.0.0.1/x", "is not public"),
        ("url", "https://city.test/nothing", "is none of these"),
        ("area", "here", "is not four numbers"),
        ("area", "-170,-80,170,80", "less than 20 wide"),
        ("axes", "up", "The axes of a source are one of"),
        ("dataset", "", "No dataset is chosen"),
        ("dataset", "lamps", "There is no dataset"),
        ("mapping:stations", "none-such", "There is no mapping"),
        ("mapping:stations", "", "No mapping is chosen"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_added(
    node: Node, field: str, typed: str, sentence: str
) -> None:
    fields = {"url": STATIONS, "do": "add", "dataset": "stations", "mapping:stations": MAPPING, field: typed}
    if field == "dataset":
        fields["mapping:lamps"] = MAPPING
        fields["dataset"] = typed
    page = shown(sent(node, "/en/sources/new", {name: value for name, value in fields.items() if value}), 422)
    place = "dataset" if field.startswith("mapping") else field
    assert re.search(rf'id="{place}-mistake">[^<]*{sentence}', page), page
    assert re.search(rf'<a href="#{place}">', page)
    assert f'id="{place}"' in page
    assert known(node) == []
    assert log(node) == []


def test_a_dataset_is_not_added_twice(node: Node) -> None:
    added(node)
    fields = {"url": STATIONS, "do": "add", "dataset": "stations", "mapping:stations": MAPPING}
    assert "is a source already" in shown(sent(node, "/en/sources/new", fields), 422)
    assert "is read already" in shown(sent(node, "/en/sources/new", {"url": STATIONS}))
    assert len(known(node)) == 1


def test_what_fits_no_mapping_waits_for_a_choice(node: Node) -> None:
    page = shown(sent(node, "/en/sources/new", {"url": ODD}))
    assert "no mapping fits by itself" in page
    assert not re.search(r'name="dataset" value="odd" checked', page)


def test_an_address_is_looked_at_once_for_the_steps_that_follow(node: Node, internet: Internet) -> None:
    sent(node, "/en/sources/new", {"url": STATIONS})
    internet.asked.clear()
    added(node)
    assert internet.asked == []


def test_a_source_is_changed_tried_and_read_again(node: Node, internet: Internet) -> None:
    added(node)
    assert node.portal.harvester
    node.run(run_due(node.portal.harvester))
    page = node.text("/en/sources/named/stations")
    assert re.search(rf'value="{MAPPING}" selected', page)
    fields = {"mapping": MAPPING, "interval": "600", "area": "2.9,50.5,3.2,50.8", "axes": ""}
    internet.files[STATIONS] = stations(3, place="3.06,50.63")
    tried = shown(sent(node, "/en/sources/named/stations", {**fields, "do": "try"}))
    assert "A run would stop:" in tried
    assert known(node)[0].interval_s == 300
    assert sent(node, "/en/sources/named/stations", {**fields, "do": "save"}).status == 303
    (source,) = known(node)
    assert (source.interval_s, source.area) == (600, (2.9, 50.5, 3.2, 50.8))
    assert source.is_awaited


def test_sources_of_the_same_title_are_told_apart_by_their_names(node: Node, internet: Internet) -> None:
    first = added(node)
    assert f"{first.title} ({first.name})" not in node.text("/fr/sources")
    internet.files[f"{STATIONS}?year=2025"] = internet.files[STATIONS]
    second = added(node, url=f"{STATIONS}?year=2025")
    assert (first.title, first.name) == (second.title, "stations")
    assert second.name == "stations-2"
    page = node.text("/fr/sources")
    for source in (first, second):
        heading = re.search(rf'<h2 id="source-{source.name}">(.*?) <span', page)
        assert heading
        assert heading[1] == f"{source.title} ({source.name})"


def test_a_key_in_the_address_of_a_source_is_sent_and_not_shown(node: Node, internet: Internet) -> None:
    keyed = f"{STATIONS}?apikey=s3cr3t-0815"
    internet.files[keyed] = internet.files[STATIONS]
    source = added(node, url=keyed)
    assert source.url == keyed
    assert node.portal.harvester
    assert node.run(harvest(node.portal.harvester, "", source.name)).counts.new == 12
    del internet.files[keyed]
    assert "apikey=***" in node.run(harvest(node.portal.harvester, "", source.name)).failure
    tending = Request("GET", f"/en/sources/named/{source.name}", "", HEADERS, actor=ADA)
    for page in (node.text("/fr/sources"), node.text("/en/sources"), shown(node.ask(tending))):
        assert "s3cr3t" not in page
        assert "apikey=***" in page


def hangs(node: Node, internet: Internet, seconds: float) -> None:
    """From now on nothing is answered, and so much time is found to have passed at the second look."""
    assert node.portal.harvester
    passed = itertools.chain([0.0, 0.0], itertools.repeat(seconds))
    node.portal.harvester.world.seconds = lambda: next(passed)
    internet.hangs = True


def test_an_address_that_hangs_is_given_up_with_a_sentence(node: Node, internet: Internet) -> None:
    hangs(node, internet, 44.95)
    page = shown(sent(node, "/en/sources/new", {"url": STATIONS, "do": "look"}), 422)
    assert re.search(r'id="url-mistake">The source has taken more than 45 s, and is asked no more.<', page)
    page = shown(sent(node, "/fr/sources/new", {"url": STATIONS, "do": "look"}), 422)
    assert "La source a pris plus de 45 s" in page


def test_a_trial_that_takes_too_long_shows_what_came_in_time(node: Node, internet: Internet) -> None:
    added(node)
    hangs(node, internet, 44.95)
    fields = {"mapping": MAPPING, "interval": "600", "do": "try"}
    page = shown(sent(node, "/en/sources/named/stations", fields))
    assert "Of 0 records read, 0 would come in." in page
    assert "Only what came in time was tried:</strong> The source has taken more than 45 s" in page
    assert "A run would stop" not in page


def test_an_interval_that_cannot_be_stands_beside_its_field(node: Node) -> None:
    added(node)
    for typed in ("1", "often"):
        page = shown(
            sent(node, "/fr/sources/named/stations", {"mapping": MAPPING, "interval": typed, "do": "save"}),
            422,
        )
        assert 'id="interval-mistake"' in page
        assert 'lang="en"' not in page.partition("<main")[2].partition("</main>")[0]
    assert known(node)[0].interval_s == 300


def spoken(page: str, class_name: str) -> str:
    """The words of the first part of a page that has this class."""
    part = re.search(rf'<(\w+) class="{class_name}"( hidden)?>.*?</dl>', page, re.DOTALL)
    assert part
    return "hidden" if part[2] else " ".join(re.sub("<.*?>", " ", part[0]).split())


def test_how_far_a_run_is_stands_on_the_page(node: Node) -> None:
    added(node)
    assert node.portal.harvester
    assert spoken(node.text("/en/sources"), "goes") == "hidden"
    node.portal.harvester.busy["", "stations"] = Progress("stations", 250, 1_260, 200, 30, 15, 5)
    page = node.text("/en/sources")
    assert spoken(page, "goes") == "Read 250 of 1,260 New 200 Changed 30 Same 15 Refused 5"
    assert '<progress aria-label="How far stations.csv is read" value="250" max="1260">' in page
    node.portal.harvester.busy["", "stations"] = Progress("stations", 250)
    page = node.text("/fr/sources")
    assert '<progress aria-label="Avancement de la lecture\xa0: stations.csv"></progress>' in page
    assert '<span class="of" hidden>' in page


def test_a_run_of_its_own_accord_is_shown_as_well(node: Node) -> None:
    added(node)
    assert node.portal.harvester
    node.run(run_due(node.portal.harvester))
    assert "<progress" not in node.text("/en/sources")
    node.portal.harvester.busy["", "stations"] = Progress("stations", 250, 1_260)
    page = node.text("/en/sources")
    assert "<progress" in page
    assert "Read now" not in page


def test_a_paused_source_is_not_waited_for(node: Node) -> None:
    added(node)
    fields = {"mapping": MAPPING, "interval": "300", "paused": "1", "do": "save"}
    assert sent(node, "/en/sources/named/stations", fields).status == 303
    assert "<beffroi-runs" not in node.text("/en/sources")


def test_who_does_not_operate_the_node_only_looks(node: Node) -> None:
    added(node)
    reader = Actor("bo", frozenset({"read"}))
    request = Request("GET", "/en/sources", base="http://node.test", actor=reader)
    page = node.ask(request).body.decode()
    assert "stations" in page
    assert "Add a source" not in page
    assert "Read now" not in page
    needs = {needs for _, path, _, needs in PAGES if path.startswith("/sources/")}
    assert needs == {"operate"}


@pytest.mark.parametrize("path", ["new", "named/stations", "named/stations/read", "named/stations/forget"])
def test_another_site_cannot_send_these_forms(node: Node, path: str) -> None:
    added(node)
    before = known(node)
    for headers in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        body = urlencode({"url": STATIONS, "do": "add", "proof": "0" * 64}).encode()
        request = Request("POST", f"/en/sources/{path}", "", {**HEADERS, **headers}, body, actor=ADA)
        request.base = "http://node.test"
        assert node.ask(request).status == 403
    assert known(node) == before


def test_a_node_without_a_harvester_offers_no_form() -> None:
    with make_node(entities=[]) as bare:
        assert "Add a source" not in bare.text("/en/sources")
        assert bare.get("/en/sources/new").status == 422
