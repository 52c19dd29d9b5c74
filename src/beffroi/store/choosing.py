"""Choose how to find: which condition drives, which ones are asked about each of its candidates.

A rare condition drives and is sorted. A frequent one is met soon by walking in the order of creation: its
index rows stand so (an equality), or are had for few record numbers at a time (a range, a box).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from beffroi.store.resolving import Always, And, Ids, Leaf, Node, Or, leaves
from beffroi.store.wording import (
    EVERYWHERE,
    Dialect,
    Numbers,
    Search,
    Sql,
    counted,
    drive,
    drive_in_window,
    drives_exactly,
    everything,
    filtered,
    goes_by_windows,
    is_in_order,
    is_probed,
    joined,
    passing,
)

WAYS_KEPT = 512
USES_OF_A_WAY = 100
MOST_USES = 1_600
"""A way that is chosen again serves twice as often: to estimate a box costs as much as ten pages."""
RARE = 64
"""A condition that lets no more through drives, whatever the others are: they are not counted further."""
MOST_SORTED = 10_000
MOSTLY = 0.75
"""Of the candidates: a condition that lets more through is not asked where that is spared."""
SAMPLE = 4096
"""So many record numbers, in the middle of all, tell how frequent the frequent ones are."""


@dataclass(slots=True)
class Lately:
    """What the last page took by a way: record numbers walked over, and candidates that were refused; and how
    many pages were had by it."""

    walked: int = 0
    refused: int = 0
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """`driver` gives candidates in the order of creation, `probed` are asked about each.

    `driver=None` walks all records. `exact` says whether the candidates that pass are exactly those that
    the conditions let through. `windowed` is a driver that is asked for few record numbers at a time.
    `detour` is taken when a walk meets too little for long. After `uses` pages another is chosen.
    """

    collection: int
    driver: Node | None
    probed: tuple[Node, ...] = ()
    exact: bool = True
    windowed: bool = False
    detour: "Way | None" = None
    uses: int = field(default=USES_OF_A_WAY, compare=False)
    lately: Lately = field(default_factory=Lately, compare=False, repr=False)


class Ways:
    """Ways chosen lately, so that a question that comes again is not estimated anew each time.

    An old choice is slower at worst: a way decides where the search begins, not what it finds.
    """

    def __init__(self) -> None:
        self._chosen: dict[_Asked, Way] = {}

    def known(self, asked: "_Asked") -> Way | None:
        way = self._chosen.get(asked)
        if way is None or way.lately.uses == way.uses:
            return None
        way.lately.uses += 1
        return way

    def keep(self, asked: "_Asked", way: Way) -> Way:
        """A way that was chosen, as it is remembered."""
        before = self._chosen.get(asked)
        if before is not None and before == way:
            way = replace(way, uses=min(2 * before.uses, MOST_USES))
        elif len(self._chosen) >= WAYS_KEPT:
            self._chosen.clear()
        self._chosen[asked] = way
        return way


class _Asked(NamedTuple):
    """What a way is chosen for: `wanted` is how many matches are asked, None for all; `spared` is one of the
    conditions that need not be asked, because what it refuses is refused anyway."""

    node: Node
    collection: int
    wanted: int | None
    spared: Node | None


def choose(
    node: Node, collection: int, wanted: int | None, spared: Node | None, dialect: Dialect, ways: Ways
) -> Search[Way]:
    """How to find what a node lets through: `wanted` matches, None for all; `spared` need not be asked."""
    if isinstance(node, Always):
        return Way(collection, None)
    asked = _Asked(node, collection, wanted, spared)
    way = ways.known(asked)
    if way is None:
        way = yield from _choose(asked, dialect)
        way = ways.keep(asked, way)
    return way


def candidates(way: Way, numbers: Numbers, dialect: Dialect) -> Sql:
    """Select `n`, the numbers of candidates; in no order yet."""
    if way.driver is None:
        chosen = everything(way.collection, numbers)
    elif way.windowed:
        chosen = drive_in_window(way.driver, way.collection, numbers, dialect)
    else:
        chosen = drive(way.driver, way.collection, numbers, dialect)
    return filtered(chosen, way.probed, dialect)


def _choose(asked: _Asked, dialect: Dialect) -> Search[Way]:
    """Estimate by bounded counts, then decide."""
    node, collection, wanted, spared = asked
    conjuncts = node.of if isinstance(node, And) else (node,)
    if len(conjuncts) == 1 and (is_in_order(conjuncts[0]) or wanted is None):
        return _way(collection, conjuncts[0], conjuncts)
    sizes = yield from _sizes(leaves(node), collection, EVERYWHERE, RARE, dialect)
    cap, records = RARE, 0
    if all(_size(one, sizes) > RARE for one in conjuncts):
        rows = yield Sql("SELECT max(number) FROM record")
        records = int(str(rows[0][0] or 0))
        cap = _break_even(records, wanted)
        sizes = yield from _sizes(leaves(node), collection, EVERYWHERE, cap, dialect)
    conjuncts = _by_size_all(conjuncts, sizes)
    rarest = conjuncts[0]
    direct = _way(collection, rarest, conjuncts)
    if wanted is None or _size(rarest, sizes) <= cap or (is_in_order(rarest) and len(conjuncts) == 1):
        return direct
    middle = Numbers(max(records // 2 - SAMPLE // 2, 0), records // 2 + SAMPLE // 2)
    shares = yield from _sizes(leaves(node), collection, middle, SAMPLE, dialect)
    conjuncts = _by_size_all(conjuncts, shares)
    direct = _way(collection, conjuncts[0], conjuncts)
    if spared in conjuncts:
        left = tuple(one for one in conjuncts if one != spared)
        if (yield from _passes_mostly(_walked(left, dialect), spared, collection, middle, dialect)):
            conjuncts = left
    walked = _walked(conjuncts, dialect)
    way = _way(collection, walked, conjuncts)
    return replace(way, windowed=walked is not None and not is_in_order(walked), detour=direct)


def _walked(conjuncts: Sequence[Node], dialect: Dialect) -> Node | None:
    return next((one for one in conjuncts if is_in_order(one) or goes_by_windows(one, dialect)), None)


def _passes_mostly(
    walked: Node | None, spared: Node, collection: int, middle: Numbers, dialect: Dialect
) -> Search[bool]:
    """Whether most candidates of a walk pass a condition, so that it costs more to ask them than to read some
    in vain."""
    if walked is None:
        return False
    numbers = Numbers(middle.after, EVERYWHERE.upto) if is_in_order(walked) else middle
    found = yield passing(walked, spared, collection, numbers, RARE, dialect)
    met, passed = (int(str(count)) for count in found[0])
    return met > 0 and passed >= met * MOSTLY


def _way(collection: int, driver: Node | None, conjuncts: Sequence[Node]) -> Way:
    probed = tuple(one for one in conjuncts if one is not driver)
    exact = all(is_probed(one) for one in probed) and (driver is None or drives_exactly(driver))
    return Way(collection, driver, probed, exact)


def _break_even(records: int, wanted: int | None) -> int:
    """So many matches may be sorted before walking is cheaper.

    Sorting m matches costs about 0.3 µs each where they are kept apart or asked about. Walking to `wanted`
    of them looks into wanted · records / (64 · m) blocks at 0.35 µs, and meets few.
    """
    if wanted is None:
        return 20_000
    return min(max(int(math.sqrt(wanted * records / 60)), RARE), MOST_SORTED)


def _sizes(
    asked: list[Leaf], collection: int, numbers: Numbers, cap: int, dialect: Dialect
) -> Search[dict[Leaf, int]]:
    """Index rows of each condition, counted up to one more than `cap`."""
    counting = [leaf for leaf in dict.fromkeys(asked) if not isinstance(leaf, Ids)]
    sizes: dict[Leaf, int] = {leaf: len(leaf.ids) for leaf in asked if isinstance(leaf, Ids)}
    if counting:
        counts = [counted(leaf, collection, numbers, cap, dialect) for leaf in counting]
        found = yield joined("SELECT ", ", ", counts, "")
        sizes |= {leaf: int(str(size)) for leaf, size in zip(counting, found[0], strict=True)}
    return sizes


def _size(node: Node, sizes: Mapping[Leaf, int]) -> int:
    match node:
        case And(of):
            return min(_size(one, sizes) for one in of)
        case Or(of):
            return sum(_size(one, sizes) for one in of)
        case Always():
            return EVERYWHERE.upto
        case _:
            return sizes[node]


def _by_size_all(nodes: Sequence[Node], sizes: Mapping[Leaf, int]) -> tuple[Node, ...]:
    """The rarest first; of two alike the one in order."""
    ordered = (_by_size(one, sizes) for one in nodes)
    return tuple(sorted(ordered, key=lambda one: (_size(one, sizes), not is_in_order(one))))


def _by_size(node: Node, sizes: Mapping[Leaf, int]) -> Node:
    """The same node with the rarest condition of every conjunction first, where it drives."""
    match node:
        case And(of):
            return And(_by_size_all(of, sizes))
        case Or(of):
            return Or(tuple(_by_size(one, sizes) for one in of))
        case _:
            return node
