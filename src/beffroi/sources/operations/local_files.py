"""Files on the node's own disk as sources: `file:` addresses that an operator wrote at the command line."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from urllib.parse import unquote, urlsplit

from beffroi.outbound.policy import Failed, Refused
from beffroi.sources.operations.fetching import Fetch, Fetched

MOST_BYTES = 64_000_000
MEDIA = {".csv": "text/csv", ".tsv": "text/csv", ".txt": "text/csv", ".json": "application/json"}


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What a file says, in the shape of an HTTP answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


def with_files(fetch: Fetch) -> Fetch:
    """A fetch that also reads `file:` addresses. A file that has become a link since is refused.

    Only an operator may add such a source: the API takes web addresses alone, and a run reads no other file
    than that of its source (`fetching.Visit`).
    """

    async def fetch_either(url: str, headers: Mapping[str, str]) -> Fetched:
        parts = urlsplit(url)
        if parts.scheme != "file":
            return await fetch(url, headers)
        if parts.netloc not in ("", "localhost"):
            raise Refused(f"The file does not lie on this machine but on '{parts.netloc[:100]}'.")
        return await asyncio.to_thread(_read, Path(unquote(parts.path)), headers)

    return fetch_either


def _read(path: Path, headers: Mapping[str, str]) -> FileAnswer:
    name = path.name[:100]
    try:
        if path.resolve() != path:
            raise Refused(f"The file '{name}' is a link to another one, or lies behind one.")
        body = _content(path, name)
    except OSError as failure:
        raise Failed(f"The file '{name}' cannot be read: {failure.strerror}.") from failure
    except (RuntimeError, ValueError) as failure:  # pathlib's words for links in a circle, and for a NUL
        raise Refused(f"The file '{name}' cannot be read: its path leads nowhere.") from failure
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    if headers.get("if-none-match") == tag:
        return FileAnswer(304, {"etag": tag})
    media = MEDIA.get(path.suffix.lower(), "application/octet-stream")
    return FileAnswer(200, {"etag": tag, "content-type": media}, body)


def _content(path: Path, name: str) -> bytes:
    # a pipe would wait for ever, and a link may have been put there after the look above
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused(f"'{name}' is no file.")
    with os.fdopen(descriptor, "rb") as file:
        body = file.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise Failed(f"The file '{name}' has more than {MOST_BYTES} bytes.")
    return body
