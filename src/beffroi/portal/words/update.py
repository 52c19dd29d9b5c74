"""Collect the sentences of pages and terms into the catalogues: `python -m beffroi.portal.words.update`."""

import sys
from importlib.resources import files
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from beffroi.kernel.problem import CATALOGUE

PORTAL: Final = "beffroi.portal"
CATALOGUES: Final = {PORTAL: "beffroi.portal.words", "beffroi.market": "beffroi.market.wire"}
"""The rooms that speak to people, and where their catalogues are kept."""

METHODS: Final = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
HEADER: Final = """msgid ""
msgstr ""
"Language: {code}\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
KEYWORDS: Final = {"say": None, "_": None, "gettext": None, "ngettext": (1, 2)}


def collected(room: str = PORTAL) -> Catalog:
    """Every sentence that a room can say, as its sources have it now."""
    root = Path(str(files(room)))
    found = Catalog(project="beffroi", charset="utf-8", fuzzy=False)
    extracted = extract_from_dir(
        root, METHODS, {"**/templates/**.html": {"newstyle_gettext": "true"}}, keywords=KEYWORDS,
        directory_filter=_of_ours,
    )  # fmt: skip
    for _, _, message, _, _ in sorted(extracted, key=lambda one: (one[0], one[1])):
        found.add(message)
    for kind in CATALOGUE if room == PORTAL else ():
        found.add(kind.title)
    return found


def stored(code: str, room: str = PORTAL) -> Catalog:
    """The catalogue of a language as it is kept."""
    return read_po(BytesIO(_file(code, room).read_bytes()), locale=code)


def main() -> None:
    """Bring every catalogue up to date; what is new has no translation yet."""
    for code, room in product(sys.argv[1:] or ["fr"], CATALOGUES):
        catalogue = stored(code, room)
        catalogue.update(collected(room), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        written = BytesIO()
        write_po(written, catalogue, omit_header=True, no_location=True, sort_output=True, width=100)
        _file(code, room).write_bytes(HEADER.format(code=code).encode() + written.getvalue())


def _file(code: str, room: str) -> Path:
    return Path(str(files(CATALOGUES[room]).joinpath(f"{code}.po")))


def _of_ours(folder: str | Path) -> bool:
    return Path(folder).name not in {"node_modules", "static", "__pycache__"}


if __name__ == "__main__":
    main()
