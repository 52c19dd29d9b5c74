"""GDAL opens a node: every feature arrives, with its fields and its place."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from beffroi.broker.rules.entity.entity import KIND
from beffroi.broker.rules.query.facets import ENTITY_INDEX
from beffroi.kernel.json import JsonObject
from beffroi.store.opening import open_store
from beffroi.store.port import Indexer
from tests.conftest import Run
from tests.ogc.node import Node, listening, node_on, real_now, station

COUNTS = {"AirQualityObserved": 40, "BikeHireDockingStation": 2_300, "Road": 15, "Streetlight": 620}
INDEXERS: Mapping[str, Indexer] = {KIND: ENTITY_INDEX}
PAGE = ("-oo", "PAGE_SIZE=500")

pytestmark = pytest.mark.skipif(
    shutil.which("ogrinfo") is None, reason="GDAL's tools are not there: apt-get install gdal-bin"
)


@pytest.fixture
def address(run: Run, tmp_path: Path) -> Iterator[str]:
    """A node with four collections behind a real server; it answers while `run` runs."""
    store = run(open_store(f"sqlite:{tmp_path / 'store.db'}", INDEXERS))
    node = node_on(store, run)
    fill(node)
    node.clock[0] = real_now()
    server = listening(node.table)
    yield run(server.__aenter__()) + "/ogc"
    run(server.__aexit__(None, None, None))
    run(store.close())


def fill(node: Node) -> None:
    node.add(*(station(n) for n in range(COUNTS["BikeHireDockingStation"])))
    for name in ("AirQualityObserved", "Streetlight"):
        node.add(*(station(n, id=f"urn:ngsi-ld:{name}:{n}", type=name) for n in range(COUNTS[name])))
    for n in range(COUNTS["Road"]):
        line: JsonObject = {"type": "LineString", "coordinates": [[3.0, 50.6], [3.1 + n / 100, 50.7]]}
        location: JsonObject = {"type": "GeoProperty", "value": line}
        node.add({"id": f"urn:ngsi-ld:Road:{n}", "type": "Road", "location": location})


async def tool(*words: str) -> str:
    """Run one of GDAL's tools to a good end; what it printed."""
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, out[-2_000:] + err[-2_000:]
    assert b"ERROR" not in err, err[-2_000:]
    return out.decode()


def test_ogrinfo_counts_what_is_there(address: str, run: Run) -> None:
    async def scenario() -> None:
        listed = await tool("ogrinfo", "-ro", f"OAPIF:{address}")
        assert set(re.findall(r"^\d+: (\w+)", listed, re.M)) == set(COUNTS)
        for name, count in COUNTS.items():
            summary = await tool("ogrinfo", "-ro", "-so", f"OAPIF:{address}", name)
            assert f"Feature Count: {count}\n" in summary
            sql = f'SELECT count(DISTINCT id) AS n FROM "{name}"'
            one_by_one = await tool(
                "ogrinfo", "-ro", "-q", *PAGE, "-dialect", "SQLite", "-sql", sql, f"OAPIF:{address}"
            )
            assert f"n (Integer) = {count}\n" in one_by_one

    run(scenario())


def test_pages_of_ten_which_is_what_gdal_asks_for_are_whole(address: str, run: Run) -> None:
    text = run(tool("ogrinfo", "-ro", f"OAPIF:{address}", "Streetlight"))
    assert len(set(re.findall(r"id \(String\) = (\S+)", text))) == COUNTS["Streetlight"]


def test_ogrinfo_sees_geometry_and_typed_fields(address: str, run: Run) -> None:
    where = "availableBikeNumber = 3"
    text = run(tool("ogrinfo", "-ro", *PAGE, f"OAPIF:{address}", "BikeHireDockingStation", "-where", where))
    assert "Geometry: Point" in text
    for field in ("temperature: Real", "availableBikeNumber: Integer", "open: Integer(Boolean)",
                  "availableBikeNumber.observedAt: DateTime", "temperature.unitCode: String",
                  "refNext: String"):  # fmt: skip
        assert f"\n{field} (" in text
    found = text.count("OGRFeature(")
    assert found == len([n for n in range(COUNTS["BikeHireDockingStation"]) if n % 7 == 3])
    assert text.count("POINT (3") == found
    assert text.count("Élise") == found
    assert "Extent: (3.000000, 50.600000) - (3.099000, 50.622000)" in text


def test_a_spatial_filter_is_answered_by_the_node(address: str, run: Run) -> None:
    box = ("-spat", "2.9", "50.5995", "3.2", "50.6005")
    text = run(tool("ogrinfo", "-ro", "-so", f"OAPIF:{address}", "BikeHireDockingStation", *box))
    assert "Feature Count: 100\n" in text


def test_ogr2ogr_takes_every_feature_away(address: str, run: Run, tmp_path: Path) -> None:
    async def scenario() -> None:
        for name in ("BikeHireDockingStation", "Road"):
            for driver, suffix in (("GeoJSON", "geojson"), ("GPKG", "gpkg")):
                target = tmp_path / f"{name}.{suffix}"
                await tool("ogr2ogr", "-f", driver, *PAGE, str(target), f"OAPIF:{address}", name)
                assert f"Feature Count: {COUNTS[name]}\n" in await tool("ogrinfo", "-so", "-al", str(target))
            features = json.loads((tmp_path / f"{name}.geojson").read_text())["features"]
            assert len({feature["properties"]["id"] for feature in features}) == COUNTS[name]
            assert all(feature["geometry"] for feature in features)

    run(scenario())


def test_the_table_opens_in_gdal_with_its_places(address: str, run: Run, tmp_path: Path) -> None:
    async def scenario() -> str:
        target = tmp_path / "lights.csv"
        await tool(
            "curl", "-sf", "-o", str(target), f"{address}/collections/Streetlight/items?f=csv&limit=9999"
        )
        return await tool("ogrinfo", "-ro", "-al", str(target))

    text = run(scenario())
    assert "Feature Count: 620\n" in text
    assert text.count("\n  POINT (3") == 620
