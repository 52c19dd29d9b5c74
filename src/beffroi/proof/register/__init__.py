"""The register of MIM requirements: versioned data, read once and never computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from beffroi.proof.exchange import Json
from beffroi.proof.kept import kept_table
from beffroi.proof.verdict import Outcome, Sentence

NEWEST = "dev-2026-06"
SETS = (NEWEST,)
"""The sets that this program has a register of."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a test saw, as an outcome with its sentence and, where one is known, a repair."""

    outcome: Outcome
    reason: Sentence
    repair: Sentence | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement and the tests that decide it.

    It passes when every test of `all` and one of `any` passes, fails when one of `all` or `spoils`
    or every decided one of `any` fails. `derived` names the MIMs that it rests on instead.
    `otherwise` is what it gets when none of its tests says anything.
    """

    id: str
    mim: str
    mim_set: str
    level: str
    basis: str
    how: str
    rule: str
    text: Sentence
    all: tuple[str, ...]
    any: tuple[str, ...]
    spoils: tuple[str, ...]
    derived: tuple[str, ...]
    restricted: bool
    otherwise: Outcome | None
    otherwise_reason: Sentence
    other_sets: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Register:
    """All requirements of one set, and the sentences for all cases of all tests."""

    mim_set: str
    version: str
    names: Mapping[str, Sentence]
    requirements: tuple[Requirement, ...]
    cases: Mapping[tuple[str, str], Case]

    def case(self, test: str, case: str) -> Case:
        """The case of a test, or the one that all tests share."""
        found = self.cases.get((test, case)) or self.cases.get(("shared", case))
        if found is None:
            raise KeyError(f"Register '{self.mim_set}' has no case '{case}' of test '{test}'.")
        return found


@cache
def load_register(mim_set: str = NEWEST) -> Register:
    """Read the register of a set from the files beside this one.

    >>> load_register().mim_set
    'dev-2026-06'
    """
    heading = _table(mim_set, "register")
    mims = [_table(mim_set, str(name)) for name in _list(heading, "mims")]
    cases = [entry for name in _list(heading, "cases") for entry in _cases(_table(mim_set, str(name)))]
    return Register(
        mim_set,
        _text(heading, "version"),
        {_text(mim, "mim"): _sentence(_inner(mim, "name")) for mim in mims},
        tuple(_requirement(mim_set, mim, entry) for mim in mims for entry in _entries(mim)),
        dict(cases),
    )


def _requirement(mim_set: str, mim: dict[str, Json], entry: dict[str, Json]) -> Requirement:
    otherwise = _text(entry, "otherwise")
    return Requirement(
        id=_text(entry, "id"),
        mim=_text(mim, "mim"),
        mim_set=mim_set,
        level=_text(entry, "level"),
        basis=_text(entry, "basis"),
        how=_text(entry, "how"),
        rule=_text(entry, "rule"),
        text=_sentence(entry),
        all=_texts(entry, "all"),
        any=_texts(entry, "any"),
        spoils=_texts(entry, "spoils"),
        derived=_texts(entry, "derived"),
        restricted=entry.get("restricted") is True,
        otherwise=Outcome(otherwise) if otherwise else None,
        otherwise_reason=_sentence(entry, "otherwise_"),
        other_sets={
            name: str(value) for table in (mim, entry) for name, value in _inner(table, "other_sets").items()
        },
    )


def _cases(table: dict[str, Json]) -> list[tuple[tuple[str, str], Case]]:
    return [
        ((test, name), _case(_inner(_inner(table, test), name)))
        for test in table
        for name in _inner(table, test)
    ]


def _case(entry: dict[str, Json]) -> Case:
    repair = _sentence(entry, "repair_")
    return Case(Outcome(_text(entry, "outcome")), _sentence(entry), repair if repair.en else None)


def _sentence(entry: dict[str, Json], prefix: str = "") -> Sentence:
    return Sentence(_text(entry, f"{prefix}en"), _text(entry, f"{prefix}fr"))


def _table(mim_set: str, name: str) -> dict[str, Json]:
    return cast(dict[str, Json], kept_table("beffroi.proof.register", mim_set, f"{name}.toml"))


def _entries(table: dict[str, Json]) -> list[dict[str, Json]]:
    return [entry for entry in _list(table, "requirement") if isinstance(entry, dict)]


def _inner(table: dict[str, Json], key: str) -> dict[str, Json]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _list(table: dict[str, Json], key: str) -> list[Json]:
    value = table.get(key)
    return value if isinstance(value, list) else []


def _texts(table: dict[str, Json], key: str) -> tuple[str, ...]:
    return tuple(str(member) for member in _list(table, key))


def _text(table: dict[str, Json], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
