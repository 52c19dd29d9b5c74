"""Follow other nodes: read their feeds page by page, verify, and keep what was good in one commit.

A peer that is slow, down or lying has turns of its own and is asked more and more seldom: it delays nobody.
"""

import asyncio
import logging
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from beffroi.kernel.json import JsonObject, decode
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.network.operations.kept_peers import keep_peer, proof_keys, proofs_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.accepted import Place, Taken, heard_key, keys_of, taken
from beffroi.network.rules.chain import Known, Page, Trouble, read_page, twin_in
from beffroi.network.rules.identity import address_of, document_address, keys_in, read_key
from beffroi.network.rules.kind import ROOT, version_key
from beffroi.network.rules.kinds import KINDS
from beffroi.network.rules.peer import (
    PEER,
    after_page,
    after_silence,
    after_trouble,
    keys_kept,
    known_of,
    needs_keys,
    peer_key,
    with_keys,
)
from beffroi.outbound import Answer, Failed, Refused
from beffroi.store.port import Find, Where
from beffroi.web.turns import Turns

LOG: Final = logging.getLogger("beffroi")
PAGE: Final = 500
PAGE_BYTES: Final = 2_000_000
PAGE_SECONDS: Final = 20.0
DOCUMENT_BYTES: Final = 65_536
DOCUMENT_SECONDS: Final = 10.0
PAGES_IN_TURN: Final = 20
AT_ONCE: Final = 64
TROUBLED_AT_ONCE: Final = 32
"""Turns at once of peers that failed last time: those that hang leave room for those that do not."""
LETTERS_AT_ONCE: Final = 16
LOOK_S: Final = 1.0
GRACE_S: Final = 3.0


class Get(Protocol):
    """GET an address. Raises Refused or Failed."""

    def __call__(
        self, url: str, headers: Mapping[str, str], /, *, most_bytes: int, timeout_s: float
    ) -> Awaitable[Answer]: ...


PLACES: Final[Mapping[str, Place]] = {
    name: Place(kind.key, version_key, kind.public_content) for name, kind in KINDS.items() if kind.public
}
"""Where followed documents go, by the name of their kind: beside the node's own."""


class Post(Protocol):
    """POST a JSON body to an address. Raises Refused or Failed."""

    def __call__(self, url: str, body: bytes, /) -> Awaitable[Answer]: ...


async def _nothing(_: frozenset[str]) -> None:
    """Do nothing about what was heard."""


@dataclass(frozen=True, slots=True)
class Following:
    """`get` and `post` are guarded; `every_s` lie between two turns of a peer that answers. `heard` is told
    the kinds of documents that a page brought, after its commit. `letters` bounds how many are read at
    once."""

    network: Network
    get: Get
    post: Post
    places: Mapping[str, Place] = field(default_factory=lambda: PLACES)
    every_s: float = 30.0
    letters: Turns = field(default_factory=lambda: Turns(LETTERS_AT_ONCE, 0))
    heard: Callable[[frozenset[str]], Awaitable[None]] = field(default=_nothing)


async def keep_following(following: Following, stopped: asyncio.Event) -> None:
    """Give every peer its turn when it is due, many at once, until `stopped` is set."""
    running = dict[str, asyncio.Task[None]]()
    troubled = set[str]()
    async with asyncio.TaskGroup() as group:
        ending = group.create_task(_until(stopped))
        while not stopped.is_set():
            for did in [did for did, task in running.items() if task.done()]:
                del running[did]
                troubled.discard(did)
            for peer in await _due(following, len(running)):
                did = str(peer["did"])
                ailing = bool(peer["failures"])
                full = len(running) >= AT_ONCE or (ailing and len(troubled) >= TROUBLED_AT_ONCE)
                if did in running or full:
                    continue
                running[did] = group.create_task(_turn_alone(following, did))
                if ailing:
                    troubled.add(did)
            await asyncio.wait({ending, *running.values()}, timeout=LOOK_S, return_when=FIRST_COMPLETED)
        ending.cancel()
        if running:
            _, late = await asyncio.wait(running.values(), timeout=GRACE_S)
            for task in late:
                task.cancel()


async def _until(stopped: asyncio.Event) -> None:
    await stopped.wait()


async def _turn_alone(following: Following, did: str) -> None:
    """A turn that keeps to itself what goes wrong in it: others have theirs."""
    try:
        await turn(following, did)
    except Exception:
        LOG.exception("The turn of the peer '%s' failed", did)
        record = (await following.network.store.read([peer_key(did)])).get(peer_key(did))
        if record is not None:
            sentence = "This node failed when it read the peer; its log says where."
            after = after_silence(record.body, sentence, following.network.now(), following.every_s)
            await keep_peer(following.network, record.body, after)


async def turn(following: Following, did: str) -> None:
    """Read on in the feed of one peer: up to PAGES_IN_TURN pages, or to its end, or to what is wrong."""
    for _ in range(PAGES_IN_TURN):
        key = peer_key(did)
        record = (await following.network.store.read([key])).get(key)
        if record is None or not await step(following, record.body):
            return


async def step(following: Following, peer: JsonObject) -> bool:
    """One page of a peer; whether there is more to read at once."""
    now = following.network.now()
    if peer["frozen"]:
        proven = Trouble("contradiction", str(peer["why"]))
        await keep_peer(following.network, peer, after_trouble(peer, proven, now, following.every_s))
        return False
    try:
        if needs_keys(peer, now):
            found = await _keys(following, peer)
            if isinstance(found, Trouble):
                after = after_trouble(peer, found, now, following.every_s)
                await keep_peer(following.network, peer, after, found)
                return False
            peer = found
        return await _page(following, peer)
    except (Refused, Failed) as failure:
        sentence = str(failure)
    except Problem as problem:
        sentence = problem.detail
    now = following.network.now()
    await keep_peer(following.network, peer, after_silence(peer, sentence, now, following.every_s))
    return False


