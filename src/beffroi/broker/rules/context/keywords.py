"""Members of an object that mean the same (JSON-LD 1.1, clauses 4.5.1, 5.5.7): one of them would be lost."""

from collections.abc import Iterable
from typing import Final, NoReturn

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.names import bad
from beffroi.kernel.json import JsonObject

KEYWORDS: Final = {"id": "@id", "type": "@type"}
"""What the core @context calls the keywords of JSON-LD that name a thing and its kind."""


def check_keywords(body: JsonObject, what: str, context: Context) -> None:
    """Raise Problem(BadRequestData) where two members of an object, which `what` names, are one keyword.

    >>> check_keywords({"type": "Room", "@type": "House"}, "The entity", Context("", {}, {}))
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The entity has both 'type' and '@type', which mean the same.
    """
    for term, keyword in KEYWORDS.items():
        if keyword in body and term in body:
            _refuse(what, term, keyword)
    if context.aliases:
        _check_aliases(body, what, context)


def refuse_twice(names: Iterable[str], name: str, context: Context) -> NoReturn:
    """Refuse an attribute that one of the other names has given already (BadRequestData)."""
    uri = context.expand(name)
    first = next(other for other in names if other != name and context.expand(other) == uri)
    bad(f"The attributes '{first[:200]}' and '{name[:200]}' are one: both names mean '{uri[:500]}'.")


def _check_aliases(body: JsonObject, what: str, context: Context) -> None:
    found: dict[str, str] = {}
    for member in body:
        keyword = context.aliases.get(member) or KEYWORDS.get(member, member)
        if keyword in found and keyword in KEYWORDS.values():
            _refuse(what, found[keyword], member)
        found[keyword] = member


def _refuse(what: str, first: str, second: str) -> NoReturn:
    bad(f"{what} has both '{first}' and '{second}', which mean the same.")
