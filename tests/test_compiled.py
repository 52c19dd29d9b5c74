"""What is compiled keeps to what the compiler can do safely, and is compiled where it was installed so."""

import ast
import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import beffroi

ROOT = Path(__file__).parents[1]
HOOK = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"][
    "wheel"
]
MODULES: list[str] = HOOK["hooks"]["custom"]["modules"]
IS_INSTALLED = Path(beffroi.__file__).is_relative_to(ROOT / "src") is False

WAITS = ast.Await | ast.Yield | ast.YieldFrom
OPENS = ast.AsyncFor | ast.AsyncWith


def found(module: str, source: str) -> Iterator[str]:
    """What may not be in a module that is compiled, each with its line."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, OPENS):
            yield f"{module}:{node.lineno} opens or walks something asynchronous"
        if isinstance(node, ast.Try):
            handled = [line for handler in node.handlers for line in handler.body] + node.finalbody
            for inner in (n for line in handled for n in ast.walk(line)):
                if isinstance(inner, WAITS):
                    yield f"{module}:{inner.lineno} waits while an exception is handled"
        if isinstance(node, ast.ClassDef):
            bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
            if any(name.endswith(("Exception", "Error", "Problem")) for name in bases):
                yield f"{module}:{node.lineno} is a class of exceptions"


def is_compiled(module: str) -> bool:
    name = module.removeprefix("src/").removesuffix(".py").replace("/", ".")
    return not str(importlib.import_module(name).__file__).endswith(".py")


@pytest.mark.parametrize("module", MODULES)
def test_what_is_compiled_has_nothing_that_the_compiler_gets_wrong(module: str) -> None:
    assert list(found(module, (ROOT / module).read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "async def f():\n    try:\n        await g()\n    except E:\n        await h()",
        "async def f():\n    try:\n        await g()\n    finally:\n        await h()",
        "async def f():\n    async with g():\n        pass",
        "async def f():\n    async for g in h():\n        pass",
        "class Refused(Exception):\n    pass",
    ],
)
def test_what_the_compiler_gets_wrong_is_seen(wrong: str) -> None:
    assert len(list(found("wrong", wrong))) == 1


@pytest.mark.skipif(
    not IS_INSTALLED, reason="These are the sources; `make test-installed` tries what is installed."
)
@pytest.mark.parametrize("module", MODULES)
def test_the_hot_path_is_compiled_where_it_is_installed(module: str) -> None:
    assert is_compiled(module)
