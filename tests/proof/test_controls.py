"""No wrong PASS and no wrong FAIL: the controls of the notes, for both families."""

from collections.abc import Callable

import pytest
from tests.proof import controls
from tests.proof.checking import checked, having, outcomes
from tests.proof.controls import Control, LdCity, OgcCity
from typing_extensions import override

DERIVED = {"2.C1.R3", "7.C3.R3.1"}
NO_DATA = {"0.C1.R1.1", "0.C1.R1.2", "2.C3.R3.1", "7.C1.R1.1"}
OGC_IDS = {"1.C1.R1.1", "1.C1.R1.5", "7.C4.R4.1"}

WRONG: list[tuple[str, Callable[[], Control], str, set[str]]] = [
    ("N1", lambda: controls.n1_hello, "/", NO_DATA),
    ("N1", lambda: controls.n1_hello, "/collections", NO_DATA),
    ("N2", lambda: controls.n2_single_page, "/", NO_DATA),
    ("N3", controls.n3_lies, "/ogc", {"0.C2.R2.1", "7.C1.R1.1"}),
    ("N3", lambda: LdCity(obey_limit=False), "/ngsi-ld/v1", {"0.C2.R2.1"}),
    ("N4", controls.n4_filter_ignored, "/ogc", {"0.C2.R2.2"}),
    ("N4", lambda: LdCity(obey_filters=False), "/ngsi-ld/v1", {"0.C2.R2.2"}),
    ("N5", controls.n5_swapped, "/ogc", {"7.C5.R5.1"}),
    ("N6", controls.n6_changing_ids, "/ogc", OGC_IDS | {"1.C1.R1.2"}),
    ("N6", controls.n6_row_ids, "/ogc", OGC_IDS),
    ("N6", lambda: LdCity(changing_ids=True), "/ngsi-ld/v1", OGC_IDS | {"1.C1.R1.2", "1.C3.R3.1"}),
    ("N7", lambda: OgcCity(describe_other=True), "/ogc", {"0.C1.R1.3"}),
    ("N12", lambda: OgcCity(csv_differs=True), "/ogc", {"2.C3.R3.3"}),
    ("N13", controls.n13_overlap, "/ogc", {"0.C2.R2.1"}),
    ("N13", lambda: LdCity(overlap=True), "/ngsi-ld/v1", {"0.C2.R2.1"}),
    ("N14", controls.n14_endless, "/ogc", {"0.C2.R2.1"}),
    ("N14", lambda: LdCity(endless=True), "/ngsi-ld/v1", {"0.C2.R2.1"}),
]


@pytest.mark.parametrize(("name", "make", "path", "failing"), WRONG)
def test_a_fake_city_fails_exactly_where_it_is_wrong(
    name: str, make: Callable[[], Control], path: str, failing: set[str]
) -> None:
    report = checked(make(), path)
    assert having(report, "FAIL") - DERIVED == failing, name
    assert len(report.recording.exchanges) <= 60


@pytest.mark.parametrize(
    ("control", "path"),
    [(OgcCity(), "/ogc"), (LdCity(), "/ngsi-ld/v1"), (controls.n17_multi_type(), "/ngsi-ld/v1")],
)
def test_an_honest_city_fails_nowhere(control: Control, path: str) -> None:
    report = checked(control, path)
    assert having(report, "FAIL") == set()
    assert {"0.C1.R1.1", "0.C1.R1.2", "0.C2.R2.1", "0.C2.R2.2", "1.C1.R1.1", "1.C1.R1.2"} <= having(
        report, "PASS"
    )


def test_several_types_of_one_entity_pass() -> None:
    report = checked(controls.n17_multi_type(), "/ngsi-ld/v1")
    assert {"1.C1.R1.1", "1.C2.R2.1", "2.C1.R1"} <= having(report, "PASS")
    assert any(finding.id == "ngsild-entities" and finding.case == "entities" for finding in report.findings)


@pytest.mark.parametrize("path", ["/ngsi-ld/v1", "/ngsi-ld/v1/entities?type=Room", "/", "/v2/entities"])
def test_an_older_broker_posing_as_ngsi_ld_passes_nowhere(path: str) -> None:
    report = checked(controls.n9_older_broker, path)
    assert report.family == "NGSIv2"
    assert having(report, "PASS") == set()
    assert having(report, "FAIL") == set()
    assert "recognised, not yet judged" in report.verdicts[0].reason.en


@pytest.mark.parametrize("control", [controls.n15_key_required, controls.n16_rate_limited])
def test_a_closed_door_is_neither_passed_nor_failed(control: Control) -> None:
    for path in ("/ogc", "/ogc/collections/stations/items", "/ngsi-ld/v1/entities"):
        report = checked(control, path)
        assert having(report, "PASS") == having(report, "FAIL") == set()
        assert report.statement.level == "NONE"


def test_a_rate_limit_ends_the_check_at_once() -> None:
    report = checked(controls.n16_rate_limited)
    assert report.recording.stopped == "rate-limited"
    assert len(report.recording.exchanges) == 2


