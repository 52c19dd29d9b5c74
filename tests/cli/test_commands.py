"""A command is imported when it is called: the program's help, its version and its completion import none."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from inspect import cleandoc

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from beffroi.cli.called import CalledGroup, Row, commands_of
from beffroi.cli.program import PROGRAM

NODE = (
    "beffroi.app",
    "beffroi.broker",
    "beffroi.market",
    "beffroi.network",
    "beffroi.portal",
    "beffroi.proof",
)
HEAVY = ("aiohttp", "apsw", "authlib", "numpy", "pyld", "rdflib", "shapely")


def _imported(*words: str) -> list[str]:
    """The modules that a run of the program imports."""
    script = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps([*sys.modules]), file=sys.stderr))
from beffroi.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    assert done.stdout
    return list(json.loads(done.stderr))


def _within(modules: list[str], packages: tuple[str, ...]) -> list[str]:
    return [module for module in modules if f"{module}.".startswith(tuple(f"{name}." for name in packages))]


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_the_help_and_the_version_import_no_command(words: list[str]) -> None:
    assert _within(_imported(*words), (*NODE, *HEAVY)) == []


def test_showing_the_sources_imports_no_node(tmp_path_factory: pytest.TempPathFactory) -> None:
    modules = _imported("source", "list", "--data", str(tmp_path_factory.mktemp("data")))
    assert "beffroi.sources.operations.registry" in modules
    assert _within(modules, ("beffroi.app", "beffroi.broker", "aiohttp", "rdflib")) == []


def _rows(group: TyperGroup, above: str = "") -> Iterator[tuple[str, Row, str]]:
    """Every row below a group: its words, itself, and what its command says of itself."""
    commands = commands_of(group)
    for name, command in commands.items():
        if isinstance(group, CalledGroup) and name in group.rows:
            yield f"{above}{name}", group.rows[name], command.help or ""
        if isinstance(command, TyperGroup):
            yield from _rows(command, f"{above}{name} ")


def _program() -> TyperGroup:
    command = get_command(PROGRAM)
    assert isinstance(command, TyperGroup)
    return command


def test_the_line_of_a_command_is_what_the_command_says_of_itself() -> None:
    rows = list(_rows(_program()))
    assert {"serve", "source", "source draft"} <= {words for words, *_ in rows}
    said = {words: " ".join(cleandoc(help).split("\n\n")[0].split()) for words, _, help in rows}
    assert said == {words: row.line for words, row, _ in rows}


def test_a_misspelt_command_is_named_with_the_one_it_resembles() -> None:
    done = CliRunner().invoke(PROGRAM, ["sorce", "list"])
    assert done.exit_code == 2
    assert "Did you mean 'source'" in done.output


def test_an_empty_list_of_sources_says_how_to_add_one() -> None:
    done = CliRunner().invoke(PROGRAM, ["source", "list", "--data", "memory:"])
    assert done.exit_code == 0
    assert " ".join(done.output.split()).startswith("There is no source yet; 'beffroi source add URL'")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("beffroi so", {"source"}),
        ("beffroi source ", {"add", "change", "draft", "list", "remove"}),
        ("beffroi source draft --da", {"--dataset"}),
        ("beffroi market keys ", {"rotate", "list"}),
        ("beffroi serve --por", {"--port"}),
    ],
)
def test_a_shell_completes_commands_and_their_options(typed: str, offered: set[str]) -> None:
    script = """
from typer.completion import completion_init
from beffroi.cli.program import PROGRAM
completion_init()
PROGRAM(prog_name="beffroi")
"""
    asked = {
        "_BEFFROI_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(typed.count(" ")),
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == offered
