"""A node's way into a chapter and out of it, and whom it follows because of that."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final, Literal

from beffroi.kernel.json import JsonObject, decode, encode
from beffroi.kernel.problem import BadRequestData, Conflict, Problem, ResourceNotFound, SourceFailed
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.network.operations.following import Following
from beffroi.network.operations.peers import forget
from beffroi.network.operations.services import Network
from beffroi.network.rules.identity import METHOD, address_of, did_of
from beffroi.network.rules.kind import ROOT
from beffroi.network.rules.membership.kinds import CHAPTER, MEMBERSHIP
from beffroi.network.rules.membership.letter import letter_of
from beffroi.network.rules.membership.wanted import HEARD, JOINING, is_chapter, joined, membership_in, reasons
from beffroi.network.rules.peer import MOST_PEERS, OPERATOR, PEER, new_peer, peer_key
from beffroi.outbound import Failed, Refused
from beffroi.store.port import Find
from beffroi.web.pause import pause

ANSWER_BYTES: Final = 65_536
ANSWER_SECONDS: Final = 15.0
TEND_S: Final = 60.0


async def join(following: Following, named: str, code: str = "", words: str = "") -> JsonObject:
    """Ask the chapter at an address, or with a DID, to let this node in; what it answers. Raises Problem."""
    did = named if named.startswith(METHOD) else did_of(named)
    network = following.network
    if did == (await network.signer()).did:
        raise Problem(Conflict, "A node is no member of itself.")
    known = await _joining(network, did)
    if known is not None and known["state"] in {"member", "leaving"}:
        raise Problem(Conflict, f"This node is {known['state']} there already: '{did}'.")
    id = network.new_id()
    said = await _send(following, "join", id, did, words=words, code=code)
    made: JsonObject = {
        "chapter": did,
        "address": address_of(did),
        "state": "refused" if said["state"] == "refused" else "asked",
        "request": str(said.get("id", id)),
        "at": network.now(),
        "why": str(said.get("reason", "")),
    }
    await _keep(network, made)
    await reconcile(following)
    return await _joining(network, did) or made


async def leave(following: Following, named: str, words: str = "") -> JsonObject:
    """Leave a chapter, or take a request back. It holds here at once; the chapter is told until it answers.

    Raises Problem(ResourceNotFound) where this node neither is a member nor has asked.
    """
    did = named if named.startswith(METHOD) else did_of(named)
    network = following.network
    known = await _joining(network, did)
    if known is None or known["state"] not in {*HEARD, "leaving"}:
        raise Problem(ResourceNotFound, f"This node is no member of '{did[:200]}' and has not asked.")
    await _keep(network, {**known, "state": "leaving", "at": network.now(), "why": words})
    await tell_leaving(following)
    await reconcile(following)
    return await _joining(network, did) or known


async def joinings(network: Network) -> list[JsonObject]:
    """The chapters that this node asked, is a member of, or has left."""
    found = await network.store.find(Find("", JOINING, limit=1_000))
    return [record.body for record in found.records]


async def tend(following: Following) -> None:
    """What is to be done from time to time: tell chapters that were left, ask for decisions, look whom to
    follow."""
    await tell_leaving(following)
    await _ask_for_decisions(following)
    await reconcile(following)


async def keep_tending(following: Following, stopped: asyncio.Event) -> None:
    """Tend again and again until `stopped` is set."""
    while not stopped.is_set():
        if await _has_identity(following.network):
            await tend(following)
        await pause(stopped, min(TEND_S, 2 * following.every_s))


async def _has_identity(network: Network) -> bool:
    """Whether the node's address gives it an identity; one without takes no part in the network."""
    try:
        await network.signer()
    except Problem as problem:
        if problem.kind in {BadRequestData, Conflict}:
            return False
        raise
    return True


async def reconcile(following: Following) -> None:
    """Follow whom the chapters name, and nobody any more whom none names and the operator did not choose."""
    network = following.network
    own = (await network.signer()).did
    documents = [
        record.shared
        for kind in (CHAPTER, MEMBERSHIP)
        for record in (await network.store.find(Find("", kind.record_kind, limit=None))).records
    ]
    trusted = [own] if is_chapter(own, documents) else []
    for known in await joinings(network):
        chapter = str(known["chapter"])
        after = joined(known, membership_in(chapter, own, documents))
        if after != known:
            await _keep(network, {**after, "at": network.now()})
        if after["state"] in HEARD:
            trusted.append(chapter)
    await _follow(network, reasons(own, trusted, documents))


