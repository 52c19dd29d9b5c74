"""Members of a document's content as fields of a form, and the fields as a merge patch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, cast

from beffroi.kernel.json import Json, JsonObject
from beffroi.portal.reading.network.needs import amount
from beffroi.portal.reading.network.points import typed_fields, typed_point

Sort: TypeAlias = Literal["line", "text", "lines", "url", "day", "moment", "decimal", "choice", "point"]
_PARTS: Final = {"cost", "place", "source"}
"""Members that are nothing without the parts that the form shows."""


@dataclass(frozen=True, slots=True)
class Field:
    """A member by its dotted path, what people call it, and how it is typed; a `point` is two fields with
    names of their own. `choices` are values and what people call them."""

    path: str
    name: str
    sort: Sort = "line"
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict[str, str])


def shown(content: JsonObject, members: Iterable[Field]) -> dict[str, str]:
    """What the content says, as the fields of the form."""
    fields = dict[str, str]()
    for each in members:
        value = _at(content, each.path)
        match each.sort:
            case "point":
                fields |= typed_fields(value)
            case "lines":
                fields[each.path] = "\n".join(str(line) for line in cast("list[Json]", value or []))
            case "moment":
                fields[each.path] = str(value or "")[:10]
            case _:
                fields[each.path] = "" if value is None else str(value)
    return fields


def patch_of(content: JsonObject, members: Iterable[Field], fields: Mapping[str, str]) -> JsonObject:
    """The merge patch (RFC 7396) that makes the content say what the form says; empty fields go away.

    >>> members = Field("title", "Title"), Field("cost.note", "Note")
    >>> patch_of({"title": "A", "cost": {"note": "n"}}, members, {"title": "B"})
    {'title': 'B', 'cost': None}

    Raises Problem(BadRequestData) for a point that is none."""
    patch: JsonObject = {}
    for each in members:
        value = _typed(each, fields)
        if value == _at(content, each.path) or (each.sort == "moment" and _same_day(content, each, fields)):
            continue
        head, _, tail = each.path.partition(".")
        if tail:
            parts = cast("JsonObject", patch.setdefault(head, {}))
            parts[tail] = value
        else:
            patch[head] = value
    for name in _PARTS & patch.keys():
        parts = cast("JsonObject", patch[name])
        left = {**cast("JsonObject", content.get(name) or {}), **parts}
        if all(value is None for value in left.values()):
            patch[name] = None
    return patch


def _typed(member: Field, fields: Mapping[str, str]) -> Json:
    text = fields.get(member.path, "").strip()
    match member.sort:
        case "point":
            return typed_point(fields)
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()] or None
        case "decimal":
            return amount(text) or None
        case "moment":
            return f"{text}T00:00:00Z" if text else None
        case _:
            return text or None


def _same_day(content: JsonObject, member: Field, fields: Mapping[str, str]) -> bool:
    return str(_at(content, member.path) or "")[:10] == fields.get(member.path, "").strip()


def _at(content: JsonObject, path: str) -> Json:
    value: Json = content
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
