"""The tutorial and the how-to pages that are run are true: every command runs, and answers as they say."""

from pathlib import Path

import pytest
from tests.docs.tutorial import Reader, agrees, free_ports, steps

DOCS = Path(__file__).parents[2] / "docs"
PORTS = ("1026", "8026", "8027")
PAGES = (
    "tutorial.md",
    "how-to/bring-your-own-csv.md",
    "how-to/sell-your-data.md",
    "how-to/trade-on-the-command-line.md",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_every_command_of_the_page_answers_as_it_says(tmp_path: Path, name: str) -> None:
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    reader = Reader(tmp_path, ports)
    try:
        for step in steps((DOCS / name).read_text("utf-8")):
            said = reader.do(step)
            if step.shown is not None:
                assert agrees(step.shown, said), (
                    f"Line {step.line} answers:\n{said}\nand the text shows:\n{step.shown}"
                )
    finally:
        reader.leave()
