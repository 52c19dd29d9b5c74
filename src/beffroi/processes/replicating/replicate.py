"""From a fit to a program that runs: mapping, order, start, first results, and the record of it all."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlencode

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, decode, objects_in
from beffroi.kernel.problem import Conflict, Problem, SourceFailed
from beffroi.network.rules.solutions.documents import MAPPING, REPLICATION
from beffroi.network.rules.solutions.fit import Row
from beffroi.network.rules.solutions.mapping import parse_mapping
from beffroi.network.rules.solutions.names import local
from beffroi.processes.fit import Answered
from beffroi.processes.replicating.order import Terms, grant
from beffroi.processes.replicating.program import Program, prepare, running
from beffroi.processes.replicating.talk import Talk

NETWORK: Final = "/network/v1"
BETWEEN_LOOKS_S: Final = 0.5
SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be replicated: the answer of the fit, the mapping that a person confirmed, the folder of the
    program, the city's name, the folder to work in, and how long to wait for first results.

    `results_token` is what the program writes with; `document` the solution's document, `mapping_id` that of
    the mapping, if they are known."""

    answered: Answered
    mapping: JsonObject
    program: Path
    city: str
    work: Path
    results_token: str = ""
    document: str = ""
    mapping_id: str = ""
    longest_s: float = 60.0


@dataclass(slots=True)
class _Log:
    """What came to pass on the way."""

    began: Instant
    clock: float = field(default_factory=time.monotonic)
    orders: int = 0
    reason: str = ""
    results: JsonObject = field(default_factory=lambda: cast("JsonObject", {"count": 0}))


Tell = Callable[[str], None]


async def replicate(
    wish: Wish, talk: Talk, now: Callable[[], Instant], tell: Tell, *, keep: bool = False
) -> JsonObject:
    """Do all of it; the published record of the replication, also of one that failed.

    `keep` says, once the record is written, whether the program goes on running. Raises Problem only if the
    record itself cannot be written."""
    log = _Log(now())
    try:
        _check_possible(wish)
        wish = await _confirmed(wish, talk, tell)
        return await _run(wish, talk, log, now, tell, keep=keep)
    except Problem as problem:
        log.reason = problem.detail
        tell(f"It failed: {problem.detail}")
        return await _record(wish, talk, log, now())


def blocking(answered: Answered) -> list[Row]:
    """What stands in the way: a required type or attribute that is missing, a licence that forbids.

    A city that states no licence states one in the terms of the order."""
    return [
        row
        for row in answered.fit.rows
        if row.required
        and row.verdict == "missing"
        and (
            row.aspect in {"entities", "attribute"}
            or (row.aspect == "licence" and row.reasons[0].code != "licence-none")
        )
    ]


def _check_possible(wish: Wish) -> None:
    rows = blocking(wish.answered)
    if rows:
        named = "; ".join(f"{_called(row)}: {row.reasons[0].text('en')}" for row in rows[:5])
        raise Problem(Conflict, f"It does not run here. {named}")
    parse_mapping(wish.mapping)


async def _confirmed(wish: Wish, talk: Talk, tell: Tell) -> Wish:
    """Keep the mapping as a document of the network, unless it is one already."""
    if wish.mapping_id:
        return wish
    content: JsonObject = {"solution": wish.answered.manifest.id, "mapping": wish.mapping}
    content |= {"document": wish.document} if wish.document else {}
    made = await talk.make(f"{NETWORK}/{MAPPING.path}?publish=true", content)
    tell(f"The mapping is kept as {made['id']}.")
    return replace(wish, mapping_id=str(made["id"]))


async def _run(
    wish: Wish, talk: Talk, log: _Log, now: Callable[[], Instant], tell: Tell, *, keep: bool
) -> JsonObject:
    manifest, facts = wish.answered.manifest, wish.answered.facts
    types = [each.source for each in parse_mapping(wish.mapping)]
    licence = facts.licences[0] if facts.licences else ""
    before = await _types(talk)
    log.orders += 1
    names = manifest.title("en"), manifest.title("fr")
    terms = Terms(wish.city, manifest.maker, *names, types, licence)
    granted = await grant(talk, terms)
    tell(f"The order came to access: product {granted.product} for {', '.join(map(local, types))}.")
    config: JsonObject = {
        "node": talk.address, "mapping": "mapping.json", "state": "state.json", "clientId": granted.client,
        "listen": "127.0.0.1:0", "resultSeconds": 2, "pollSeconds": 30,
    }  # fmt: skip
    secrets = {"SOLUTION_SECRET": granted.secret}
    secrets |= {"SOLUTION_RESULTS_TOKEN": wish.results_token} if wish.results_token else {}
    files = {"mapping.json": wish.mapping}
    async with running(prepare(wish.program, manifest.id, config, files, wish.work, secrets)) as program:
        tell("The program was started.")
        await _verify(wish, talk, log, program)
        await _check_declared(wish, talk, before)
        tell(f"First results: {log.results['count']} entities.")
        record = await _record(wish, talk, log, now())
        if keep:
            tell("It runs until it is ended.")
            await program.process.wait()
        return record


