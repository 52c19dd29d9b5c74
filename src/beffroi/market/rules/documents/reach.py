"""Reach values in a document by a dotted path; lists are walked through (TMF630)."""

from collections.abc import Iterator, Sequence

from beffroi.kernel.json import Json

MOST_SEGMENTS = 10


def reach(value: Json, path: Sequence[str]) -> Iterator[Json]:
    """Every value at the end of the path; the elements of a list at the end one by one.

    >>> list(reach({"relatedParty": [{"id": "1"}, {"id": "2"}, {"name": "x"}]}, ("relatedParty", "id")))
    ['1', '2']
    """
    if isinstance(value, list):
        for element in value:
            yield from reach(element, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from reach(value[path[0]], path[1:])
