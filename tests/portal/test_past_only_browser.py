"""The page of a mere past in a real browser: for everybody, and complete on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser
from tests.portal.browser import IN_A_BROWSER, faults, in_both, too_wide
from tests.portal.node import Node, make_node
from tests.portal.served import Served, serve, wall_clock
from tests.portal.test_past_only import PAGE, provide, readings

pytestmark = IN_A_BROWSER


@contextmanager
def remembering() -> Iterator[Node]:
    with make_node(clock=wall_clock, entities=[]) as node:
        provide(node, energy=readings([3, 5, 8.25, 4]))
        yield node


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(remembering) as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(browser: Browser, served: Served, scheme: str) -> None:
    assert faults(browser, served.url, in_both([PAGE]), scheme) == []


def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, served: Served) -> None:
    assert too_wide(browser, served.url, in_both([PAGE]), 320) == []
