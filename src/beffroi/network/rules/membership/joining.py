"""How a node becomes a member of a chapter: by invitation or request, decided once, and told why.

asked --accept--> accepted      asked --refuse--> refused      asked --its own letter--> forgotten

Of a request that was taken back only its id is kept, until its letter holds no more.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Forbidden, Problem
from beffroi.kernel.record import Key
from beffroi.network.rules.document import draft
from beffroi.network.rules.membership.kinds import MEMBERSHIP
from beffroi.network.rules.membership.letter import HOLDS_S, Letter

INVITATION: Final = "net:invitation"
REQUEST: Final = "net:request"
MEMBER: Final = "net:member"
"""What a chapter knows of a node, by its DID: `{"did", "request": id, "membership": id or ""}`."""
TAKEN_BACK: Final = "net:taken-back"
"""Requests that were taken back: `{"until": Instant}`."""
MOST_OPEN: Final = 500
LONGEST_DAYS: Final = 90
LONGEST_REASON: Final = 2_000


def invitation_key(code: str) -> Key:
    """Where an invitation is kept: only the hash of its code is."""
    return Key("", INVITATION, sha256(code.encode()).hexdigest())


def request_key(id: str) -> Key:
    """Where a request to join is kept."""
    return Key("", REQUEST, id)


def taken_back_key(id: str) -> Key:
    """Where it is kept that a request was taken back."""
    return Key("", TAKEN_BACK, id)


def taken_back(now: Instant) -> JsonObject:
    """That a request was taken back, until no letter of before can come again: a clock may go before."""
    return {"until": plus_seconds(now, 2 * HOLDS_S)}


def request_id(letter: Letter) -> str:
    """The id of the request that a letter makes: the same for the same letter, and for no other sender's."""
    return sha256(f"{letter.sender} {letter.id}".encode()).hexdigest()[:32]


def member_key(did: str) -> Key:
    """Where a chapter keeps what it knows of a node."""
    return Key("", MEMBER, did)


def invitation(note: str, by: str, now: Instant, until: Instant) -> JsonObject:
    """A new invitation, good once and before `until`."""
    return {"note": note[:200], "by": by, "created": now, "until": until, "used": None}


def used(stored: JsonObject | None, did: str, now: Instant) -> JsonObject:
    """The invitation after this node has used it. Raises Problem(Forbidden)."""
    if stored is None:
        raise Problem(Forbidden, "The code is of no invitation.")
    if stored["used"] is not None:
        raise Problem(Forbidden, "The invitation was used already; ask for another one.")
    if str(stored["until"]) <= now:
        raise Problem(Forbidden, f"The invitation held until {stored['until']}; ask for another one.")
    return {**stored, "used": {"by": did, "at": now}}


def request(letter: Letter, text: str, now: Instant) -> JsonObject:
    """What is kept of a letter that asks to join; `jws` is the letter itself."""
    return {
        "id": request_id(letter),
        "member": letter.sender,
        "organisation": letter.organisation,
        "place": letter.place,
        "words": letter.words,
        "asked": now,
        "state": "asked",
        "decided": None,
        "jws": text,
    }


def decided(stored: JsonObject, state: str, by: str, reason: str, now: Instant) -> JsonObject:
    """The request after its decision. Raises Problem(Conflict) if there is one already, with whose it is."""
    decision = stored["decided"]
    if isinstance(decision, dict):
        why = f": {decision['reason']}" if decision["reason"] else ""
        member, became, who = stored["member"], stored["state"], decision["by"]
        raise Problem(
            Conflict, f"The request of '{member}' was {became} by '{who}' at {decision['at']}{why}."
        )
    if state == "refused" and not reason.strip():
        raise Problem(BadRequestData, "A request is refused with a reason, and has none.")
    if len(reason) > LONGEST_REASON:
        raise Problem(
            BadRequestData, f"The reason has {len(reason)} characters; {LONGEST_REASON} are the most."
        )
    return {**stored, "state": state, "decided": {"by": by, "at": now, "reason": reason.strip()}}


def membership(asked: Mapping[str, Json], own: str, by: str, now: Instant) -> JsonObject:
    """The document by which a chapter says that a node is its member, published at once."""
    content: JsonObject = {
        "chapter": own,
        "member": asked["member"],
        "organisation": str(asked["organisation"]).strip().replace("\n", " ") or str(asked["member"])[:200],
        "since": now,
    }
    if str(asked["place"]).strip():
        content["place"] = str(asked["place"]).strip().replace("\n", " ")
    id = MEMBERSHIP.id_of(own, str(asked["id"]))
    return {**draft(MEMBERSHIP, id, own, content, by, now), "state": "published", "published": now}
