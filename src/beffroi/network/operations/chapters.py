"""A chapter's side: invite nodes, receive their letters, let them in or refuse them, end a membership."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.json import JsonObject, decode
from beffroi.kernel.problem import (
    BadRequestData,
    Conflict,
    Problem,
    ResourceNotFound,
    SourceFailed,
    TooManyRequests,
)
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.network.operations.documents import write
from beffroi.network.operations.following import DOCUMENT_BYTES, DOCUMENT_SECONDS, Following
from beffroi.network.operations.joining import reconcile
from beffroi.network.operations.services import Network
from beffroi.network.rules.document import withdrawn
from beffroi.network.rules.identity import document_address, keys_in
from beffroi.network.rules.ledger import Ledger
from beffroi.network.rules.membership.joining import (
    INVITATION,
    LONGEST_DAYS,
    MOST_OPEN,
    REQUEST,
    TAKEN_BACK,
    decided,
    invitation,
    invitation_key,
    member_key,
    membership,
    request,
    request_id,
    request_key,
    taken_back,
    taken_back_key,
    used,
)
from beffroi.network.rules.membership.kinds import CHAPTER, MEMBERSHIP
from beffroi.network.rules.membership.letter import Letter, opened, sender_of
from beffroi.outbound import Failed, Refused
from beffroi.store.port import All, Find, Where
from beffroi.web.message import Actor

DAY_S: Final = 86_400.0
BY_INVITATION: Final = "invitation"
BY_ITSELF: Final = "the member itself"


async def invite(network: Network, note: str, days: int, actor: Actor) -> JsonObject:
    """A new invitation; its code is shown this once. Raises Problem."""
    await _chapter(network)
    if not 1 <= days <= LONGEST_DAYS:
        raise Problem(BadRequestData, f"An invitation holds for 1 to {LONGEST_DAYS} days, not {days}.")
    code, now = network.new_id().replace("-", ""), network.now()
    made = invitation(note, actor.name, now, plus_seconds(now, days * DAY_S))
    change = Change(invitation_key(code), document_of(made))
    await network.store.transact([], lambda _: Commit((change,), at=now))
    return {"code": code, **made}


async def invitations(network: Network) -> list[JsonObject]:
    """Every invitation, without its code."""
    found = await network.store.find(Find("", INVITATION, limit=1_000))
    return [record.body for record in found.records]


async def requests(network: Network, state: str = "") -> list[JsonObject]:
    """The requests to join, the oldest first."""
    found = await network.store.find(
        Find("", REQUEST, keep=lambda r: not state or r.shared["state"] == state, limit=1_000)
    )
    return [{name: value for name, value in record.body.items() if name != "jws"} for record in found.records]


async def answer_to(network: Network, id: str) -> JsonObject:
    """What became of a request, for who knows its id. Raises Problem(ResourceNotFound)."""
    key = request_key(id)
    record = (await network.store.read([key])).get(key)
    if record is None:
        raise Problem(ResourceNotFound, f"There is no request '{id[:60]}'.")
    return _answer(record.body)


async def receive(following: Following, text: str) -> JsonObject:
    """Do what a signed letter asks; what became of it. Raises Problem."""
    network = following.network
    many = Problem(TooManyRequests, "Too many letters come at once; try again.", {"retry-after": "5"})
    async with following.letters.turn(many):
        keys = await _keys(following, sender_of(text))
        letter = opened(text, keys, (await network.signer()).did, network.now())
        if letter.kind == "leave":
            return await _leave(following, letter)
        await _chapter(network)
        return await _join(following, letter, text)


async def accept(following: Following, id: str, actor: Actor, reason: str = "") -> JsonObject:
    """Let a node in. Raises Problem(Conflict) if somebody has decided already, with whose decision it is."""
    return await _decide(following, id, "accepted", actor.name, reason)


async def refuse(following: Following, id: str, actor: Actor, reason: str) -> JsonObject:
    """Refuse a node, with a reason that it is told. Raises Problem as `accept`."""
    return await _decide(following, id, "refused", actor.name, reason)


async def end(following: Following, did: str, actor: Actor, reason: str) -> JsonObject:
    """End a membership, with a reason that everybody sees. Raises Problem."""
    found = await _end(following, did, actor.name, reason)
    if found is None:
        raise Problem(ResourceNotFound, f"'{did[:200]}' is no member.")
    return found


async def _join(following: Following, letter: Letter, text: str) -> JsonObject:
    network, now = following.network, following.network.now()
    asked_key = request_key(request_id(letter))
    gone, of, code = taken_back_key(asked_key.id), member_key(letter.sender), invitation_key(letter.code)
    open_now = (await network.store.find(Find("", REQUEST, keep=_is_open, limit=0, count=True))).count or 0
    own, result = (await network.signer()).did, list[JsonObject]()

    def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
        known = stored[of].body if of in stored else {"request": "", "membership": ""}
        before = stored.get(asked_key)
        if before is not None:
            result[:] = [_answer(before.body)]
            return
        if gone in stored:
            result[:] = [{"id": gone.id, "state": "left", "reason": ""}]
            return
        if known["membership"]:
            result[:] = [{"id": _request_of(str(known["membership"])), "state": "accepted", "reason": ""}]
            return
        made = request(letter, text, now)
        if letter.code:
            ledger.add(Change(code, document_of(used(_body(stored.get(code)), letter.sender, now))))
            made = decided(made, "accepted", BY_INVITATION, "", now)
            _let_in(ledger, made, own, BY_INVITATION)
        elif open_now >= MOST_OPEN:
            raise Problem(TooManyRequests, f"The chapter has {open_now} requests that are not decided yet.")
        elif known["request"]:
            raise Problem(Conflict, f"'{letter.sender}' has asked already; its request is not decided yet.")
        else:
            ledger.add(_member(letter.sender, request=request_id(letter)))
        ledger.add(Change(asked_key, document_of(made)))
        result[:] = [_answer(made)]

    await write(network, [asked_key, gone, of, code], decide)
    await reconcile(following)
    return result[0]


async def _decide(following: Following, id: str, state: str, by: str, reason: str) -> JsonObject:
    network, now = following.network, following.network.now()
    key = request_key(id)
    record = (await network.store.read([key])).get(key)
    if record is None:
        raise Problem(ResourceNotFound, f"There is no request '{id[:60]}'.")
    own, result = (await network.signer()).did, list[JsonObject]()

    def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
        made = decided(stored[key].body, state, by, reason, now)
        ledger.add(Change(key, document_of(made)))
        if state == "accepted":
            _let_in(ledger, made, own, by)
        else:
            ledger.add(_member(str(made["member"])))
        result[:] = [made]

    await write(network, [key], decide)
    await reconcile(following)
    return {name: value for name, value in result[0].items() if name != "jws"}


async def _leave(following: Following, letter: Letter) -> JsonObject:
    if not letter.request:
        raise Problem(BadRequestData, "A letter that leaves names the 'request' by which its sender joined.")
    words = letter.words or "The member has left."
    ended = await _end(following, letter.sender, BY_ITSELF, words, request=letter.request)
    if ended is None:
        await _remove_request(following.network, letter)
    return {"id": letter.request, "state": "left", "reason": ""}


async def _end(
    following: Following, did: str, by: str, reason: str, *, request: str = ""
) -> JsonObject | None:
    """The membership that was ended, or None if there was none, or none that came of this request."""
    network, of = following.network, member_key(did)
    known = (await network.store.read([of])).get(of)
    id = str(known.shared["membership"]) if known is not None else ""
    if not id or request not in {"", _request_of(id)}:
        return None
    key, made = MEMBERSHIP.key(id), list[JsonObject]()

    def decide(stored: Mapping[Key, Record], ledger: Ledger) -> None:
        if of not in stored or stored[of].shared["membership"] != id:
            return
        made[:] = [withdrawn(MEMBERSHIP, stored[key], by, ledger.at, reason)]
        ledger.put(MEMBERSHIP, made[0])
        ledger.add(_member(did))

    await write(network, [of, key], decide)
    await reconcile(following)
    return made[0] if made else None


async def _remove_request(network: Network, letter: Letter) -> None:
    of, now = member_key(letter.sender), network.now()
    known = (await network.store.read([of])).get(of)
    if known is None or known.shared["request"] != letter.request:
        return
    key = request_key(letter.request)
    kept = Change(taken_back_key(letter.request), document_of(taken_back(now)))
    marks = (await network.store.find(Find("", TAKEN_BACK, limit=MOST_OPEN))).records
    over = [Change(mark.key, None) for mark in marks if str(mark.shared["until"]) < now]

    def decide(stored: Mapping[Key, Record]) -> Commit:
        record = stored.get(key)
        if record is None or record.shared["state"] != "asked":
            return Commit()
        return Commit((Change(key, None), Change(of, None), kept, *over), at=now)

    await network.store.transact([key], decide)


def _request_of(membership: str) -> str:
    """The request that a membership came of."""
    return membership.rpartition("/")[2]


def _let_in(ledger: Ledger, asked: JsonObject, own: str, by: str) -> None:
    document = membership(asked, own, by, ledger.at)
    ledger.put(MEMBERSHIP, document)
    ledger.add(_member(str(asked["member"]), membership=str(document["id"])))


async def _chapter(network: Network) -> JsonObject:
    """The document by which this node is a chapter. Raises Problem(Conflict) if it is none."""
    did = (await network.signer()).did
    own = All((Where("origin", "==", "text", did), Where("state", "==", "text", "published")))
    found = await network.store.find(Find("", CHAPTER.record_kind, where=own, limit=1))
    if not found.records:
        raise Problem(Conflict, f"'{did}' is no chapter: it has published no document of the kind 'chapter'.")
    return found.records[0].body


async def _keys(following: Following, did: str) -> list[JsonObject]:
    """The keys of who sends a letter, as its own address shows them. Raises Problem."""
    url = document_address(did)
    try:
        answer = await following.get(url, {}, most_bytes=DOCUMENT_BYTES, timeout_s=DOCUMENT_SECONDS)
    except (Refused, Failed) as failure:
        raise Problem(SourceFailed, f"The key of '{did}' cannot be read: {failure}") from failure
    if answer.status != 200:
        raise Problem(SourceFailed, f"The key of '{did}' cannot be read: '{url}' answers {answer.status}.")
    document = decode(answer.body)
    return keys_in(document if isinstance(document, dict) else {}, did)


def _member(did: str, request: str = "", membership: str = "") -> Change:
    return Change(member_key(did), document_of({"did": did, "request": request, "membership": membership}))


def _answer(asked: JsonObject) -> JsonObject:
    decision = asked["decided"]
    reason = decision["reason"] if isinstance(decision, dict) else ""
    return {"id": asked["id"], "state": asked["state"], "reason": reason}


def _body(record: Record | None) -> JsonObject | None:
    return None if record is None else record.body


def _is_open(record: Record) -> bool:
    return record.shared["state"] == "asked"
