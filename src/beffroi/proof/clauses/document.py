"""The written clauses of a pack in one language, as blocks that a page, an office or a terminal shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from beffroi.proof.clauses.pack import ClausePack, Rule
from beffroi.proof.clauses.texts import ClauseText, clause_texts, general, words
from beffroi.proof.kept import Language
from beffroi.proof.register import Register

Kind: TypeAlias = Literal["title", "section", "part", "clause", "text", "item", "fact", "note"]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or an item; `label` stands before a paragraph or a fact, in bold."""

    kind: Kind
    text: str
    label: str = ""


def clause_document(pack: ClausePack, register: Register, lang: Language) -> list[Block]:
    """All clauses of a pack in a language: identity, general clauses, one clause for each requirement."""
    said = words(lang)
    return [
        Block("title", said["title"]),
        Block("text", said["intro"]),
        *_identity(pack, lang),
        Block("section", said["general"]),
        *_general(pack, lang),
        Block("section", said["requirements"]),
        *_requirements(pack, register, lang),
        Block("section", said["run"]),
        Block("text", said["run_text"]),
        Block("section", said["law"]),
        Block("note", said["law_text"]),
        Block("note", said["foot"]),
    ]


def _identity(pack: ClausePack, lang: Language) -> Iterator[Block]:
    said = words(lang)
    yield Block("fact", pack.id, said["identity"])
    yield Block("fact", pack.mim_set, said["set"])
    yield Block("fact", pack.register_version, said["rules"])
    yield Block("fact", f"{len(pack.ids)} ({', '.join(pack.ids)})", said["count"])


def _general(pack: ClausePack, lang: Language) -> Iterator[Block]:
    values = {**{name: str(number) for name, number in general().days.items()}, "id": pack.id}
    for number, clause in enumerate(general().clauses, 1):
        yield Block("part", f"G{number}. {clause.title.in_language(lang)}")
        for paragraph in clause.paragraphs:
            yield Block("text", paragraph.in_language(lang).format_map(values))


def _requirements(pack: ClausePack, register: Register, lang: Language) -> Iterator[Block]:
    known = {one.id: one for one in register.requirements}
    chosen = {rule.id: rule for rule in pack.requirements}
    for mim, name in register.names.items():
        here = [one for one in register.requirements if one.mim == mim and one.id in chosen]
        if here:
            yield Block("part", f"{mim} – {name.in_language(lang)}")
        for one in here:
            yield Block("clause", f"{one.id}. {known[one.id].text.in_language(lang)}")
            yield from _clause(chosen[one.id], clause_texts(pack.mim_set)[one.id], lang)


def _clause(rule: Rule, text: ClauseText, lang: Language) -> Iterator[Block]:
    said, days = words(lang), general().days
    yield Block("text", text.deliver.in_language(lang), said["deliver"])
    yield Block("text", text.verified.in_language(lang), said["verified"])
    yield Block("fact", ", ".join((*rule.all, *rule.any, *rule.spoils)) or "–", said["tests"])
    yield Block("fact", rule.rule, said["rule"])
    if text.document:
        yield Block("text", text.document.in_language(lang), said["document"])
    if rule.applies:
        yield Block("text", said["applies"])
    if rule.level != "SHALL":
        yield Block("text", said["advised"])
    yield Block("text", "", said["when"])
    moments = ("by_document",) if by_document_alone(rule) else ("at_bid", "at_delivery", "yearly")
    for moment in moments:
        yield Block("item", said[moment].format_map(days))


def by_document_alone(rule: Rule) -> bool:
    """Whether no test decides a requirement, so that a person does from a document."""
    return not (rule.all or rule.any or rule.derived or rule.restricted)
