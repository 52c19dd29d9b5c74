"""Clauses are complete, bound to tests, readable by offices, and refuse what was changed."""

import copy
import hashlib
import io
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import orjson
import pytest
from typer.testing import CliRunner

from beffroi.cli.program import PROGRAM
from beffroi.kernel.problem import Problem
from beffroi.proof.clauses.choosing import ClauseError, chosen
from beffroi.proof.clauses.document import clause_document
from beffroi.proof.clauses.office import clauses_docx
from beffroi.proof.clauses.pack import (
    LARGEST_PACK,
    ClausePack,
    canonical_form,
    clause_pack,
    pack_json,
    read_clause_pack,
    require_same_rules,
)
from beffroi.proof.clauses.page import clauses_html
from beffroi.proof.clauses.texts import clause_texts, general, words
from beffroi.proof.register import load_register

REGISTER = load_register()


def pack_of(*names: str, applies: tuple[str, ...] = ()) -> ClausePack:
    return clause_pack(REGISTER, chosen(REGISTER, names), applies)


def test_every_requirement_of_the_register_has_a_clause_in_both_languages() -> None:
    texts = clause_texts(REGISTER.mim_set)
    assert set(texts) == {one.id for one in REGISTER.requirements}
    for name, text in texts.items():
        for sentence in (text.deliver, text.verified, *([text.document] if text.document else [])):
            assert sentence.en, name
            assert sentence.fr, name
            assert sentence.en != sentence.fr, name


def test_what_a_person_decides_names_the_document_to_attach() -> None:
    texts = clause_texts(REGISTER.mim_set)
    for one in REGISTER.requirements:
        if str(one.otherwise) == "ATTEST" or one.how in {"S", "S/M", "M", "A/M"}:
            assert texts[one.id].document, one.id


def test_the_words_are_the_same_in_both_languages() -> None:
    assert set(words("en")) == set(words("fr"))
    holes = re.compile(r"\{(\w+)\}")
    for name, text in words("en").items():
        assert set(holes.findall(text)) == set(holes.findall(words("fr")[name])), name
    assert {one.id for one in general().clauses} == {
        "same-test", "verification-access", "interface-change", "data-return", "reversibility",
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_clause_says_what_how_when_and_what_follows(lang: Any) -> None:
    blocks = clause_document(pack_of("0.C2.R2.2"), REGISTER, lang)
    said = words(lang)
    at = [block.kind for block in blocks].index("clause")
    clause = blocks[at : at + 10]
    labels = [block.label for block in clause]
    assert {said["deliver"], said["verified"], said["tests"], said["rule"], said["when"]} <= set(labels)
    tests = next(block.text for block in clause if block.label == said["tests"])
    assert tests == "filter-place, filter-attribute, filter-time"
    assert [block.kind for block in clause].count("item") == 3
    assert not any("{" in block.text for block in blocks)


def test_a_clause_that_no_test_decides_is_decided_by_a_document() -> None:
    blocks = clause_document(pack_of("1.C3.R3.2"), REGISTER, "en")
    items = [block.text for block in blocks if block.kind == "item"]
    assert len(items) == 1
    assert "document" in items[0]


def test_a_mim_stands_for_all_that_it_requires() -> None:
    assert pack_of("MIM7").ids == ("7.C1.R1.1", "7.C2.R2.1", "7.C3.R3.1", "7.C4.R4.1", "7.C5.R5.1")
    assert not {"0.C2.BP1", "0.C1.R1.4"} & set(pack_of("mim0").ids)
    assert pack_of("0.c2.bp1").ids == ("0.C2.BP1",)


def test_an_unknown_name_is_told_with_its_neighbours() -> None:
    with pytest.raises(ClauseError, match=r"'1.C1.R1.9'.*1\.C1\.R1\.5"):
        chosen(REGISTER, ["1.C1.R1.9"])
    with pytest.raises(ClauseError, match="No requirement is chosen"):
        chosen(REGISTER, [" "])


def test_the_id_is_of_what_is_bound_and_not_of_the_order() -> None:
    assert pack_of("7.C5.R5.1", "1.C1.R1.1").id == pack_of("1.C1.R1.1", "7.C5.R5.1", "1.C1.R1.1").id
    assert pack_of("1.C1.R1.1").id != pack_of("1.C1.R1.2").id
    assert pack_of("0.C3.R3.1").id != pack_of("0.C3.R3.1", applies=("0.C3.R3.1",)).id


def test_a_derived_requirement_binds_what_it_rests_on() -> None:
    pack = pack_of("7.C3.R3.1")
    under = {rule.id for rule in pack.rests_on}
    assert {"1.C1.R1.1", "2.C1.R1", "0.C1.R1.1"} <= under
    assert "7.C1.R1.1" not in under


def test_somebody_else_computes_the_same_id_from_the_file() -> None:
    """As `docs/reference/clause-packs.md` says it, with the standard library alone."""
    document = json.loads(pack_json(pack_of("MIM1", "MIM7")))
    text = json.dumps(document["binds"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert document["id"] == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    assert canonical_form(document["binds"]) == text.encode()


def test_a_pack_is_read_as_it_was_written() -> None:
    pack = pack_of("MIM0", "MIM1", "MIM2", "MIM7", "0.C2.BP1")
    again = read_clause_pack(pack_json(pack))
    assert again == pack
    require_same_rules(again, REGISTER)


def _changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    document = orjson.loads(pack_json(pack_of("0.C1.R1.1", "0.C2.R2.2")))
    change(document)
    return orjson.dumps(document)


CHANGES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda d: d["binds"]["requirements"].pop(), "was changed"),
    (lambda d: d["binds"]["tests"]["filter-place"].update({"ignored": "PASS"}), "was changed"),
    (lambda d: d["binds"]["requirements"][0].update({"applies": True}), "was changed"),
    (lambda d: d.update(id="sha256:" + "0" * 64), "was changed"),
    (lambda d: d["binds"].update(requirements=[]), "by its schema, at binds/requirements"),
    (lambda d: d["binds"]["requirements"][0].update({"all": [1]}), "by its schema"),
    (lambda d: d["binds"]["tests"].update({"x": {"y": "GREAT"}}), "by its schema"),
    (lambda d: d.update(more=1), "by its schema"),
    (lambda d: d.pop("binds"), "by its schema"),
    (lambda d: d.update(format="beffroi-clauses/2"), "not of the format"),
]


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_a_changed_pack_is_refused_with_a_sentence(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    with pytest.raises(ClauseError, match=said):
        read_clause_pack(_changed(change))


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"null", b"\xff\xfe", b"[" * 200_000, b'{"a":' * 100_000, b" " * (LARGEST_PACK + 1)],
)
def test_what_is_no_clause_pack_is_refused(raw: bytes) -> None:
    with pytest.raises(ClauseError):
        read_clause_pack(raw)


