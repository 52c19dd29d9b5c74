"""The example in docs/mappings.md does what the page says."""

import json
import re
from pathlib import Path
from typing import Any

from beffroi.kernel.unit import BY_NAME
from beffroi.sources.operations.catalogue import read_mapping
from beffroi.sources.rules.mapping.apply import Mapped, Setting, map_record
from beffroi.sources.rules.mapping.parse import RULE, TOP

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "mappings.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_becomes_what_the_page_says() -> None:
    outcome = map_record(read_mapping(block("toml")), json.loads(block("json")), Setting("town"))
    assert isinstance(outcome, Mapped)
    entity: Any = outcome.entity
    assert outcome.notes == ()
    assert entity["id"] == "urn:ngsi-ld:OffStreetParking:town:P1"
    assert entity["maximumAllowedHeight"] == {"type": "Property", "value": 2.1, "unitCode": "MTR"}
    assert entity["availableSpotNumber"] == {
        "type": "Property",
        "value": 300,
        "observedAt": "2022-11-29T10:47:00Z",
    }
    assert entity["occupiedSpotNumber"]["value"] == 900
    assert entity["location"]["value"] == {"type": "Point", "coordinates": [3.07, 50.63]}


def test_the_page_names_every_member_and_unit() -> None:
    for member in {*TOP, *RULE}:
        assert f"`{member}`" in PAGE or f"[{member}]" in PAGE, member
    for unit in set(BY_NAME) - {"m2", "ug/m3", "deg"}:
        assert unit in PAGE, unit
