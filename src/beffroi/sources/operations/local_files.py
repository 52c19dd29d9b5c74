"""Files on the node's own disk as sources: `file:` addresses below one folder that the operator names."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
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


def with_files(fetch: Fetch, folder: Path) -> Fetch:
    """A fetch that also reads `file:` addresses, if the file lies in `folder`; links out of it are refused.

    Only an operator may add such a source: the API takes web addresses alone.
    """
    root = folder.resolve()

    async def fetch_either(url: str, headers: Mapping[str, str]) -> Fetched:
        parts = urlsplit(url)
        if parts.scheme != "file":
            return await fetch(url, headers)
        if parts.netloc not in ("", "localhost"):
            raise Refused(f"The file does not lie in the folder of sources but on '{parts.netloc[:100]}'.")
        return await asyncio.to_thread(_read, unquote(parts.path), root, headers)

    return fetch_either


def _read(written: str, root: Path, headers: Mapping[str, str]) -> FileAnswer:
    path = Path(written).resolve()
    if not path.is_relative_to(root):
        raise Refused(f"The file '{path.name[:100]}' does not lie in the folder of sources.")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Failed(f"The file '{path.name[:100]}' has more than {MOST_BYTES} bytes.")
        body = path.read_bytes()
    except OSError as failure:
        raise Failed(f"The file '{path.name[:100]}' cannot be read: {failure.strerror}.") from failure
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    if headers.get("if-none-match") == tag:
        return FileAnswer(304, {"etag": tag})
    media = MEDIA.get(path.suffix.lower(), "application/octet-stream")
    return FileAnswer(200, {"etag": tag, "content-type": media}, body)
