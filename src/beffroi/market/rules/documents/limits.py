"""How large a document may be."""

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem, TooLarge

DEEPEST = 32
MOST_VALUES = 20_000
LONGEST_TEXT = 100_000
LONGEST_NAME = 200


def check_limits(document: JsonObject) -> None:
    """Raise Problem for a document that is too deep, too large, or has a text or a name that is too long."""
    values = 0
    waiting: list[tuple[Json, int]] = [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        values += 1
        if depth > DEEPEST:
            raise Problem(BadRequestData, f"The document is nested deeper than {DEEPEST} levels.")
        if values > MOST_VALUES:
            raise Problem(TooLarge, f"The document has more than {MOST_VALUES} values.")
        match value:
            case dict():
                _check_names(value)
                waiting.extend((member, depth + 1) for member in value.values())
            case list():
                waiting.extend((element, depth + 1) for element in value)
            case str() if len(value) > LONGEST_TEXT:
                raise Problem(TooLarge, f"A text in the document has more than {LONGEST_TEXT} characters.")
            case _:
                pass


def size_of(value: Json) -> int:
    """How many values there are in a value, itself counted."""
    size, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        size += 1
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return size


def _check_names(value: JsonObject) -> None:
    for name in value:
        if not 0 < len(name) <= LONGEST_NAME:
            raise Problem(
                BadRequestData, f"The name '{name[:40]}' of a member has not 1 to {LONGEST_NAME} characters."
            )
