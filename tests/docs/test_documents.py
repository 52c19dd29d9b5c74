"""What the documents name exists: files, rooms, commands, other documents."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from typer.main import get_command

from beffroi.cli.called import Command, commands_of
from beffroi.cli.program import PROGRAM

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/README.md")])
DOCUMENTS = [path for path in DOCUMENTS if "node_modules" not in path.parts]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
IN_CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?:src|tests|docs|requirements|bench|\.ci)/[\w./-]+")
COMMAND = re.compile(r"\bbeffroi ((?:serve|check|harvest|demo|source|token)\b[^\n`|&>)]*)")
REGISTRIES = (
    "pypi.org",
    "pythonhosted.org",
    "registry.npmjs.org",
    "npmjs.com",
    "yarnpkg.com",
    "crates.io",
    "proxy.golang.org",
)

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@every_document
def test_every_link_between_documents_leads_somewhere(path: Path) -> None:
    links = LINK.findall(FENCE.sub("", path.read_text("utf-8")))
    inside = [link for link in links if not re.match(r"[a-z]+:|#", link)]
    missing = [link for link in inside if not (path.parent / link.partition("#")[0]).exists()]
    assert not missing


@every_document
def test_every_heading_that_a_link_names_exists(path: Path) -> None:
    links = LINK.findall(FENCE.sub("", path.read_text("utf-8")))
    for link in links:
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if anchor and not re.match(r"[a-z]+:", link):
            assert anchor in set(_anchors(target.read_text("utf-8"))), link


@every_document
def test_every_file_that_a_document_names_exists(path: Path) -> None:
    named = {name for code in IN_CODE.findall(path.read_text("utf-8")) for name in FILE.findall(code)}
    missing = sorted(name for name in named if not (ROOT / name.rstrip(".")).exists())
    assert not missing


@every_document
def test_no_document_names_a_package_registry(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not [host for host in REGISTRIES if host in text]


@every_document
def test_every_command_that_a_document_shows_exists(path: Path) -> None:
    for words in COMMAND.findall(path.read_text("utf-8")):
        _check_command(words.split())


def test_the_map_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = sorted(init.parent.name for init in (ROOT / "src" / "beffroi").glob("*/__init__.py"))
    assert [room for room in rooms if f"`src/beffroi/{room}`" not in text] == []


def test_the_list_of_documents_names_them_all() -> None:
    text = (ROOT / "docs" / "README.md").read_text("utf-8")
    linked = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in LINK.findall(text)}
    documents = {
        path for path in DOCUMENTS if path.is_relative_to(ROOT / "docs") and path.name != "README.md"
    }
    assert sorted(str(path) for path in documents - linked) == []


def test_the_documents_are_in_the_repository() -> None:
    asked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip("This is no clone of the repository.")
    for name in ("README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "LICENSE", "publiccode.yml"):
        assert name in asked.stdout.splitlines()


def _anchors(text: str) -> Iterator[str]:
    """The anchors of the headings, as code hosts make them."""
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _check_command(words: list[str]) -> None:
    """That the command and every option in `words` is known to the program."""
    command = cast("Command", get_command(PROGRAM))
    while words and words[0] in commands_of(command):
        command = commands_of(command)[words.pop(0)]
    known = {name for parameter in command.params for name in [*parameter.opts, *parameter.secondary_opts]}
    unknown = [
        word for word in words if word.startswith("--") and word.rstrip(".,:;") not in {*known, "--help"}
    ]
    assert not unknown
