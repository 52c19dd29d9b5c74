"""The addresses of the portal: each belongs to one page."""

from collections import Counter

from beffroi.portal.routes import PORTAL_ROUTES


def test_no_two_pages_have_one_address() -> None:
    """A later row would silently take the place of an earlier one."""
    rows = Counter((route.method, route.path) for route in PORTAL_ROUTES)
    assert [row for row, times in rows.items() if times > 1] == []
