"""When `make setup` builds Beffroi anew: after a source is changed, added or deleted, and not otherwise.

What a Makefile calls is played by a small program that writes down what it was asked for.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"
PYTHON = """#!/bin/sh
case "$*" in
  *hatchling*) echo built >> calls; mkdir -p build/wheel; touch build/wheel/beffroi.whl;;
  *frontend*) built=src/beffroi/portal/static/built; mkdir -p $built; rm -f $built/page-*; touch $built/page-$$.js;;
esac
"""
FILES = ("requirements/develop.txt", "pyproject.toml", "hatch_build.py", "src/beffroi/portal/frontend/package-lock.json",
         "src/beffroi/portal/frontend/src/page.ts", "src/beffroi/kept.py", "solutions/first.json")  # fmt: skip

pytestmark = pytest.mark.skipif(
    shutil.which("make") is None, reason="make is not there: apt-get install make"
)


def set_up(tree: Path) -> int:
    """Run `make setup`; how often Beffroi has been built since the beginning."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    subprocess.run(["make", "setup"], cwd=tree, env=plain, check=True, capture_output=True)
    return len((tree / "calls").read_text().split())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A clean clone, and a Python that builds at once."""
    shutil.copy(MAKEFILE, tmp_path)
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    return tmp_path


def later(path: Path) -> None:
    path.touch()
    moment = path.stat().st_mtime_ns + 2_000_000_000
    os.utime(path, ns=(moment, moment))


CHANGES: dict[str, Callable[[Path], object]] = {
    "changed": lambda tree: later(tree / "src/beffroi/kept.py"),
    "changed script": lambda tree: later(tree / "src/beffroi/portal/frontend/src/page.ts"),
    "added": lambda tree: later(tree / "src/beffroi/new.py"),
    "deleted": lambda tree: (tree / "src/beffroi/kept.py").unlink(),
    "deleted solution": lambda tree: (tree / "solutions/first.json").unlink(),
    "renamed": lambda tree: (tree / "src/beffroi/kept.py").rename(tree / "src/beffroi/other.py"),
}


def test_an_unchanged_tree_is_built_once(tree: Path) -> None:
    assert set_up(tree) == 1
    (tree / "src/beffroi/__pycache__").mkdir()
    (tree / "src/beffroi/__pycache__/kept.cpython-311.pyc").touch()
    assert (set_up(tree), set_up(tree)) == (1, 1)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_source_that_is_another_one_has_it_built_anew(tree: Path, change: Callable[[Path], object]) -> None:
    assert set_up(tree) == 1
    change(tree)
    assert set_up(tree) == 2
