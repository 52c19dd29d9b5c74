"""A whole node measures its own data at its own address, where sign-in is needed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.node.process import ENTITIES, NodeProcess, beffroi

CATALOG = "/tmf-api/productCatalogManagement/v4"
OBJECTIVES = [
    {"metric": "availability", "target": 99.5},
    {"metric": "freshness", "target": 90, "withinSeconds": 900},
    {"metric": "completeness", "target": 95, "attributes": ["availableSpotNumber", "totalSpotNumber"]},
]


class Guarded:
    def __init__(self, node: NodeProcess, token: str) -> None:
        self.node, self.token = node, token

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        return self.node.call(method, path, body, sent)

    def levels(self, offering: str) -> Any:
        answer = self.ask("GET", f"/market/levels?offering={offering}")
        assert answer.status == 200, answer
        return answer.json


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("levels")
    data = str(folder / "data")
    rights = [option for right in ("read", "write", "operate") for option in ("--may", right)]
    done = beffroi("token", "add", "all", "--data", data, *rights, folder=folder)
    token = next(word for word in done.stdout.split() if word.startswith("bef_"))
    with NodeProcess(folder, data, "--no-open-access", "--monitor-seconds", "1") as node:
        yield Guarded(node, token)


def parking(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:OffStreetParking:{number}", "type": "OffStreetParking", **more}


def measured(guarded: Guarded, offering: str) -> Any:
    for _ in range(300):
        found = guarded.levels(offering)
        if found["lastProbe"]:
            return found
        time.sleep(0.1)
    raise AssertionError(guarded.node.told())


def test_a_node_measures_its_own_data(guarded: Guarded, tmp_path: Path) -> None:
    link = f'<{guarded.node.origin}/contexts/city.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    moment = f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    free = {"type": "Property", "value": 3, "observedAt": moment}
    for number in range(4):
        total = {"totalSpotNumber": {"type": "Property", "value": 9}} if number else {}
        entity = parking(number, availableSpotNumber=free, **total)
        answer = guarded.ask("POST", ENTITIES, entity, Link=link)
        assert answer.status == 201, answer
    characteristic = {
        "name": "entityTypes",
        "productSpecCharacteristicValue": [{"value": ["OffStreetParking"]}],
    }
    specification = guarded.ask(
        "POST",
        f"{CATALOG}/productSpecification",
        {"name": "Parking", "productSpecCharacteristic": [characteristic]},
    ).json
    term = {"@type": "ServiceLevelTerm", "objective": OBJECTIVES}
    body = {
        "name": "Live parking", "lifecycleStatus": "Active", "productOfferingTerm": [term],
        "productSpecification": {"id": specification["id"]},
    }  # fmt: skip
    answer = guarded.ask("POST", f"{CATALOG}/productOffering", body)
    assert answer.status == 201, answer
    offering = answer.json["id"]
    found = measured(guarded, offering)
    assert {one["metric"]: one["measured"] for one in found["objective"]} == {
        "availability": 100, "freshness": 100, "completeness": 75,
    }  # fmt: skip
    for changed, status in (([], 400), ([{**term, "maintenance": []}], 200)):
        answer = guarded.ask(
            "PATCH", f"{CATALOG}/productOffering/{offering}", {"productOfferingTerm": changed}
        )
        assert answer.status == status, answer
    asked = guarded.ask("GET", f"/market/breaches?offering={offering}")
    assert asked.status == 200
    shown = subprocess.run(
        [sys.executable, "-m", "beffroi", "market", "levels", "--data", guarded.node.data],
        capture_output=True, text=True, check=True, env={"COLUMNS": "200", "PATH": "", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert "Live parking" in shown.stdout
    assert "75 %" in shown.stdout


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("/market/levels", 400, "'offering' is missing"),
        ("/market/levels?offering=none", 404, "no productOffering 'none'"),
        ("/market/levels?offering=none&x=1", 400, "'x' is not known"),
        ("/market/levels?offering=none&from=2026-13-01", 400, "'2026-13-01' and no day"),
        ("/market/levels?offering=none&from=2026-01-01&to=2026-12-01", 400, "not 335"),
        ("/market/levels?offering=none&from=2026-01-02&to=2026-01-01", 400, "not 0"),
        ("/market/breaches", 400, "either a 'product' or an 'offering'"),
        ("/market/breaches?product=a&offering=b", 400, "either a 'product' or an 'offering'"),
        ("/market/breaches?product=none", 404, "no product 'none'"),
    ],
)
def test_questions_that_cannot_be_answered(guarded: Guarded, query: str, status: int, said: str) -> None:
    answer = guarded.ask("GET", query)
    assert (answer.status, said in answer.json["message"]) == (status, True), answer


def test_levels_need_a_token_and_the_schema_needs_none(guarded: Guarded) -> None:
    assert guarded.node.get("/market/levels?offering=none").status == 401
    assert guarded.node.get("/market/breaches?product=none").status == 401
    assert guarded.node.get("/schemas/ServiceLevelTerm.json").json["title"] == "ServiceLevelTerm"


def test_a_promise_that_cannot_be_measured_is_not_published(guarded: Guarded) -> None:
    body = {
        "name": "Nothing", "lifecycleStatus": "Active",
        "productOfferingTerm": [{"@type": "ServiceLevelTerm", "objective": OBJECTIVES}],
    }  # fmt: skip
    answer = guarded.ask("POST", f"{CATALOG}/productOffering", body)
    assert (answer.status, "nothing that could be measured" in answer.json["message"]) == (400, True)
