"""Policy: what of an ODRL 2.2 policy this node enforces, and what is agreed beside that.

The gate enforces four left operands: `purpose`, `dateTime`, `count` (with a unit that says of what and in
which period) and, as a refinement of the target, `spatial`. Everything else is agreed between the parties and
not enforced by a program; it is kept and named. What stands in an enforced operand must be understood, or the
policy is refused: to pass over it would let through what was not agreed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

import shapely
from shapely.errors import ShapelyError

from beffroi.kernel.instant import parse_instant
from beffroi.kernel.json import Json, JsonObject, decode, encode
from beffroi.kernel.problem import BadRequestData, Problem

PROFILE: Final = "urn:beffroi:odrl"
GEO_JSON_LITERAL: Final = "http://www.opengis.net/ont/geosparql#geoJSONLiteral"
DATE_TIME: Final = "http://www.w3.org/2001/XMLSchema#dateTime"
MOST_CONSTRAINTS: Final = 100

OPERATORS: Final[Mapping[str, frozenset[str]]] = {
    "purpose": frozenset({"eq", "isA", "isAnyOf"}),
    "dateTime": frozenset({"lt", "lteq", "gt", "gteq"}),
    "count": frozenset({"lt", "lteq"}),
    "spatial": frozenset({"isPartOf", "eq"}),
}
"""The enforced operands, and the operators that each may have. `spatial` is enforced in a refinement of the
target: which data it is. As a constraint it says where the data is used, which no program sees."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """`right` is a text, a number, an Instant, a geometry, or a tuple of texts."""

    left: str
    operator: str
    right: "str | float | tuple[str, ...] | JsonObject"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """`enforced` all have to hold; `agreed` are the parts that no program enforces, as one says them."""

    uid: str
    target: str
    enforced: tuple[Constraint, ...]
    agreed: tuple[str, ...] = ()


def read_policy(document: Json) -> Policy:
    """A policy in JSON-LD with the terms of the ODRL context, own or foreign.

    Raises Problem(BadRequestData) for what is no policy and for what cannot be enforced as it is said.
    """
    if not isinstance(document, dict):
        _bad("An ODRL policy is a JSON object.")
    if "inheritFrom" in document:
        _bad("The policy inherits from another one (inheritFrom), which is not read here.")
    permissions = [_object(each, "permission") for each in _list(document.get("permission"))]
    if not permissions:
        _bad("The policy permits nothing: it has no permission.")
    if len(permissions) > 1:
        _bad(f"The policy has {len(permissions)} permissions; one is read here.")
    permission = permissions[0]
    if (action := _action(permission)) not in {"use", "read"}:
        _bad(f"The policy permits '{action}', and this node enforces 'use' and 'read'.")
    target = permission.get("target", document.get("target"))
    enforced, agreed = _constraints(permission, refines=False)
    if isinstance(target, dict):
        more, kept = _constraints(target, refines=True)
        enforced, agreed = enforced + more, agreed + kept
    agreed += [_rule("duty", each) for each in _list(permission.get("duty"))]
    for kind in ("prohibition", "obligation"):
        agreed += [_rule(kind, each) for each in _list(document.get(kind))]
    uid = document.get("uid", document.get("@id", ""))
    return Policy(str(uid), _target(target), tuple(enforced), tuple(agreed))


def _constraints(holder: JsonObject, *, refines: bool) -> tuple[list[Constraint], list[str]]:
    """The enforced constraints of a permission or of its target, and those that are only agreed."""
    given = _list(holder.get("refinement" if refines else "constraint"))
    if len(given) > MOST_CONSTRAINTS:
        _bad(f"The policy has {len(given)} constraints; at most {MOST_CONSTRAINTS} are read.")
    enforced, agreed = list[Constraint](), list[str]()
    for each in given:
        constraint = _object(each, "constraint")
        logical = {"or", "xone", "and", "andSequence"} & constraint.keys()
        if logical:
            _bad(f"The policy has a constraint with '{min(logical)}'; only single constraints are read here.")
        left = _word(constraint.get("leftOperand"), "leftOperand")
        if left in OPERATORS and refines == (left == "spatial"):
            enforced.append(_enforced(left, constraint))
        else:
            agreed.append(_said(left, constraint))
    return enforced, agreed


def _enforced(left: str, constraint: JsonObject) -> Constraint:
    operator = _word(constraint.get("operator"), "operator")
    if operator not in OPERATORS[left]:
        wanted = ", ".join(sorted(OPERATORS[left]))
        _bad(f"The constraint on '{left}' has the operator '{operator}', and not one of {wanted}.")
    value = constraint.get("rightOperand")
    match left:
        case "purpose":
            return Constraint(left, operator, tuple(_text(each, left) for each in _list(value)))
        case "dateTime":
            text = _text(value, left)
            moment = parse_instant(text)
            if moment is None:
                _bad(f"The constraint on 'dateTime' has the value '{text[:50]}', no date-time with a zone.")
            return Constraint(left, operator, moment)
        case "count":
            return Constraint(left, operator, _number(value), _id(constraint.get("unit")))
        case _:
            return Constraint(left, operator, _geometry(value))


def _said(left: str, constraint: JsonObject) -> str:
    return f"{left} {_word(constraint.get('operator'), 'operator')} {_plain(constraint.get('rightOperand'))}"


def _rule(kind: str, rule: Json) -> str:
    return f"{kind}: {_action(_object(rule, kind))}"


def _action(rule: JsonObject) -> str:
    action = rule.get("action")
    if isinstance(action, list) and len(action) == 1:
        action = action[0]
    if isinstance(action, dict) and isinstance(action.get("rdf:value"), dict):
        _bad("The action of the policy is refined, which is not read here.")
    return _word(action, "action")


def _word(value: Json, name: str) -> str:
    """A term of ODRL: `odrl:use`, its IRI and `use` are the same."""
    text = _id(value)
    if not text:
        _bad(f"The policy has a rule or constraint without '{name}'.")
    for prefix in ("http://www.w3.org/ns/odrl/2/", "odrl:"):
        text = text.removeprefix(prefix)
    return text


def _target(value: Json) -> str:
    if isinstance(value, dict):
        return _id(value.get("source", value.get("uid", value.get("@id", ""))))
    return _id(value)


def _id(value: Json) -> str:
    match value:
        case str():
            return value
        case {"@id": str(name)}:
            return name
        case _:
            return ""


def _text(value: Json, left: str) -> str:
    match value:
        case str(text) | {"@value": str(text)} | {"@id": str(text)}:
            return text
        case _:
            _bad(f"The constraint on '{left}' has the value {_plain(value)}, which is no text.")


def _number(value: Json) -> float:
    inner = value.get("@value") if isinstance(value, dict) else value
    if isinstance(inner, str) and inner.isascii() and inner.isdigit() and len(inner) < 16:
        inner = int(inner)
    if isinstance(inner, bool) or not isinstance(inner, int | float) or not inner >= 0:
        _bad(f"The constraint on 'count' has the value {_plain(value)}, which is no number from 0 on.")
    return float(inner)


def _geometry(value: Json) -> JsonObject:
    found = value
    if isinstance(value, dict) and value.get("@type") == GEO_JSON_LITERAL:
        found = decode(_text(value, "spatial").encode())
    if not isinstance(found, dict) or found.get("type") not in {"Polygon", "MultiPolygon"}:
        _bad(
            f"The refinement 'spatial' has the value {_plain(value)}, no Polygon or MultiPolygon of GeoJSON."
        )
    try:
        shapely.from_geojson(encode(found))
    except (ShapelyError, ValueError) as failure:
        raise Problem(
            BadRequestData, "The refinement 'spatial' has a polygon that cannot be read."
        ) from failure
    return found


def _object(value: Json, name: str) -> JsonObject:
    if not isinstance(value, dict):
        _bad(f"A '{name}' of the policy is {_plain(value)} and no object; nothing is fetched for it.")
    return value


def _list(value: Json) -> list[Json]:
    match value:
        case None:
            return []
        case list():
            return value
        case {"@list": list(inner)} | {"@set": list(inner)}:
            return inner
        case _:
            return [value]


def _plain(value: Json) -> str:
    inner = value.get("@value", value) if isinstance(value, dict) else value
    return str(inner)[:200]


def _bad(sentence: str) -> NoReturn:
    raise Problem(BadRequestData, sentence)