def test_other_rules_are_refused() -> None:
    document = orjson.loads(pack_json(pack_of("0.C1.R1.1")))
    for part, value, said in (
        ("register_version", "2", "binds rules 2"),
        ("mim_set", "dev-2030-01", "dev-2030-01"),
    ):
        other = copy.deepcopy(document)
        other["binds"][part] = value
        with pytest.raises(ClauseError, match=said):
            require_same_rules(read_clause_pack(_sealed(other)), REGISTER)
    eased = copy.deepcopy(document)
    eased["binds"]["tests"]["data-readable"]["web-page"] = "PASS"
    with pytest.raises(ClauseError, match="otherwise than"):
        require_same_rules(read_clause_pack(_sealed(eased)), REGISTER)
    eased = copy.deepcopy(document)
    eased["binds"]["requirements"][0]["all"] = []
    with pytest.raises(ClauseError, match=re.escape("'0.C1.R1.1'")):
        require_same_rules(read_clause_pack(_sealed(eased)), REGISTER)


def _sealed(document: dict[str, Any]) -> bytes:
    """A pack that somebody made with care: its id is that of what it binds."""
    document["id"] = f"sha256:{hashlib.sha256(canonical_form(document['binds'])).hexdigest()}"
    return orjson.dumps(document)


def test_the_office_document_has_headings_in_order_and_says_its_languages() -> None:
    raw = clauses_docx(pack_of("MIM1"), REGISTER, ("fr", "en"))
    opened = docx.Document(io.BytesIO(raw))
    levels = [
        int(paragraph.style.name[-1])
        for paragraph in opened.paragraphs
        if paragraph.style and paragraph.style.name and paragraph.style.name.startswith("Heading")
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert opened.core_properties.language == "fr-FR"
    assert opened.core_properties.title == words("fr")["title"]
    marks = {
        run.element.xpath("string(w:rPr/w:lang/@w:val)")
        for p in opened.paragraphs
        for run in p.runs
        if run.text
    }
    assert marks == {"fr-FR", "en-GB"}
    titles = [p for p in opened.paragraphs if p.style and p.style.name == "Title"]
    assert [p.paragraph_format.page_break_before for p in titles] == [False, True]


def test_the_page_says_its_languages_and_carries_no_markup_of_others() -> None:
    page = clauses_html(pack_of("1.C1.R1.1"), REGISTER, ("fr", "en"))
    assert page.index('lang="fr"') < page.index('<div class="part" lang="en">')
    assert "<script" not in page
    assert pack_of("1.C1.R1.1").id in page


def _run(*arguments: str) -> Any:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(PROGRAM, [*arguments])


def test_the_command_prints_and_writes(tmp_path: Path) -> None:
    printed = _run("clauses", "1.C1.R1.1", "--lang", "both")
    assert printed.exit_code == 0
    assert "Le fournisseur livre" in printed.stdout
    assert "The supplier delivers" in printed.stdout
    files = {name: tmp_path / f"c.{name}" for name in ("json", "docx", "html")}
    written = _run(
        "clauses", "MIM1", *(word for name, file in files.items() for word in (f"--{name}", str(file)))
    )
    assert written.exit_code == 0, written.output
    assert read_clause_pack(files["json"].read_bytes()).id in written.stdout
    assert docx.Document(str(files["docx"])).paragraphs
    assert "<!doctype html>" in files["html"].read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("MIM12",), "near to it: MIM2, MIM1"),
        (("MIM1", "--lang", "nl"), "no language 'nl'"),
        (("MIM1", "--applies", "0.C4"), "'0.C4' is said to apply"),
    ],
)
def test_the_command_refuses_with_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    refused = _run("clauses", *arguments)
    assert isinstance(refused.exception, Problem)
    assert said in refused.exception.detail
