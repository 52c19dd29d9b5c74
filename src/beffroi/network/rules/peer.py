"""Peer: what a node keeps of another one that it follows, as steps of a state machine over a record.

    {"did", "address", "state": "following | late | broken", "since", "why", "reasons": [...], "jwk", "keys",
     "sequence", "hash", "at", "said", "head", "promised", "believed", "end", "about", "failures", "due",
     "asked", "heard", "checked", "refused": {"count", "sequence", "why"}, "passed", "frozen"}

*following*: asked lately, and all that it said was in order. *late*: it does not answer, or with an old copy,
or has more to say than was read yet. *broken*: what it says is forged, out of order or contradicts itself; it
is asked on, seldom, and what was known of it stays; one that contradicts itself (`frozen`) is not believed
again until the operator says so.
`head` is the last signed word on the end of its feed that this node reached itself, for others to compare;
`promised` is where its feed goes by a word that it signed for somebody else; `believed` is when an operator
had it taken from scratch.
"""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Key
from beffroi.network.rules.accepted import Taken
from beffroi.network.rules.chain import Known, Page, Trouble
from beffroi.network.rules.identity import address_of

PEER: Final = "net:peer"
PROOF: Final = "net:proof"
OPERATOR: Final = "operator"
"""Why a node is followed: its operator wants it, or a chapter (by its DID) names it."""
MOST_PEERS: Final = 1_000
LONGEST_HEAD: Final = 1_900
"""Bytes of a head that is kept: those of all peers together are one answer."""
LONGEST_WAIT_S: Final = 900.0
LONGEST_BROKEN_WAIT_S: Final = 6 * 3_600.0
CHECK_KEYS_S: Final = 3_600.0
_LATE: Final = frozenset({"stale", "clock"})


def peer_key(did: str) -> Key:
    """Where a peer is kept."""
    return Key("", PEER, did)


def proof_key(did: str, sequence: int, mark: str) -> Key:
    """Where the texts that prove a contradiction are kept: `{"did", "sequence", "at", "why", "jws": […]}`."""
    return Key("", PROOF, f"{did}#{sequence:012d}#{mark}")


def new_peer(did: str, reason: str, now: Instant) -> JsonObject:
    """A peer of which nothing is known yet. Raises Problem(BadRequestData) for what is no did:web."""
    return {
        "did": did,
        "address": address_of(did),
        "state": "late",
        "since": now,
        "why": "It was not asked yet.",
        "reasons": [reason],
        "keys": [],
        "sequence": 0,
        "hash": "",
        "at": "",
        "said": "",
        "head": "",
        "end": 0,
        "failures": 0,
        "due": now,
        "asked": "",
        "heard": "",
        "checked": "",
        "refused": {"count": 0, "sequence": 0, "why": ""},
        "passed": 0,
        "frozen": False,
    }


def known_of(peer: JsonObject) -> Known:
    """What is known of the peer's feed; the first of its keys signs the first entry."""
    jwk = peer.get("jwk")
    return Known(
        str(peer["did"]),
        jwk if isinstance(jwk, dict) else keys_kept(peer)[0],
        int(str(peer["sequence"])),
        str(peer["hash"]),
        Instant(str(peer["at"])),
        Instant(str(peer["said"])),
    )


def keys_kept(peer: JsonObject) -> list[JsonObject]:
    """The keys that the peer's DID document showed, the oldest first."""
    return _objects(peer["keys"])


def needs_keys(peer: JsonObject, now: Instant) -> bool:
    """Whether the peer's DID document is to be read before its feed."""
    checked = str(peer["checked"])
    return not peer["keys"] or peer["state"] == "broken" or plus_seconds_of(checked, CHECK_KEYS_S) < now


def plus_seconds_of(moment: str, seconds: float) -> str:
    """A kept moment some seconds later; one that never was stays before all others."""
    return plus_seconds(Instant(moment), seconds) if moment else ""


def with_keys(peer: JsonObject, keys: list[JsonObject], now: Instant) -> JsonObject | Trouble:
    """The peer after its DID document was read, or what is wrong with the keys in it.

    A key that was known stays what it was: a new one is shown beside it, after the former ones, and believed
    once an entry of the feed introduces it.
    """
    known = {str(each["kid"]): each for each in keys_kept(peer)}
    shown = {str(each["kid"]): each for each in keys}
    changed = [kid for kid, each in known.items() if shown.get(kid) != each]
    if changed:
        return Trouble("forged", f"It shows another key '{changed[0]}' than the one that it is known by.")
    believed = peer.get("jwk")
    if isinstance(believed, dict) and shown.get(str(believed["kid"])) != believed:
        return Trouble("forged", f"It does not show the key '{believed['kid']}', which its feed introduces.")
    return {**peer, "keys": [*keys], "checked": now}


