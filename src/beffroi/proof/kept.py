"""What the checker keeps in files beside its code: texts, tables, and words in two languages."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias, cast

Language: TypeAlias = Literal["en", "fr"]


def kept_text(package: str, *path: str) -> str:
    """A file of a package. Raises FileNotFoundError."""
    return files(package).joinpath(*path).read_text("utf-8")


def kept_table(package: str, *path: str) -> dict[str, object]:
    """A table of a package. Raises FileNotFoundError."""
    return tomllib.loads(kept_text(package, *path))


@cache
def kept_words(package: str, lang: Language) -> Mapping[str, str]:
    """What a package says in one language, from its `words.toml`.

    >>> kept_words("beffroi.proof.reports", "fr")["PASS"]
    'Satisfait'
    """
    return cast("dict[str, dict[str, str]]", kept_table(package, "words.toml"))[lang]
