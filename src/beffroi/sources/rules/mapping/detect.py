"""Which mapping fits a dataset, judged by the names of its fields."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from beffroi.sources.rules.mapping.format import AttributeRule, Constant, Field, Flags, Mapping, Members, Sum
from beffroi.sources.rules.mapping.path import Path

ENOUGH = 0.55
TOPIC = 0.05
Group: TypeAlias = frozenset[str]
"""Names of fields of which one is enough."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping that fits, how well (0 to 1), and which of the fields it reads are not there."""

    mapping: str
    type: str
    score: float
    missing: tuple[str, ...]


def propose(
    mappings: Sequence[Mapping], fields: Collection[str], family: str, about: str = ""
) -> list[Proposal]:
    """The mappings that fit, the best first. A field that few mappings read tells more than a common one.

    `about` is what the dataset calls itself; it decides between mappings that fit alike.
    """
    names = frozenset(fields)
    commonness = Counter(name for mapping in mappings for name in mapping.fields)
    found = list[Proposal]()
    for mapping in mappings:
        if mapping.families and family not in mapping.families:
            continue
        score = _score(mapping, names, commonness)
        if score >= ENOUGH:
            told = any(word.casefold() in about.casefold() for word in mapping.topic)
            missing = tuple(name for name in mapping.fields if name not in names)
            found.append(Proposal(mapping.name, mapping.type, round(score + TOPIC * told, 3), missing))
    return sorted(found, key=lambda proposal: (-proposal.score, proposal.mapping))


def _score(mapping: Mapping, names: frozenset[str], commonness: "Counter[str]") -> float:
    if any(needed and name not in names for name, needed in mapping.fields.items()):
        return 0.0
    all_weights = found_weights = 0.0
    for group in _groups(mapping):
        weight = max(1 / commonness[name] for name in group)
        all_weights += weight
        found_weights += weight * bool(group & names)
    return found_weights / all_weights if all_weights else 0.0


def _groups(mapping: Mapping) -> Iterator[Group]:
    yield _any_of(mapping.id.paths)
    if mapping.observed is not None:
        yield _any_of(mapping.observed.origin.paths)
    for rule in mapping.attributes:
        yield from _rule_groups(rule)


def _rule_groups(rule: AttributeRule) -> Iterator[Group]:
    match rule.origin:
        case Constant():
            return
        case Field(paths):
            yield _any_of(paths)
        case Sum(plus, minus):
            for path in (*plus, *minus):
                yield _any_of((path,))
        case Flags(words):
            yield _any_of(tuple(path for path, _ in words))
        case Members(rules):
            for each in rules:
                yield from _rule_groups(each)


def _any_of(paths: tuple[Path, ...]) -> Group:
    return frozenset(str(path[0]) for path in paths)
