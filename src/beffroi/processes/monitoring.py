"""Measure promised service levels on the real endpoints: probe, judge, and keep a round in one commit.

Data of this node is asked for at the node's own address, as its users do; a service at its `endpointUrl`
through the guarded client. What the node kept goes on after a restart; the time between is a gap, in which
nothing is known.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol
from urllib.parse import urlsplit

from beffroi.kernel.instant import Instant, seconds_between
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.operations.chaining import transact_chained
from beffroi.market.operations.services import Market
from beffroi.market.operations.settling import settle_months
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING, PRODUCT_SPECIFICATION
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf657 import SERVICE_LEVEL_OBJECTIVE
from beffroi.market.rules.audit.entry import audit_entry
from beffroi.market.rules.documents.behaviour import Seed, Written
from beffroi.market.rules.documents.event import Happening
from beffroi.market.rules.documents.hub import hub_key
from beffroi.market.rules.documents.plan import NODE, Act, happening_of, planned
from beffroi.market.rules.orders.product import ENDS
from beffroi.market.rules.service_level.objectives import level_documents
from beffroi.market.rules.service_level.observing import BACK_S, Observed, keys_of, observed
from beffroi.market.rules.service_level.probe import Expand, Seen, newest_in, probe_document
from beffroi.market.rules.service_level.promise import promise_in
from beffroi.market.rules.service_level.rollup import tallies_in
from beffroi.market.rules.service_level.target import Target, entities_in, newer_address, target_of
from beffroi.market.rules.service_level.watch import Subject, watch_key, watched_at
from beffroi.outbound import Answer, Failed, Refused
from beffroi.processes.stopping import unless_stopped
from beffroi.store.port import Find, Store, Where
from beffroi.web.pause import pause

WATCHED: Final = frozenset({"active", "launched", "retired"})
"""lifecycleStatus of offerings that are watched anyway; those in any other while products of them live."""
MOST_IN_ROUND: Final = 200
MOST_OF_HOST: Final = 10
"""Offerings of one host that one round probes: one that hangs keeps the others from nothing."""
MOST_AT_ONCE: Final = 50
PROBE_SECONDS: Final = 10.0
MOST_BYTES: Final = 5_000_000
LONGEST_SLEEP_S: Final = 15.0
SHORTEST_SLEEP_S: Final = 0.2


class Get(Protocol):
    """GET an address. Raises Refused or Failed."""

    def __call__(
        self, url: str, headers: Mapping[str, str], /, *, most_bytes: int, timeout_s: float
    ) -> Awaitable[Answer]: ...


@dataclass(frozen=True, slots=True)
class Monitor:
    """`own` is the address at which the node asks itself, `context` the URL of its own @context, `token` what
    it shows there (empty: nothing); `get_own` reaches that address only, `get` is guarded. `clock` are
    seconds of a clock that only goes forward; `interval` the seconds between probes of an offering."""

    market: Market
    own: str
    context: str
    expand: Expand
    token: Callable[[], Awaitable[str]]
    get_own: Get
    get: Get
    clock: Callable[[], float]
    interval: float = 60.0


async def keep_monitoring(monitor: Monitor, stopped: asyncio.Event) -> None:
    """Round after round until `stopped` is set; a round that is under way then is let go."""
    while not stopped.is_set():
        await pause(stopped, await unless_stopped(stopped, monitor_once(monitor)))


async def monitor_once(monitor: Monitor) -> float:
    """Probe what is due, keep it, settle months that are over; the seconds until something is due again."""
    subjects = await _subjects(monitor)
    watches = await monitor.market.store.read([watch_key(each.id) for each, _ in subjects])
    now = monitor.market.now()
    waits = {each.id: _wait(watches.get(watch_key(each.id)), now, monitor.interval) for each, _ in subjects}
    due = sorted((pair for pair in subjects if waits[pair[0].id] <= 0), key=lambda pair: waits[pair[0].id])
    chosen = _fairly(due)
    probes = await _probed(monitor, chosen)
    await _keep(monitor, [subject for subject, _ in chosen], probes, watches)
    await settle_months(monitor.market)
    if len(chosen) < len(due):
        return SHORTEST_SLEEP_S
    left = [waits[each.id] if waits[each.id] > 0 else monitor.interval for each, _ in subjects]
    return max(SHORTEST_SLEEP_S, min([*left, LONGEST_SLEEP_S]))


async def probe(monitor: Monitor, subject: Subject, target: Target) -> JsonObject:
    """One probe as it is kept, whatever goes wrong."""
    began, at = monitor.clock(), monitor.market.now()
    try:
        answer = await _get(monitor, target, target.url)
        if target.is_own and answer.status >= 400:
            sentence = f"The node answers {answer.status} to its own monitor."
            return _document(monitor, subject, Seen(at, answer.status, _since(monitor, began), sentence))
        entities = entities_in(answer.body)
        newer = newer_address(target, subject.promise, entities, at)
        changed = entities_in((await _get(monitor, target, newer)).body) if newer else None
    except (Refused, Failed) as failure:
        return _document(monitor, subject, Seen(at, 0, _since(monitor, began), str(failure)))
    seen = Seen(
        at,
        answer.status,
        _since(monitor, began),
        sha256=sha256(answer.body).hexdigest(),
        entities=entities,
        newest=newest_in([*(entities or ()), *(changed or ())], at),
    )
    return _document(monitor, subject, seen)


async def _subjects(monitor: Monitor) -> list[tuple[Subject, Target]]:
    """The offerings that are watched, and where each is asked."""
    store, offerings, others = monitor.market.store, list[JsonObject](), list[JsonObject]()
    async for record in store.stream(Find("", PRODUCT_OFFERING.kind, limit=None)):
        offering = record.shared
        if promise_in(offering) is not None:
            is_watched = str(offering.get("lifecycleStatus", "")).lower() in WATCHED
            (offerings if is_watched else others).append(record.body)
    offerings += [each for each in others if await _is_held(store, str(each["id"]))]
    keys = {str(each["id"]): _specification_key(each) for each in offerings}
    found = await store.read([key for key in keys.values() if key is not None])
    subjects = list[tuple[Subject, Target]]()
    for offering in offerings:
        key = keys[str(offering["id"])]
        specification = found[key].body if key is not None and key in found else {}
        promise = promise_in(offering)
        target = target_of(offering, specification, monitor.own, monitor.context, monitor.expand)
        if promise is not None and target is not None:
            subjects.append((Subject(offering, promise, monitor.interval), target))
    return subjects


async def _is_held(store: Store, offering: str) -> bool:
    """Whether any product of an offering has not ended."""

    def keep(record: Record) -> bool:
        named = record.shared.get("productOffering")
        of_it = isinstance(named, dict) and named.get("id") == offering
        return of_it and str(record.shared.get("status")) not in ENDS

    where = Where("productOffering.id", "==", "text", offering)
    found = await store.find(Find("", PRODUCT.kind, where, keep, limit=1))
    return bool(found.records)


def _specification_key(offering: JsonObject) -> Key | None:
    reference = offering.get("productSpecification")
    id = reference.get("id") if isinstance(reference, dict) else None
    return PRODUCT_SPECIFICATION.key(id) if isinstance(id, str) else None


def _wait(watch: Record | None, now: Instant, interval: float) -> float:
    """Seconds until a probe is due, negative if it should have been made; a clock that was put back a little
    is waited for."""
    last = watched_at(watch)
    if not last:
        return -interval
    passed = seconds_between(Instant(last), now)
    if passed >= 0:
        return interval - passed
    return min(interval, -passed) if passed >= -BACK_S else 0.0


def _fairly(due: Sequence[tuple[Subject, Target]]) -> list[tuple[Subject, Target]]:
    """Those that waited longest, not too many of one host."""
    hosts, chosen = dict[str, int](), list[tuple[Subject, Target]]()
    for subject, target in due:
        host = urlsplit(target.url).netloc
        hosts[host] = hosts.get(host, 0) + 1
        if hosts[host] <= MOST_OF_HOST and len(chosen) < MOST_IN_ROUND:
            chosen.append((subject, target))
    return chosen


async def _probed(monitor: Monitor, chosen: Sequence[tuple[Subject, Target]]) -> list[JsonObject]:
    room = asyncio.Semaphore(MOST_AT_ONCE)

    async def one(subject: Subject, target: Target) -> JsonObject:
        async with room:
            return await probe(monitor, subject, target)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(subject, target)) for subject, target in chosen]
    return [task.result() for task in tasks]


async def _get(monitor: Monitor, target: Target, url: str) -> Answer:
    if not target.is_own:
        return await monitor.get(url, target.headers, most_bytes=MOST_BYTES, timeout_s=PROBE_SECONDS)
    token = await monitor.token()
    headers = {**target.headers, **({"authorization": f"Bearer {token}"} if token else {})}
    return await monitor.get_own(url, headers, most_bytes=MOST_BYTES, timeout_s=PROBE_SECONDS)


def _document(monitor: Monitor, subject: Subject, seen: Seen) -> JsonObject:
    return probe_document(seen, subject.promise, monitor.expand)


def _since(monitor: Monitor, began: float) -> int:
    return round((monitor.clock() - began) * 1000)


async def _keep(
    monitor: Monitor,
    subjects: Sequence[Subject],
    probes: Sequence[JsonObject],
    watches: Mapping[Key, Record],
) -> None:
    """All of a round in one commit; of an offering that somebody else probed meanwhile, nothing."""
    if not subjects:
        return
    market = monitor.market
    act = Act(market.now(), Seed(market.new_id()), market.address, reason="measured service level")
    round = list(zip(subjects, probes, strict=True))
    reads = {hub_key(SERVICE_LEVEL_OBJECTIVE.api)}
    for subject, made in round:
        reads.update(keys_of(subject, Instant(str(made["at"])), watches.get(watch_key(subject.id))))
        reads.update(
            _key(each)
            for each in level_documents(subject.offering, subject.promise, act.now[:7], {}, act.now)
        )

    def decide(stored: Mapping[Key, Record]) -> Commit:
        changes, happenings = list[Change](), list[Happening]()
        for subject, made in round:
            key = watch_key(subject.id)
            if watched_at(stored.get(key)) != watched_at(watches.get(key)):
                continue
            result = observed(subject, made, stored)
            changes += [
                Change(name, document_of(body) if body is not None else None)
                for name, body in result.records.items()
            ]
            changes += [_entry(act, each, len(changes) + n) for n, each in enumerate(result.turned)]
            happenings += _told(subject, result, stored, act)
        commit = planned(happenings, (), stored, act)
        return commit._replace(changes=(*commit.changes, *changes))

    await transact_chained(market.store, [*reads], decide)


def _told(subject: Subject, result: Observed, stored: Mapping[Key, Record], act: Act) -> list[Happening]:
    """The TMF657 documents, made with the first probe and changed with each breach that begins or ends."""
    watch = result.records.get(watch_key(subject.id))
    if watch is None or (watch_key(subject.id) in stored and not result.turned):
        return []
    month, tallies = str(watch["month"]), tallies_in(watch)
    written = level_documents(subject.offering, subject.promise, month, tallies, act.now)
    found = [happening_of(each, stored) for each in written]
    return [each for each in found if each is not None]


def _key(written: Written) -> Key:
    return Key("", f"tmf:{written.resource}", written.id)


def _entry(act: Act, breach: JsonObject, number: int) -> Change:
    what = "create" if breach["state"] == "open" else "end"
    name = f"{act.now}|breach|{number:05d}|{act.ids[0]}"
    return audit_entry(
        name, NODE, act.now, "breach", str(breach["id"]), what, str(breach.get("ended") or act.reason)
    )
