"""A need as the fields of its form, and back."""

from collections.abc import Mapping
from typing import Final, cast

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.network.rules.needs.vocabulary import QUESTIONS
from beffroi.portal.reading.network.points import typed_fields, typed_point

_SHOWN: Final = {
    "title", "language", "problem", "domain", "data", "budget", "place", "location", *QUESTIONS,
}  # fmt: skip


def need_content(fields: Mapping[str, str], language: str, known: JsonObject | None = None) -> JsonObject:
    """The content of a need from the fields of its form; of `known` stays what the form does not show. What
    is wrong, the schema refuses with its value. Raises Problem(BadRequestData) for a place that is none."""
    kept = {name: value for name, value in (known or {}).items() if name not in _SHOWN}
    content: JsonObject = {
        **kept,
        "title": fields.get("title", "").strip(),
        "language": fields.get("language") or language,
        "problem": fields.get("problem", "").strip(),
        "domain": fields.get("domain", ""),
    }
    data = _data(fields.get("types", ""), known or {})
    if data:
        content["data"] = data
    if fields.get("from", "").strip() or fields.get("to", "").strip():
        content["budget"] = {
            "currency": fields.get("currency", "EUR").strip(),
            "from": amount(fields.get("from", "")) or "0",
            "to": amount(fields.get("to", "")),
        }
    for question in QUESTIONS:
        level = fields.get(question, "")
        content[question] = {
            "level": int(level) if level in {"0", "1", "2", "3", "4"} else level,
            "reason": fields.get(f"{question}.reason", "").strip(),
        }
    if fields.get("place", "").strip():
        content["place"] = fields["place"].strip()
    point = typed_point(fields)
    if point is not None:
        content["location"] = {"type": "Point", "coordinates": point}
    return content


def need_fields(content: JsonObject) -> dict[str, str]:
    """A need as the fields of its form."""
    fields = {
        name: str(content.get(name, "")) for name in ("title", "language", "problem", "domain", "place")
    }
    fields["types"] = ", ".join(str(each["type"]) for each in objects_in(content.get("data")))
    budget = cast("JsonObject", content.get("budget", {}))
    fields |= {name: str(budget[name]) for name in ("from", "to", "currency") if name in budget}
    for question in QUESTIONS:
        answer = cast("JsonObject", content[question])
        fields |= {question: str(answer["level"]), f"{question}.reason": str(answer["reason"])}
    location = cast("JsonObject", content.get("location", {}))
    return fields | typed_fields(location.get("coordinates"))


def patch_to(before: JsonObject, after: JsonObject) -> JsonObject:
    """The merge patch (RFC 7396) that makes one content of another.

    >>> patch_to({"a": 1, "b": 2}, {"a": 1, "c": 3})
    {'c': 3, 'b': None}
    """
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return {**changed, **{name: None for name in before if name not in after}}


def amount(text: str) -> str:
    """An amount as people write it, as the documents have it."""
    return text.strip().replace(" ", "").replace("\u202f", "").replace("\u00a0", "").replace(",", ".")


def _data(types: str, known: JsonObject) -> list[Json]:
    """The entity types that are named; those that were there before keep their dataset and note."""
    before = {str(each["type"]): each for each in objects_in(known.get("data"))}
    return [before.get(word, {"type": word}) for word in types.replace(",", " ").split()]
