"""The checker at the service of buyers: clauses, comparisons, and the runs that accept and review."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias, cast
from urllib.parse import urlsplit

from beffroi.kernel.instant import datetime_of
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Problem, TooManyRequests
from beffroi.network.operations.contract_course import course_key, evidence_key, stored_record
from beffroi.network.operations.contract_results import Brought, finish
from beffroi.network.operations.contracts import begin, due, rest, under_way
from beffroi.network.operations.services import Network
from beffroi.network.rules.contracts.course import course_of
from beffroi.network.rules.contracts.kinds import ACCEPTANCE, CONTRACT
from beffroi.network.rules.document import content_of
from beffroi.processes.repeating import Repeats
from beffroi.processes.stopping import told_alone
from beffroi.proof.check import check
from beffroi.proof.clauses.choosing import ClauseError, chosen
from beffroi.proof.clauses.evidence import ClauseVerdict, bound_json, clause_verdicts
from beffroi.proof.clauses.pack import (
    ClausePack,
    clause_pack,
    pack_json,
    read_clause_pack,
    require_same_rules,
)
from beffroi.proof.clauses.page import clauses_html
from beffroi.proof.clauses.texts import general
from beffroi.proof.comparison.attached import Expected, look_at
from beffroi.proof.comparison.comparing import (
    Comparison,
    change_json,
    compared,
    comparison_document,
)
from beffroi.proof.exchange import Area, Fetch, Sightings
from beffroi.proof.interface import breaking, changes, lost, picture
from beffroi.proof.kept import Language
from beffroi.proof.overtime import sightings
from beffroi.proof.pack import replay
from beffroi.proof.register import load_register
from beffroi.proof.verdict import Report
from beffroi.web.message import Actor
from beffroi.web.pause import pause
from beffroi.web.turns import Turns

LOG: Final = logging.getLogger("beffroi")
PAUSE_S: Final = 60.0
RUNS_AT_ONCE: Final = 4
"""A service that hangs has its run for minutes: others are run meanwhile."""
LONGEST_REASON: Final = 900
NODE: Final = Actor("node", frozenset({"steer", "read"}))
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LANGUAGES: Final[dict[str, tuple[Language, ...]]] = {"en": ("en",), "fr": ("fr",), "both": ("fr", "en")}

_Running = dict[str, asyncio.Task[None]]
"""Runs that are done, by their ids."""
OpenFetch: TypeAlias = Callable[[], AbstractAsyncContextManager[Fetch]]


@dataclass(slots=True)
class Buyer:
    """What the network calls `buying`. `open_fetch` opens a guarded way out for one run; there is `room` for
    some at once. `writing` and `repeating` bound what is asked for at once, `repeats` how often."""

    network: Network
    open_fetch: OpenFetch
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RUNS_AT_ONCE))
    writing: Turns = field(default_factory=lambda: Turns(2, 20))
    repeating: Turns = field(default_factory=lambda: Turns(2, 0))
    repeats: Repeats = field(default_factory=Repeats)

    async def clauses(self, names: list[str], applies: list[str], form: str, lang: str) -> tuple[str, bytes]:
        """Media type and text of the clauses for some requirements. Raises Problem(BadRequestData), or
        Problem(TooManyRequests)."""
        many = Problem(
            TooManyRequests, "Too many clauses are written at once; try again.", {"retry-after": "5"}
        )
        async with self.writing.turn(many):
            return await asyncio.to_thread(_clauses, tuple(names), tuple(applies), form, lang)

    async def compare(self, evidence: bytes, clauses: bytes, url: str, *, again: bool) -> JsonObject:
        """A bidder's pack beside its own evidence and, with `again`, beside a run of our own."""
        return comparison_document(await self.comparison(evidence, clauses, url, again=again))

    async def comparison(self, evidence: bytes, clauses: bytes, url: str, *, again: bool) -> Comparison:
        """As `compare`, as a value. Raises Problem(BadRequestData)."""
        now = datetime_of(self.network.now())
        try:
            pack = read_clause_pack(clauses)
            require_same_rules(pack, load_register())
            expected = Expected(pack, url, now, general().days["evidence"])
            if again and not url:
                raise ClauseError("To repeat the check, name the address that was offered ('url').")
            attached = await asyncio.to_thread(look_at, evidence, load_register(), expected)
            area = attached.report.recording.area if attached.report else None
            ours = await self._repeated(url, area) if again else None
        except (ClauseError, ValueError) as failure:
            raise Problem(BadRequestData, str(failure)) from failure
        return await asyncio.to_thread(compared, attached, pack, ours)

    async def _repeated(self, url: str, area: Area | None) -> Report:
        many = Problem(TooManyRequests, "Two checks are repeated already; try again.", {"retry-after": "60"})
        async with self.repeating.turn(many):
            self.repeats.take(url, self.network.now())
            return await self.run_check(url, area, None)

    async def run_check(self, url: str, area: Area | None, earlier: Sightings | None) -> Report:
        """One check of an address. Raises ValueError when it is none."""
        async with self.open_fetch() as fetch:
            return await check(
                url, fetch=fetch, area=area, earlier=earlier, now=lambda: datetime_of(self.network.now())
            )

    def wake(self) -> None:
        """Say that a run waits."""
        self.woken.set()


