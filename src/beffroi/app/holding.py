"""Open what holders of products need: the gate's journal in its folder, and what is known of each product."""

import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from beffroi.app.world import now
from beffroi.config import Settings
from beffroi.market.rules.access.grants import Expand
from beffroi.processes.held_lines import HeldLines
from beffroi.processes.holders import ProductHolders
from beffroi.processes.metering import folded_to
from beffroi.store.journal import Journal
from beffroi.store.port import Store


@asynccontextmanager
async def open_holders(settings: Settings, store: Store, expand: Expand) -> AsyncGenerator[ProductHolders]:
    """The holders, once what an earlier process left in the journal is folded; the journal is closed at the
    end."""
    with _folder(settings) as folder:
        journal = Journal(folder, last=(await folded_to(store)).segment)
        holders = ProductHolders(store, HeldLines(journal), now, time.monotonic, expand)
        try:
            await holders.begin()
            yield holders
            holders.lines.flush()
        finally:
            journal.close()


@contextmanager
def _folder(settings: Settings) -> Generator[Path]:
    """The folder of the settings, or one that goes when data in memory goes."""
    if settings.journal_folder is not None:
        yield settings.journal_folder
        return
    with TemporaryDirectory(prefix="beffroi-journal-") as folder:
        yield Path(folder)
