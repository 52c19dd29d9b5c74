"""Identifiers last when a second visit, a day later, sees the same ones for the same things."""

import asyncio
from datetime import timedelta

from tests.proof.checking import NOON, checked, outcomes
from tests.proof.controls import HOST, Control, InProcess, LdCity, OgcCity, stations

from beffroi.proof import Report, check, replay, report_json, sightings_of_pack


def later(first: Report, control: Control, path: str, hours: int) -> Report:
    earlier = sightings_of_pack(report_json(first))
    moment = NOON + timedelta(hours=hours)
    return asyncio.run(check(f"{HOST}{path}", fetch=InProcess(control), now=lambda: moment, earlier=earlier))


def test_the_same_ids_after_a_day_pass() -> None:
    for control, path in ((OgcCity(), "/ogc"), (LdCity(), "/ngsi-ld/v1")):
        second = later(checked(control, path), control, path, 25)
        assert outcomes(second)["1.C1.R1.5"] == "PASS"
        assert outcomes(second)["7.C4.R4.1"] == "PASS"
        assert replay(report_json(second)).report == second


def test_other_ids_after_a_day_fail() -> None:
    renumbered = [{**feature, "id": f"new-{place}"} for place, feature in enumerate(stations())]
    second = later(checked(OgcCity()), OgcCity(sets={"stations": renumbered}), "/ogc", 25)
    assert outcomes(second)["1.C1.R1.5"] == "FAIL"
    assert outcomes(second)["7.C4.R4.1"] == "FAIL"


def test_two_visits_within_a_day_say_nothing() -> None:
    second = later(checked(OgcCity()), OgcCity(), "/ogc", 23)
    assert outcomes(second)["1.C1.R1.5"] == "INCONCLUSIVE"
