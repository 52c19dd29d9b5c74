"""The audit log says why: what was said, or else where it was asked for, in the reader's language."""

import re
from collections.abc import Iterator

import pytest
from tests.portal.node import Node
from tests.portal.test_mine import send, text
from tests.portal.trading import ACTIVE, AUDITOR, CITY, FIRM, OFFER, trading_node

from beffroi.app.watching import PROBING
from beffroi.market.rules.audit.entry import IN_PORTAL, ON_COMMAND_LINE, OVER_API
from beffroi.market.rules.bills.erased_name import WHY_ERASED
from beffroi.portal.words.log import logged_in
from beffroi.processes.fulfilment import REASON as GOES_ON
from beffroi.processes.handover import REASON as HANDED_OVER

WRITTEN = (WHY_ERASED, PROBING.reason, IN_PORTAL, ON_COMMAND_LINE, OVER_API, GOES_ON, HANDED_OVER)


@pytest.fixture
def node() -> Iterator[Node]:
    with trading_node() as made:
        yield made


def newest(node: Node, code: str) -> str:
    """The newest line of the log's page, without its tags."""
    page = text(node, AUDITOR, f"/{code}/market/audit")
    line = page.partition("<tbody")[2].partition("</tr>")[0]
    return re.sub(r"<[^>]+>", " ", line)


def test_what_is_published_or_taken_off_sale_has_the_reason_that_was_said(node: Node) -> None:
    page = f"/en/market/selling/{OFFER}"
    assert send(node, CITY, page, page, move="retire", reason="Too costly.").status == 303
    assert "Too costly." in newest(node, "fr")
    assert send(node, CITY, page, page, move="publish").status == 303
    assert "In the portal." in newest(node, "en")
    assert "Dans le portail." in newest(node, "fr")


def test_a_rating_is_not_without_a_reason(node: Node) -> None:
    page = f"/en/market/mine/{ACTIVE}"
    assert send(node, FIRM, page, f"{page}/rating", stars="4").status == 303
    assert "In the portal." in newest(node, "en")
    assert "Dans le portail." in newest(node, "fr")


@pytest.mark.parametrize("reason", WRITTEN)
def test_a_reason_that_the_node_writes_has_a_french_form(reason: str) -> None:
    assert logged_in("fr", reason) != reason
    assert logged_in("en", reason) == reason
