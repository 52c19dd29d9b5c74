"""The README is true: its targets exist, and its requests bring what they promise from the demo."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.docs.tutorial import Reader, steps

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
LONGEST_S = 240.0


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))
    assert {"demo", "test"} <= named
    assert named <= targets


def test_every_picture_is_small_enough_for_a_slow_connection() -> None:
    pictures = list((ROOT / "docs" / "img").glob("*.png"))
    assert pictures
    assert all(picture.stat().st_size < 300_000 for picture in pictures)


@pytest.mark.slow
def test_the_requests_of_the_readme_bring_what_the_demo_holds(tmp_path: Path) -> None:
    log = tmp_path / "demo.txt"
    command = [sys.executable, "-m", "beffroi", "demo", "--no-browser"]
    with log.open("wb") as out:
        demo = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        reader = Reader(tmp_path, {"1026": _port_of_first_city(demo, log)})
        try:
            (step,) = steps(README)
            features, types, stations = _answers(reader.do(step))
        finally:
            reader.leave()
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(120) == 0
    assert features["numberMatched"] == 25
    harvested = [each for each in types["typeList"] if not each.endswith("AvailabilityForecast")]
    assert (len(harvested), len(types["typeList"])) == (9, 10), "nine from the portal, one from a solution"
    assert stations
    assert all(station["availableBikeNumber"] > 5 for station in stations)


def _port_of_first_city(demo: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(int(LONGEST_S * 5)):
        found = re.search(
            r"^Clochemont \(.*\)\s+http://127\.0\.0\.1:(\d+)", log.read_text("utf-8"), re.MULTILINE
        )
        if found:
            return found[1]
        assert demo.poll() is None, log.read_text("utf-8")
        time.sleep(0.2)
    raise AssertionError(log.read_text("utf-8"))


def _answers(said: str) -> Iterator[Any]:
    """JSON documents one after another."""
    while said := said.strip():
        document, end = json.JSONDecoder().raw_decode(said)
        yield document
        said = said[end:]