async def _verify(wish: Wish, talk: Talk, log: _Log, program: Program) -> None:
    """Wait until the program has written entities since it was started, and no more come. Raises Problem."""
    writes = wish.answered.manifest.writes
    if not writes:
        raise Problem(
            Conflict, "The manifest says nothing of what is written back, so nothing can be verified."
        )
    until = time.monotonic() + wish.longest_s
    while True:
        found, count = await _written(talk, writes[0], log.began)
        if found and log.results["count"] == count:
            return
        if found:
            log.results = {"count": count, "types": [writes[0]], "first": [*found[:SHOWN]]}
        if program.ended:
            raise Problem(SourceFailed, program.reason)
        if time.monotonic() > until:
            raise Problem(SourceFailed, f"There are no results after {wish.longest_s:g} s. {program.last}")
        await asyncio.sleep(BETWEEN_LOOKS_S)


async def _written(talk: Talk, type: str, since: Instant) -> tuple[list[JsonObject], int]:
    """Entities of a type that were written since a moment, and how many of the type there are."""
    query = urlencode({"type": type, "limit": 100, "count": "true", "options": "sysAttrs"})
    answer = await talk.send("GET", f"/ngsi-ld/v1/entities?{query}")
    entities = objects_in(decode(answer.body)) if answer.status == 200 else []
    count = answer.headers.get("ngsild-results-count", "")
    new = [each for each in entities if str(each.get("modifiedAt", "")) >= since]
    return [_plain(each) for each in new], int(count) if count.isdecimal() else len(entities)


async def _check_declared(wish: Wish, talk: Talk, before: frozenset[str]) -> None:
    """A program that writes what its manifest does not say asks for more than it was given."""
    declared = {*wish.answered.manifest.writes, *(each.source for each in parse_mapping(wish.mapping))}
    known = set(map(local, declared))
    more = sorted(name for name in await _types(talk) - before if local(name) not in known)
    if more:
        raise Problem(Conflict, f"Entities of the type '{more[0]}' came, which it does not declare.")


async def _types(talk: Talk) -> frozenset[str]:
    found = await talk.object("/ngsi-ld/v1/types")
    names = found.get("typeList", [])
    return frozenset(str(each) for each in names) if isinstance(names, list) else frozenset()


async def _record(wish: Wish, talk: Talk, log: _Log, now: Instant) -> JsonObject:
    """Publish what came of it."""
    manifest, fit = wish.answered.manifest, wish.answered.fit
    cost: Mapping[str, Json] = {
        "orders": log.orders,
        "attributesMissing": fit.cost.missing,
        "attributesDerived": fit.cost.derivable,
        "needsUnmet": fit.cost.unmet,
        "valuesAbsent": fit.cost.without_value,
        "seconds": round(time.monotonic() - log.clock, 2),
    }
    content: JsonObject = {
        "solution": manifest.id,
        "version": manifest.version,
        "city": wish.city,
        "node": talk.address,
        "outcome": "failed" if log.reason else "runs",
        "began": log.began,
        "ended": now,
        "missing": [_called(row) for row in fit.rows if row.verdict == "missing"],
        "derived": [_called(row) for row in fit.rows if row.verdict == "derivable"],
        "cost": dict(cost),
        "results": log.results,
    }
    content |= {"reason": log.reason[:5_000]} if log.reason else {}
    content |= {"document": wish.document} if wish.document else {}
    content |= {"mapping": wish.mapping_id} if wish.mapping_id else {}
    return await talk.make(f"{NETWORK}/{REPLICATION.path}?publish=true", content)


def _called(row: Row) -> str:
    name = ".".join(part for part in (row.need, row.attribute) if part)
    return name if row.aspect == "attribute" else f"{name} {row.aspect}".strip()


def _plain(entity: JsonObject) -> JsonObject:
    """An entity as it stands in a record: without the moments of the system."""
    return {
        name: {inner: each for inner, each in value.items() if inner not in {"createdAt", "modifiedAt"}}
        if isinstance(value, dict)
        else value
        for name, value in entity.items()
        if name not in {"createdAt", "modifiedAt"}
    }
