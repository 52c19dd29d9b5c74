"""Compile the hot path with mypyc while a wheel is built; where nothing can compile C it stays Python.

`[tool.hatch.build.targets.wheel.hooks.custom]` in pyproject.toml names the modules. Their sources stay in
the wheel beside the libraries: they are what a reader sees, and what runs where nothing was compiled. Why,
and what such a module may not do, says docs/adr/0010-compiled.md.
"""

import contextlib
import os
import shlex
import shutil
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from mypyc.build import mypycify
from setuptools import Distribution
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CompileError, LinkError

LOWER = ("src/beffroi/kernel/", "src/beffroi/store/", "src/beffroi/web/")
"""The rooms below the others: they and the rest are compiled beside each other."""


class Compiled(BuildHookInterface[BuilderConfig]):
    """Puts a library into the wheel for each module that is named."""

    PLUGIN_NAME = "custom"
    _folder: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is `editable` where the sources themselves are installed: those are not compiled. Where
        types are wrong the build fails."""
        if version != "standard":
            return
        self.app.display_info("The hot path is being compiled, which takes about a minute.")
        self._folder = tempfile.TemporaryDirectory(prefix="beffroi-compiled-")
        try:
            with contextlib.chdir(self.root):
                libraries = _compile(self.config["modules"], Path(self._folder.name))
        except CannotCompile as failure:
            self.app.display_warning(f"Beffroi stays Python and answers a fifth fewer requests: {failure}")
            return
        build_data["force_include"].update({str(library): name for name, library in libraries.items()})
        build_data["infer_tag"], build_data["pure_python"] = True, False

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """What was compiled is in the wheel now."""
        if self._folder is not None:
            self._folder.cleanup()


class CannotCompile(Exception):
    """Why, and how to change it."""


def _compile(modules: list[str], folder: Path) -> dict[str, Path]:
    """Compile into `folder`; each library by the path that it has in the wheel. Raises CannotCompile."""
    _check_tools()
    lower = [path for path in modules if path.startswith(LOWER)]
    upper = [path for path in modules if path not in lower]
    try:
        extensions = mypycify(
            ["--config-file=", "--ignore-missing-imports", *modules],
            opt_level="2",
            debug_level="0",
            separate=[(lower, "beffroi_lower"), (upper, "beffroi_upper")],
            target_dir=str(folder / "written"),
        )
        command = build_ext(Distribution({"name": "beffroi", "packages": [], "ext_modules": extensions}))
        command.build_lib, command.build_temp = str(folder / "built"), str(folder / "objects")
        command.parallel = os.cpu_count()
        command.ensure_finalized()
        command.run()
    except (BaseError, CompileError, LinkError) as failure:
        raise CannotCompile(str(failure)) from failure
    built = folder / "built"
    return {str(path.relative_to(built)): path for path in built.rglob("*") if path.is_file()}


def _check_tools() -> None:
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        raise CannotCompile(f"there is no compiler '{compiler}' (apt-get install gcc).")
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        raise CannotCompile("the headers of Python are missing (apt-get install python3-dev).")
