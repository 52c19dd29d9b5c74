"""What is compiled keeps to what the compiler can do safely, and answers as the sources do."""

import ast
import importlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from inspect import isclass
from pathlib import Path

import pytest

import beffroi

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
MODULES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["modules"]
REQUESTS = 3_000

installed = pytest.mark.skipif(
    Path(beffroi.__file__).is_relative_to(ROOT / "src"),
    reason="These are the sources; `make test-installed` tries what is installed.",
)


def found(source: str) -> Iterator[str]:
    """What may not be in the text of a module that is compiled, each with its line."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.AsyncFor() | ast.AsyncWith():
                yield f"{node.lineno} opens or walks something asynchronous"
            case ast.comprehension(is_async=1):
                yield f"{node.target.lineno} opens or walks something asynchronous"
            case ast.Try() | ast.TryStar():
                for line in [*(line for each in node.handlers for line in each.body), *node.finalbody]:
                    for inner in ast.walk(line):
                        if isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom):
                            yield f"{inner.lineno} waits while an exception is handled"
            case _:
                pass


def module_of(path: str) -> object:
    return importlib.import_module(path.removeprefix("src/").removesuffix(".py").replace("/", "."))


@pytest.mark.parametrize("path", MODULES)
def test_what_is_compiled_has_nothing_that_the_compiler_gets_wrong(path: str) -> None:
    assert list(found((ROOT / path).read_text("utf-8"))) == []
    module = module_of(path)
    classes = [each for each in vars(module).values() if isclass(each) and issubclass(each, BaseException)]
    assert [each for each in classes if each.__module__ == vars(module)["__name__"]] == []


@pytest.mark.parametrize(
    "wrong",
    [
        "async def f():\n    try:\n        await g()\n    except E:\n        await h()",
        "async def f():\n    try:\n        await g()\n    except* E:\n        await h()",
        "async def f():\n    try:\n        await g()\n    finally:\n        await h()",
        "async def f():\n    async with g():\n        pass",
        "async def f():\n    async for g in h():\n        pass",
        "async def f():\n    return [g async for g in h()]",
    ],
)
def test_what_the_compiler_gets_wrong_is_seen(wrong: str) -> None:
    assert len(list(found(wrong))) == 1


def test_a_wheel_is_compiled_by_what_it_was_tried_with() -> None:
    pinned = (ROOT / "requirements" / "develop.txt").read_text("utf-8")
    exact = [each for each in PROJECT["build-system"]["requires"] if "==" in each]
    assert len(exact) == 2
    assert all(f"\n{each} \\" in pinned for each in exact)


@installed
@pytest.mark.parametrize("path", MODULES)
def test_the_hot_path_is_compiled_where_it_is_installed(path: str) -> None:
    assert not str(vars(module_of(path))["__file__"]).endswith(".py")


@installed
@pytest.mark.parametrize("seed", range(100, 104))
def test_what_is_compiled_answers_as_the_sources_do(seed: int) -> None:
    command = [sys.executable, "-m", "tests.broker.random_requests", str(seed), str(REQUESTS)]
    compiled, sources = (
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, **more}, stdout=subprocess.PIPE, text=True)
        for more in ({}, {"PYTHONPATH": str(ROOT / "src")})
    )
    answered, expected = (each.communicate()[0].splitlines() for each in (compiled, sources))
    assert len(expected) == REQUESTS
    assert answered == expected
