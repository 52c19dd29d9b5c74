"""Change a document by a JSON Patch (RFC 6902); what is given is not changed."""

from copy import deepcopy
from typing import cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem, TooLarge
from beffroi.market.rules.documents.limits import size_of

MOST_OPERATIONS = 1_000
MOST_COPIED = 20_000
"""Values that all `copy` operations of one patch may make."""

_APPEND = "-"


def patched(document: JsonObject, operations: Json) -> JsonObject:
    """The document after all operations, in their order; one that cannot be done refuses all.

    >>> patched({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}, {"op": "remove", "path": "/a/0"}])
    {'a': [2]}
    """
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS:
        raise Problem(BadRequestData, f"A JSON Patch is a list of at most {MOST_OPERATIONS} operations.")
    holder: Json = deepcopy(document)
    copied = 0
    for number, operation in enumerate(operations, 1):
        if not isinstance(operation, dict):
            raise Problem(BadRequestData, f"Operation {number} of the patch is no object.")
        if operation.get("op") == "copy":
            copied += size_of(_found(holder, _pointer(operation, "from", number), number))
            if copied > MOST_COPIED:
                raise Problem(TooLarge, f"The patch copies more than {MOST_COPIED} values.")
        holder = _operated(holder, operation, number)
    if not isinstance(holder, dict):
        raise Problem(BadRequestData, "After the patch the document is no object.")
    return holder


def _operated(document: Json, operation: JsonObject, number: int) -> Json:
    path = _pointer(operation, "path", number)
    match operation.get("op"):
        case "add":
            return _added(document, path, _value(operation, number), number)
        case "remove":
            return _removed(document, path, number)
        case "replace":
            _found(document, path, number)
            return _replaced(document, path, _value(operation, number), number)
        case "move":
            source = _pointer(operation, "from", number)
            if path[: len(source)] == source and len(path) > len(source):
                raise Problem(BadRequestData, f"Operation {number} moves a value into itself.")
            value = _found(document, source, number)
            return _added(_removed(document, source, number), path, value, number)
        case "copy":
            value = deepcopy(_found(document, _pointer(operation, "from", number), number))
            return _added(document, path, value, number)
        case "test":
            if not _same(_found(document, path, number), _value(operation, number)):
                raise Problem(Conflict, f"The test of operation {number} fails at '{operation['path']}'.")
            return document
        case other:
            raise Problem(
                BadRequestData, f"Operation {number} of the patch has the unknown 'op' {str(other)[:40]!r}."
            )


def _pointer(operation: JsonObject, member: str, number: int) -> list[str]:
    text = operation.get(member)
    if not isinstance(text, str) or (text and not text.startswith("/")) or text.count("/") > 100:
        raise Problem(BadRequestData, f"Operation {number} of the patch has no JSON Pointer in '{member}'.")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _value(operation: JsonObject, number: int) -> Json:
    if "value" not in operation:
        raise Problem(BadRequestData, f"Operation {number} of the patch has no 'value'.")
    return deepcopy(operation["value"])


def _found(document: Json, path: list[str], number: int) -> Json:
    value = document
    for part in path:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list):
            value = value[_index(part, len(value) - 1, number)]
        else:
            raise _nothing(path, number)
    return value


def _added(document: Json, path: list[str], value: Json, number: int) -> Json:
    if not path:
        return value
    parent = _found(document, path[:-1], number)
    match parent:
        case dict():
            parent[path[-1]] = value
        case list():
            place = len(parent) if path[-1] == _APPEND else _index(path[-1], len(parent), number)
            parent.insert(place, value)
        case _:
            raise _nothing(path, number)
    return document


def _removed(document: Json, path: list[str], number: int) -> Json:
    if not path:
        raise Problem(BadRequestData, f"Operation {number} removes the document itself.")
    _found(document, path, number)
    parent = _found(document, path[:-1], number)
    if isinstance(parent, dict):
        del parent[path[-1]]
    else:
        del cast("list[Json]", parent)[int(path[-1])]
    return document


def _replaced(document: Json, path: list[str], value: Json, number: int) -> Json:
    if not path:
        return value
    parent = _found(document, path[:-1], number)
    if isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        cast("list[Json]", parent)[int(path[-1])] = value
    return document


def _index(part: str, most: int, number: int) -> int:
    if (
        part.isascii()
        and part.isdigit()
        and len(part) < 10
        and (part == "0" or part[0] != "0")
        and int(part) <= most
    ):
        return int(part)
    raise Problem(
        BadRequestData,
        f"Operation {number} of the patch names the element '{part[:40]}', which is not there.",
    )


def _same(one: Json, other: Json) -> bool:
    """Equality of JSON: true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _nothing(path: list[str], number: int) -> Problem:
    place = "/" + "/".join(path)
    return Problem(BadRequestData, f"Operation {number} of the patch finds nothing at '{place[:200]}'.")
