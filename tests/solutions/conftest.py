"""The modules of the reference solution, from its own folder."""

import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.solutions.program import FOLDER


@pytest.fixture
def availability() -> Iterator[Callable[[str], Any]]:
    """Import one of its modules by name."""
    sys.path.insert(0, str(FOLDER))
    try:
        yield lambda name: importlib.import_module(f"availability.{name}")
    finally:
        sys.path.remove(str(FOLDER))