async def _follow(network: Network, wanted: Mapping[str, list[str]]) -> None:
    found = await network.store.find(Find("", PEER, limit=None))
    known = {str(record.shared["did"]): record for record in found.records}
    room = MOST_PEERS - len(known)
    new = [did for did in wanted if did not in known][: max(room, 0)]
    for did in [*known, *new]:
        gone = await _set_reasons(network, did, wanted.get(did, []))
        if gone:
            await forget(network.store, did)


async def _set_reasons(network: Network, did: str, named_by: list[str]) -> bool:
    """Have a peer followed for these reasons, beside the operator's; whether none is left."""
    key, now, gone = peer_key(did), network.now(), list[bool]()
    record = (await network.store.read([key])).get(key)
    if record is not None and _reasons_after(record.shared, named_by) == record.shared["reasons"]:
        return False

    def decide(stored: Mapping[Key, Record]) -> Commit:
        peer = stored[key].body if key in stored else new_peer(did, "", now) | {"reasons": []}
        after = _reasons_after(peer, named_by)
        gone[:] = [not after and key in stored]
        if not after:
            return Commit((Change(key, None),) if key in stored else ())
        return Commit((Change(key, document_of({**peer, "reasons": [*after]})),), at=now)

    await network.store.transact([key], decide)
    return gone[0]


def _reasons_after(peer: Mapping[str, object], named_by: list[str]) -> list[str]:
    chosen = peer["reasons"]
    return [*([OPERATOR] if isinstance(chosen, list) and OPERATOR in chosen else []), *named_by]


async def tell_leaving(following: Following) -> None:
    """Tell the chapters that this node has left so; one that does not answer is told later."""
    network = following.network
    for known in await joinings(network):
        if known["state"] != "leaving":
            continue
        chapter, why = str(known["chapter"]), str(known["why"])
        try:
            await _send(
                following, "leave", network.new_id(), chapter, words=why, request=str(known["request"])
            )
        except Problem:
            continue
        await _keep(network, {**known, "state": "left", "at": network.now()})


async def _ask_for_decisions(following: Following) -> None:
    """Ask the chapters that have not let this node in yet whether they refused."""
    for known in await joinings(following.network):
        if known["state"] != "asked":
            continue
        url = f"{known['address']}{ROOT}/letters/{known['request']}"
        try:
            answer = await following.get(url, {}, most_bytes=ANSWER_BYTES, timeout_s=ANSWER_SECONDS)
            said = decode(answer.body) if answer.status == 200 else None
        except (Refused, Failed, Problem):
            continue
        if isinstance(said, dict) and said.get("state") == "refused":
            why = str(said.get("reason", ""))[:2_000]
            await _keep(following.network, {**known, "state": "refused", "why": why})


async def _send(
    following: Following, kind: Literal["join", "leave"], id: str, chapter: str, **texts: str
) -> JsonObject:
    """Send a signed letter; what the chapter answers. Raises Problem(SourceFailed), or with the chapter's own
    words if it refuses."""
    network = following.network
    text = letter_of(kind, id, await network.signer(), chapter, network.now(), **texts)
    url = f"{address_of(chapter)}{ROOT}/letters"
    try:
        answer = await following.post(url, encode({"letter": text}))
        said = decode(answer.body)
    except (Refused, Failed, Problem) as failure:
        raise Problem(SourceFailed, f"The chapter '{chapter}' does not answer: {failure}") from failure
    if answer.status >= 400 or not isinstance(said, dict):
        detail = said.get("detail") if isinstance(said, dict) else None
        raise Problem(SourceFailed, f"The chapter '{chapter}' answers {answer.status}: {str(detail)[:500]}")
    return said


async def _joining(network: Network, chapter: str) -> JsonObject | None:
    key = Key("", JOINING, chapter)
    record = (await network.store.read([key])).get(key)
    return None if record is None else record.body


async def _keep(network: Network, known: JsonObject) -> None:
    change = Change(Key("", JOINING, str(known["chapter"])), document_of(known))
    await network.store.transact([], partial(_always, Commit((change,), at=network.now())))


def _always(commit: Commit, _: Mapping[Key, Record]) -> Commit:
    return commit
