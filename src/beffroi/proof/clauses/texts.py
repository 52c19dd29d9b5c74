"""The words of clauses, read from the files beside this one: per requirement, general, and around them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypedDict, cast

from beffroi.proof.verdict import Sentence

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
    entries = {
        name: entry
        for mim in MIMS
        for name, entry in cast("dict[str, dict[str, str]]", _table(f"{mim_set}/{mim}.toml")).items()
    }
    return {name: _clause_text(entry) for name, entry in entries.items()}


@cache
def general() -> General:
    table = cast(_General, _table("general.toml"))
    return General(table["version"], table["days"], tuple(_general_clause(one) for one in table["clause"]))


@cache
def words(lang: str) -> Mapping[str, str]:
    """The words around the clauses in English (`en`) or French (`fr`)."""
    return cast("dict[str, dict[str, str]]", _table("words.toml"))[lang]


def _clause_text(entry: Mapping[str, str]) -> ClauseText:
    def both(name: str) -> Sentence:
        return Sentence(entry[f"{name}_en"], entry[f"{name}_fr"])

    return ClauseText(both("deliver"), both("verified"), both("document") if "document_en" in entry else None)


def _general_clause(entry: Mapping[str, str | list[str]]) -> GeneralClause:
    pairs = zip(entry["en"], entry["fr"], strict=True)
    title = Sentence(str(entry["title_en"]), str(entry["title_fr"]))
    return GeneralClause(str(entry["id"]), title, tuple(Sentence(en, fr) for en, fr in pairs))


def _table(name: str) -> Mapping[str, object]:
    resource = files("beffroi.proof.clauses")
    for part in name.split("/"):
        resource = resource.joinpath(part)
    return cast("dict[str, object]", tomllib.loads(resource.read_text("utf-8")))
