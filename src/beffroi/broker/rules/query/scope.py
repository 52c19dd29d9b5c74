"""Scopes and the scope query language (clauses 4.18 and 4.19).

A scope may be written with or without its first slash; `/Madrid` and `Madrid` are the same scope.
"""

from collections.abc import Callable, Sequence

from beffroi.broker.rules.query.cursor import Cursor, is_name
from beffroi.broker.rules.query.query import EachOf, Name, OneOf, Selection
from beffroi.broker.rules.query.selection import parse_selection
from beffroi.kernel.problem import BadRequestData, Problem


def check_scope(text: str) -> None:
    """Raise Problem(BadRequestData) unless this is a Scope of clause 4.18.

    >>> check_scope("/Madrid/Gardens"), check_scope("Madrid")
    (None, None)
    >>> check_scope("/Madrid//Gardens")
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The scope '/Madrid//Gardens' is not valid: '' is no name of a level.
    """
    for level in text.removeprefix("/").split("/"):
        if not is_name(level):
            detail = f"The scope '{text[:200]}' is not valid: '{level[:50]}' is no name of a level."
            raise Problem(BadRequestData, detail)


def parse_scope_query(text: str) -> Selection:
    """Read a scope query into names such as `/madrid/+/gardens` and `/a/#`, each with its first slash.

    The whole may stand in quotation marks, as annex C.5.15 writes it. Raises Problem(BadRequestData).

    >>> parse_scope_query("(/Madrid/Districts;/CompanyA)|CompanyB")
    OneOf(of=(EachOf(of=(Name(text='/Madrid/Districts'), Name(text='/CompanyA'))), Name(text='/CompanyB')))
    """
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return parse_selection(Cursor(text, "scope query"), _read_scope)


def _read_scope(cursor: Cursor) -> Name:
    start = cursor.at
    text = cursor.until("|,;()")
    levels = text.removeprefix("/").split("/")
    named = levels[:-1] if levels[-1] == "#" else levels
    if not all(level == "+" or is_name(level) for level in named):
        cursor.at = start
        cursor.refuse("a scope such as /Madrid/+/Centre or /Madrid/# is expected")
    return Name("/" + "/".join(levels))


def scope_matcher(selection: Selection) -> Callable[[Sequence[str]], bool]:
    """Compile a scope query into a test of an entity's scopes; an entity without scopes is never selected.

    >>> scope_matcher(parse_scope_query("/Madrid/#"))(["/Madrid/Gardens"])
    True
    """
    match selection:
        case Name(text):
            holds = _pattern_matcher(text)
            return lambda scopes: any(holds(normal_scope(scope)) for scope in scopes)
        case EachOf(of):
            parts = tuple(map(scope_matcher, of))
            return lambda scopes: all(part(scopes) for part in parts)
        case OneOf(of):
            parts = tuple(map(scope_matcher, of))
            return lambda scopes: any(part(scopes) for part in parts)


def normal_scope(scope: str) -> str:
    """The scope with its first slash, which clause 4.18 lets people leave out."""
    return scope if scope.startswith("/") else "/" + scope


def _pattern_matcher(pattern: str) -> Callable[[str], bool]:
    if "+" in pattern:
        return _level_matcher(pattern)
    if not pattern.endswith("/#"):
        return lambda scope: scope == pattern
    trunk, start = pattern[:-2], pattern[:-1]
    return lambda scope: scope == trunk or scope.startswith(start)


def _level_matcher(pattern: str) -> Callable[[str], bool]:
    below = pattern.endswith("/#")
    wanted = pattern.removesuffix("/#").split("/")

    def holds(scope: str) -> bool:
        levels = scope.split("/")
        if len(levels) < len(wanted) or (len(levels) > len(wanted) and not below):
            return False
        return all(want in {"+", level} for want, level in zip(wanted, levels, strict=False))

    return holds
