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


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("source list", "There is no source yet; 'beffroi source add URL'"),
        ("user list", "There is no account yet; 'beffroi user add NAME'"),
        ("token list", "There is no token yet; 'beffroi token add NAME'"),
        ("need list", "There is no need yet; 'beffroi document write need --file FILE'"),
        ("call list", "There is no call yet; 'beffroi call draft NEED'"),
        ("document list pledge", "There is no such document; 'beffroi document write pledge --file FILE'"),
        ("comparison", "No city takes part yet; 'beffroi comparison --take-part'"),
        ("network peers", "This node follows none yet; 'beffroi network follow NODE'"),
        ("network requests", "Nobody asks; 'beffroi network invite'"),
        ("market permit list", "Nobody may sell yet; 'beffroi market permit set PARTY --type TYPE'"),
        ("market party list", "There are no such organizations; 'beffroi market party add NAME'"),
        ("market offer list", "There are no such offers; 'beffroi market offer add FILE'"),
        ("market order list", "There are no such orders; 'beffroi market order place OFFER'"),
        ("market product list", "There are no such products; 'beffroi market order place OFFER'"),
        ("market bills", "There are no such bills; 'beffroi market bill --month MONTH'"),
        (
            "market credentials list sold-1",
            "'sold-1' has no credentials yet; 'beffroi market credentials add",
        ),
        ("market audit", "There is no such entry:"),
        ("letters list", "There is no dead letter:"),
    ],
)
def test_an_empty_list_says_what_is_not_there_and_how_to_add_it(typed: str, said: str) -> None:
    done = CliRunner().invoke(PROGRAM, [*typed.split(), "--data", "memory:"])
    assert done.exit_code == 0
    assert " ".join(done.output.split()).startswith(said)
    assert "━" not in done.output


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


@pytest.mark.parametrize("url", ["ftp://x/", "http://bob:hunter2@host/", "http://[x", ""])
def test_an_address_that_cannot_be_checked_is_no_verdict(url: str) -> None:
    done = CliRunner().invoke(PROGRAM, ["check", url])
    assert done.exit_code == 2
    assert "Not checked." in done.stderr
    assert "requirements" not in done.stderr
    assert "hunter2" not in done.stderr
