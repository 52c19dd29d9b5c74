"""Compare what a peer signed for others with what it signed for this node.

A head is signed by the peer itself, so that whoever hands it on need not be believed: two histories show
although each of them is in order.
"""

from collections.abc import Mapping, Sequence

from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.rules.chain import SKEW_S, Head, Trouble, Wrong, read_head
from beffroi.network.rules.feed import hash_of
from beffroi.network.rules.identity import Identity, public_jwk
from beffroi.network.rules.peer import (
    LONGEST_HEAD,
    MOST_PEERS,
    keys_kept,
    known_of,
    promised_to_others,
    withheld,
)
from beffroi.network.rules.signature import Unsigned, signer_of


def signers_in(body: bytes) -> dict[str, bytes]:
    """The lines of an answer by the DID that each names as its signer, not verified; one line of each."""
    lines = dict[str, bytes]()
    for line in body.split(b"\n", MOST_PEERS)[:MOST_PEERS]:
        if not 0 < len(line) <= LONGEST_HEAD:
            continue
        try:
            lines.setdefault(signer_of(line).partition("#")[0], line)
        except Unsigned:
            continue
    return lines


def own_head(lines: Mapping[str, bytes], signer: Identity) -> Head | None:
    """What this node itself signed for the one that answers, if it did."""
    line = lines.get(signer.did)
    return _head(line, signer.did, [*signer.former, public_jwk(signer.key)]) if line is not None else None


def heads_of(lines: Mapping[str, bytes], peers: Sequence[JsonObject]) -> list[Head]:
    """The heads among the lines that were signed by one of these peers, with a key that is known as its."""
    return [
        head
        for peer in peers
        if (line := lines.get(str(peer["did"]))) is not None
        and (head := _head(line, str(peer["did"]), _keys_of(peer))) is not None
    ]


def is_known(head: Head, peer: JsonObject) -> bool:
    """Whether the head says what this node knows of the peer, or what an operator's word has overtaken."""
    known = known_of(peer)
    overtaken = head.at <= str(peer.get("believed") or "")
    return overtaken or not head.sequence or (head.sequence, head.hash) == (known.sequence, known.hash)


def trouble_of(head: Head, peer: JsonObject, ours: str) -> Trouble | None:
    """What a head for somebody else proves of the peer; `ours` is the entry of the head's number as this node
    has it, or empty where it knows none.

    A longer feed proves something only if the peer signed a shorter one for this node afterwards, by its own
    clock and by more than that may go wrong.
    """
    known = known_of(peer)
    if head.sequence <= known.sequence:
        if not ours or hash_of(ours) == head.hash:
            return None
        sentence = f"It signed another entry {head.sequence} for others than the one that it shows here."
        return Trouble("contradiction", sentence, (ours, head.jws), head.sequence)
    if promised_to_others(peer):
        return None  # its feed has to come up to the first such word before another one counts
    if known.said and head.at < plus_seconds(known.said, -SKEW_S):
        here = str(peer.get("head") or "")
        return withheld(head.sequence, known.sequence, *([here] if here else []), head.jws)
    return None


def _keys_of(peer: JsonObject) -> list[JsonObject]:
    jwk = peer.get("jwk")
    return [*keys_kept(peer), *([jwk] if isinstance(jwk, dict) else [])]


def _head(line: bytes, did: str, keys: Sequence[JsonObject]) -> Head | None:
    if not keys:
        return None
    try:
        head = read_head(did, line, keys)
    except (Wrong, Problem):
        return None
    return head if head.sequence >= 0 else None
