"""Turn a Filter into the conditions that the indexes of one collection can answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from beffroi.kernel.geometry import Box
from beffroi.store.indexing import IndexPath
from beffroi.store.ordering import SEVERAL, Span, both, is_ranged, shelf_of, span_of
from beffroi.store.picture import is_name
from beffroi.store.port import All, Between, Either, Filter, Indexer, Named, Prefix, Touches, Where

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
    """`exact` says whether the node lets through exactly what the filter does; `parts` are values of `apart`
    that all records surely have which it lets through."""

    node: Node
    exact: bool
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ready:
    """The indexes there are, by number, and the path by whose values others are indexed apart."""

    numbers: Mapping[IndexPath, int]
    indexer: Indexer


def asked_paths(where: Filter, indexer: Indexer, part: str = "") -> frozenset[IndexPath]:
    """The indexes that a filter would best be answered by."""
    match where:
        case All(of) | Either(of):
            inner = _part_of(of, indexer) or part if isinstance(where, All) else part
            return frozenset(path for one in of for path in asked_paths(one, indexer, inner))
        case Where(path) | Between(path) | Prefix(path) if is_name(path):
            return frozenset({IndexPath(path, "" if path in indexer.always else part)})
        case _:
            return frozenset()


def resolve(where: Filter, ready: Ready, part: str = "") -> Resolved:
    """Look up each condition among the ready indexes, of records of a part first; others count as true.

    Nothing but And, Or and leaves is left below the top: a truth constant is folded away.
    """
    match where:
        case Named(ids):
            stored = tuple(dict.fromkeys([id for id in ids if is_name(id)]))
            return Resolved(Ids(stored) if stored else Always(answer=False), exact=True)
        case Touches(path, box):
            return Resolved(Near(path, box), exact=True)
        case All(of):
            inner = _part_of(of, ready.indexer) or part
            return _all(_needed(of, [resolve(one, ready, inner) for one in of], ready.indexer))
        case Either(of):
            return _either([resolve(one, ready, part) for one in of])
        case Where() | Between() | Prefix():
            return _range(where, ready, part)


def beside(where: Resolved, near: Near) -> Resolved:
    """A resolved filter and a place."""
    match where.node:
        case Always(answer=True):
            node: Node = near
        case Always():
            return where
        case And(of):
            node = And((*of, near))
        case one:
            node = And((one, near))
    return Resolved(node, where.exact, where.parts)


def leaves(node: Node) -> list[Leaf]:
    match node:
        case And(of) | Or(of):
            return [leaf for one in of for leaf in leaves(one)]
        case Always():
            return []
        case _:
            return [node]


def _part_of(of: Sequence[Filter], indexer: Indexer) -> str:
    """The value of `apart` that a conjunction asks for; '' if it asks for none."""
    asked = [_value_of_apart(one, indexer) for one in of]
    return next((part for part in asked if part and is_name(part)), "")


def _value_of_apart(where: Filter, indexer: Indexer) -> str:
    match where:
        case Where(path, "==", "text", str(value)) if path == indexer.apart:
            return value
        case _:
            return ""


def _needed(of: Sequence[Filter], parts: Sequence[Resolved], indexer: Indexer) -> list[Resolved]:
    """Without a condition on `apart` that the index of another one implies."""
    implied = frozenset(part for one in parts for part in one.parts)
    return [
        one for where, one in zip(of, parts, strict=True) if _value_of_apart(where, indexer) not in implied
    ]


def _range(condition: Where | Between | Prefix, ready: Ready, part: str) -> Resolved:
    span = span_of(condition)
    if span is None:
        return Resolved(Always(answer=False), exact=True)
    number = ready.numbers.get(IndexPath(condition.path, part)) if part else None
    parts = frozenset(() if number is None else (part,))
    if number is None:
        number = ready.numbers.get(IndexPath(condition.path))
    if number is None:
        return Resolved(Always(answer=True), exact=False)
    sort = "text" if isinstance(condition, Prefix) else condition.sort
    return Resolved(Range(shelf_of(number, sort), span), span.exact, parts)


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
    surely = frozenset(part for one in parts for part in one.parts)
    if not nodes:
        return Resolved(Always(answer=True), exact, surely)
    if len(leaves(And(tuple(nodes)))) > MOST_TERMS:
        return Resolved(nodes[0], exact=False)
    nodes = _banded(nodes)
    return Resolved(nodes[0] if len(nodes) == 1 else And(tuple(nodes)), exact, surely)


def _banded(nodes: list[Node]) -> list[Node]:
    """Two ranges of one shelf of numbers or times as one band of values.

    A record with several values may satisfy them by different ones: such records are marked, and asked.
    """
    for at, one in enumerate(nodes):
        for other in nodes[at + 1 :]:
            match one, other:
                case Range(shelf, span), Range(same, ending) if shelf == same and is_ranged(shelf):
                    marked = And((Range(shelf, Span(SEVERAL, False, SEVERAL, False, exact=True)), one, other))
                    within = both(span, ending)
                    banded = marked if within is None else Or((Range(shelf, within), marked))
                    return _banded_rest(banded, [node for node in nodes if node not in (one, other)])
                case _:
                    pass
    return nodes


def _banded_rest(banded: And | Or, others: list[Node]) -> list[Node]:
    return [*banded.of, *others] if isinstance(banded, And) else [banded, *others]


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
    surely = frozenset(name for name in possible[0].parts if all(name in part.parts for part in possible))
    return Resolved(Or(nodes), all(part.exact for part in possible), surely)
