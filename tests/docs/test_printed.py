"""The pages that are printed from code are what the code prints now."""

import re

import pytest

from beffroi import printed
from beffroi.app.description import chapters


@pytest.mark.parametrize("name", sorted(printed.pages()))
def test_every_printed_page_is_what_the_code_prints(name: str) -> None:
    page = printed.DOCS / name
    assert page.exists(), "make docs"
    assert page.read_text("utf-8") == printed.pages()[name], "make docs"


def test_every_address_stands_on_one_of_the_pages() -> None:
    whole = "".join(printed.pages().values())
    shown = set(re.findall(r"`([^`]*/[^`]*)`", whole))
    missing = [
        each.prefix + row.path
        for each in chapters()
        if each.name not in {"NGSI-LD", "TM Forum"}
        for row in each.rows
        if each.prefix + row.path not in shown
    ]
    assert missing == []
    assert {"/market/permits/{party}", "/market/bills/{id}/credit-notes", "/health"} <= shown
