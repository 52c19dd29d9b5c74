"""Ask the nodes that this one follows what others signed for them, and compare.

One node after another is asked, one in each interval, so that the cost does not grow with the network.
"""

import asyncio
import logging
from itertools import count
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.network.operations.following import PAGE_BYTES, PAGE_SECONDS, Following, check_answer
from beffroi.network.operations.kept_peers import keep_peer
from beffroi.network.operations.recovering import recover
from beffroi.network.operations.services import Network
from beffroi.network.rules.accepted import heard_key
from beffroi.network.rules.chain import Head
from beffroi.network.rules.identity import address_of
from beffroi.network.rules.kind import ROOT
from beffroi.network.rules.peer import PEER, after_trouble, peer_key
from beffroi.network.rules.witness import heads_of, is_known, own_head, signers_in, trouble_of
from beffroi.outbound import Failed, Refused
from beffroi.store.port import Find
from beffroi.web.pause import pause

FIRST_S: Final = 1.0
"""Soon after the start: a store that is older than the node shows before much is written."""
LOG: Final = logging.getLogger("beffroi")


async def heads_heard(network: Network) -> list[str]:
    """The last head of every node that this one follows, as that node signed it, if this one got there."""
    found = await network.store.find(Find("", PEER, limit=None))
    heads = (str(record.shared.get("head") or "") for record in found.records)
    return [head for head in heads if head]


async def keep_witnessing(following: Following, stopped: asyncio.Event) -> None:
    """Compare with the peer that waited longest: soon, then one in each interval, until `stopped` is set."""
    asked = dict[str, int]()
    for round in count(1):
        await pause(stopped, FIRST_S if round == 1 else following.every_s)
        if stopped.is_set():
            return
        asked = {did: asked.get(did, 0) for did in await _in_order(following.network)}
        if not asked:
            continue
        witness = min(asked, key=asked.__getitem__)
        asked[witness] = round
        try:
            await compare(following, witness)
        except (Refused, Failed) as failure:
            LOG.info("What others signed for '%s' could not be read: %s", witness, failure)
        except Exception:
            LOG.exception("Comparing with '%s' failed", witness)


async def compare(following: Following, witness: str) -> None:
    """Read what the nodes that both follow signed for `witness`. Raises Refused or Failed."""
    url = f"{address_of(witness)}{ROOT}/heads"
    answer = await following.get(url, {}, most_bytes=PAGE_BYTES, timeout_s=PAGE_SECONDS)
    check_answer(answer, url)
    network, lines = following.network, signers_in(answer.body)
    signer = await network.signer()
    if (own := own_head(lines, signer)) is not None:
        await recover(following, witness, signer, own)
    found = await network.store.read([peer_key(did) for did in lines if did != witness])
    peers = {record.key.id: record.body for record in found.values() if not record.shared["frozen"]}
    heads = await asyncio.to_thread(heads_of, lines, list(peers.values()))
    for head in heads:
        if not is_known(head, peers[head.did]):
            await _weigh(following, peers[head.did], head)


async def _weigh(following: Following, peer: JsonObject, head: Head) -> None:
    key = heard_key(head.did, head.sequence)
    record = (await following.network.store.read([key])).get(key)
    trouble = trouble_of(head, peer, str(record.shared["jws"]) if record is not None else "")
    if trouble is None:
        return
    promised: JsonObject = {"promised": trouble.sequence} if trouble.kind == "older" else {}
    after = after_trouble(peer | promised, trouble, following.network.now(), following.every_s)
    await keep_peer(following.network, peer, after, trouble)


async def _in_order(network: Network) -> list[str]:
    found = await network.store.find(
        Find("", PEER, keep=lambda record: record.shared["state"] == "following", limit=None)
    )
    return [record.key.id for record in found.records]
