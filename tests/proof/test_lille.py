"""On a portal shaped like Lille's (simulated) the check finds the five known defects."""

from pathlib import Path

import pytest
from tests.proof import controls
from tests.proof.checking import checked, having
from tests.proof.controls import LilleShaped

PORTAL = "/data/ogcapi"
RECORDED = Path(__file__).resolve().parents[3] / "shared/data/recorded"


@pytest.mark.parametrize("path", [PORTAL, f"{PORTAL}/collections/ilevia:vlille_temps_reel/items?f=json"])
def test_the_five_defects_are_found(path: str) -> None:
    defects = {finding.id for finding in checked(LilleShaped(), path).defects}
    assert {
        "ogc-f-json",
        "ogc-invalid-limit",
        "geojson-id-member",
        "axis-attributes",
        "ogc-one-name",
    } <= defects


def test_each_defect_fails_a_requirement_and_names_a_repair() -> None:
    report = checked(LilleShaped(), PORTAL)
    assert {"0.C2.R2.1", "1.C1.R1.1", "1.C1.R1.5", "7.C1.R1.1", "7.C5.R5.1"} <= having(report, "FAIL")
    wanted = {"ogc-f-json", "ogc-invalid-limit", "geojson-id-member", "axis-attributes", "ogc-one-name"}
    assert all(finding.repair for finding in report.defects if finding.id in wanted)


def test_the_swapped_set_is_named_and_the_sound_one_is_not() -> None:
    report = checked(LilleShaped(), PORTAL)
    swapped = [finding.reason.en for finding in report.defects if finding.id == "axis-attributes"]
    assert len(swapped) == 1
    assert "decheterie_fixe" in swapped[0]


def test_members_inside_a_geometry_are_advised_against_and_do_not_fail() -> None:
    report = checked(LilleShaped(), PORTAL)
    found = [finding for finding in report.findings if finding.id == "geojson-geometry-members"]
    assert {str(finding.outcome) for finding in found} == {"ADVICE"}
    assert "@name, @srs" in found[0].reason.en


def test_defects_rest_on_evidence_that_is_in_the_recording() -> None:
    report = checked(LilleShaped(), PORTAL)
    known = {exchange.number for exchange in report.recording.exchanges}
    for finding in report.defects:
        assert finding.evidence
        assert set(finding.evidence) <= known
    limit = next(finding for finding in report.defects if finding.id == "ogc-invalid-limit")
    urls = [report.recording.exchanges[number - 1].request.url for number in limit.evidence]
    assert any("limit=-1" in url for url in urls)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded answers are not here")
def test_the_recorded_shape_shows_the_same_defects() -> None:
    bodies = {
        name: (RECORDED / f"lille-ogcapi-vlille.f={name}.json").read_bytes() for name in ("json", "geojson")
    }

    def recorded(request: controls.Asked) -> controls.Answer:
        path = request.path
        if path.endswith("/collections"):
            return controls.as_json({"collections": [{"id": "ilevia:vlille_temps_reel"}]})
        if path.endswith(("vlille_temps_reel/items", "vlille_temps_reel/items/")):
            body = bodies.get(request.query.get("f", "json"))
            return controls.answer(200, body, "application/json") if body else controls.not_found()
        return controls.not_found()

    defects = {finding.id for finding in checked(recorded, PORTAL).defects}
    assert {"ogc-f-json", "ogc-invalid-limit", "geojson-id-member", "ogc-one-name"} <= defects
    assert "axis-attributes" not in defects
