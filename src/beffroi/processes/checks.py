"""Checks that the node runs for its people: queued, run one after another, kept with their evidence."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TypeAlias

from beffroi.kernel.instant import Instant, datetime_of
from beffroi.kernel.json import Json, JsonObject, decode_object, encode
from beffroi.kernel.problem import BadRequestData, Problem, TooManyRequests
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.kernel.shown_url import names_somebody, shown_url
from beffroi.processes.kept_checks import (
    CHECK,
    PACK,
    USUAL_KEPT,
    Listed,
    changes_key,
    list_key,
    list_of,
    listed_in,
    with_check,
    with_outcomes,
)
from beffroi.proof.check import check
from beffroi.proof.exchange import Fetch
from beffroi.proof.keys import without_keys
from beffroi.proof.pack import report_json
from beffroi.store.port import Find, Store

MOST_WAITING = 20

OpenFetch: TypeAlias = Callable[[], AbstractAsyncContextManager[Fetch]]


@dataclass(slots=True)
class Checker:
    """What checks need: the store, a guarded way out for each check, the clock, fresh ids; how many checks
    of one address are kept.
    """

    store: Store
    open_fetch: OpenFetch
    now: Callable[[], Instant]
    new_id: Callable[[], str]
    most: int = USUAL_KEPT
    queue: "asyncio.Queue[tuple[str, str, str]]" = field(
        default_factory=lambda: asyncio.Queue[tuple[str, str, str]](MOST_WAITING)
    )


async def start_check(checker: Checker, tenant: str, url: str) -> str:
    """Queue a check of an address and return its id. Raises Problem(TooManyRequests), and
    Problem(BadRequestData) for an address that is not checked: nothing of it is kept.
    """
    _require_checkable(url)
    if checker.queue.full():
        raise Problem(TooManyRequests, f"{MOST_WAITING} checks wait already; try again in some minutes.")
    check_id = await _note(checker, tenant, url)
    checker.queue.put_nowait((tenant, check_id, url))
    return check_id


async def note_check(checker: Checker, tenant: str, url: str) -> str:
    """Write down that a check of an address is under way, and return its id. Its keys are not kept."""
    _require_checkable(url)
    return await _note(checker, tenant, url)


async def _note(checker: Checker, tenant: str, url: str) -> str:
    check_id, kept = checker.new_id(), _kept(url)
    body: JsonObject = {"url": kept, "state": "running", "started": checker.now()}
    await _begin(checker, tenant, Listed(check_id, kept), body)
    return check_id


def _kept(url: str) -> str:
    """The address as it is kept: a key in it is sent to its server, and stands nowhere else."""
    try:
        return without_keys(url)[0]
    except ValueError:  # an address that cannot be read, of which the check says so
        return shown_url(url)


def _require_checkable(url: str) -> None:
    if names_somebody(url):
        raise Problem(
            BadRequestData,
            "An address with a user or a password in it is not checked: it would stand in the evidence.",
        )
    if not url.startswith(("http://", "https://")):
        raise Problem(BadRequestData, f"The address '{url[:200]}' does not begin with http:// or https://.")


async def run_check(checker: Checker, tenant: str, check_id: str, url: str) -> None:
    """Run one check and keep its verdicts; what prevents it is kept as its failure."""
    try:
        async with checker.open_fetch() as fetch:
            report = await check(url, fetch=fetch, now=lambda: datetime_of(checker.now()))
        pack = report_json(report)
    except (ValueError, OSError) as failure:
        body: JsonObject = {
            "url": _kept(url),
            "state": "failed",
            "failure": str(failure).replace(url, _kept(url)),
            "finished": checker.now(),
        }
        await _keep(checker, tenant, check_id, body)
        return
    defects: list[Json] = [
        {"id": d.id, "reason": {"en": d.reason.en, "fr": d.reason.fr}} for d in report.defects
    ]
    summary: JsonObject = {**without_bodies(decode_object(pack)), "state": "done", "defects": defects}
    outcomes = [(verdict.requirement, str(verdict.outcome)) for verdict in report.verdicts]
    await _keep(checker, tenant, check_id, summary, pack, outcomes)


async def keep_checking(checker: Checker, stop: asyncio.Event) -> None:
    """Until `stop` is set: run queued checks. What a restart interrupted is marked so first."""
    await _mark_interrupted(checker)
    while not stop.is_set():
        try:
            tenant, check_id, url = await asyncio.wait_for(checker.queue.get(), 0.5)
        except TimeoutError:
            continue
        await run_check(checker, tenant, check_id, url)


async def run_waiting(checker: Checker) -> None:
    """Run the checks that wait now, for a node without its server."""
    while not checker.queue.empty():
        await run_check(checker, *checker.queue.get_nowait())


def without_bodies(pack: JsonObject) -> JsonObject:
    """The pack as pages read it: the evidence's hashes and sizes, not its bodies."""
    return {name: value for name, value in pack.items() if name != "bodies"}


async def _mark_interrupted(checker: Checker) -> None:
    for tenant in {"", *await checker.store.tenants()}:
        found = await checker.store.find(Find(tenant, CHECK, keep=_is_running, limit=None))
        for record in found.records:
            body = {**record.body, "state": "failed", "failure": "The node was stopped during the check."}
            await _keep(checker, tenant, record.key.id, body)


def _is_running(record: Record) -> bool:
    return record.body.get("state") == "running"


async def _begin(checker: Checker, tenant: str, new: Listed, body: JsonObject) -> None:
    """Keep a check that begins; the oldest of its address go for it."""
    listing = list_key(tenant)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        known = listed_in(stored[listing].body) if listing in stored else []
        checks, gone = with_check(known, new, checker.most)
        deletions = [Change(Key(tenant, kind, one.id), None) for one in gone for kind in (CHECK, PACK)]
        return Commit(
            (
                Change(Key(tenant, CHECK, new.id), encode(body)),
                Change(listing, encode(list_of(checks))),
                *deletions,
            )
        )

    await checker.store.transact([listing], decide)


async def _keep(
    checker: Checker,
    tenant: str,
    check_id: str,
    body: JsonObject,
    pack: bytes | None = None,
    outcomes: Sequence[tuple[str, str]] = (),
) -> None:
    """Keep what became of a check, and which verdicts are others now; a check that has gone stays away."""
    url = str(body.get("url", ""))
    key, changes = Key(tenant, CHECK, check_id), changes_key(tenant, url)
    written = [Change(key, encode(body))]
    if pack is not None:
        written.append(Change(Key(tenant, PACK, check_id), pack))

    def decide(stored: Mapping[Key, Record]) -> Commit:
        known = stored[changes].body if changes in stored else {}
        after = with_outcomes(known, url, str(body.get("finished", "")), outcomes)
        news = [Change(changes, encode(after))] if outcomes and after != known else []
        return Commit((*(written if key in stored else ()), *news))

    await checker.store.transact([key, changes], decide)
