"""Checks of cities' addresses, as stored: the evidence pack's JSON (kind `check`), bodies left out or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Key, Record
from beffroi.portal.services import Portal
from beffroi.portal.words.language import instant_or_none
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
    """One check. `state` is `running`, `failed` or `done`."""

    id: str
    url: str
    state: str
    at: Instant | None
    family: str
    base: str
    mim_set: str
    statement: Statement
    failure: str
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
    changes = changes_key(portal.tenant, _text(found[key].body, "url"))
    told = (await portal.store.read([changes])).get(changes)
    return _check(found[key], language, changes_in(told.body) if told else {}, whole=True)


async def pack_of(portal: Portal, check_id: str) -> bytes:
    """The evidence pack to take away. Raises Problem(ResourceNotFound)."""
    keys = [Key(portal.tenant, kind, check_id) for kind in (PACK, CHECK)]
    found = await portal.store.read(keys)
    for key in keys:
        if key in found:
            return found[key].document
    raise Problem(ResourceNotFound, f"There is no check '{check_id[:200]}'.")


def _check(record: Record, language: str, changes: Mapping[str, Sequence[Change]], *, whole: bool) -> Check:
    body = record.body
    at = _text(body, "finished")
    return Check(
        id=record.key.id,
        url=_text(body, "url"),
        state=_text(body, "state") or "done",
        at=instant_or_none(body.get("finished")) or instant_or_none(body.get("started")),
        family=_text(body, "family"),
        base=_text(body, "base"),
        mim_set=_text(body, "mim_set"),
        statement=_statement(body.get("statement")),
        failure=_text(body, "failure"),
        verdicts=tuple(_verdict(one, language, at, changes) for one in _objects(body, "verdicts"))
        if whole
        else (),
        advice=tuple(_verdict(one, language, at, changes) for one in _objects(body, "advice"))
        if whole
        else (),
        exchanges=tuple(_exchange(one) for one in _objects(body, "exchanges")) if whole else (),
    )


def _statement(value: Json) -> Statement:
    body = value if isinstance(value, dict) else {}
    return Statement(
        level=_text(body, "level") or "NONE",
        testable=_whole(body, "testable"),
        passed=_whole(body, "passed"),
        failed=_whole(body, "failed"),
        inconclusive=_whole(body, "inconclusive"),
        not_applicable=_whole(body, "not_applicable"),
        attest=_whole(body, "attest"),
    )


def _verdict(body: JsonObject, language: str, at: str, changes: Mapping[str, Sequence[Change]]) -> Verdict:
    evidence = body.get("evidence")
    known = [change for change in changes.get(_text(body, "requirement"), ()) if change.at <= at]
    return Verdict(
        requirement=_text(body, "requirement"),
        mim=_text(body, "mim"),
        level=_text(body, "level"),
        ours=_text(body, "level_basis") == "ours",
        rule=_text(body, "rule"),
        text=_sentence(body.get("text"), language),
        outcome=_text(body, "outcome"),
        reason=_sentence(body.get("reason"), language),
        repair=_sentence(body.get("repair"), language),
        since=instant_or_none(known[-1].at) if len(known) > 1 else None,
        evidence=tuple(n for n in evidence if isinstance(n, int)) if isinstance(evidence, list) else (),
    )


def _exchange(body: JsonObject) -> Exchange:
    return Exchange(
        number=_whole(body, "number"),
        method=_text(body, "method"),
        url=_text(body, "url"),
        status=_whole(body, "status"),
        at=instant_or_none(body.get("at")),
        sha256=_text(body, "body_sha256"),
        size=_whole(body, "body_bytes"),
        media_type=_text(body, "content_type"),
        milliseconds=_whole(body, "duration_ms"),
        failure=_text(body, "failure"),
    )


def _sentence(value: Json, language: str) -> str:
    if not isinstance(value, dict):
        return ""
    return _text(value, language) or _text(value, "en")


def _objects(body: JsonObject, name: str) -> list[JsonObject]:
    value = body.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _whole(body: JsonObject, name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) else 0
