"""The evidence pack: a report as JSON that another party evaluates again without a network."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import cast, get_args
from urllib.parse import urlsplit

import orjson

from beffroi.proof.check import clean_url
from beffroi.proof.exchange import Answer, Area, Exchange, Failure, Json, Recording, Request, Sightings
from beffroi.proof.judge import judge
from beffroi.proof.overtime import sightings
from beffroi.proof.register import SETS, load_register
from beffroi.proof.verdict import Judged, Report, Statement, Verdict

FORMAT = "beffroi-check/1"
LARGEST_PACK = 100_000_000
MOST_EXCHANGES = 60

_FAILURES: dict[str, Failure] = {name: name for name in get_args(Failure)}


class PackError(ValueError):
    """The bytes are no evidence pack, or one that was changed."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A pack evaluated again: the report, and the requirements whose verdict differs from the pack."""

    report: Report
    differences: tuple[str, ...]


def report_json(report: Report) -> bytes:
    """The evidence pack of a report; the format is described in `docs/checker.md`."""
    return orjson.dumps(report_document(report), option=orjson.OPT_INDENT_2)


def report_document(report: Report) -> dict[str, Json]:
    """The evidence pack as a JSON value."""
    bodies = {exchange.sha256: _body(exchange.answer.body) for exchange in report.recording.exchanges}
    return {
        "format": FORMAT,
        "url": report.url,
        "mim_set": report.mim_set,
        "register_version": report.register_version,
        "family": report.family,
        "base": report.base,
        "found": [{"family": f.family, "base": f.base, "judged": f.judged} for f in report.found],
        "started": report.recording.started,
        "finished": report.recording.finished,
        "stopped": report.recording.stopped,
        "area": _area(report.recording.area),
        "earlier": _earlier(report.recording.earlier),
        "statement": _statement(report.statement),
        "verdicts": [_verdict(verdict) for verdict in report.verdicts],
        "advice": [_verdict(verdict) for verdict in report.advice],
        "findings": [_finding(finding) for finding in report.findings],
        "exchanges": [_exchange(exchange) for exchange in report.recording.exchanges],
        "bodies": dict(bodies),
    }


def replay(pack: bytes) -> Replay:
    """Judge a pack again from its recorded exchanges, and compare with the verdicts it carries.

    Raises PackError when the bytes are no pack, or when a body does not match its hash.
    """
    document = pack_document(pack)
    mim_set = _text(document, "mim_set")
    if mim_set not in SETS:
        raise PackError(f"The pack was judged by the set '{mim_set[:60]}'; there is {', '.join(SETS)}.")
    report = judge(load_register(mim_set), recording_of(document))
    claimed = {
        _text(verdict, "requirement"): _text(verdict, "outcome")
        for part in ("verdicts", "advice")
        for verdict in _tables(document, part)
    }
    now = {verdict.requirement: str(verdict.outcome) for verdict in (*report.verdicts, *report.advice)}
    names = dict.fromkeys((*claimed, *now))
    return Replay(report, tuple(name for name in names if claimed.get(name) != now.get(name)))


def sightings_of_pack(pack: bytes) -> Sightings:
    """What the visit of a pack saw, to compare a later one with. Raises PackError as `replay` does."""
    return sightings(recording_of(pack_document(pack)))


def recording_of(document: dict[str, Json]) -> Recording:
    bodies = document.get("bodies")
    known = bodies if isinstance(bodies, dict) else {}
    exchanges = _tables(document, "exchanges")
    if len(exchanges) > MOST_EXCHANGES:
        raise PackError(f"The pack holds {len(exchanges)} exchanges; a check sends at most {MOST_EXCHANGES}.")
    return Recording(
        url=_address(_text(document, "url")),
        area=_read_area(document.get("area")),
        started=_text(document, "started"),
        finished=_text(document, "finished"),
        stopped=_text(document, "stopped"),
        exchanges=tuple(_read_exchange(entry, known) for entry in exchanges),
        earlier=_read_earlier(document.get("earlier")),
    )