@lru_cache(maxsize=64)
def _clauses(names: tuple[str, ...], applies: tuple[str, ...], form: str, lang: str) -> tuple[str, bytes]:
    """The text of the clauses; what was written lately is kept: anybody may ask for it."""
    if lang not in LANGUAGES:
        raise Problem(BadRequestData, f"There is no language '{lang[:20]}'; there are fr, en and both.")
    register = load_register()
    pack = pack_of(names, applies)
    match form:
        case "json":
            return "application/json", pack_json(pack)
        case "html":
            return "text/html; charset=utf-8", clauses_html(pack, register, LANGUAGES[lang]).encode()
        case "docx":
            from beffroi.proof.clauses.office import clauses_docx  # noqa: PLC0415 - large, seldom needed

            return DOCX, clauses_docx(pack, register, LANGUAGES[lang])
        case _:
            raise Problem(BadRequestData, f"There is no format '{form[:20]}'; there are json, html and docx.")


def pack_of(names: Sequence[str], applies: Sequence[str]) -> ClausePack:
    """The clause pack for some requirements or MIMs. Raises Problem(BadRequestData)."""
    register = load_register()
    try:
        met = [one.id for one in chosen(register, applies)] if applies else []
        return clause_pack(register, chosen(register, names), met)
    except ClauseError as failure:
        raise Problem(BadRequestData, str(failure)) from failure


async def keep_reviewing(buyer: Buyer, stop: asyncio.Event, pause_s: float = PAUSE_S) -> None:
    """Until `stop` is set: do the runs that wait, and begin the reviews that are due. A run that is let go of
    at the end is done after the next start."""
    clock = asyncio.get_running_loop().time
    look, running = clock(), _Running()
    try:
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                if buyer.woken.is_set() or clock() >= look:
                    buyer.woken.clear()
                    await _begin_runs(buyer, group, running)
                    look = clock() + pause_s
                await pause(buyer.woken, 0.5)
            for task in running.values():
                task.cancel()
    except BaseExceptionGroup as failures:
        raise told_alone(failures) from None


async def review_due(buyer: Buyer) -> int:
    """Do every run that waits or is due; how many."""
    async with asyncio.TaskGroup() as group:
        return await _begin_runs(buyer, group, _Running())


async def _begin_runs(buyer: Buyer, group: asyncio.TaskGroup, running: _Running) -> int:
    """Begin the reviews that are due, and do every run that waits; how many are new among `running`."""
    for contract in await due(buyer.network):
        try:
            await begin(buyer.network, contract, "review", NODE)
        except Problem as problem:
            LOG.info("The contract %s is not reviewed: %s", contract, problem.detail)
            await rest(buyer.network, contract)
    for run in [run for run, task in running.items() if task.done()]:
        del running[run]
    new = [run for run in await under_way(buyer.network) if run not in running]
    running |= {run: group.create_task(_do_run_alone(buyer, run)) for run in new}
    return len(new)


