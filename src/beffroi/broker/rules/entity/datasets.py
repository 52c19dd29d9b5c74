"""Several values of one attribute in simplified representation, by their datasetId (clause 4.5.4)."""

from collections.abc import Callable

from beffroi.broker.rules.entity.entity import Instance
from beffroi.broker.rules.names import check_uri
from beffroi.kernel.json import Json, JsonObject


def datasets_in(value: Json) -> JsonObject | None:
    """The values by datasetId, `@none` for the one without; None for a single value.

    >>> datasets_in({"dataset": {"@none": 5, "urn:d:1": 6}})
    {'@none': 5, 'urn:d:1': 6}
    """
    inner = value.get("dataset") if isinstance(value, dict) and len(value) == 1 else None
    return inner if isinstance(inner, dict) else None


def of_datasets(name: str, values: JsonObject, read: Callable[[str, Json], list[Instance]]) -> list[Instance]:
    """The instances that `read` makes of datasetIds and their values. Raises Problem(BadRequestData) for a
    datasetId that is no URI."""
    found = list[Instance]()
    for dataset, value in values.items():
        for instance in read(dataset, value):
            if dataset != "@none":
                instance["datasetId"] = check_uri(dataset, f"The datasetId of attribute '{name}'")
            found.append(instance)
    return found
