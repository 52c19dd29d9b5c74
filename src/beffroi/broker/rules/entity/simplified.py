"""Give a value in simplified representation the type of the attribute that it is merged into (5.6.17.4)."""

from typing import NamedTuple

from beffroi.broker.rules.entity.attribute import WRAPPED, read_attribute
from beffroi.broker.rules.entity.datasets import datasets_in, of_datasets
from beffroi.broker.rules.entity.entity import VALUE_MEMBER, AttributeType, Instance
from beffroi.broker.rules.entity.reading import Reading
from beffroi.broker.rules.names import bad
from beffroi.kernel.json import Json


class Simplified(NamedTuple):
    """The values of a fragment that are in simplified representation, by expanded names, as they came, and
    how they are read: what they are depends on what they are merged into."""

    values: dict[str, Json]
    reading: Reading


def read_as_stored(name: str, value: Json, stored: list[Instance], reading: Reading) -> list[Instance]:
    """The instances that such a value is, each of the type of what is stored. Raises Problem(BadRequestData)
    for a value that cannot be of that type."""
    kinds: dict[str, AttributeType] = {each.get("datasetId", "@none"): each["type"] for each in stored}
    first = stored[0]["type"]
    plain = reading._replace(simplified=False)

    def read(dataset: str, each: Json) -> list[Instance]:
        return [_read(name, each, kinds.get(dataset, first), plain)]

    datasets = datasets_in(value) if reading.simplified else None
    return read("@none", value) if datasets is None else of_datasets(name, datasets, read)


def _read(name: str, value: Json, kind: AttributeType, reading: Reading) -> Instance:
    member = VALUE_MEMBER[kind]
    if member in WRAPPED and isinstance(value, dict) and len(value) == 1 and member in value:
        value = value[member]
    elif kind == "LanguageProperty" and reading.lang and isinstance(value, (str, list)):
        value = {reading.lang: value}
    elif kind == "ListProperty" and isinstance(value, str):
        value = [value]
    elif kind == "JsonProperty" and not isinstance(value, (dict, list)):
        bad(f"What is merged into the JsonProperty '{name}' is no object and no array.")
    (instance,) = read_attribute(name, {"type": kind, member: value}, reading, 0)
    return instance
