"""Where a value stands in a foreign record: a path of names and list positions."""

from typing import TypeAlias

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.sources.rules.quoting import quoted

Path: TypeAlias = tuple[str | int, ...]

MOST_STEPS = 8


def path_of(written: Json) -> Path:
    """Read a path: a text with points between the steps, or a list of steps for names that hold points.

    A step that is a number names a place in a list.

    >>> path_of("name.0.text"), path_of(["pm2.5"])
    (('name', 0, 'text'), ('pm2.5',))
    """
    match written:
        case str() if written.strip():
            steps: Path = tuple(int(step) if step.isdecimal() else step for step in written.split("."))
        case list() if written and all(_is_step(step) for step in written):
            steps = tuple(step for step in written if isinstance(step, str | int))
        case _:
            raise Problem(
                BadRequestData, f"The path {quoted(written, 100)} is neither a text nor a list of steps."
            )
    if len(steps) > MOST_STEPS or "" in steps:
        raise Problem(
            BadRequestData, f"The path {quoted(written, 100)} has an empty step or more than {MOST_STEPS}."
        )
    return steps


def value_at(record: JsonObject, path: Path) -> Json:
    """The value at a path; None where the record has none.

    >>> value_at({"name": [{"text": "Opéra"}]}, ("name", 0, "text"))
    'Opéra'
    >>> value_at({"name": None}, ("name", 0, "text")) is None
    True
    """
    if len(path) == 1:
        return record.get(path[0]) if isinstance(path[0], str) else None
    found: Json = record
    for step in path:
        match found, step:
            case dict(), str():
                found = found.get(step)
            case dict(), int():
                found = found.get(str(step))
            case list(), int() if step < len(found):
                found = found[step]
            case _:
                return None
    return found


def written_path(path: Path) -> str:
    """A path as people read it.

    >>> written_path(("name", 0, "text"))
    'name.0.text'
    """
    return ".".join(str(step) for step in path)


def _is_step(step: Json) -> bool:
    return isinstance(step, str) or (isinstance(step, int) and not isinstance(step, bool) and step >= 0)