def after_page(peer: JsonObject, page: Page, took: Taken, now: Instant, every_s: float) -> JsonObject:
    """The peer after a page that was good, or good up to its trouble."""
    known, refused = page.known, _object(peer["refused"])
    read: JsonObject = {
        **peer,
        "jwk": known.jwk,
        "sequence": known.sequence,
        "hash": known.hash,
        "at": known.at,
        "said": known.said,
        "asked": now,
        "passed": int(str(peer["passed"])) + took.passed,
    }
    if took.refused:
        sequence, why = took.refused[-1]
        count = int(str(refused["count"])) + len(took.refused)
        read["refused"] = {"count": count, "sequence": sequence, "why": why}
    if page.trouble is not None:
        return after_trouble(read, page.trouble, now, every_s)
    behind = page.end - known.sequence
    read |= {"end": page.end, "about": page.about, "heard": now}
    promised = promised_to_others(read)
    if not behind and promised > known.sequence:
        return after_trouble(read, withheld(promised, known.sequence), now, every_s)
    read["failures"] = 0
    if behind:
        said = f"{behind} of its {page.end} entries are still to be read."
        return _in(read, "late", said, now) | {"due": now}
    read |= {"head": page.head if len(page.head) <= LONGEST_HEAD else "", "promised": 0}
    return _in(read, "following", "", now) | {"due": plus_seconds(now, every_s)}


def promised_to_others(peer: JsonObject) -> int:
    """The number of the last entry of its feed, by a word that it signed for somebody else; 0 without one."""
    return int(str(peer.get("promised") or 0))


def withheld(promised: int, sequence: int, *proof: str) -> Trouble:
    """That it has signed a longer feed for others than it shows here."""
    sentence = f"It shows its feed up to entry {sequence} here and signed one up to {promised} for others."
    return Trouble("older", sentence, proof, promised)


def after_trouble(peer: JsonObject, trouble: Trouble, now: Instant, every_s: float) -> JsonObject:
    """The peer after it said what cannot be believed."""
    state = "late" if trouble.kind in _LATE else "broken"
    failed = _failed(peer, now, every_s, LONGEST_WAIT_S if state == "late" else LONGEST_BROKEN_WAIT_S)
    frozen = bool(peer["frozen"]) or trouble.kind == "contradiction"
    return _in(failed, state, trouble.sentence, now) | {"frozen": frozen}


def after_silence(peer: JsonObject, sentence: str, now: Instant, every_s: float) -> JsonObject:
    """The peer after it did not answer, or not with a page. One that is broken stays so."""
    failed = _failed(peer, now, every_s, LONGEST_WAIT_S)
    return failed if peer["state"] == "broken" else _in(failed, "late", sentence, now)


def because(peer: JsonObject, reason: str) -> JsonObject:
    """The peer with one reason more to be followed."""
    reasons = [each for each in _list(peer["reasons"]) if each != reason]
    return {**peer, "reasons": [*reasons, reason]}


def no_longer(peer: JsonObject, reason: str) -> JsonObject | None:
    """The peer without this reason; None if there is none left to follow it."""
    reasons = [each for each in _list(peer["reasons"]) if each != reason]
    return {**peer, "reasons": reasons} if reasons else None


def believed_again(peer: JsonObject, now: Instant) -> JsonObject:
    """The peer from scratch, as if nothing were known of it, because its operator and ours have spoken."""
    fresh = new_peer(str(peer["did"]), OPERATOR, now)
    return {**fresh, "reasons": _list(because(peer, OPERATOR)["reasons"]), "believed": now}


def shown(peer: Mapping[str, Json]) -> JsonObject:
    """What is shown of a peer."""
    names = (
        "did",
        "address",
        "state",
        "since",
        "why",
        "reasons",
        "about",
        "sequence",
        "end",
        "heard",
        "asked",
    )
    more = ("due", "failures", "refused", "passed", "frozen")
    return {name: peer[name] for name in (*names, *more) if name in peer}


def _failed(peer: JsonObject, now: Instant, every_s: float, longest_s: float) -> JsonObject:
    """Each failure doubles the wait."""
    failures = int(str(peer["failures"])) + 1
    wait = min(every_s * 2 ** min(failures - 1, 20), longest_s)
    return {**peer, "failures": failures, "asked": now, "due": plus_seconds(now, wait)}


def _in(peer: JsonObject, state: str, why: str, now: Instant) -> JsonObject:
    return {**peer, "state": state, "why": why, "since": peer["since"] if peer["state"] == state else now}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _objects(value: Json) -> list[JsonObject]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