async def _keys(following: Following, peer: JsonObject) -> JsonObject | Trouble:
    did = str(peer["did"])
    url = document_address(did)
    answer = await following.get(url, {}, most_bytes=DOCUMENT_BYTES, timeout_s=DOCUMENT_SECONDS)
    check_answer(answer, url)
    document = decode(answer.body)
    try:
        shown = keys_in(document if isinstance(document, dict) else {}, did)
    except Problem as problem:
        return Trouble("forged", problem.detail)
    owner = await _owner(following, did, shown)
    if owner:
        return Trouble("forged", f"It shows the key of '{owner}' as its own.")
    return with_keys(peer, shown, following.network.now())


async def _owner(following: Following, did: str, keys: Sequence[JsonObject]) -> str:
    """The other node that one of these keys belongs to, because it has signed with it; empty if there is
    none. Who only shows a key has not proven that it is theirs, and must not take it from its owner."""
    network = following.network
    own = await network.signer()
    shown = {str(each["x"]) for each in keys}
    if own.did != did and shown & {str(each["x"]) for each in (*own.former, own.jwk)}:
        return own.did
    async for record in network.store.stream(Find("", PEER, limit=None)):
        other = known_of(record.shared) if record.shared["keys"] else None
        if other is None or not (other.said or other.sequence):
            continue
        if other.did != did and str(other.jwk["x"]) in shown:
            return other.did
    return ""


async def _page(following: Following, peer: JsonObject) -> bool:
    network, known = following.network, known_of(peer)
    page = await _read(following, peer, known)
    if page.trouble is not None:
        page = replace(page, trouble=await _explained(following, page.known, page.trouble))
    now, keys = network.now(), keys_of(page.entries, following.places)
    found, key = list[Taken](), peer_key(known.did)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        record = stored.get(key)
        found.clear()
        if record is None or not _is_same(known_of(record.body | {"keys": peer["keys"]}), known):
            return Commit()  # no longer followed, or another turn was here before
        if record.shared["frozen"]:
            return Commit()  # proven meanwhile to contradict itself
        took = taken(known.did, page.entries, stored, following.places)
        found.append(took)
        kept = {name: record.body.get(name) for name in ("reasons", "promised")}
        after = after_page(peer | kept, page, took, now, following.every_s)
        proofs = proofs_of(known.did, page.trouble, str(now), stored)
        return Commit((*took.changes, Change(key, document_of(after)), *proofs), at=now)

    await network.store.transact([key, *keys, *proof_keys(known.did, page.trouble)], decide)
    if not found:
        return False
    if found[0].kinds:
        await following.heard(found[0].kinds)
    return page.trouble is None and page.end > page.known.sequence


async def _read(following: Following, peer: JsonObject, known: Known) -> Page:
    answer = await _fetched(following, known.did, known.sequence, PAGE)
    # verifying takes a tenth of a second: others go on meanwhile
    return await asyncio.to_thread(
        read_page, known, answer.body, keys_kept(peer), PAGE, following.network.now()
    )


async def _fetched(following: Following, did: str, after: int, limit: int) -> Answer:
    url = f"{address_of(did)}{ROOT}/feed"
    answer = await following.get(
        f"{url}?after={after}&limit={limit}", {}, most_bytes=PAGE_BYTES, timeout_s=PAGE_SECONDS
    )
    check_answer(answer, url)
    return answer


async def _explained(following: Following, known: Known, trouble: Trouble) -> Trouble:
    """The trouble with both of the signed entries that contradict each other, as far as they can be had."""
    if trouble.sequence < 1 or not trouble.proof:
        return trouble
    key = heard_key(known.did, trouble.sequence)
    record = (await following.network.store.read([key])).get(key)
    ours = str(record.shared["jws"]) if record is not None else ""
    if trouble.kind == "order":
        if not ours or trouble.proof[0] == ours:
            return trouble
        sentence = f"There are two different entries {trouble.sequence}, both signed by it."
        return Trouble("contradiction", sentence, (ours, trouble.proof[0]), trouble.sequence)
    if trouble.kind != "contradiction":
        return trouble
    try:
        answer = await _fetched(following, known.did, trouble.sequence - 1, 1)
    except (Refused, Failed, Problem):
        return replace(trouble, proof=(ours, *trouble.proof))
    theirs = twin_in(answer.body, trouble.sequence, read_key(known.jwk), known.did, ours)
    if not theirs:
        return replace(trouble, proof=(ours, *trouble.proof))
    sentence = f"There are two different entries {trouble.sequence}, both signed by it."
    return replace(trouble, sentence=sentence, proof=(ours, theirs, *trouble.proof))


async def _due(following: Following, running: int) -> list[JsonObject]:
    due = Where("due", "<=", "time", following.network.now())
    found = await following.network.store.find(Find("", PEER, where=due, limit=AT_ONCE + running))
    return [record.body for record in found.records]


def check_answer(answer: Answer, url: str) -> None:
    """Raises Failed if it is no answer to read."""
    if answer.status != 200:
        raise Failed(f"'{url}' answers {answer.status}.")


def _is_same(stored: Known, known: Known) -> bool:
    return (stored.sequence, stored.hash) == (known.sequence, known.hash)
