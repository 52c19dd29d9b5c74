"""An append-only journal of lines in a folder: written at once, on disk within a second.

A line is in the operating system's hands when `append` returns: it outlives the process, not a power cut,
which can take the last second. Segments are files named by their number; none is changed after it was left,
and only `forget` removes one. A line that is cut short was never appended: whoever reads passes over it.
"""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from beffroi.kernel.problem import Problem, StorageFull

SEGMENT_BYTES: Final = 64_000_000
SYNC_SECONDS: Final = 1.0
_SUFFIX = ".journal"


class Place(NamedTuple):
    """Where somebody has read to: a segment and bytes in it. The beginning of all is (0, 0)."""

    segment: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines, without their ends, and the place behind them."""

    lines: list[bytes]
    place: Place


class Journal:
    """Opened for one writer; every opening begins a new segment, at its first line. Reading needs none.

    New segments have numbers greater than `last`, so that whoever has read to there reads them also where the
    folder is a new one.
    """

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES, last: int = 0) -> None:
        self._folder, self._most, self._last = folder, segment_bytes, last
        folder.mkdir(parents=True, exist_ok=True)
        self._file = -1
        self._size = 0
        self._unsynced = False
        self._ended = threading.Event()
        self._syncing = threading.Thread(target=self._sync_often, name="journal", daemon=True)
        self._syncing.start()

    def append(self, *lines: bytes) -> None:
        """Write lines, which have no line feed in them, together. Raises Problem(StorageFull); then none is
        there."""
        if self._file < 0 or self._size >= self._most:
            self._begin_segment()
        text = b"\n".join((*lines, b""))
        try:
            written = os.write(self._file, text)
        except OSError as failure:
            raise self._full(failure) from failure
        self._unsynced = True
        if written == len(text):
            self._size += written
        else:
            os.ftruncate(self._file, self._size)
            self._leave_segment()
            raise Problem(StorageFull, "The journal cannot be written: the disk is full.")

    def read(self, after: Place, most_bytes: int = 4_000_000) -> Lines:
        """Whole lines that follow a place; none at the end."""
        for segment in self._segments(after.segment):
            offset = after.offset if segment == after.segment else 0
            with self._path(segment).open("rb") as file:
                file.seek(offset)
                piece = file.read(most_bytes)
            end = piece.rfind(b"\n") + 1
            if end:
                return Lines(piece[: end - 1].split(b"\n"), Place(segment, offset + end))
        return Lines([], after)

    def forget(self, before: Place, since: float) -> int:
        """Remove the segments before that of a place that were last written earlier than `since`, in seconds
        since 1970; how many. The one of the place stays, so that numbers go on growing."""
        gone = 0
        for segment in self._segments(0):
            if segment >= before.segment or self._path(segment).stat().st_mtime >= since:
                break
            self._path(segment).unlink()
            gone += 1
        return gone

    def sync(self) -> None:
        """Have the disk take what was appended."""
        file = self._file
        if self._unsynced and file >= 0:
            self._unsynced = False
            os.fdatasync(file)

    def close(self) -> None:
        """Sync and let go of the file."""
        self._ended.set()
        self._syncing.join()
        self._leave_segment()

    def _begin_segment(self) -> None:
        self._leave_segment()
        number = max([self._last, *self._segments(0)]) + 1
        try:
            self._file = os.open(
                self._path(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640
            )
        except OSError as failure:
            raise self._full(failure) from failure
        self._size = 0

    def _leave_segment(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.fdatasync(file)
            os.close(file)

    def _sync_often(self) -> None:
        while not self._ended.wait(SYNC_SECONDS):
            try:
                self.sync()
            except OSError:  # the segment was left meanwhile, which syncs it
                continue

    def _segments(self, first: int) -> list[int]:
        names = (path.stem for path in self._folder.glob(f"*{_SUFFIX}"))
        return sorted(int(name) for name in names if name.isdecimal() and int(name) >= first)

    def _path(self, segment: int) -> Path:
        return self._folder / f"{segment:010}{_SUFFIX}"

    def _full(self, failure: OSError) -> Problem:
        return Problem(StorageFull, f"The journal in '{self._folder}' cannot be written: {failure.strerror}.")
