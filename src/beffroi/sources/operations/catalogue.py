"""The mappings that ship with the node (`sources/mappings`) and those of a folder of the city's own."""

import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem, ResourceNotFound
from beffroi.sources.rules.mapping.format import Mapping
from beffroi.sources.rules.mapping.parse import MOST_BYTES, mapping_of


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Mappings by name."""

    mappings: Dictionary[str, Mapping]

    def find(self, name: str) -> Mapping:
        """Raises Problem(ResourceNotFound)."""
        found = self.mappings.get(name)
        if found is None:
            raise Problem(ResourceNotFound, f"There is no mapping '{name[:100]}'.")
        return found


@cache
def shipped() -> Catalogue:
    """The mappings that come with the node."""
    folder = files("beffroi.sources") / "mappings"
    texts = [each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".toml")]
    return _named(read_mapping(text) for text in texts)


def with_own(catalogue: Catalogue, folder: Path) -> Catalogue:
    """The mappings of a catalogue and those of a folder; one of the same name takes the place.

    Raises Problem(BadRequestData) that names the file.
    """
    own = dict[str, Mapping]()
    for path in sorted(folder.glob("*.toml")):
        mapping = _own(path)
        if mapping.name in own:
            raise Problem(BadRequestData, f"Two mappings in '{folder}' are called '{mapping.name}'.")
        own[mapping.name] = mapping
    return Catalogue({**catalogue.mappings, **own})


def read_mapping(text: str) -> Mapping:
    """Read one TOML file; raises Problem(BadRequestData)."""
    if len(text) > MOST_BYTES:
        raise Problem(BadRequestData, f"The mapping is larger than {MOST_BYTES} characters.")
    try:
        return mapping_of(cast("JsonObject", tomllib.loads(text)))
    except (tomllib.TOMLDecodeError, RecursionError) as failure:
        raise Problem(BadRequestData, f"The mapping is not TOML: {failure}.") from failure


def _named(mappings: Iterable[Mapping]) -> Catalogue:
    return Catalogue({mapping.name: mapping for mapping in sorted(mappings, key=lambda each: each.name)})


def _own(path: Path) -> Mapping:
    try:
        with path.open(encoding="utf-8") as file:
            return read_mapping(file.read(MOST_BYTES + 1))
    except OSError as failure:
        raise Problem(
            BadRequestData, f"The mapping '{path}' cannot be read: {failure.strerror}."
        ) from failure
    except UnicodeDecodeError as failure:
        raise Problem(BadRequestData, f"The mapping '{path}' is not written in UTF-8.") from failure
    except Problem as problem:
        raise Problem(BadRequestData, f"The mapping '{path}' cannot be used. {problem.detail}") from problem