def test_a_key_needed_for_data_alone_leaves_the_rest_open() -> None:
    city = OgcCity()

    def guarded(request: controls.Asked) -> controls.Answer:
        return controls.n15_key_required(request) if "/items" in request.path else city(request)

    report = checked(guarded)
    assert report.family == "OGC API Features"
    assert having(report, "FAIL") == set()
    assert outcomes(report)["0.C4"] == "INCONCLUSIVE"
    assert outcomes(report)["0.C1.R1.2"] == "INCONCLUSIVE"


def test_an_error_body_with_status_200_is_no_data() -> None:
    city = OgcCity()

    def apologetic(request: controls.Asked) -> controls.Answer:
        return controls.as_json({"error": "not now"}) if "/items" in request.path else city(request)

    report = checked(apologetic)
    assert {"0.C1.R1.1", "0.C1.R1.2"} <= having(report, "FAIL")
    assert not having(report, "PASS") & {"0.C2.R2.1", "0.C2.R2.2", "1.C1.R1.1", "1.C1.R1.2", "7.C1.R1.1"}


def test_a_claim_of_conformance_alone_passes_nothing_about_data() -> None:
    def claims(request: controls.Asked) -> controls.Answer:
        if request.path.endswith("/conformance"):
            return controls.as_json({"conformsTo": [controls.CORE]})
        if request.path.endswith("/collections"):
            return controls.as_json({"collections": [{"id": "things"}]})
        return controls.not_found()

    report = checked(claims)
    assert having(report, "PASS") == set()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/ogc",
        "/ogc/",
        "/ogc/collections",
        "/ogc/conformance",
        "/ogc/collections/lamps",
        "/ogc/collections/lamps/items?limit=3&f=json",
        "/ogc/collections/lamps/items/lamp-1",
    ],
)
def test_the_family_is_found_from_any_address_of_an_ogc_portal(path: str) -> None:
    report = checked(OgcCity(), path)
    assert (report.family, report.base) == ("OGC API Features", "http://city.example/ogc")


@pytest.mark.parametrize(
    "path",
    ["", "/ngsi-ld/v1", "/ngsi-ld/v1/", "/ngsi-ld/v1/types", "/ngsi-ld/v1/entities?type=BikeStation&limit=5"],
)
def test_the_family_is_found_from_any_address_of_a_broker(path: str) -> None:
    report = checked(LdCity(), path)
    assert (report.family, report.base) == ("NGSI-LD", "http://city.example/ngsi-ld/v1")


def test_a_page_for_people_that_names_the_interface_leads_to_it() -> None:
    city = OgcCity(root="/data/open/api")

    def portal(request: controls.Asked) -> controls.Answer:
        if request.path in {"/", ""}:
            page = '<!doctype html><a href="/data/open/api/collections">API</a>'
            return controls.answer(200, page, "text/html")
        return city(request)

    assert checked(portal, "/").base == "http://city.example/data/open/api"


@pytest.mark.parametrize(
    ("path", "body", "family"),
    [
        ("/api/explore/v2.1/catalog/datasets", {"total_count": 1, "results": [{}]}, "Opendatasoft Explore"),
        ("/api/3/action/package_search", {"success": True, "result": {}}, "CKAN"),
    ],
)
def test_other_families_are_named_and_left_open(path: str, body: dict[str, object], family: str) -> None:
    def portal(request: controls.Asked) -> controls.Answer:
        return controls.as_json(body) if request.path == path else controls.not_found()

    report = checked(portal, "/")
    assert report.family == family
    assert having(report, "PASS") == having(report, "FAIL") == set()


def test_an_address_without_any_interface_is_left_open() -> None:
    report = checked(lambda _: controls.not_found(), "/")
    assert report.statement.level == "NONE"
    assert having(report, "FAIL") == set()


def expanded(entity: dict[str, object]) -> dict[str, object]:
    """An entity as a broker shows it to a client that names no context."""
    kept = {"id", "location"}
    names = {name: name if name in kept else controls.LD_TERMS.get(name, name) for name in entity}
    shown = {names[name]: value for name, value in entity.items()}
    return {**shown, "type": controls.LD_TERMS[str(entity["type"])]}


class BareCity(LdCity):
    """A broker that writes whole addresses and names no context."""

    @override
    def _link(self, request: controls.Asked) -> str:
        return ""


def test_a_type_that_is_an_address_must_resolve_to_a_definition() -> None:
    bare = BareCity(entities=[expanded(controls.bike_station(n)) for n in range(9)], context=False)
    report = checked(bare, "/ngsi-ld/v1")
    assert outcomes(report)["1.C2.R2.1"] == "INCONCLUSIVE"
    assert having(report, "FAIL") - DERIVED == {"1.C3.R3.1"}


def test_a_context_that_cannot_be_reached_leaves_the_meaning_open_and_stops_nothing() -> None:
    class Elsewhere(LdCity):
        @override
        def _link(self, request: controls.Asked) -> str:
            return '<http://dead.example/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'

    report = checked(Elsewhere(), "/ngsi-ld/v1")
    assert report.recording.stopped == ""
    assert outcomes(report)["1.C2.R2.1"] == "INCONCLUSIVE"
    assert having(report, "FAIL") == set()


def test_a_context_that_is_no_document_fails() -> None:
    report = checked(LdCity(context=False), "/ngsi-ld/v1")
    assert {"1.C2.R2.1", "1.C2.R2.2"} <= having(report, "FAIL")
