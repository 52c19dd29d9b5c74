"""Use this in your code: every example is run as a reader would run it."""

import html
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from tests.portal.served import Served, serve

STATION = "urn:ngsi-ld:BikeHireDockingStation:sim-001"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve() as node:
        yield node


def snippet(served: Served, path: str, which: str) -> str:
    """The text of an example as it stands on the page."""
    with urlopen(served.url + path) as page:
        text = page.read().decode()
    found = re.search(rf'id="use-{which}".*?<code>(.*?)</code>', text, re.DOTALL)
    assert found
    return html.unescape(found[1])


@pytest.mark.parametrize("path", [f"/fr/entities/{STATION}", "/en/types/BikeHireDockingStation", "/fr/api"])
def test_the_python_example_runs(served: Served, path: str) -> None:
    code = snippet(served, path, "python")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "urn:ngsi-ld:" in done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: apt-get install curl")
@pytest.mark.parametrize("path", [f"/fr/entities/{STATION}", "/en/types/BikeHireDockingStation", "/fr/api"])
def test_the_curl_example_runs(served: Served, path: str) -> None:
    code = snippet(served, path, "curl")
    done = subprocess.run(["sh", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "urn:ngsi-ld:" in done.stdout
