"""What clients really send (read in their sources, November 2026): it has to work as they send it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
from typing_extensions import override

from tests.node.process import ENTITIES, Answer, NodeProcess

ROOT = "/ngsi-ld/v1"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
STATION = "urn:ngsi-ld:AirQualityObserved:Lille:1"


@pytest.fixture(scope="module")
def city(node: NodeProcess) -> NodeProcess:
    """A node with some stations."""
    entities = [
        {
            "id": f"urn:ngsi-ld:AirQualityObserved:Lille:{number}",
            "type": "AirQualityObserved",
            "scope": "/Lille/Centre" if number == 1 else "/Roubaix",
            "NO2": {"type": "Property", "value": 20 + number, "unitCode": "GQ"},
            "location": {
                "type": "GeoProperty",
                "value": {"type": "Point", "coordinates": [3.05, 50.6 + number / 100]},
            },
        }
        for number in range(1, 6)
    ]
    assert node.call("POST", f"{ROOT}/entityOperations/create", entities).status == 201
    return node


def raw(node: NodeProcess, method: str, target: str, headers: dict[str, str], body: object = None) -> Answer:
    """A request line exactly as written here, without anything that a library would add or encode."""
    sent = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append(f"Content-Length: {len(sent)}")
    head, _, received = node.raw("\r\n".join([*lines, "", ""]).encode() + sent).partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    found = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return Answer(int(first.split(" ")[1]), found, received)


class TestNgsildclient:
    """ngsildclient 0.5.2."""

    HEADERS: ClassVar = {
        "Accept": "application/ld+json",
        "User-Agent": "ngsildclient/0.5.2",
        "Content-Type": "application/ld+json",
    }
    PLAIN: ClassVar = {"Accept": "application/json", "Content-Type": "application/json"}

    def entities(self, *numbers: int) -> list[dict[str, Any]]:
        return [
            {
                "@context": [CORE],
                "id": f"urn:ngsi-ld:Sensor:{n}",
                "type": "Sensor",
                "t": {"type": "Property", "value": n},
            }
            for n in numbers
        ]

    def test_it_finds_out_whether_there_is_a_broker(self, city: NodeProcess) -> None:
        answer = raw(city, "GET", f"{ENTITIES}?type=None&limit=0&count=true", self.PLAIN)
        assert answer.status == 200
        assert answer.headers["ngsild-results-count"] == "0"
        assert answer.json == []

    @pytest.mark.parametrize("path", ["/version", "/actuator/health", "/actuator/info", "/q/health"])
    def test_it_asks_for_the_vendor(self, city: NodeProcess, path: str) -> None:
        assert raw(city, "GET", path, self.PLAIN).status == 404

    def test_it_counts(self, city: NodeProcess) -> None:
        answer = raw(city, "GET", f"{ENTITIES}/?type=AirQualityObserved&limit=0&count=true", self.PLAIN)
        assert answer.headers["ngsild-results-count"] == "5"

    def test_its_batches(self, city: NodeProcess) -> None:
        def send(name: str, body: object) -> Answer:
            return raw(city, "POST", f"{ROOT}/entityOperations/{name}/", self.HEADERS, body)

        made = send("create", self.entities(1, 2))
        assert made.status == 201
        assert made.json == ["urn:ngsi-ld:Sensor:1", "urn:ngsi-ld:Sensor:2"]
        again = send("create", self.entities(2, 3))
        assert again.status == 207
        assert again.json["success"] == ["urn:ngsi-ld:Sensor:3"]
        assert send("upsert", self.entities(3, 4)).status == 201
        assert send("upsert", self.entities(3, 4)).status == 204
        assert send("update", self.entities(4)).status == 204
        assert send("update", self.entities(4, 99)).status == 207
        ids = [f"urn:ngsi-ld:Sensor:{n}" for n in (1, 2, 3, 4)]
        assert raw(city, "POST", f"{ROOT}/entityOperations/delete/", self.PLAIN, ids).status == 204
        assert raw(city, "POST", f"{ROOT}/entityOperations/delete/", self.PLAIN, ids[:1]).status == 207

    def test_its_link_of_another_relation_is_passed_over(self, city: NodeProcess) -> None:
        link = f'<{CORE}>; rel="{CORE}"; type="application/ld+json"'
        assert raw(city, "GET", f"{ROOT}/subscriptions/", {**self.PLAIN, "Link": link}).status == 200
        answer = raw(city, "GET", f"{ENTITIES}/{STATION}", {**self.PLAIN, "Link": link})
        assert answer.json["NO2"]["value"] == 21

    def test_its_single_operations(self, city: NodeProcess) -> None:
        made = raw(city, "POST", f"{ENTITIES}/", self.HEADERS, self.entities(50)[0])
        assert made.status == 201
        assert made.headers["location"] == f"{ENTITIES}/urn:ngsi-ld:Sensor:50"
        assert raw(city, "POST", f"{ENTITIES}/", self.HEADERS, self.entities(50)[0]).status == 409
        assert raw(city, "DELETE", f"{ENTITIES}/urn:ngsi-ld:Sensor:50", {}).status == 204
        assert raw(city, "DELETE", f"{ENTITIES}/urn:ngsi-ld:Sensor:50", {}).status == 404


class TestIotAgent:
    """iotagent-node-lib 4.14.0: the base of the FIWARE IoT Agents."""

    HEADERS: ClassVar = {
        "fiware-service": "openiot",
        "fiware-servicepath": "/",
        "NGSILD-Path": "/",
        "Content-Type": "application/ld+json",
        "user-agent": "got (https://github.com/sindresorhus/got)",
        "accept": "application/json",
        "accept-encoding": "gzip, deflate, br",
    }

    def test_it_writes_measures(self, city: NodeProcess) -> None:
        measure = [
            {
                "@context": [CORE],
                "id": "urn:ngsi-ld:Device:lamp1",
                "type": "Device",
                "temperature": {
                    "type": "Property",
                    "value": 21.5,
                    "observedAt": "2026-11-22T10:00:00.000Z",
                    "unitCode": "CEL",
                },
            }
        ]
        statuses = [
            raw(city, "POST", f"{ROOT}/entityOperations/upsert/?options=update", self.HEADERS, measure).status
            for _ in range(3)
        ]
        assert statuses == [201, 204, 204]

    def test_other_headers_for_services_change_nothing(self, city: NodeProcess) -> None:
        other = {**self.HEADERS, "fiware-service": "another", "fiware-servicepath": "/#"}
        assert raw(city, "GET", f"{ENTITIES}/{STATION}", other).status == 200

    def test_its_tenant_is_the_tenant(self, city: NodeProcess) -> None:
        headers = {**self.HEADERS, "NGSILD-Tenant": "openiot"}
        made = [{"@context": CORE, "id": "urn:ngsi-ld:Device:own", "type": "Device"}]
        assert (
            raw(city, "POST", f"{ROOT}/entityOperations/upsert/?options=update", headers, made).status == 201
        )
        assert raw(city, "GET", f"{ENTITIES}/urn:ngsi-ld:Device:own", self.HEADERS).status == 404
        assert raw(city, "GET", f"{ENTITIES}/urn:ngsi-ld:Device:own", headers).status == 200

    def test_it_subscribes_with_no_attributes_named(self, city: NodeProcess) -> None:
        subscription = {
            "@context": [CORE],
            "type": "Subscription",
            "entities": [{"id": "urn:ngsi-ld:Device:lamp1", "type": "Device"}],
            "watchedAttributes": ["temperature"],
            "notification": {
                "attributes": [],
                "endpoint": {"uri": "http://127.0.0.1:9/notify", "accept": "application/json"},
            },
        }
        made = raw(city, "POST", f"{ROOT}/subscriptions/", self.HEADERS, subscription)
        assert made.status == 201
        assert raw(city, "DELETE", made.headers["location"], self.HEADERS).status == 204

    def test_it_updates_attributes(self, city: NodeProcess) -> None:
        value = {"@context": [CORE], "type": "Property", "value": 30}
        made = [{"@context": CORE, "id": "urn:ngsi-ld:Device:a", "type": "Device", "t": 1}]
        assert (
            raw(city, "POST", f"{ROOT}/entityOperations/upsert/?options=update", self.HEADERS, made).status
            == 201
        )
        assert (
            raw(city, "PATCH", f"{ENTITIES}/urn:ngsi-ld:Device:a/attrs/t", self.HEADERS, value).status == 204
        )
        several = {"@context": [CORE], "t": {"type": "Property", "value": 31}}
        assert (
            raw(city, "PATCH", f"{ENTITIES}/urn:ngsi-ld:Device:a/attrs", self.HEADERS, several).status == 204
        )
        assert (
            raw(city, "GET", f"{ENTITIES}/urn:ngsi-ld:Device:a?options=keyValues", self.HEADERS).json["t"]
            == 31
        )


class TestGrafana:
    """The NGSI-LD plugin for Grafana, bfi-de 1.2.1."""

    LINKED: ClassVar = {
        "Accept": "application/ld+json",
        "Link": f'<{CORE}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"',
    }
    PLAIN: ClassVar = {"Accept": "application/json"}

    @pytest.mark.parametrize("headers", [LINKED, PLAIN], ids=["ld+json", "json"])
    def test_it_fills_its_lists(self, city: NodeProcess, headers: dict[str, str]) -> None:
        types = raw(city, "GET", f"{ROOT}/types", headers)
        assert "AirQualityObserved" in types.json["typeList"]
        details = raw(city, "GET", f"{ROOT}/types?details=true", headers)
        assert {"typeName", "attributeNames"} <= details.json[0].keys()
        assert "NO2" in raw(city, "GET", f"{ROOT}/attributes", headers).json["attributeList"]

    @pytest.mark.parametrize("headers", [LINKED, PLAIN], ids=["ld+json", "json"])
    def test_ids_with_colons_stand_in_the_path_as_they_are(
        self, city: NodeProcess, headers: dict[str, str]
    ) -> None:
        assert raw(city, "GET", f"{ENTITIES}/{STATION}", headers).json["id"] == STATION
        assert raw(city, "GET", f"{ENTITIES}/{quote(STATION, safe='')}", headers).json["id"] == STATION
        assert (
            raw(city, "GET", f"{ENTITIES}/{STATION}?attrs=NO2&options=keyValues", headers).json["NO2"] == 21
        )

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("type=AirQualityObserved&attrs=NO2", 5),
            ("type=AirQualityObserved&q=location", 5),
            ("type=AirQualityObserved&q=NO2%3E22;NO2%3C25", 2),
            ("type=AirQualityObserved&scopeQ=%22/Lille/%23%22", 1),
            ("type=AirQualityObserved&scopeQ=%22/Lille/Centre%22", 1),
            ("type=AirQualityObserved&scopeQ=/Lille/%23", 1),
            ("type=AirQualityObserved&georel=near;maxDistance==1500&geometry=Point&coordinates=[3.05,50.61]", 2),
            ("type=AirQualityObserved&georel=near%3BmaxDistance%3D%3D1500&geometry=Point&coordinates=%5B3.05,50.61%5D&geoproperty=location", 2),
            ("type=AirQualityObserved&georel=within&geometry=Polygon&coordinates=[[[3,50.615],[3.1,50.615],[3.1,50.635],[3,50.635],[3,50.615]]]", 2),
            ("type=AirQualityObserved&idPattern=.*Lille.*", 5),
            ("type=AirQualityObserved&id=" + STATION, 1),
            ("type=AirQualityObserved&limit=2", 2),
        ],
    )  # fmt: skip
    def test_its_queries(self, city: NodeProcess, query: str, count: int) -> None:
        answer = raw(city, "GET", f"{ENTITIES}?{query}", self.PLAIN)
        assert answer.status == 200, answer
        assert len(answer.json) == count

    @pytest.mark.parametrize(
        "asked",
        [
            "options=keyValues",
            "options=simplified",
            "format=simplified",
            "format=keyValues",
            "options=keyValues,sysAttrs",
            "options=sysAttrs",
            "format=concise",
            "options=concise",
        ],
    )
    def test_it_names_formats_in_options_or_format(self, city: NodeProcess, asked: str) -> None:
        answer = raw(city, "GET", f"{ENTITIES}?type=AirQualityObserved&{asked}", self.PLAIN)
        assert answer.status == 200, answer
        value = answer.json[0]["NO2"]
        assert isinstance(value, dict) == ("keyValues" not in asked and "simplified" not in asked)

    @pytest.mark.parametrize("named", ["options", "format"])
    def test_it_reads_the_past(self, city: NodeProcess, named: str) -> None:
        time = "timerel=between&timeAt=2026-01-01T00:00:00Z&endTimeAt=2099-12-01T00:00:00Z&timeproperty=modifiedAt"
        address = f"{ROOT}/temporal/entities/{STATION}?{time}&attrs=NO2&{named}"
        values = raw(city, "GET", f"{address}=temporalValues&lastN=10", self.PLAIN)
        assert values.status == 200, values
        assert isinstance(values.json["NO2"]["values"][0][0], int | float)
        asked = f"{address}=aggregatedValues&aggrMethods=avg,max&aggrPeriodDuration=P1Y"
        averages = raw(city, "GET", asked, self.PLAIN)
        assert averages.status == 200, averages
        assert averages.json["NO2"]["avg"][0][0] == values.json["NO2"]["values"][0][0]


class Flow(ThreadingHTTPServer):
    """Node-RED's http-in: answers what the test says."""

    def __init__(self) -> None:
        self.answers = [204]
        self.bodies: list[dict[str, Any]] = []
        self.came = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(owner.answers[-1])
                self.send_header("content-length", "0")
                self.end_headers()
                owner.came.set()

            @override
            def log_message(self, format: str, *arguments: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


class TestNodeRed:
    """Node-RED 4.1.15 with its core nodes."""

    @pytest.fixture
    def flow(self) -> Iterator[Flow]:
        with Flow() as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield server
            server.shutdown()
            thread.join()

    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_any_2xx_is_a_delivery(self, city: NodeProcess, flow: Flow, status: int) -> None:
        flow.answers.append(status)
        endpoint = {"uri": f"http://127.0.0.1:{flow.server_port}/flow", "accept": "application/json"}
        subscription = {
            "type": "Subscription",
            "entities": [{"type": "Flow"}],
            "notification": {"endpoint": endpoint},
        }
        headers = {
            "user-agent": "got (https://github.com/sindresorhus/got)",
            "content-type": "application/json",
        }
        made = raw(city, "POST", f"{ROOT}/subscriptions/", headers, subscription)
        assert made.status == 201
        entity = {"id": f"urn:ngsi-ld:Flow:{status}", "type": "Flow", "n": 1}
        assert raw(city, "POST", f"{ROOT}/entities/", headers, entity).status == 201
        assert flow.came.wait(30)
        told: Any = None
        for _ in range(300):
            told = city.get(made.headers["location"]).json["notification"]
            if told.get("timesSent"):
                break
            threading.Event().wait(0.1)
        assert told["timesSent"] == 1
        assert told["status"] == "ok"
        assert flow.bodies[0]["data"][0]["id"] == entity["id"]
        assert raw(city, "DELETE", made.headers["location"], {}).status == 204


def test_gis_programs_find_their_way(city: NodeProcess) -> None:
    """QGIS 3.22 and GDAL 3.6, in the order in which they ask."""
    plain = {"Accept": "application/json"}
    for base in ("/ogc", "/ogc/"):
        landing = raw(city, "GET", base, plain)
        assert {"conformance", "data", "service-desc"} <= {link["rel"] for link in landing.json["links"]}
    for path in ("/ogc/openapi", "/ogc/conformance", "/ogc/collections"):
        assert raw(city, "GET", path, {"Accept": "*/*"}).status == 200
    collections = raw(city, "GET", "/ogc/collections", plain).json["collections"]
    name = next(one["id"] for one in collections if "AirQualityObserved" in one["id"])
    at = f"/ogc/collections/{quote(name, safe='')}"
    assert raw(city, "GET", at, {"Accept": "*/*"}).status == 200
    page = raw(city, "GET", f"{at}/items?limit=2", {"Accept": "application/geo+json, application/json"}).json
    assert page["numberMatched"] == 5
    seen = page["numberReturned"]
    while following := next((link["href"] for link in page["links"] if link["rel"] == "next"), ""):
        page = raw(city, "GET", following.removeprefix("http://127.0.0.1"), plain).json
        seen += page["numberReturned"]
    assert seen == 5
