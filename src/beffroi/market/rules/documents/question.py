"""Parse the query string of a list into a Question: filter, sort, fields and page (TMF630 parts 1 and 2).

`a=v` asks for equality, `a.gt=v` or `a>v` for an order, `a.regex=v` or `a*=v` for a match; `,` in a value,
and `;` between parameters, mean OR, `&` means AND. A value in quotation marks may hold a comma.
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast
from urllib.parse import unquote_plus

from beffroi.kernel.pattern import compile_pattern
from beffroi.kernel.problem import BadRequestData, OperationNotSupported, Problem, TooComplexQuery
from beffroi.market.rules.documents.reach import MOST_SEGMENTS

Operator: TypeAlias = Literal["==", ">", ">=", "<", "<=", "regex"]

LONGEST_QUERY = 8_000
MOST_TERMS = 40
MOST_LITERALS = 200
MOST_SORTS = 5
MOST_FIELDS = 100
LARGEST_PAGE = 1_000
USUAL_PAGE = 100
FARTHEST = 1_000_000_000
NONE = "none"

_WORDS: dict[str, Operator] = {"eq": "==", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "regex": "regex"}
_SIGNS: dict[str, Operator] = {">=": ">=", "<=": "<=", "*=": "regex", ">": ">", "<": "<", "=": "=="}
_SIGN = re.compile(r">=|<=|\*=|=|>|<")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,]*)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Some value at the end of the path compares so with one of the literals."""

    path: tuple[str, ...]
    operator: Operator
    literals: tuple[str, ...]


Condition: TypeAlias = tuple[tuple[Comparison, ...], ...]
"""All of these, of each at least one."""


@dataclass(frozen=True, slots=True)
class Sorting:
    path: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a client asks of a list. `fields` None means whole documents, empty means id and href only."""

    where: Condition = ()
    sort: tuple[Sorting, ...] = ()
    fields: tuple[str, ...] | None = None
    offset: int = 0
    limit: int = USUAL_PAGE


def question_of(query: str) -> Question:
    """Read a query string as it stands in the address, regular expressions last: what is ruled out before
    costs them nothing. Raises Problem.

    >>> question_of("status=active,suspended&fields=name&sort=-name").where[0][0].literals
    ('active', 'suspended')
    """
    if len(query) > LONGEST_QUERY:
        raise Problem(TooComplexQuery, f"The query has more than {LONGEST_QUERY} characters.")
    controls = dict[str, str]()
    where = list[tuple[Comparison, ...]]()
    for term in (term for term in query.split("&") if term.strip(";")):
        name, sign, value = _split(term)
        if sign == "=" and name in _CONTROLS:
            if name in controls:
                raise Problem(BadRequestData, f"The parameter '{name}' is given more than once.")
            controls[name] = value
        else:
            where.append(tuple(sorted(map(_comparison, filter(None, term.split(";"))), key=_is_pattern)))
    _check_size(where)
    return Question(
        tuple(sorted(where, key=lambda either: any(map(_is_pattern, either)))),
        _sorts(controls.get("sort", "")),
        fields_of(controls.get("fields")),
        _count("offset", controls.get("offset", "0"), 0, FARTHEST),
        _count("limit", controls.get("limit", str(USUAL_PAGE)), 0, LARGEST_PAGE),
    )


def fields_of(text: str | None) -> tuple[str, ...] | None:
    """The members that `fields` names; empty for `none`."""
    if text is None or not text.strip():
        return None
    if text.strip() == NONE:
        return ()
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if len(names) > MOST_FIELDS:
        raise Problem(
            TooComplexQuery, f"The parameter 'fields' names {len(names)} members; {MOST_FIELDS} are allowed."
        )
    return names


_CONTROLS = frozenset({"fields", "offset", "limit", "sort"})


def _split(term: str) -> tuple[str, str, str]:
    """Name, sign and value of `name=value`; the sign is the first one there is."""
    text = unquote_plus(term)
    found = _SIGN.search(text)
    if found is None:
        raise Problem(BadRequestData, f"The parameter '{text[:100]}' has no value.")
    return text[: found.start()], found.group(), text[found.end() :]


def _comparison(term: str) -> Comparison:
    name, sign, value = _split(term)
    if name == "filter":
        raise Problem(
            OperationNotSupported, "The parameter 'filter' (JSONPath) is not supported; name members instead."
        )
    path = _path(name)
    operator = _SIGNS[sign]
    if sign == "=" and len(path) > 1 and path[-1] in _WORDS:
        path, operator = path[:-1], _WORDS[path[-1]]
    if operator == "regex":
        compile_pattern(value)
        return Comparison(path, operator, (value,))
    return Comparison(path, operator, _literals(value))


def _is_pattern(comparison: Comparison) -> bool:
    return comparison.operator == "regex"


def _path(name: str) -> tuple[str, ...]:
    path = tuple(name.split("."))
    if not all(path) or len(path) > MOST_SEGMENTS:
        raise Problem(
            BadRequestData, f"'{name[:100]}' names no member: a path has 1 to {MOST_SEGMENTS} names."
        )
    return path


def _literals(value: str) -> tuple[str, ...]:
    found = list[str]()
    place = 0
    while True:
        match = cast("re.Match[str]", _LITERAL.match(value, place))
        end = match.end()
        if match.group(1) is not None and end < len(value) and value[end] != ",":
            end = value.find(",", end) if "," in value[end:] else len(value)
            found.append(value[place:end])
        else:
            found.append(
                match.group(2) if match.group(1) is None else re.sub(r"\\(.)", r"\1", match.group(1))
            )
        if end >= len(value):
            break
        place = end + 1
    return tuple(found)


def _sorts(text: str) -> tuple[Sorting, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(names) > MOST_SORTS:
        raise Problem(
            TooComplexQuery, f"The parameter 'sort' names {len(names)} members; {MOST_SORTS} are allowed."
        )
    return tuple(Sorting(_path(name.lstrip("+-")), name.startswith("-")) for name in names)


def _count(name: str, text: str, least: int, most: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most:
        return int(text)
    raise Problem(
        BadRequestData, f"The parameter '{name}' is '{text[:40]}', not a number from {least} to {most}."
    )


def _check_size(where: list[tuple[Comparison, ...]]) -> None:
    comparisons = [one for terms in where for one in terms]
    if len(comparisons) > MOST_TERMS:
        raise Problem(
            TooComplexQuery, f"The query has {len(comparisons)} conditions; {MOST_TERMS} are allowed."
        )
    literals = sum(len(one.literals) for one in comparisons)
    if literals > MOST_LITERALS:
        raise Problem(TooComplexQuery, f"The query has {literals} values; {MOST_LITERALS} are allowed.")
