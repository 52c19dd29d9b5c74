"""Keep what a peer has come to, and the signed texts that prove what is wrong with it."""

from collections.abc import Mapping

from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.chain import Trouble
from beffroi.network.rules.peer import peer_key, proof_key


async def keep_peer(
    network: Network, before: JsonObject, after: JsonObject, trouble: Trouble | None = None
) -> None:
    """Keep what a peer has come to, unless it is no longer followed."""
    did, now = str(before["did"]), network.now()
    key = peer_key(did)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        record = stored.get(key)
        if record is None or record.shared["sequence"] != before["sequence"]:
            return Commit()
        if record.shared["frozen"] and not before["frozen"]:
            return Commit()  # proven meanwhile to contradict itself
        kept = {**after, "reasons": record.body["reasons"]}
        return Commit((Change(key, document_of(kept)), *proofs_of(did, trouble, str(now), stored)), at=now)

    await network.store.transact([key, *proof_keys(did, trouble)], decide)


def proof_keys(did: str, trouble: Trouble | None) -> list[Key]:
    """Where the proof of this trouble is kept, if it has one."""
    return [proof_key(did, trouble.sequence, trouble.kind)] if trouble is not None and trouble.proof else []


def proofs_of(did: str, trouble: Trouble | None, at: str, stored: Mapping[Key, Record]) -> list[Change]:
    """The row of a proof, the first of its kind: a peer cannot fill the store with them."""
    if trouble is None:
        return []
    proof: JsonObject = {
        "did": did,
        "sequence": trouble.sequence,
        "at": at,
        "why": trouble.sentence,
        "jws": [*trouble.proof],
    }
    return [Change(key, document_of(proof)) for key in proof_keys(did, trouble) if key not in stored]
