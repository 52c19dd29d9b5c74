"""The JSON API under /sources: list, add, try, run, look back; problems as problem+json."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from beffroi.kernel.instant import Instant
from beffroi.simulation.portal import lille_like
from beffroi.sources.operations.catalogue import shipped
from beffroi.sources.operations.registry import INDEXERS, add_sources, find_source, record_run
from beffroi.sources.routes import ROUTES, Room, render
from beffroi.sources.rules.run import Run, run_id
from beffroi.sources.rules.source import Source, after_run
from beffroi.store.port import Indexer, Store
from beffroi.web.answering import answer
from beffroi.web.message import Request
from beffroi.web.routing import Table
from tests.conftest import Run as Runner
from tests.sources.fakes import PAGE, Simulated, Web, data

PORTAL = "http://p.example/data/ogcapi"


@pytest.fixture
def indexers() -> Mapping[str, Indexer]:
    return INDEXERS


class Api:
    def __init__(self, run: Runner, store: Store, web: Web) -> None:
        self.run, self.table = run, Table()

        async def run_now(tenant: str, name: str) -> Run:
            at = Instant("2026-11-22T10:00:00.000000Z")
            report = Run(run_id(name, at), name, "m", "T", at, at, "completed")
            await record_run(
                store, tenant, report, lambda it: after_run(it, report.id, at, state="completed")
            )
            return report

        room = Room(store, web.world(), shipped(), run_now, lambda _: store)
        self.table.mount("/sources", ROUTES, room, render)

    def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        path, _, query = path.partition("?")
        content = b"" if body is None else json.dumps(body).encode()
        got = self.run(
            answer(
                self.table,
                Request(
                    method, path, query, {"content-type": "application/json"} if content else {}, content
                ),
                lambda _request, _needs: None,
            )
        )
        assert got.status == status, got.body
        if status >= 400:
            assert got.headers["content-type"] == "application/problem+json"
        return json.loads(got.body) if got.body else None


@pytest.fixture
def api(run: Runner, store: Store) -> Api:
    return Api(run, store, Web(Simulated(lille_like(7))))


def test_a_portal_is_added_by_its_address_alone(api: Api) -> None:
    added = api("POST", "/sources", {"url": PORTAL}, 201)["sources"]
    assert len(added) == 9
    listed = api("GET", "/sources")["sources"]
    assert [each["name"] for each in listed] == [each["name"] for each in added]
    bikes = api("GET", "/sources/velos_temps_reel")
    assert (bikes["family"], bikes["mapping"], bikes["lastRun"]) == ("ogc", "lille-bike-stations", "")
    assert len(bikes["area"]) == 4


def test_a_key_in_an_address_is_kept_and_not_served(run: Runner, store: Store, api: Api) -> None:
    url = "http://p.example/file.csv?token=s3cr3t&limit=1"
    run(add_sources(store, "", [Source("file", "File", url, "file", "file", "m")]))
    answers = [
        *api("GET", "/sources")["sources"],
        api("GET", "/sources/file"),
        api("PATCH", "/sources/file", {"paused": True}),
    ]
    assert [each["url"] for each in answers] == ["http://p.example/file.csv?token=***&limit=1"] * 3
    assert run(find_source(store, "", "file")).url == url


def test_a_dry_run_says_why_a_run_would_stop(api: Api) -> None:
    dataset = "environnement_sim:decheteries"
    api("POST", "/sources", {"url": PORTAL, "datasets": [dataset], "name": "d", "axes": "check"}, 201)
    tried = api("POST", "/sources/d/dry-run")
    assert "stand in each other's place" in tried["error"]
    assert (tried["mapped"], tried["refused"]) == (0, 20)
    api("PATCH", "/sources/d", {"axes": "swapped"})
    tried = api("POST", "/sources/d/dry-run")
    assert (tried["error"], tried["mapped"], tried["swapped"]) == ("", 20, 20)


def test_what_is_read_already_is_added_again_only_by_a_name(api: Api) -> None:
    body = {"url": PORTAL, "datasets": ["mobilite_sim:velos_temps_reel"]}
    assert api("POST", "/sources", body, 201)["sources"][0]["name"] == "velos_temps_reel"
    assert "a source already" in api("POST", "/sources", body, 400)["detail"]
    again = api("POST", "/sources", {**body, "name": "velos"}, 201)
    assert again["sources"][0]["name"] == "velos"
    assert "already" in api("POST", "/sources", {**body, "name": "velos_temps_reel"}, 409)["detail"]


def test_a_discovery_adds_nothing(api: Api) -> None:
    found = api("POST", "/sources/discovery", {"url": PORTAL})
    assert (found["family"], len(found["datasets"])) == ("ogc", 9)
    assert found["datasets"][0]["mappings"][0]["mapping"] == "lille-bike-stations"
    assert api("GET", "/sources")["sources"] == []


def test_one_dataset_with_a_name_and_an_interval(api: Api) -> None:
    body = {"url": PORTAL, "datasets": ["air_sim:stations_meteo"], "name": "meteo", "interval": 10}
    (added,) = api("POST", "/sources", body, 201)["sources"]
    assert (added["name"], added["interval"]) == ("meteo", 10)
    trial = api("POST", "/sources/meteo/dry-run")
    assert (trial["read"], trial["mapped"], trial["unused"]) == (15, 15, [])
    other = api("POST", "/sources/meteo/dry-run", {"mapping": "lille-bike-stations"})
    assert (other["mapped"], other["refused"]) == (0, 15)


def test_a_source_is_changed_run_and_removed(api: Api) -> None:
    api("POST", "/sources", {"url": PORTAL, "datasets": ["air_sim:stations_meteo"], "name": "meteo"}, 201)
    assert api("PATCH", "/sources/meteo", {"paused": True, "interval": 60})["paused"] is True
    assert api("PATCH", "/sources/meteo", {"axes": "swapped"})["axes"] == "swapped"
    assert api("PATCH", "/sources/meteo", {"axes": None})["axes"] is None
    assert api("POST", "/sources/meteo/runs", None, 201)["state"] == "completed"
    assert len(api("GET", "/sources/meteo/runs?limit=5")["runs"]) == 1
    assert api("GET", "/sources/meteo")["lastState"] == "completed"
    assert api("DELETE", "/sources/meteo", None, 204) is None
    api("GET", "/sources/meteo", None, 404)
    api("GET", "/sources/meteo/runs", None, 404)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("POST", "/sources", None, 411, "has no body"),
        ("POST", "/sources", [], 400, "no JSON object"),
        ("POST", "/sources", {}, 400, "'url' is needed"),
        ("POST", "/sources", {"url": "file:///etc/passwd"}, 400, "'url' is needed"),
        ("POST", "/sources", {"url": 3}, 400, "is a text"),
        ("POST", "/sources", {"url": PORTAL, "name": "a"}, 400, "for one dataset"),
        ("POST", "/sources", {"url": PORTAL, "datasets": ["none"]}, 404, "no dataset 'none'"),
        ("POST", "/sources", {"url": PORTAL, "datasets": [1]}, 400, "a list of texts"),
        ("POST", "/sources", {"url": PORTAL, "datasets": ["air_sim:stations_meteo"], "mapping": "x"}, 404, "no mapping 'x'"),
        ("POST", "/sources", {"url": PORTAL, "datasets": ["air_sim:stations_meteo"], "name": "a/b"}, 400, "must be 1 to 100"),
        ("POST", "/sources", {"url": PORTAL, "datasets": ["air_sim:stations_meteo"], "name": "mappings"}, 400, "cannot be the name"),
        ("POST", "/sources", {"url": PORTAL, "interval": 0}, 400, "5 to"),
        ("GET", "/sources/none", None, 404, "no source 'none'"),
        ("DELETE", "/sources/none", None, 404, "no source"),
        ("PATCH", "/sources/none", {"paused": True}, 404, "no source"),
        ("PATCH", "/sources/none", {"url": "http://evil"}, 400, "cannot be changed"),
        ("POST", "/sources", {"url": PORTAL, "axes": "yx"}, 400, "one of check, detect, given, swapped"),
        ("POST", "/sources", {"url": PORTAL, "area": [0, 0, 90, 90]}, 400, "less than 20 wide and high"),
        ("GET", "/sources/none/runs?limit=0", None, 404, "no source"),
        ("PUT", "/sources", None, 405, "does not have the method"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    api: Api, method: str, path: str, body: Any, status: int, sentence: str
) -> None:
    assert sentence in api(method, path, body, status)["detail"]


def test_a_portal_without_anything_known_is_said(run: Runner, store: Store) -> None:
    nothing = Api(run, store, Web(lambda _url, _headers: PAGE))
    assert (
        nothing("POST", "/sources", {"url": "http://x"}, 502)["title"]
        == "A remote system does not answer as it should"
    )
    odd = Api(run, store, Web(lambda _url, _headers: data([{"a": 1}])))
    assert "No mapping fits" in odd("POST", "/sources", {"url": "http://x/a.json"}, 400)["detail"]


def test_mappings_are_listed(api: Api) -> None:
    found = api("GET", "/sources/mappings")["mappings"]
    assert {each["type"] for each in found} >= {"BikeHireDockingStation", "SolarEnergy"}


def test_every_row_says_what_it_needs() -> None:
    assert {route.needs for route in ROUTES if route.method == "GET"} == {"read"}
    assert {route.needs for route in ROUTES if route.method != "GET"} == {"operate"}


@pytest.mark.parametrize("tenant", ["a\tb", " x", "x ", "a  b", "é{}", "t" * 201])
def test_a_tenant_is_named_as_everywhere(run: Runner, store: Store, tenant: str) -> None:
    """Clause 6.3.14: what the broker refuses is no tenant of a source either."""
    web = Web(Simulated(lille_like(7)))
    api = Api(run, store, web)
    for route in ROUTES:
        body = b'{"title": "T"}' if route.method == "PATCH" else b'{"url": "http://p.example/data/ogcapi"}'
        request = Request(
            route.method,
            "/sources" + route.path.replace("{name}", "x"),
            "",
            {"ngsild-tenant": tenant, "content-type": "application/json"},
            body,
        )
        got = run(answer(api.table, request, lambda _request, _needs: None))
        if route.path not in {"/mappings", "/discovery"}:
            assert (got.status, b"is not a valid name" in got.body) == (400, True)
    assert run(store.tenants()) == []