async def _do_run_alone(buyer: Buyer, run: str) -> None:
    """A run that keeps to itself what goes wrong in it: others have theirs."""
    try:
        async with buyer.room:
            await do_run(buyer, run)
    except Problem as problem:
        LOG.warning("The run %s did not end: %s", run, problem.detail)


async def do_run(buyer: Buyer, run: str) -> JsonObject:
    """Run the tests of a contract now and write down what they brought."""
    network = buyer.network
    try:
        brought = await _brought(buyer, run)
    except (ClauseError, ValueError, OSError) as failure:
        brought = Brought(network.now(), reached=False, why=str(failure) or type(failure).__name__)
    try:
        return await finish(network, run, brought, NODE)
    except Problem as problem:
        return await finish(network, run, Brought(network.now(), reached=False, why=problem.detail), NODE)


async def _brought(buyer: Buyer, run: str) -> Brought:
    """Check the endpoint of a run's contract, and compare it with what was accepted."""
    network = buyer.network
    document = (await stored_record(network, ACCEPTANCE.key(run), "acceptance", run)).body
    contract_id = str(content_of(document)["contract"])
    contract = cast(
        "JsonObject",
        (await stored_record(network, CONTRACT.key(contract_id), "contract", contract_id)).body["content"],
    )
    pack = read_clause_pack(encode(contract["clauses"]))
    require_same_rules(pack, load_register())
    before = await _accepted(network, contract_id)
    earlier = sightings(before.recording) if before else None
    report = await buyer.run_check(str(contract["endpoint"]), _area(contract), earlier)
    return await asyncio.to_thread(_seen, network, report, pack, before)


def _seen(network: Network, report: Report, pack: ClausePack, before: Report | None) -> Brought:
    at = network.now()
    verdicts = [_verdict(one) for one in clause_verdicts(report, pack)]
    changed = _changes(before, report) if before else []
    return Brought(at, reached(report), verdicts, changed, bound_json(report, pack))


def reached(report: Report) -> bool:
    """Whether the service itself answered anything but its own failure."""
    host = urlsplit(report.url).netloc
    answered = [one.answer for one in report.recording.exchanges if urlsplit(one.request.url).netloc == host]
    return any(answer.failure is None and 0 < answer.status < 500 for answer in answered)


def _changes(before: Report, after: Report) -> list[JsonObject]:
    """What can break a program that used the accepted interface."""
    found = changes(picture(before.recording), picture(after.recording))
    return [change_json(one) for one in (*lost(before, after), *breaking(found))]


async def _accepted(network: Network, contract: str) -> Report | None:
    """The report of the accepted run, from its own evidence."""
    record = (await network.store.read([course_key(contract)])).get(course_key(contract))
    accepted = course_of(record.body).accepted if record else ""
    key = evidence_key(accepted)
    evidence = (await network.store.read([key])).get(key) if accepted else None
    return (await asyncio.to_thread(replay, evidence.document)).report if evidence else None


def _verdict(one: ClauseVerdict) -> JsonObject:
    reason = one.verdict.reason
    return {
        "requirement": one.verdict.requirement,
        "rule": one.verdict.rule,
        "outcome": str(one.verdict.outcome),
        "standing": str(one.standing),
        "reason": {"en": reason.en[:LONGEST_REASON], "fr": reason.fr[:LONGEST_REASON]},
        "evidence": [*one.verdict.evidence[:100]],
    }


def _area(contract: JsonObject) -> Area | None:
    corners = contract.get("area")
    if not isinstance(corners, list):
        return None
    west, south, east, north = (float(cast("float", corner)) for corner in corners)
    return Area(west, south, east, north)
