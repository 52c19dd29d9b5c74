"""Look regularly at where solutions are said to run, and at what practices refer to; what is gone fades."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.exchange.kinds import PRACTICE
from beffroi.network.rules.kind import TENANT
from beffroi.network.rules.solutions.documents import SOLUTION
from beffroi.network.rules.solutions.looking import (
    Deployment,
    Sight,
    deployments_in,
    is_due,
    looked,
    references_in,
    sight_of,
)
from beffroi.outbound import Answer, Failed, Refused
from beffroi.processes.stopping import told_alone, unless_stopped
from beffroi.store.port import Find
from beffroi.web.pause import pause

LOG = logging.getLogger("beffroi")
MOST_IN_ROUND: Final = 100
MOST_OF_HOST: Final = 5
MOST_AT_ONCE: Final = 8
MOST_BYTES: Final = 500_000
PAUSE_S: Final = 30.0
Get: TypeAlias = Callable[[str], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Looker:
    """`get` is guarded: the addresses are the word of others. `interval` is between two looks."""

    network: Network
    get: Get
    interval: float = 3_600.0


async def keep_looking(looker: Looker, stop: asyncio.Event, pause_s: float = PAUSE_S) -> None:
    """Until `stop` is set: look at what is due, then rest."""
    while not stop.is_set():
        try:
            await unless_stopped(stop, look_once(looker))
        except Problem as problem:
            LOG.warning("Deployments were not looked at: %s", problem.detail)
        await pause(stop, pause_s)


async def look_once(looker: Looker) -> int:
    """Look at what is due, a few of each host, and keep what was seen; how many."""
    store, now = looker.network.store, looker.network.now()
    claimed = list[Deployment]()
    for kind, claims in ((SOLUTION, deployments_in), (PRACTICE, references_in)):
        async for record in store.stream(Find(TENANT, kind.record_kind, limit=None)):
            if record.shared["state"] == "published":
                claimed += claims(record.shared)
    looks = await store.read([each.key for each in claimed])
    due = [each for each in claimed if is_due(_body(looks, each), now, looker.interval)]
    chosen = _fairly(due)
    room = asyncio.Semaphore(MOST_AT_ONCE)

    async def look(deployment: Deployment) -> None:
        async with room:
            await _keep(looker, deployment, *await _see(looker, deployment))

    try:
        async with asyncio.TaskGroup() as group:
            for deployment in chosen:
                group.create_task(look(deployment))
    except BaseExceptionGroup as failures:
        raise told_alone(failures) from None
    return len(chosen)


async def _see(looker: Looker, deployment: Deployment) -> tuple[Sight, str]:
    try:
        answer = await looker.get(deployment.endpoint)
    except (Refused, Failed) as failure:
        return "away", str(failure)[:300]
    sight = sight_of(answer.status, answer.body, deployment.shows)
    wanting = (
        f", without an entity of type '{deployment.shows}'" if sight == "alive" and deployment.shows else ""
    )
    return sight, f"It answers with {answer.status}{wanting}."


async def _keep(looker: Looker, deployment: Deployment, sight: Sight, said: str) -> None:
    key, at = deployment.key, looker.network.now()

    def decide(stored: Mapping[Key, Record]) -> Commit:
        before = stored[key].body if key in stored else None
        return Commit((Change(key, document_of(looked(before, deployment, sight, said, at))),))

    await looker.network.store.transact([key], decide)


def _body(looks: Mapping[Key, Record], deployment: Deployment) -> JsonObject | None:
    return looks[deployment.key].body if deployment.key in looks else None


def _fairly(due: Sequence[Deployment]) -> list[Deployment]:
    """Not too many of one host in a round, so that one that hangs does not keep the others waiting."""
    hosts, chosen = dict[str, int](), list[Deployment]()
    for each in due:
        host = urlsplit(each.endpoint).netloc
        hosts[host] = hosts.get(host, 0) + 1
        if hosts[host] <= MOST_OF_HOST and len(chosen) < MOST_IN_ROUND:
            chosen.append(each)
    return chosen
