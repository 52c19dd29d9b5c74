"""The key that seals what providers hand over stays out of the database, and outlives the process."""

import stat
from pathlib import Path

import pytest

from beffroi.app.sealing import NAME, open_safe
from beffroi.config import Settings
from beffroi.kernel.problem import Problem


def test_a_key_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    settings = Settings(data=f"sqlite:{tmp_path / 'node.db'}")
    sealed = open_safe(settings).seal(b"hush", "product-1")
    assert open_safe(settings).open(sealed, "product-1") == b"hush"
    key = tmp_path / "journal" / NAME
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [each.name for each in key.parent.iterdir()] == [NAME]
    key.unlink()
    assert open_safe(settings).open(sealed, "product-1") is None


def test_what_was_sealed_for_one_product_opens_for_no_other(tmp_path: Path) -> None:
    safe = open_safe(Settings(data="memory:"))
    sealed = safe.seal(b"hush", "product-1")
    assert safe.open(sealed, "product-1") == b"hush"
    assert safe.open(sealed, "product-2") is None
    assert safe.open(sealed[:-2], "product-1") is None
    assert safe.open("", "product-1") is None


def test_a_file_that_is_no_key_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"short")
    with pytest.raises(Problem, match="has 5 bytes and is no key"):
        open_safe(Settings(data="memory:", journal=tmp_path))
