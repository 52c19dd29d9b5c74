"""Sort documents as `sort=-a,b` asks (TMF630): numbers before texts, documents without the member last."""

from collections.abc import Sequence
from typing import TypeAlias, TypeVar

from beffroi.kernel.json import JsonObject
from beffroi.market.rules.documents.matches import leaf_values
from beffroi.market.rules.documents.question import Sorting
from beffroi.market.rules.documents.reach import reach

Place: TypeAlias = tuple[int, float, str]
T = TypeVar("T")
_RANK = {"boolean": 1, "number": 2, "time": 3, "text": 4}


def place_of(body: JsonObject, sorting: Sorting) -> Place | None:
    """Where a document stands by one member: by its first value; None without one."""
    for leaf in reach(body, sorting.path):
        values = list(leaf_values(leaf))
        if values:
            sort, value = values[-1]
            if isinstance(value, str):
                return _RANK[sort], 0.0, value
            return _RANK[sort], float(value), ""
    return None


def in_order(items: Sequence[tuple[tuple[Place | None, ...], T]], sort: Sequence[Sorting]) -> list[T]:
    """The items by their places; equal ones stay in the order they have.

    >>> in_order([(((4, 0.0, "b"),), 1), ((None,), 2), (((4, 0.0, "a"),), 3)], [Sorting(("name",))])
    [3, 1, 2]
    """
    found = list(items)
    for column in reversed(range(len(sort))):
        present = [item for item in found if item[0][column] is not None]
        absent = [item for item in found if item[0][column] is None]
        present.sort(key=lambda item, at=column: item[0][at] or _NOWHERE, reverse=sort[column].descending)  # type: ignore[misc]
        found = present + absent
    return [item for _, item in found]


_NOWHERE: Place = (0, 0.0, "")
