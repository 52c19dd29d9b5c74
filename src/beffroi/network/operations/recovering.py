"""Take back what this node published and its store has lost: who follows it has it, signed by this node.

A store that was put back from an older copy has a feed that ends too early. What this node would publish then
contradicts what it has published, and nobody would believe it again.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.network.operations.following import PAGE, PAGE_BYTES, PAGE_SECONDS, Following, check_answer
from beffroi.network.rules import feed
from beffroi.network.rules.accepted import HEARD, keys_of, taken
from beffroi.network.rules.chain import Entry, Head, Known, lines_of, read_entries
from beffroi.network.rules.identity import Identity, address_of, public_jwk
from beffroi.network.rules.kind import ROOT

LOG: Final = logging.getLogger("beffroi")


async def recover(following: Following, witness: str, signer: Identity, head: Head) -> int:
    """Compare the node's own feed with what it signed for `witness`, and take back the entries that are
    missing here; how many. Raises Refused or Failed."""
    known, taken_back = await _own(following, signer), 0
    while head.sequence > known.sequence:
        entries = await _missing(following, witness, known)
        if not entries or not await _take_back(following, signer, known, entries):
            break
        taken_back += len(entries)
        known = await _own(following, signer)
    if taken_back:
        LOG.warning(
            "This store was older than the node: %d entries of its feed came back from '%s'",
            taken_back,
            witness,
        )
    if not await _is_own(following, head):
        LOG.error(
            "'%s' has an entry %d of this node's feed that the store here has not, or has otherwise: it was"
            " put back from an older copy and written to since, or the key that signs was lost with it",
            witness,
            head.sequence,
        )
    return taken_back


async def _own(following: Following, signer: Identity) -> Known:
    """How far the node's own feed goes, as one knows the feed of somebody else."""
    record = (await following.network.store.read([feed.HEAD])).get(feed.HEAD)
    end: JsonObject = record.shared if record is not None else {"sequence": 0, "hash": "", "at": ""}
    return Known(signer.did, public_jwk(signer.key), int(str(end["sequence"])), str(end["hash"]))


async def _is_own(following: Following, head: Head) -> bool:
    key = feed.entry_key(head.sequence)
    record = (await following.network.store.read([key])).get(key)
    return not head.sequence or (record is not None and feed.hash_of(str(record.shared["jws"])) == head.hash)


async def _missing(following: Following, witness: str, known: Known) -> tuple[Entry, ...]:
    """The next entries of the node's own feed, as far as they are signed by the key that it has."""
    url = f"{address_of(witness)}{ROOT}/feed/{quote(known.did, safe='')}"
    answer = await following.get(
        f"{url}?after={known.sequence}&limit={PAGE}", {}, most_bytes=PAGE_BYTES, timeout_s=PAGE_SECONDS
    )
    check_answer(answer, url)
    page = await asyncio.to_thread(read_entries, known, lines_of(answer.body)[:PAGE], following.network.now())
    changes_of_key = (number for number, each in enumerate(page.entries) if each.document is None)
    return page.entries[: next(changes_of_key, None)]


async def _take_back(
    following: Following, signer: Identity, known: Known, entries: tuple[Entry, ...]
) -> bool:
    last, done = entries[-1], list[bool]()
    end: JsonObject = {
        "sequence": last.sequence,
        "hash": feed.hash_of(last.jws),
        "at": last.at,
        "kid": signer.key.kid,
    }

    def decide(stored: Mapping[Key, Record]) -> Commit:
        record = stored.get(feed.HEAD)
        done[:] = [(0 if record is None else record.shared["sequence"]) == known.sequence]
        if not done[0]:
            return Commit()  # the node has written meanwhile
        took = taken(signer.did, entries, stored, following.places)
        documents = [change for change in took.changes if change.key.kind != HEARD]
        own = [Change(feed.entry_key(each.sequence), document_of({"jws": each.jws})) for each in entries]
        return Commit((*documents, *own, Change(feed.HEAD, document_of(end))), at=following.network.now())

    await following.network.store.transact([feed.HEAD, *keys_of(entries, following.places)], decide)
    return done[0]
