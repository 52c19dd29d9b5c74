"""Our own checker finds nothing to repair in what this room serves."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from beffroi.kernel.json import JsonObject
from beffroi.proof.check import check
from beffroi.proof.exchange import Answer, area_of_text
from beffroi.proof.verdict import Outcome, Report
from tests.ogc.node import BASE, Node, station


def checked(node: Node, area: str | None = "2.8,50.5,3.3,50.8") -> Report:
    async def fetch(method: str, url: str, headers: Mapping[str, str]) -> Answer:
        if not url.startswith(f"{BASE}/ogc"):
            return Answer(404)
        found = await node.answer(url, {name.lower(): text for name, text in headers.items()}, method)
        return Answer(found.status, tuple(found.headers.items()), found.body)

    box = area_of_text(area) if area else None
    report: Report = node.run(check(f"{BASE}/ogc", fetch=fetch, area=box, now=lambda: datetime.now(UTC)))
    return report


def lamp(number: int) -> JsonObject:
    return {
        "id": f"urn:ngsi-ld:Streetlight:{number}",
        "type": "Streetlight",
        "name": {
            "type": "LanguageProperty",
            "languageMap": {"fr": f"Lampe {number}", "en": f"Lamp {number}"},
        },
        "powerState": {"type": "Property", "value": "on" if number % 3 else "off"},
        "lampPower": {
            "type": "Property",
            "value": number % 5 + 0.25,
            "unitCode": "WTT",
            "observedAt": f"2026-11-22T10:{number % 60:02}:00Z",
        },
        "address": {"type": "Property", "value": {"streetAddress": f"{number} rue Simulée"}},
        "location": station(number)["location"],
    }


def whys(report: Report, outcome: Outcome) -> Any:
    return {v.requirement: v.reason.en for v in report.verdicts if v.outcome is outcome}


def test_no_requirement_fails_on_our_own_node(node: Node) -> None:
    node.add(*(station(n) for n in range(60)), *(lamp(n) for n in range(250)))
    report = checked(node)
    assert report.family == "OGC API Features"
    assert whys(report, Outcome.FAIL) == {}
    assert not report.defects
    passed = whys(report, Outcome.PASS)
    assert {"0.C1.R1.1", "0.C1.R1.2", "0.C1.R1.3", "0.C2.R2.1", "0.C2.R2.2"} <= set(passed)
    assert {"1.C1.R1.1", "1.C1.R1.2", "2.C1.R1", "2.C3.R3.1", "2.C3.R3.4", "7.C1.R1.1", "7.C2.R2.1"} <= set(
        passed
    )


def test_nothing_fails_on_a_node_with_little_or_odd_data(node: Node) -> None:
    node.add(
        {"id": "urn:t:1", "type": ["Thing", "Big"], "level": {"type": "Property", "value": {"a": 1}}},
        {"id": "https://example.org/things/2?x=1", "type": "Thing"},
        {"id": "urn:t:3", "type": "https://example.org/Room"},
    )
    assert whys(checked(node, None), Outcome.FAIL) == {}


def test_what_the_checker_advises_is_there_too(here: Node) -> None:
    here.add(*(station(n) for n in range(60)), *(lamp(n) for n in range(90)))
    report = checked(here)
    cases = {f.id: f.case for f in report.findings}
    assert cases["update-polling"] == "not-modified"
    assert cases["advice-errors"] == cases["advice-projection"] == cases["advice-caching"] == "seen"
    assert cases["filter-place"] == cases["filter-attribute"] == "works"
    assert cases["filter-time"] in {"works", "unclear"}
    assert cases["formats-agree"] == "agree"
    assert cases["schema-validates"] == "valid"
    assert cases["model-score"] == "good"
    assert cases["paging"] == "complete"
