"""The pages that are printed from code are what the code prints now."""

import pytest

from beffroi import printed


@pytest.mark.parametrize("name", sorted(printed.pages()))
def test_every_printed_page_is_what_the_code_prints(name: str) -> None:
    page = printed.DOCS / name
    assert page.exists(), "make docs"
    assert page.read_text("utf-8") == printed.pages()[name], "make docs"
