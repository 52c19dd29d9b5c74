"""The reference solution: results out of a node's open interfaces, and every failure contained."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.network.solutions.vectors import PARTS, VECTORS
from tests.solutions.program import FOLDER, MAPPING, configured, fake_node, heard, once, running, station


def test_it_is_a_program_of_its_own() -> None:
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                root = name.partition(".")[0]
                assert root == "availability" or root in sys.stdlib_module_names, (file, name)


def test_results_are_entities_that_refer_to_what_they_are_about(tmp_path: Path) -> None:
    with fake_node(*(station(n) for n in range(450))) as node:
        code, said = once(configured(tmp_path, node.address))
        assert (code, said[-1]["written"]) == (0, 450)
        assert len(node.written) == 450
        first = node.written[0]
        assert first["type"] == "AvailabilityForecast"
        assert first["refEntity"] == {"type": "Relationship", "object": "urn:ngsi-ld:Station:0"}
        assert (first["available"]["value"], first["capacity"]["value"]) == (4, 10)
        assert first["in60Minutes"]["value"] == 4
        assert first["in60Minutes"]["observedAt"] == "2026-11-22T12:00:00Z"


def test_one_entity_that_cannot_be_mapped_leaves_the_others(tmp_path: Path) -> None:
    with fake_node(station(1), station(2, bikes="many"), station(3)) as node:
        code, said = once(configured(tmp_path, node.address))
        assert (code, said[-1]["written"], said[-1]["incomplete"]) == (0, 2, 1)


def test_a_node_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    code, said = once(configured(tmp_path, "http://127.0.0.1:1"))
    assert code == 4
    assert "http://127.0.0.1:1/ngsi-ld/v1/entities does not answer" in said[-1]["reason"]


def test_what_is_not_granted_ends_it_with_the_nodes_own_sentence(tmp_path: Path) -> None:
    with fake_node(station(1)) as node:
        node.refuse["GET /ngsi-ld/v1/entities"] = 403
        code, said = once(configured(tmp_path, node.address))
        assert code == 3
        assert "403" in said[-1]["reason"]
        assert "is not granted" in said[-1]["reason"]
        assert node.written == []


def test_results_that_are_refused_end_it_and_nothing_is_half_written(tmp_path: Path) -> None:
    with fake_node(station(1)) as node:
        node.refuse["POST /ngsi-ld/v1/entityOperations/upsert"] = 403
        code, said = once(configured(tmp_path, node.address))
        assert code == 3
        assert "entityOperations/upsert is refused with 403" in said[-1]["reason"]


def test_it_reads_with_a_token_of_its_client_and_writes_with_the_one_for_results(tmp_path: Path) -> None:
    with fake_node(station(1)) as node:
        config = configured(tmp_path, node.address, clientId="c", clientSecret="s", resultsToken="r")
        assert once(config)[0] == 0
        bearers = {route: bearer for _, route, bearer in node.asked}
        assert bearers["/oauth/token"].startswith("Basic ")
        assert bearers["/ngsi-ld/v1/entities"].startswith("Bearer token-")
        assert bearers["/ngsi-ld/v1/entityOperations/upsert"] == "Bearer r"


def test_what_changes_comes_by_notification_and_goes_out_again(tmp_path: Path) -> None:
    with fake_node(station(1)) as node:
        config = configured(tmp_path, node.address, listen="127.0.0.1:0", resultSeconds=0.2)
        with running(config) as program:
            address = heard(program, "listening")["address"]
            heard(program, "results")
            callback = node.subscriptions[0]["notification"]["endpoint"]["uri"]
            assert node.subscriptions[0]["entities"] == [{"type": "Station"}]
            notification = {"type": "Notification", "data": [station(1, 7, "2026-11-22T12:05:00Z")]}
            _post(callback, notification)
            heard(program, "results")
            assert node.written[-1]["available"]["value"] == 7
            status = json.loads(urlopen(address).read())
            assert (status["state"], status["written"], status["subscribed"]) == ("running", 2, True)
        assert ("DELETE", "/ngsi-ld/v1/subscriptions/1", "") in node.asked


def test_without_the_right_to_subscribe_it_asks_again_and_again(tmp_path: Path) -> None:
    with fake_node(station(1)) as node:
        node.refuse["POST /ngsi-ld/v1/subscriptions"] = 403
        config = configured(tmp_path, node.address, listen="127.0.0.1:0", resultSeconds=0.2, pollSeconds=0.2)
        with running(config) as program:
            assert "is not granted" in heard(program, "polling")["reason"]
            heard(program, "results")
            node.stations[0] = station(1, 2, "2026-11-22T12:06:00Z")
            heard(program, "results")
            assert node.written[-1]["available"]["value"] == 2


def test_results_wait_until_the_node_takes_them(tmp_path: Path) -> None:
    with fake_node(station(1)) as node:
        node.refuse["POST /ngsi-ld/v1/entityOperations/upsert"] = 503
        with running(configured(tmp_path, node.address, resultSeconds=0.2)) as program:
            assert "503" in heard(program, "trouble")["reason"]
            node.refuse.clear()
            assert heard(program, "results")["written"] == 1
        assert len(node.written) == 1


def test_its_memory_outlives_it(tmp_path: Path) -> None:
    with fake_node(station(1)) as node:
        config = configured(tmp_path, node.address)
        once(config)
        node.stations[0] = station(1, 9, "2026-11-22T12:15:00Z")
        once(config)
        kept = json.loads((tmp_path / "state.json").read_text())
        (thing,) = kept["things"].values()
        assert [value for _, value in thing["recent"]] == [4, 9]
        assert kept["scores"]["15"] == {"count": 1, "ours": 5.0, "naive": 5.0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"node": "ftp://x"}, "ftp://x"),
        ({"polSeconds": 1}, "polSeconds"),
        ({"pollSeconds": -1}, "-1"),
        ({"listen": "nowhere:99999999"}, "nowhere"),
    ],
)
def test_a_wrong_configuration_is_refused_with_the_value(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    path = configured(tmp_path, "http://127.0.0.1:1")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    done = subprocess.run(
        [sys.executable, "-m", "availability", "--config", str(path)],
        cwd=FOLDER, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr


def test_a_state_or_mapping_that_is_none_is_refused(tmp_path: Path) -> None:
    path = configured(tmp_path, "http://127.0.0.1:1")
    (tmp_path / "state.json").write_text('{"format": 1')
    assert once(path)[0] == 2
    path = configured(tmp_path, "http://127.0.0.1:1", {**MAPPING, "mapping": "9"})
    code, said = once(path)
    assert (code, "mapping.json" in said[-1]["reason"]) == (2, True)


def test_what_is_no_notification_is_refused(tmp_path: Path) -> None:
    with (
        fake_node(station(1)) as node,
        running(configured(tmp_path, node.address, listen="127.0.0.1:0")) as program,
    ):
        address = heard(program, "listening")["address"]
        heard(program, "results")
        callback = node.subscriptions[0]["notification"]["endpoint"]["uri"]
        assert _post(callback, {"data": 7}) == 400
        assert _post(f"{address}/notify/guess", {"data": []}) == 404


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_its_mapping_passes_the_published_examples(vector: Any, availability: Any) -> None:
    mapping = {"need": "Need", "from": "Have", "attributes": {"x": vector["expression"]}}
    made, missing = availability("mapping").apply(mapping, vector["entity"])
    assert made.get("x") == vector.get("result")
    assert ("x" in missing) is ("result" not in vector)


@pytest.mark.parametrize("vector", PARTS, ids=lambda vector: vector["name"])
def test_its_mapping_passes_the_published_examples_of_parts(vector: Any, availability: Any) -> None:
    attributes = {"x": vector["expression"]}
    mapping = {"need": "Need", "from": "Have", "group": vector["group"], "attributes": attributes}
    module = availability("mapping")
    group = module.whole_of(mapping, vector["entities"][0])
    made, missing = module.join(mapping, group, vector["entities"])
    assert (made["id"], made.get("x")) == (vector["id"], vector.get("result"))
    assert ("x" in missing) is ("result" not in vector)


def test_charging_points_become_stations(tmp_path: Path) -> None:
    attributes = {
        "capacity": {"constant": 1, "over": "sum"},
        "availableCapacity": {"from": "etat", "values": {"libre": 1}, "otherwise": 0, "over": "sum"},
    }
    types = [{"need": "EVChargingStation", "from": "Point", "group": "station", "attributes": attributes}]
    points = [
        {
            "id": f"urn:ngsi-ld:Point:{n}",
            "type": "Point",
            "station": {"type": "Property", "value": f"S{n // 3}"},
            "etat": {
                "type": "Property",
                "value": "libre" if n else "pris",
                "observedAt": "2026-11-22T12:00:00Z",
            },
        }
        for n in range(6)
    ]
    with fake_node(*points) as node:
        code, said = once(configured(tmp_path, node.address, {"mapping": "1", "types": types}))
        assert (code, said[-1]["written"]) == (0, 2)
        assert [(each["available"]["value"], each["capacity"]["value"]) for each in node.written] == [
            (2, 3),
            (3, 3),
        ]


def _post(url: str, body: Any) -> int:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urlopen(request) as answer:
            return int(answer.status)
    except HTTPError as refusal:
        refusal.close()
        return refusal.code
