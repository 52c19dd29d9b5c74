"""The key that seals what providers hand over: a file beside the database, made on first use.

Not in the database, so that a copy of that opens nothing. A node that lost its key goes on: what was sealed
is gone, and who holds the product asks for other credentials.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from beffroi.config import Settings
from beffroi.kernel.problem import Problem, StorageFull
from beffroi.market.operations.safe import KEY_BYTES, Safe, fresh_safe, safe_of

NAME = "sealing.key"


def open_safe(settings: Settings) -> Safe:
    """The node's safe. Raises Problem(StorageFull) where the file cannot be written."""
    if settings.journal_folder is None:
        return fresh_safe()
    path = settings.journal_folder / NAME
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as failure:
        raise Problem(StorageFull, f"The file '{path}' cannot be used: {failure}.") from failure
    if len(key) != KEY_BYTES:
        raise Problem(StorageFull, f"The file '{path}' has {len(key)} bytes and is no key of {KEY_BYTES}.")
    return safe_of(key)


def _make(path: Path) -> None:
    """Write a key that only this user reads; of two processes that begin at once one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{NAME}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
