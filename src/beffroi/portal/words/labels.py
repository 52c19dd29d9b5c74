"""Names that people know for types, attributes and words in values (`labels.toml`)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, TypedDict, cast

Translated = Mapping[str, str]


class TypeLabel(TypedDict, total=False):
    """What the file says of one type, beside its names in the languages."""

    en: str
    fr: str
    colour: str
    columns: list[str]


class _File(TypedDict):
    types: dict[str, TypeLabel]
    attributes: dict[str, dict[str, str]]
    values: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Labels:
    """The file as read. Keys are short names: what stands behind the last `/`, `#` or `:` of a URI."""

    types: Mapping[str, TypeLabel]
    attributes: Mapping[str, Translated]
    values: Mapping[str, Translated]

    def type_name(self, uri: str, language: str) -> str:
        """
        >>> load_labels().type_name("https://smartdatamodels.org/x/OffStreetParking", "fr")
        'Parkings'
        """
        short = short_name(uri)
        return str(self.types.get(short, {}).get(language, "")) or short

    def attribute_name(self, uri: str, language: str) -> str:
        short = short_name(uri)
        return self.attributes.get(short, _UNKNOWN).get(language, "") or short

    def value_name(self, word: str, language: str) -> str:
        return self.values.get(word, _UNKNOWN).get(language, "") or word

    def colour_attribute(self, type_uri: str) -> str:
        """The short name of the attribute that the map shows first; empty when the file has none."""
        return self.types.get(short_name(type_uri), TypeLabel()).get("colour", "")

    def columns(self, type_uri: str) -> tuple[str, ...]:
        """The short names that a table of this type shows beside the name."""
        return tuple(self.types.get(short_name(type_uri), TypeLabel()).get("columns", ()))


_UNKNOWN: Final[Translated] = {}


def load_labels() -> Labels:
    """Read the file that ships with the portal."""
    text = files("beffroi.portal.words").joinpath("labels.toml").read_text("utf-8")
    read = cast("_File", cast("object", tomllib.loads(text)))
    return Labels(read["types"], read["attributes"], read["values"])


def short_name(uri: str) -> str:
    """
    >>> short_name("https://smartdatamodels.org/dataModel.Parking/OffStreetParking"), short_name("a#b")
    ('OffStreetParking', 'b')
    """
    return uri.rstrip("/#:").replace("#", "/").rpartition("/")[2].rpartition(":")[2] or uri
