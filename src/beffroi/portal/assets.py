"""Style sheet, scripts and the mark: read once, sent with a hash in the address."""

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, cast

MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
BUILT: Final = "built/"


@dataclass(frozen=True, slots=True)
class Asset:
    media_type: str
    body: bytes
    version: str

    @property
    def packed(self) -> bytes:
        """The body compressed (gzip)."""
        return _packed(self.body)


@cache
def load_assets() -> Mapping[str, Asset]:
    """Read `static/` and, where the islands have been built, `static/built/`."""
    folder = files("beffroi.portal").joinpath("static")
    found = dict(_folder(folder, ""))
    built = folder.joinpath("built")
    if built.is_dir():
        found.update(_folder(built, BUILT))
    return found


def scripts_of(assets: Mapping[str, Asset]) -> Mapping[str, str]:
    """The addresses of the bundles by the name of their entry; empty when nothing is built."""
    listing = assets.get(f"{BUILT}manifest.json")
    if listing is None:
        return {}
    entries = cast("dict[str, str]", json.loads(listing.body))
    return {name: f"/static/{BUILT}{file}" for name, file in entries.items()}


def address_of(assets: Mapping[str, Asset], name: str) -> str:
    """The address of a hand-written file, with its version."""
    return f"/static/{name}?v={assets[name].version}"


def _folder(folder: Traversable, prefix: str) -> "list[tuple[str, Asset]]":
    found = list[tuple[str, Asset]]()
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        ending = file.name.rpartition(".")[2]
        if file.is_file() and ending in MEDIA_TYPES:
            found.append((prefix + file.name, _asset(file.read_bytes(), MEDIA_TYPES[ending])))
    return found


def _asset(body: bytes, media_type: str) -> Asset:
    return Asset(media_type, body, hashlib.sha256(body).hexdigest()[:12])


@cache
def _packed(body: bytes) -> bytes:
    """Made when a file is first sent: a node would compress the map's scripts for a tenth of a second at each
    start, whoever comes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()
