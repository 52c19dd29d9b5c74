"""The commands of documents: what a file holds comes from outside."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from beffroi.cli.program import PROGRAM
from beffroi.kernel.problem import Problem

COMMANDS = ["write need", "correct need need-1 --reason Misspelt"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"title: Open data", "The body is not JSON"),
        (b'{"title": "\\ud800"}', "The body is not JSON"),
        (b'{"title": "A", "title": "B"}', "The JSON names a member twice"),
        (b"[]", "holds no object"),
    ],
)
def test_a_file_that_holds_no_json_object_is_refused(
    tmp_path: Path, command: str, text: bytes, said: str
) -> None:
    file = tmp_path / "need.json"
    file.write_bytes(text)
    done = CliRunner().invoke(
        PROGRAM, ["document", *command.split(), "--file", str(file), "--data", "memory:"]
    )
    assert isinstance(done.exception, Problem)
    assert said in done.exception.detail
