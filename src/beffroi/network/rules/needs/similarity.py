"""Similarity of needs across languages, as points with their reasons; nothing is learned, nothing is fetched.

A need is read as concepts (`concepts.py`): those of its title count twice, those that its data is about
share a half. Two needs get points of 100: up to 70 for the concepts that both speak of (cosine of their
weights), 10 for the same domain, 10 for the data that both have (share of all types), 10 for the same
wording (cosine of runs of four letters, so only within a language, and only where it can decide). Without
a subject in common the points stay below `ALIKE`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Final

from beffroi.kernel.json import JsonObject, objects_in
from beffroi.network.rules.needs.concepts import CONCEPTS, concepts_in, concepts_of_type
from beffroi.network.rules.needs.words import grams

ALIKE: Final = 40
"""From so many points on needs are called similar; chosen on the first half of the labelled needs."""

_CONCEPTS, _DOMAIN, _DATA, _WORDING = 70, 10, 10, 10
_OF_TYPE: Final = 0.5
_MOST_COUNTED = 3


@dataclass(frozen=True, slots=True)
class Profile:
    """What a need is compared by."""

    concepts: Mapping[str, float]
    domain: str
    types: frozenset[str]
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two needs are, and why: points of 100 with their parts, and what both have."""

    points: int
    concept_points: int
    domain_points: int
    data_points: int
    wording_points: int
    concepts: tuple[str, ...]
    domain: str
    types: tuple[str, ...]

    @property
    def is_alike(self) -> bool:
        return self.points >= ALIKE

    def sentence(self, language: str) -> str:
        """Why, in English or French."""
        french = language == "fr"
        said = list[str]()
        if self.concepts:
            labels = ", ".join(CONCEPTS[name].label(language) for name in self.concepts)
            said.append(f"les deux parlent de {labels}" if french else f"both speak of {labels}")
        if self.domain:
            said.append("même domaine" if french else "the same domain")
        if self.types:
            types = ", ".join(self.types)
            said.append(f"les deux ont {types}" if french else f"both have {types}")
        if self.wording_points:
            said.append("mêmes mots" if french else "similar wording")
        return "; ".join(said)


def profile(content: JsonObject) -> Profile:
    """What the content of a need is compared by."""
    language = str(content["language"])
    title, problem = str(content["title"]), str(content["problem"])
    data = objects_in(content.get("data"))
    types = frozenset(str(each["type"]) for each in data)
    weights: Counter[str] = Counter()
    for name, count in concepts_in(title, language).items():
        weights[name] += 2 * count
    for name, count in concepts_in(problem, language).items():
        weights[name] += count
    concepts = {
        name: sqrt(min(count, _MOST_COUNTED)) * CONCEPTS[name].weight for name, count in weights.items()
    }
    for type in types:
        about = concepts_of_type(type)
        for name in about:
            concepts[name] = concepts.get(name, 0.0) + _OF_TYPE / len(about)
    return Profile(concepts, str(content["domain"]), types, f"{title} {problem}", language)


def likeness(one: Profile, other: Profile) -> Likeness:
    """How alike two needs are."""
    both = [name for name in one.concepts if name in other.concepts]
    subjects = [name for name in both if not CONCEPTS[name].is_aspect]
    concept_points = round(_CONCEPTS * _cosine(one.concepts, other.concepts))
    domain_points = _DOMAIN if one.domain == other.domain else 0
    types = one.types & other.types
    data_points = round(_DATA * len(types) / max(len(one.types | other.types), 1))
    near = concept_points + domain_points + data_points >= ALIKE - _WORDING
    wording_points = round(_WORDING * _cosine(_wording(one), _wording(other))) if near else 0
    points = concept_points + domain_points + data_points + wording_points
    both.sort(key=lambda name: (-one.concepts[name] * other.concepts[name], name))
    return Likeness(
        points if subjects else min(points, ALIKE - 1),
        concept_points,
        domain_points,
        data_points,
        wording_points,
        tuple(both[:5]),
        one.domain if domain_points else "",
        tuple(sorted(types)),
    )


def most_alike(
    asked: Profile, others: Iterable[tuple[str, Profile]], most: int = 10
) -> list[tuple[str, Likeness]]:
    """The similar ones among `others` (id and profile), the most alike first."""
    near = [(id, other) for id, other in others if not asked.concepts.keys().isdisjoint(other.concepts)]
    found = [(id, likeness(asked, other)) for id, other in near]
    alike = [(id, like) for id, like in found if like.is_alike]
    return sorted(alike, key=lambda row: (-row[1].points, row[0]))[:most]


@lru_cache(maxsize=500)
def _counted_grams(text: str, language: str) -> Mapping[str, int]:
    return Counter(grams(text, language))


def _wording(one: Profile) -> Mapping[str, int]:
    """Asked for only where it can decide: it takes longer than all the rest."""
    return _counted_grams(one.text, one.language)


def _cosine(
    one: Mapping[str, float] | Mapping[str, int], other: Mapping[str, float] | Mapping[str, int]
) -> float:
    dot = sum(weight * other[name] for name, weight in one.items() if name in other)
    return 0.0 if not dot else dot / (_length(one) * _length(other))


def _length(weights: Mapping[str, float] | Mapping[str, int]) -> float:
    return sqrt(sum(weight * weight for weight in weights.values()))
