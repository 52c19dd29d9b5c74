"""The tutorial is true: every command in it runs, and answers as it says."""

from pathlib import Path

import pytest
from tests.docs.tutorial import Reader, agrees, free_ports, steps

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
PORTS = ("1026", "8026", "8027")


@pytest.mark.slow
def test_every_command_of_the_tutorial_answers_as_it_says(tmp_path: Path) -> None:
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    reader = Reader(tmp_path, ports)
    try:
        for step in steps(TUTORIAL.read_text("utf-8")):
            said = reader.do(step)
            if step.shown is not None:
                assert agrees(step.shown, said), (
                    f"Line {step.line} answers:\n{said}\nand the text shows:\n{step.shown}"
                )
    finally:
        reader.leave()
