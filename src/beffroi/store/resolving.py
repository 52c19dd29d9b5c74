"""Turn a Filter into the conditions that the indexes of one collection can answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from beffroi.kernel.geometry import Box
from beffroi.store.ordering import Span, shelf_of, span_of
from beffroi.store.picture import is_name
from beffroi.store.port import All, Between, Either, Filter, Named, Prefix, Touches, Where

MOST_TERMS = 64
"""A disjunction with more terms is left to the evaluator: databases compile it too slowly."""


@dataclass(frozen=True, slots=True)
class Range:
    """Index rows of a shelf within a span of bytes."""

    shelf: int
    span: Span


@dataclass(frozen=True, slots=True)
class Near:
    path: str
    box: Box


@dataclass(frozen=True, slots=True)
class Ids:
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class And:
    of: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    of: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Always:
    """No index says anything: true for every record, or false for every one."""

    answer: bool


Leaf: TypeAlias = Range | Near | Ids
Node: TypeAlias = Leaf | And | Or | Always


@dataclass(frozen=True, slots=True)
class Resolved:
    """`exact` says whether the node lets through exactly what the filter does."""

    node: Node
    exact: bool


def resolve(where: Filter, ready: Mapping[str, int]) -> Resolved:
    """Look up each condition among the ready index paths (by number); others count as true.

    Nothing but And, Or and leaves is left below the top: a truth constant is folded away.
    """
    match where:
        case Named(ids):
            stored = tuple(dict.fromkeys(id for id in ids if is_name(id)))
            return Resolved(Ids(stored) if stored else Always(answer=False), exact=True)
        case Touches(path, box):
            return Resolved(Near(path, box), exact=True)
        case All(of):
            return _all([resolve(one, ready) for one in of])
        case Either(of):
            return _either([resolve(one, ready) for one in of])
        case Where() | Between() | Prefix():
            return _range(where, ready)


def leaves(node: Node) -> list[Leaf]:
    match node:
        case And(of) | Or(of):
            return [leaf for one in of for leaf in leaves(one)]
        case Always():
            return []
        case _:
            return [node]


def _range(condition: Where | Between | Prefix, ready: Mapping[str, int]) -> Resolved:
    span = span_of(condition)
    if span is None:
        return Resolved(Always(answer=False), exact=True)
    number = ready.get(condition.path)
    if number is None:
        return Resolved(Always(answer=True), exact=False)
    sort = "text" if isinstance(condition, Prefix) else condition.sort
    return Resolved(Range(shelf_of(number, sort), span), span.exact)


def _all(parts: list[Resolved]) -> Resolved:
    if any(part.node == Always(answer=False) for part in parts):
        return Resolved(Always(answer=False), exact=True)
    nodes: list[Node] = []
    for part in parts:
        match part.node:
            case Always():
                pass
            case And(of):
                nodes += of
            case node:
                nodes.append(node)
    exact = all(part.exact for part in parts)
    if not nodes:
        return Resolved(Always(answer=True), exact)
    if len(leaves(And(tuple(nodes)))) > MOST_TERMS:
        nodes, exact = nodes[:1], False
    return Resolved(nodes[0] if len(nodes) == 1 else And(tuple(nodes)), exact)


def _either(parts: list[Resolved]) -> Resolved:
    possible = [part for part in parts if part.node != Always(answer=False)]
    if not possible:
        return Resolved(Always(answer=False), exact=True)
    certain = [part for part in possible if part.node == Always(answer=True)]
    if certain:
        return Resolved(Always(answer=True), any(part.exact for part in certain))
    nodes = tuple(part.node for part in possible)
    if len(nodes) == 1:
        return possible[0]
    if len(leaves(Or(nodes))) > MOST_TERMS:
        return Resolved(Always(answer=True), exact=False)
    return Resolved(Or(nodes), all(part.exact for part in possible))
