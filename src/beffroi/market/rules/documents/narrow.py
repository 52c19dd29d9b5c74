"""What an index may hold of a document, and what of a condition an index can say.

A facet's path is the dotted path of the member, or stands for the parties with one role. `exact` conditions
say all that `matches` says.
"""

from collections.abc import Iterable, Iterator
from typing import cast

from beffroi.kernel.json import JsonObject
from beffroi.market.rules.documents.matches import leaf_values, readings
from beffroi.market.rules.documents.question import Comparison, Condition
from beffroi.market.rules.documents.reach import reach
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.documents.roles import ROLE_PATHS, Role, role_path, with_role
from beffroi.store.port import All, Comparator, Either, Facet, Filter, Indexer, Named, Sort, Where

_OFTEN = ("name", "lifecycleStatus", "status", "state")
_ALWAYS_KNOWN = frozenset({"@type", "@baseType"})


def indexer(resource: Resource) -> Indexer:
    """How a store indexes the documents of a resource: its name, state and parties from the first one on,
    other members once somebody asked for them."""
    often = {name for name in _OFTEN if name in resource.members}
    state = {resource.state_member} - {""}
    parties = {path for path in resource.parties if path != "id"}
    return Indexer(facets, lambda _: (), frozenset(often | state | parties))


def facets(body: JsonObject, paths: frozenset[str]) -> Iterator[Facet]:
    """The facets of a document that have one of these paths."""
    for path in paths:
        if path in ROLE_PATHS:
            yield from (Facet(path, "text", party) for party in with_role(body, ROLE_PATHS[path]))
            continue
        for leaf in reach(body, path.split(".")):
            for sort, value in leaf_values(leaf):
                yield Facet(path, cast("Sort", sort), value)


def narrow(resource: Resource, condition: Condition) -> tuple[Filter, bool]:
    """The condition as an index understands it, and whether that is all of it."""
    parts = [_either(resource, either) for either in condition]
    return All(tuple(part for part, _ in parts)), all(exact for _, exact in parts)


def of_parties(resource: Resource, party: str) -> Filter:
    """Documents that concern a party, or that everybody may read."""
    if resource.public:
        return All()
    return Either(
        tuple(
            Named((party,)) if path == "id" else Where(path, "==", "text", party) for path in resource.parties
        )
    )


def of_role(party: str, role: Role) -> Filter:
    """Documents in which a party has a role."""
    return Where(role_path(role), "==", "text", party)


def _either(resource: Resource, either: Iterable[Comparison]) -> tuple[Filter, bool]:
    parts = [_comparison(resource, one) for one in either]
    return Either(tuple(part for part, _ in parts)), all(exact for _, exact in parts)


def _comparison(resource: Resource, asked: Comparison) -> tuple[Filter, bool]:
    if asked.path == ("id",) and asked.operator == "==":
        return Named(asked.literals), True
    known = asked.path[0] in resource.members or asked.path[0] in _ALWAYS_KNOWN
    if asked.operator == "regex" or not known:
        return All(), False
    path = ".".join(asked.path)
    comparator: Comparator = asked.operator
    wheres = [
        Where(path, comparator, cast("Sort", sort), value)
        for literal in asked.literals
        for sort, value in readings(literal)
    ]
    return Either(tuple(wheres)), True
