"""Nodes as processes: one for each file, and others that a test starts itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.process import NodeProcess


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """A node in memory with short time-outs; the tests of one file share it."""
    patience = ["--header-seconds", "2", "--body-seconds", "2"]
    with NodeProcess(tmp_path_factory.mktemp("node"), "memory:", *patience) as node:
        yield node


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(tmp_path / "data")
