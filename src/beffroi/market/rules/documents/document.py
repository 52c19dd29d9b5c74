"""Make and change documents: what must be there, what nobody may write, which shape members have."""

import re
from collections.abc import Mapping

from beffroi.kernel.instant import Instant, parse_instant, shortened
from beffroi.kernel.json import Json, JsonObject, is_same
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.documents.limits import check_limits
from beffroi.market.rules.documents.machines import check_move, check_start
from beffroi.market.rules.documents.resource import Resource, Shape

_OWN: Mapping[str, Shape] = {"@type": "text", "@baseType": "text", "@schemaLocation": "text"}
_KIND = frozenset({"@type", "@baseType"})
"""What a document is does not change."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WORDS: Mapping[Shape, str] = {
    "text": "a text",
    "flag": "true or false",
    "number": "a number",
    "moment": "a date-time with a zone (RFC 3339)",
    "object": "an object",
    "list": "a list of objects",
}


def made(resource: Resource, given: JsonObject, id: str, now: Instant) -> JsonObject:
    """The new document that a client gives, with id, type, defaults, state and moments. Raises Problem."""
    check_limits(given)
    given = {
        name: value for name, value in given.items() if value is not None or name not in resource.members
    }
    for name in ("id", "href", *sorted(resource.fixed)):
        if name in given:
            raise Problem(BadRequestData, f"The member '{name}' of {_a(resource)} is written by the node.")
    for name in resource.required:
        if name not in given:
            raise Problem(BadRequestData, f"{_a(resource).capitalize()} needs the member '{name}'.")
    body: JsonObject = {"id": id, **given}
    for name, value in {"@type": resource.type, **resource.defaults}.items():
        body.setdefault(name, value)
    for name in (*resource.made, *resource.touched):
        body[name] = shortened(now)
    if resource.machine:
        body.setdefault(resource.machine.member, resource.machine.initial)
        check_start(resource.machine, body[resource.machine.member], resource.name)
    check_members(resource, body)
    return body


def changed(resource: Resource, before: JsonObject, after: JsonObject, now: Instant) -> JsonObject:
    """The document that a client makes of a stored one, both without href. Raises Problem.

    Where nothing changes, it is the stored one, its moments included.
    """
    check_limits(after)
    after = {
        **after,
        **{name: before[name] for name in (*resource.made, *resource.touched) if name in before},
    }
    what = f"{resource.name} '{before['id']}'"
    for name in ("id", *sorted(resource.fixed)):
        if after.get(name) != before.get(name):
            raise Problem(BadRequestData, f"The member '{name}' of {what} is written by the node.")
    for name in sorted(resource.constant | _KIND):
        if after.get(name) != before.get(name):
            raise Problem(BadRequestData, f"The member '{name}' of {what} does not change any more.")
    for name in resource.required:
        if after.get(name) is None:
            raise Problem(BadRequestData, f"The member '{name}' of {what} cannot be taken away.")
    check_members(resource, after)
    if resource.machine:
        member = resource.machine.member
        check_move(resource.machine, before.get(member), after.get(member), what)
    return before if after == before else touched(resource, after, now)


def differing(before: JsonObject, after: JsonObject) -> list[str]:
    """The members that two versions of a document do not share, sorted.

    >>> differing({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": True, "d": None})
    ['b', 'c', 'd']
    """
    return sorted(
        name
        for name in before.keys() | after.keys()
        if name not in before or name not in after or not is_same(before[name], after[name])
    )


def touched(resource: Resource, body: JsonObject, now: Instant) -> JsonObject:
    """The document with the moment of its last change."""
    return {**body, **{name: shortened(now) for name in resource.touched}}


def check_members(resource: Resource, body: JsonObject) -> None:
    """Raise Problem(BadRequestData) for a known member whose value has not its shape, or a period that ends
    before it begins."""
    for name, value in body.items():
        shape = resource.members.get(name) or _OWN.get(name)
        if shape is None:
            continue
        if not _has_shape(value, shape):
            raise Problem(BadRequestData, f"The member '{name}' of {_a(resource)} is not {_WORDS[shape]}.")
        if isinstance(value, dict):
            _check_period(name, value)


def _has_shape(value: Json, shape: Shape) -> bool:
    match shape:
        case "text":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "moment":
            return isinstance(value, str) and is_moment(value)
        case "object":
            return isinstance(value, dict)
        case "list":
            return isinstance(value, list) and all(isinstance(element, dict) for element in value)


def is_moment(text: str) -> bool:
    """Whether a text is a date-time, or a day."""
    return parse_instant(text) is not None or bool(
        _DAY.fullmatch(text) and parse_instant(f"{text}T00:00:00Z")
    )


def _check_period(name: str, period: JsonObject) -> None:
    edges = [period.get("startDateTime"), period.get("endDateTime")]
    for edge in edges:
        if edge is not None and not (isinstance(edge, str) and is_moment(edge)):
            raise Problem(
                BadRequestData,
                f"The period '{name}' begins or ends at {str(edge)[:40]!r}, which is no date-time.",
            )
    start, end = (parse_instant(str(edge)) for edge in edges)
    if start and end and end < start:
        raise Problem(BadRequestData, f"The period '{name}' ends before it begins.")


def _a(resource: Resource) -> str:
    """The name with its article.

    >>> from beffroi.market.rules.apis import RESOURCES
    >>> _a(RESOURCES["agreement"]), _a(RESOURCES["usage"])
    ('an agreement', 'a usage')
    """
    article = "an" if resource.name[0] in "aeio" else "a"
    return f"{article} {resource.name}"
