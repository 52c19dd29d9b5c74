"""A disk whose power can be cut: what was written and not synced yet is lost, torn, or out of order."""

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import apsw
from typing_extensions import override

SECTOR = 512
USUAL = apsw.vfs_names()[0]

Done: TypeAlias = tuple[int, bytes | None]
"""Bytes that were written at an offset, or None for a cut there."""


@dataclass
class File:
    """What is surely on the disk, and what was done since the last sync."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Done] = field(default_factory=list[Done])

    def sync(self) -> None:
        apply(self.pending, self.durable)
        self.pending = []

    def after_a_cut(self, chance: random.Random) -> bytes:
        """Of what was not synced some sectors arrived, now and then out of order."""
        arrived: list[Done] = []
        share = chance.choice([0.0, 0.5, 0.9])
        for offset, data in self.pending:
            sectors = range(0, len(data), SECTOR) if data is not None else ()
            arrived += [
                (offset + at, data[at : at + SECTOR]) for at in sectors if data and chance.random() < share
            ]
            arrived += [(offset, None)] * (data is None and chance.random() < share)
        if chance.random() < 0.5:
            chance.shuffle(arrived)
        found = bytearray(self.durable)
        apply(arrived, found)
        return bytes(found)


def apply(done: list[Done], content: bytearray) -> None:
    for offset, data in done:
        if data is None:
            del content[offset:]
            continue
        content.extend(bytes(max(offset - len(content), 0)))
        content[offset : offset + len(data)] = data


@dataclass
class Image:
    """The files as they are found after a cut, and what `known` gave just before."""

    known: Any
    files: Mapping[str, bytes]

    def write(self, directory: Path) -> None:
        for name, content in self.files.items():
            (directory / name).write_bytes(content)


class Disk(apsw.VFS):
    """SQLite's own file system, of which each write and sync is noted; now and then an image is taken."""

    def __init__(self, chance: random.Random, share: float, known: Callable[[], Any]) -> None:
        self.files: dict[str, File] = {}
        self.images: list[Image] = []
        self.lock = threading.RLock()
        self._chance, self._share, self._known = chance, share, known
        super().__init__("power cut", USUAL, makedefault=True)

    @override
    def xOpen(self, name: Any, flags: list[int]) -> Any:
        return _NotedFile(self, name, flags)

    @override
    def xDelete(self, filename: str, syncdir: bool) -> None:
        with self.lock:
            self.files.pop(Path(filename).name, None)
            super().xDelete(filename, syncdir)

    def look(self) -> None:
        """Take an image, by chance."""
        if self._chance.random() < self._share:
            known = self._known()  # before the files: what is known by then was synced
            found = {name: file.after_a_cut(self._chance) for name, file in self.files.items()}
            self.images.append(Image(known, found))


class _NotedFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._disk, self._file = disk, disk.files.setdefault(Path(path).name, File())
        super().__init__(USUAL, name, flags)

    @override
    def xWrite(self, data: bytes, offset: int) -> None:
        with self._disk.lock:
            self._file.pending.append((offset, bytes(data)))
            super().xWrite(data, offset)
            self._disk.look()

    @override
    def xTruncate(self, newsize: int) -> None:
        with self._disk.lock:
            self._file.pending.append((newsize, None))
            super().xTruncate(newsize)

    @override
    def xSync(self, flags: int) -> None:
        with self._disk.lock:
            self._disk.look()
            self._file.sync()


@contextmanager
def disk(chance: random.Random, share: float, known: Callable[[], Any]) -> Iterator[Disk]:
    """The disk of all connections that are opened meanwhile."""
    made = Disk(chance, share, known)
    try:
        yield made
    finally:
        made.unregister()
