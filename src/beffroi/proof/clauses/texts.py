"""The words of clauses, read from the files beside this one: per requirement, general, and around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypedDict, cast

from beffroi.proof.kept import Language, kept_table, kept_words
from beffroi.proof.verdict import Sentence

_HERE = "beffroi.proof.clauses"
MIMS = ("mim0", "mim1", "mim2", "mim7")


@dataclass(frozen=True, slots=True)
class ClauseText:
    """What is delivered, how it is seen, and the document to attach where a person decides."""

    deliver: Sentence
    verified: Sentence
    document: Sentence | None


@dataclass(frozen=True, slots=True)
class GeneralClause:
    """A clause that every pack carries, whatever was chosen."""

    id: str
    title: Sentence
    paragraphs: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class General:
    """The general clauses, the numbers of days in them, and the version of the wording."""

    version: str
    days: Mapping[str, int]
    clauses: tuple[GeneralClause, ...]


class _General(TypedDict):
    version: str
    days: dict[str, int]
    clause: list[dict[str, str | list[str]]]


@cache
def clause_texts(mim_set: str) -> Mapping[str, ClauseText]:
    """The clauses of a set by the id of the requirement. Raises FileNotFoundError for an unknown set."""
    tables = (kept_table(_HERE, mim_set, f"{mim}.toml") for mim in MIMS)
    return {
        name: _clause_text(cast("dict[str, str]", entry)) for table in tables for name, entry in table.items()
    }


@cache
def general() -> General:
    table = cast(_General, kept_table(_HERE, "general.toml"))
    return General(table["version"], table["days"], tuple(_general_clause(one) for one in table["clause"]))


def words(lang: Language) -> Mapping[str, str]:
    """The words around the clauses in English (`en`) or French (`fr`)."""
    return kept_words(_HERE, lang)


def _clause_text(entry: Mapping[str, str]) -> ClauseText:
    def both(name: str) -> Sentence:
        return Sentence(entry[f"{name}_en"], entry[f"{name}_fr"])

    return ClauseText(both("deliver"), both("verified"), both("document") if "document_en" in entry else None)


def _general_clause(entry: Mapping[str, str | list[str]]) -> GeneralClause:
    pairs = zip(entry["en"], entry["fr"], strict=True)
    title = Sentence(str(entry["title_en"]), str(entry["title_fr"]))
    return GeneralClause(str(entry["id"]), title, tuple(Sentence(en, fr) for en, fr in pairs))
