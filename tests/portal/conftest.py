"""A made-up city, its portal on the memory engine, and a browser that looks at it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)

from tests.portal.browser import chromium  # noqa: E402
from tests.portal.node import Node, make_node  # noqa: E402


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A portal with a small made-up city; the clock stands still."""
    with make_node() as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for a module: while it is open no test of another kind can run a loop of its own."""
    with chromium() as opened:
        yield opened
