"""The register is whole: every test has its sentences in both languages, every test is used."""

import re
from pathlib import Path

import pytest

import beffroi.proof
from beffroi.proof import load_register
from beffroi.proof.reports.words import words
from beffroi.proof.verdict import Level, Outcome

REGISTER = load_register()
SOURCES = "\n".join(path.read_text("utf-8") for path in Path(beffroi.proof.__file__).parent.rglob("*.py"))
HOLES = re.compile(r"\{(\w+)\}")


def test_every_sentence_is_there_in_both_languages_with_the_same_values() -> None:
    for key, case in REGISTER.cases.items():
        assert case.reason.en, key
        assert case.reason.fr, key
        assert set(HOLES.findall(case.reason.en)) == set(HOLES.findall(case.reason.fr)), key
        assert case.repair is None or (case.repair.en and case.repair.fr), key
    for requirement in REGISTER.requirements:
        assert requirement.text.en
        assert requirement.text.fr
        assert requirement.text.en != requirement.text.fr


def test_every_test_named_by_a_requirement_exists() -> None:
    known = {test for test, _ in REGISTER.cases}
    for requirement in REGISTER.requirements:
        assert {*requirement.all, *requirement.any, *requirement.spoils} <= known, requirement.id


def test_every_test_of_the_register_is_run_by_a_probe() -> None:
    for test in {test for test, _ in REGISTER.cases} - {"shared", "restricted", "derived"}:
        assert f'"{test}"' in SOURCES, test


def test_ids_are_unique_and_levels_known() -> None:
    ids = [requirement.id for requirement in REGISTER.requirements]
    assert len(ids) == len(set(ids))
    assert {requirement.level for requirement in REGISTER.requirements} == {
        "SHALL",
        "SHOULD",
        "MAY",
        "SHOULD-OR-MAY",
    }
    assert {requirement.basis for requirement in REGISTER.requirements} == {"stated", "ours"}


def test_nothing_uncertain_is_presented_as_fact() -> None:
    folder = Path(beffroi.proof.__file__).parent / "register"
    assert all("[?]" not in path.read_text("utf-8") for path in folder.rglob("*.toml"))


def test_the_cross_walk_names_the_old_numbers() -> None:
    known = {requirement.id: requirement for requirement in REGISTER.requirements}
    assert known["7.C1.R1.1"].other_sets["2022"] == "MIM7 R1"
    assert known["7.C4.R4.1"].other_sets["2022"] == "MIM7 R2"


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        load_register("no-such-set")


def test_the_words_of_the_reports_are_the_same_in_both_languages() -> None:
    assert set(words("en")) == set(words("fr"))
    assert {f"level_{level}" for level in Level} <= set(words("en"))
    assert {str(outcome) for outcome in Outcome} <= set(words("en"))
