"""A made-up city, its portal on the memory engine, and a browser that looks at it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)

from tests.portal.node import Node, make_node  # noqa: E402


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A portal with a small made-up city; the clock stands still."""
    with make_node() as made:
        yield made
