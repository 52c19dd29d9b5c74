"""Foreign values in sentences and previews: short, whatever they are."""

from beffroi.kernel.json import Json

MOST_MEMBERS = 50
DEEPEST = 4


def quoted(value: Json, most: int = 60) -> str:
    """A value as a sentence quotes it.

    >>> quoted("Opéra"), quoted(None), quoted([[1]])
    ("'Opéra'", "'None'", 'a list')
    """
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return repr(str(value)[:most])


def text_or(value: Json, otherwise: str, most: int = 300) -> str:
    """A value that should be a text, such as a title."""
    return value.strip()[:most] if isinstance(value, str) and value.strip() else otherwise


def depth_of(value: Json, most: int) -> int:
    """How deep lists and objects are nested, counted to `most` and no further.

    >>> depth_of({"a": [1]}, 10), depth_of([[[1]]], 2)
    (2, 2)
    """
    if most == 0 or not isinstance(value, list | dict):
        return 0
    members = value if isinstance(value, list) else value.values()
    return 1 + max((depth_of(each, most - 1) for each in members), default=0)


def preview(value: Json, depth: int = DEEPEST) -> Json:
    """A value cut to what people look at.

    >>> preview({"a": {"b": {"c": {"d": {"e": 1}}}}})
    {'a': {'b': {'c': {'d': 'an object'}}}}
    """
    match value:
        case str():
            return value[:500]
        case dict() | list() if depth == 0:
            return quoted(value)
        case dict():
            return {name[:100]: preview(value[name], depth - 1) for name in list(value)[:MOST_MEMBERS]}
        case list():
            return [preview(each, depth - 1) for each in value[:MOST_MEMBERS]]
        case _:
            return value