def pack_document(pack: bytes) -> dict[str, Json]:
    """The JSON value of a pack. Raises PackError when the bytes are none, or too many."""
    if len(pack) > LARGEST_PACK:
        raise PackError(f"The pack has {len(pack)} bytes; at most {LARGEST_PACK} are read.")
    try:
        document = cast(Json, orjson.loads(pack))
    except orjson.JSONDecodeError as error:
        raise PackError("The pack is not JSON.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise PackError(f"The pack is not of the format '{FORMAT}'.")
    return document


def _address(url: str) -> str:
    try:
        known = clean_url(url) == url
    except ValueError:
        known = False
    if not known:
        raise PackError(f"The pack is not of an http or https address: '{url[:200]}'.")
    return url


def _exchange(exchange: Exchange) -> Json:
    answer = exchange.answer
    return {
        "number": exchange.number,
        "at": exchange.at,
        "method": exchange.request.method,
        "url": exchange.request.url,
        "request_headers": [[name, value] for name, value in exchange.request.headers],
        "status": answer.status,
        "content_type": answer.header("content-type"),
        "response_headers": [[name, value] for name, value in answer.headers],
        "duration_ms": answer.elapsed_ms,
        "body_sha256": exchange.sha256,
        "body_bytes": len(answer.body),
        "truncated": answer.truncated,
        "failure": answer.failure,
    }


def _read_exchange(entry: dict[str, Json], bodies: dict[str, Json]) -> Exchange:
    digest = _text(entry, "body_sha256")
    body = _read_body(bodies.get(digest))
    if hashlib.sha256(body).hexdigest() != digest:
        raise PackError(f"The body of exchange {_whole(entry, 'number')} does not match its hash.")
    answer = Answer(
        status=_whole(entry, "status"),
        headers=_headers(entry, "response_headers"),
        body=body,
        elapsed_ms=_whole(entry, "duration_ms"),
        truncated=entry.get("truncated") is True,
        failure=_FAILURES.get(_text(entry, "failure")),
    )
    request = Request(_text(entry, "method"), _asked(entry), _headers(entry, "request_headers"))
    return Exchange(_whole(entry, "number"), request, answer, _text(entry, "at"))


def _asked(entry: dict[str, Json]) -> str:
    url = _text(entry, "url")
    try:
        urlsplit(url)
    except ValueError as error:
        raise PackError(f"The address '{url[:200]}' of an exchange cannot be read.") from error
    return url


def _body(body: bytes) -> Json:
    """Text where a body is UTF-8, so that a person can read it; else base64."""
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def _read_body(entry: Json) -> bytes:
    match entry:
        case {"text": str() as text}:
            return text.encode("utf-8")
        case {"base64": str() as text}:
            try:
                return base64.b64decode(text, validate=True)
            except ValueError as error:
                raise PackError("A body is not base64.") from error
        case _:
            raise PackError("A body is missing from the pack.")


def _verdict(verdict: Verdict) -> Json:
    return {
        "requirement": verdict.requirement,
        "mim": verdict.mim,
        "mim_set": verdict.mim_set,
        "level": verdict.level,
        "level_basis": verdict.level_basis,
        "how": verdict.how,
        "rule": verdict.rule,
        "text": verdict.text.both(),
        "outcome": str(verdict.outcome),
        "reason": verdict.reason.both(),
        "repair": verdict.repair.both() if verdict.repair else None,
        "evidence": list(verdict.evidence),
        "decided_by": list(verdict.decided_by),
    }


def _finding(finding: Judged) -> Json:
    return {
        "id": finding.id,
        "case": finding.case,
        "rule": finding.rule,
        "outcome": str(finding.outcome),
        "reason": finding.reason.both(),
        "repair": finding.repair.both() if finding.repair else None,
        "evidence": list(finding.evidence),
    }


def _statement(statement: Statement) -> Json:
    return {
        "level": str(statement.level),
        "testable": statement.testable,
        "passed": statement.passed,
        "failed": statement.failed,
        "inconclusive": statement.inconclusive,
        "not_applicable": statement.not_applicable,
        "attest": statement.attest,
    }


def _area(area: Area | None) -> Json:
    return None if area is None else [area.west, area.south, area.east, area.north]


def _read_area(value: Json) -> Area | None:
    match value:
        case [
            int() | float() as west,
            int() | float() as south,
            int() | float() as east,
            int() | float() as north,
        ]:
            return Area(float(west), float(south), float(east), float(north))
        case _:
            return None


def _earlier(earlier: Sightings | None) -> Json:
    return None if earlier is None else {"at": earlier.at, "ids": dict(earlier.ids)}


def _read_earlier(value: Json) -> Sightings | None:
    match value:
        case {"at": str() as at, "ids": dict() as ids}:
            return Sightings(at, {mark: name for mark, name in ids.items() if isinstance(name, str)})
        case _:
            return None


def _tables(document: dict[str, Json], key: str) -> list[dict[str, Json]]:
    value = document.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _headers(entry: dict[str, Json], key: str) -> tuple[tuple[str, str], ...]:
    value = entry.get(key)
    pairs = value if isinstance(value, list) else []
    return tuple((str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2)


def _text(entry: dict[str, Json], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _whole(entry: dict[str, Json], key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
