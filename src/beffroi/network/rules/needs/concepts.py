"""Concepts: what a text speaks of, found by a lexicon of four languages: no model, no network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from beffroi.network.rules.needs.lexicon import aspects, energy, environment, mobility, society
from beffroi.network.rules.needs.words import LANGUAGES, STOP_WORDS, stem, words

_FIELDS: Final = (mobility.ROWS, environment.ROWS, energy.ROWS, society.ROWS)
SUBJECT, BROAD, ASPECT = 1.0, 0.6, 0.25
_COMPOUNDING: Final = frozenset({"nl", "de"})
_SHORTEST_PART: Final = 5
_LONGEST_TERM: Final = 5


@dataclass(frozen=True, slots=True)
class Concept:
    """One idea: `terms` by language, the first its label; `types` are entity types that hold data of it.

    `weight` is 1 for a subject; less for a broad one, which needs of many subjects touch (written with a star
    in the lexicon), and least for an aspect, which says how a subject is looked at and is none.
    """

    name: str
    terms: Mapping[str, tuple[str, ...]]
    types: tuple[str, ...]
    weight: float

    @property
    def is_aspect(self) -> bool:
        return self.weight == ASPECT

    def label(self, language: str) -> str:
        """What it is called in English, French, Dutch or German; in English for other languages."""
        return self.terms.get(language, self.terms["en"])[0]


@dataclass(slots=True)
class _Index:
    """The terms of one language by their stems. `parts` are those that compounds are looked through for."""

    phrases: dict[tuple[str, ...], list[str]] = field(default_factory=dict[tuple[str, ...], list[str]])
    parts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def _read(rows: str, weight: float) -> Iterator[Concept]:
    for row in rows.strip().splitlines():
        name, *columns = (column.strip() for column in row.split("|"))
        split = [tuple(term.strip() for term in column.split(",") if term.strip()) for column in columns]
        terms = dict(zip(LANGUAGES, split[:4], strict=True))
        broad = name.endswith("*")
        yield Concept(name.removesuffix("*"), terms, split[4], BROAD if broad else weight)


CONCEPTS: Final[Mapping[str, Concept]] = {
    concept.name: concept
    for concept in (
        *(concept for rows in _FIELDS for concept in _read(rows, SUBJECT)),
        *_read(aspects.ROWS, ASPECT),
    )
}
"""Every concept by its name."""


def concepts_in(text: str, language: str) -> dict[str, int]:
    """How often each concept is spoken of; a text in a fifth language is looked through in all four.

    >>> concepts_in("Où trouver une place de parking ?", "fr")
    {'parking': 1}
    >>> concepts_in("Waar is er nog een vrije parkeerplaats?", "nl")
    {'parking': 1}
    """
    main = language.partition("-")[0]
    spoken = (main,) if main in LANGUAGES else LANGUAGES
    found: dict[str, int] = {}
    for one in spoken:
        for name, count in _counted(words(text), one).items():
            found[name] = max(found.get(name, 0), count)
    return found


def concepts_of_type(type: str) -> list[str]:
    """The concepts that data of this entity type is about."""
    return [concept.name for concept in CONCEPTS.values() if type in concept.types]


def _counted(text: list[str], language: str) -> dict[str, int]:
    index = _index(language)
    stems = [stem(word, language) for word in text]
    found: dict[str, int] = {}
    at = 0
    while at < len(stems):
        length, names = _longest(index, stems, at)
        if length == 1 and text[at] in STOP_WORDS[language]:
            names = []
        if not names and language in _COMPOUNDING:
            names = _inside(index, text[at])
        for name in names:
            found[name] = found.get(name, 0) + 1
        at += length
    return found


def _longest(index: _Index, stems: list[str], at: int) -> tuple[int, list[str]]:
    """The longest term that starts at a word, and how many words it takes."""
    for length in range(min(_LONGEST_TERM, len(stems) - at), 0, -1):
        names = index.phrases.get(tuple(stems[at : at + length]))
        if names:
            return length, names
    return 1, []


def _inside(index: _Index, word: str) -> list[str]:
    """The concepts of the longest term that a compound is made with."""
    fitting = [part for part in index.parts if part in word]
    return index.parts[max(fitting, key=len)] if fitting else []


@cache
def _index(language: str) -> _Index:
    index = _Index()
    for concept in CONCEPTS.values():
        for term in concept.terms[language]:
            split = words(term)
            names = index.phrases.setdefault(tuple(stem(word, language) for word in split), [])
            if concept.name not in names:
                names.append(concept.name)
            part = stem(split[0], language)
            if len(split) == 1 and len(part) >= _SHORTEST_PART and not concept.is_aspect:
                index.parts.setdefault(part, []).append(concept.name)
    return index
