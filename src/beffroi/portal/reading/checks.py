"""Checks of cities' addresses, as stored: the evidence pack's JSON (kind `check`), bodies left out or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Required, TypedDict, cast

from beffroi.kernel.instant import Instant, parse_instant
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Key, Record
from beffroi.kernel.shown_url import shown_url
from beffroi.portal.services import Portal
from beffroi.processes.kept_checks import (
    CHECK,
    PACK,
    Change,
    changes_in,
    changes_key,
    list_key,
    listed_in,
)

OUTCOMES: Final = ("FAIL", "INCONCLUSIVE", "ATTEST", "PASS", "N/A")
PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Statement:
    """How far an address got, never without the counts behind it."""

    level: str
    testable: int
    passed: int
    failed: int
    inconclusive: int
    not_applicable: int
    attest: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with what came back: the evidence."""

    number: int
    method: str
    url: str
    status: int
    at: Instant | None
    sha256: str
    size: int
    media_type: str
    milliseconds: int
    failure: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one requirement, in the language of the page; `since` when, if it was another one."""

    requirement: str
    mim: str
    level: str
    ours: bool
    rule: str
    text: str
    outcome: str
    reason: str
    repair: str
    since: Instant | None
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `state` is `running`, `failed` or `done`; `silence` why its first request had no answer, if
    none had one."""

    id: str
    url: str
    state: str
    at: Instant | None
    family: str
    base: str
    mim_set: str
    statement: Statement
    failure: str
    silence: str
    verdicts: tuple[Verdict, ...] = ()
    advice: tuple[Verdict, ...] = ()
    exchanges: tuple[Exchange, ...] = ()


async def checks_of(portal: Portal, language: str, page: int) -> tuple[list[Check], bool]:
    """One page (from 1) of the checks, the newest first, without their verdicts; whether more follow."""
    listing = list_key(portal.tenant)
    stored = (await portal.store.read([listing])).get(listing)
    newest = listed_in(stored.body)[::-1] if stored else []
    keys = [Key(portal.tenant, CHECK, one.id) for one in newest[(page - 1) * PAGE : page * PAGE]]
    found = await portal.store.read(keys)
    checks = [_check(found[key], language, {}, whole=False) for key in keys if key in found]
    return checks, len(newest) > page * PAGE


async def check_of(portal: Portal, check_id: str, language: str) -> Check:
    """One check with its verdicts and evidence. Raises Problem(ResourceNotFound)."""
    key = Key(portal.tenant, CHECK, check_id)
    found = await portal.store.read([key])
    if key not in found:
        raise Problem(ResourceNotFound, f"There is no check '{check_id[:200]}'.")
    changes = changes_key(portal.tenant, _stored(found[key])["url"])
    told = (await portal.store.read([changes])).get(changes)
    return _check(found[key], language, changes_in(told.body) if told else {}, whole=True)


async def pack_of(portal: Portal, check_id: str) -> bytes:
    """The evidence pack to take away. Raises Problem(ResourceNotFound)."""
    keys = [Key(portal.tenant, kind, check_id) for kind in (PACK, CHECK)]
    found = await portal.store.read(keys)
    for key in keys:
        if key in found:
            record = found[key]
            return record.document if key.kind == PACK else encode(_shown(record.body))
    raise Problem(ResourceNotFound, f"There is no check '{check_id[:200]}'.")


def _check(record: Record, language: str, changes: Mapping[str, Sequence[Change]], *, whole: bool) -> Check:
    stored = _stored(record)
    finished = stored.get("finished", "")
    verdicts, advice, exchanges = (
        stored.get("verdicts", ()), stored.get("advice", ()), stored.get("exchanges", ())
    ) if whole else ((), (), ())  # fmt: skip
    return Check(
        id=record.key.id,
        url=shown_url(stored["url"]),
        state=stored["state"],
        at=parse_instant(finished or stored.get("started", "")),
        family=stored.get("family", ""),
        base=stored.get("base", ""),
        mim_set=stored.get("mim_set", ""),
        statement=Statement(**stored.get("statement", _NOTHING)),
        failure=stored.get("failure", ""),
        silence=_silence(stored.get("exchanges", ())),
        verdicts=tuple(_verdict(one, language, finished, changes) for one in verdicts),
        advice=tuple(_verdict(one, language, finished, changes) for one in advice),
        exchanges=tuple(map(_exchange, exchanges)),
    )


def _shown(body: JsonObject) -> JsonObject:
    """A check without its pack: its address may be from a node that did not refuse a password yet."""
    return {**body, "url": shown_url(str(body.get("url", "")))}


def _verdict(stored: "_Verdict", language: str, at: str, changes: Mapping[str, Sequence[Change]]) -> Verdict:
    known = [change for change in changes.get(stored["requirement"], ()) if change.at <= at]
    repair = stored["repair"]
    return Verdict(
        requirement=stored["requirement"],
        mim=stored["mim"],
        level=stored["level"],
        ours=stored["level_basis"] == "ours",
        rule=stored["rule"],
        text=_said(stored["text"], language),
        outcome=stored["outcome"],
        reason=_said(stored["reason"], language),
        repair=_said(repair, language) if repair else "",
        since=parse_instant(known[-1].at) if len(known) > 1 else None,
        evidence=tuple(stored["evidence"]),
    )


def _exchange(stored: "_Exchange") -> Exchange:
    return Exchange(
        number=stored["number"],
        method=stored["method"],
        url=shown_url(stored["url"]),
        status=stored["status"],
        at=parse_instant(stored["at"]),
        sha256=stored["body_sha256"],
        size=stored["body_bytes"],
        media_type=stored["content_type"],
        milliseconds=stored["duration_ms"],
        failure=stored["failure"] or "",
    )


def _silence(stored: Sequence["_Exchange"]) -> str:
    failures = [one["failure"] or "" for one in stored]
    return failures[0] if failures and all(failures) else ""


def _said(sentence: "_Sentence", language: str) -> str:
    return sentence["fr"] if language == "fr" else sentence["en"]


def _stored(record: Record) -> "_Check":
    """What `processes/checks.py` wrote: its own bytes, so that nothing of them is checked again."""
    return cast("_Check", cast("object", record.body))


# The shapes of `report_json` (proof/pack.py) without bodies.


class _Sentence(TypedDict):
    en: str
    fr: str


class _Verdict(TypedDict):
    requirement: str
    mim: str
    level: str
    level_basis: str
    rule: str
    text: _Sentence
    outcome: str
    reason: _Sentence
    repair: _Sentence | None
    evidence: list[int]


class _Exchange(TypedDict):
    number: int
    method: str
    url: str
    status: int
    at: str
    body_sha256: str
    body_bytes: int
    content_type: str
    duration_ms: int
    failure: str | None


class _Counts(TypedDict):
    level: str
    testable: int
    passed: int
    failed: int
    inconclusive: int
    not_applicable: int
    attest: int


class _Check(TypedDict, total=False):
    """A check that runs has no `finished` yet, one that failed no verdicts."""

    url: Required[str]
    state: Required[str]
    started: str
    finished: str
    family: str
    base: str
    mim_set: str
    statement: _Counts
    failure: str
    verdicts: list[_Verdict]
    advice: list[_Verdict]
    exchanges: list[_Exchange]


_NOTHING: Final[_Counts] = {
    "level": "NONE",
    "testable": 0,
    "passed": 0,
    "failed": 0,
    "inconclusive": 0,
    "not_applicable": 0,
    "attest": 0,
}
