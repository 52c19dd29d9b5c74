"""The clause pack: which requirements, by which rules; its id is the hash of what it binds.

The format is described in `docs/reference/clause-packs.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

import jsonschema_rs
import orjson

from beffroi.proof.clauses.choosing import ClauseError
from beffroi.proof.exchange import Json
from beffroi.proof.kept import kept_text
from beffroi.proof.register import Register, Requirement

FORMAT = "beffroi-clauses/1"
LARGEST_PACK = 1_000_000
SHARED_TESTS = ("shared", "family", "restricted", "derived")
"""Tables of cases that every requirement may rest on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A requirement as a pack binds it: its rule version, and how its tests decide it.

    `applies` is the buyer's word that its condition is met, so that N/A does not fulfil it.
    """

    id: str
    rule: str
    level: str
    how: str
    applies: bool
    all: tuple[str, ...]
    any: tuple[str, ...]
    spoils: tuple[str, ...]
    derived: tuple[str, ...]
    restricted: bool
    otherwise: str


@dataclass(frozen=True, slots=True)
class ClausePack:
    """The rules of one choice. `rests_on` are those that a derived requirement is concluded from.

    `tests` gives for each test the outcome of each of its cases.
    """

    mim_set: str
    register_version: str
    requirements: tuple[Rule, ...]
    rests_on: tuple[Rule, ...]
    tests: Mapping[str, Mapping[str, str]]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(rule.id for rule in self.requirements)

    @property
    def id(self) -> str:
        """`sha256:` and the hash of the canonical form of what the pack binds."""
        return f"sha256:{hashlib.sha256(canonical_form(binds(self))).hexdigest()}"


def clause_pack(
    register: Register, requirements: Iterable[Requirement], applies: Iterable[str] = ()
) -> ClausePack:
    """Bind requirements to the rules of a register. The buyer says that `applies` are met."""
    wanted = sorted(requirements, key=lambda one: one.id)
    said = set(applies)
    strange = sorted(said - {one.id for one in wanted})
    if strange:
        raise ClauseError(f"'{strange[0][:60]}' is said to apply but is not among the chosen requirements.")
    chosen = {one.id for one in wanted}
    below = {mim for one in wanted for mim in one.derived}
    under = {
        one.id: one
        for one in register.requirements
        if one.mim in _closed(register, below) and one.level == "SHALL" and one.id not in chosen
    }
    rules = [_rule(one, one.id in said) for one in wanted]
    others = [_rule(under[name], applies=False) for name in sorted(under)]
    tests = {test for rule in (*rules, *others) for test in (*rule.all, *rule.any, *rule.spoils)}
    return ClausePack(
        register.mim_set, register.version, tuple(rules), tuple(others), _cases(register, tests)
    )


def pack_json(pack: ClausePack) -> bytes:
    """The file of a pack."""
    document: Json = {"format": FORMAT, "id": pack.id, "binds": binds(pack)}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def binds(pack: ClausePack) -> Json:
    """What a pack binds, and its id is the hash of."""
    return {
        "mim_set": pack.mim_set,
        "register_version": pack.register_version,
        "requirements": [_rule_json(rule) for rule in pack.requirements],
        "rests_on": [_rule_json(rule) for rule in pack.rests_on],
        "tests": {test: dict(cases) for test, cases in pack.tests.items()},
    }


def canonical_form(value: Json) -> bytes:
    """The canonical JSON of RFC 8785 for values without numbers: sorted members, no white space, UTF-8.

    >>> canonical_form({"b": [True], "a": "é"})
    b'{"a":"\\xc3\\xa9","b":[true]}'
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def read_clause_pack(raw: bytes) -> ClausePack:
    """A pack from the bytes of its file. Raises ClauseError when it is none, or when it was changed."""
    if len(raw) > LARGEST_PACK:
        raise ClauseError(f"The clause pack has {len(raw)} bytes; at most {LARGEST_PACK} are read.")
    try:
        document = cast(Json, orjson.loads(raw))
    except orjson.JSONDecodeError as error:
        raise ClauseError("The clause pack is not JSON.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ClauseError(f"The clause pack is not of the format '{FORMAT}'.")
    wrong = next(iter(_schema().iter_errors(document)), None)
    if wrong is not None:
        place = "/".join(str(step) for step in wrong.instance_path) or "the document"
        raise ClauseError(f"The clause pack is not by its schema, at {place[:100]}: {wrong.message[:200]}")
    pack = _read(cast("dict[str, Json]", document["binds"]))
    if document["id"] != pack.id:
        raise ClauseError(
            f"The clause pack was changed: it says {str(document['id'])[:80]}, what it binds has {pack.id}."
        )
    return pack


def require_same_rules(pack: ClausePack, register: Register) -> None:
    """Raise ClauseError unless a register judges by exactly the rules that a pack binds."""
    if (pack.mim_set, pack.register_version) != (register.mim_set, register.version):
        raise ClauseError(
            f"The clause pack binds rules {pack.register_version[:20]} of the set {pack.mim_set[:40]}; "
            f"this checker has rules {register.version} of {register.mim_set}. "
            "Use the checker of that version, or agree on a new pack."
        )
    known = {one.id: one for one in register.requirements}
    for rule in (*pack.requirements, *pack.rests_on):
        here = known.get(rule.id)
        if here is None or _rule(here, rule.applies) != rule:
            raise ClauseError(f"This checker does not judge '{rule.id[:60]}' by the rule of the clause pack.")
    again = clause_pack(
        register, (known[rule.id] for rule in pack.requirements), _applying(pack.requirements)
    )
    if again.id != pack.id:
        raise ClauseError("This checker judges cases of the tests otherwise than the clause pack binds.")


def schema_text() -> str:
    """The JSON Schema of the file."""
    return kept_text("beffroi.proof.clauses", "clause-pack.schema.json")


@cache
def _schema() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(orjson.loads(schema_text()))


def _applying(rules: Iterable[Rule]) -> list[str]:
    return [rule.id for rule in rules if rule.applies]


def _closed(register: Register, mims: set[str]) -> set[str]:
    """The MIMs that others rest on, and those that these rest on."""
    more = {name for one in register.requirements if one.mim in mims for name in one.derived}
    return mims if more <= mims else _closed(register, mims | more)


def _cases(register: Register, tests: set[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for (test, case), entry in sorted(register.cases.items()):
        if test in tests or test in SHARED_TESTS:
            found.setdefault(test, {})[case] = str(entry.outcome)
    return found


def _rule(one: Requirement, applies: bool) -> Rule:  # noqa: FBT001 - a member of the rule
    return Rule(
        id=one.id,
        rule=one.rule,
        level=one.level,
        how=one.how,
        applies=applies,
        all=one.all,
        any=one.any,
        spoils=one.spoils,
        derived=one.derived,
        restricted=one.restricted,
        otherwise=str(one.otherwise) if one.otherwise else "",
    )


def _rule_json(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "rule": rule.rule,
        "level": rule.level,
        "how": rule.how,
        "applies": rule.applies,
        "all": list(rule.all),
        "any": list(rule.any),
        "spoils": list(rule.spoils),
        "derived": list(rule.derived),
        "restricted": rule.restricted,
        "otherwise": rule.otherwise,
    }


def _read(bound: dict[str, Json]) -> ClausePack:
    """What the schema has let through."""
    rules, below = (cast("list[dict[str, Json]]", bound[name]) for name in ("requirements", "rests_on"))
    tests = cast("dict[str, dict[str, str]]", bound["tests"])
    return ClausePack(
        str(bound["mim_set"]),
        str(bound["register_version"]),
        tuple(_read_rule(rule) for rule in rules),
        tuple(_read_rule(rule) for rule in below),
        tests,
    )


def _read_rule(entry: dict[str, Json]) -> Rule:
    def names(member: str) -> tuple[str, ...]:
        return tuple(cast("list[str]", entry[member]))

    return Rule(
        id=str(entry["id"]),
        rule=str(entry["rule"]),
        level=str(entry["level"]),
        how=str(entry["how"]),
        applies=entry["applies"] is True,
        all=names("all"),
        any=names("any"),
        spoils=names("spoils"),
        derived=names("derived"),
        restricted=entry["restricted"] is True,
        otherwise=str(entry["otherwise"]),
    )
