"""Letter: what a node asks of a chapter, signed with its key.

The payload of the JWS (`typ` beffroi-letter+jws) is

    {"letter": "join | leave", "id": uuid, "from": did, "to": did, "at": Instant, "organisation", "place",
     "words", "code", "request"}

A letter is for one chapter, holds for some minutes, and does the same once or twice: one that leaves ends the
membership that came of `request`, or that request, and no later one.
"""

from dataclasses import dataclass
from typing import Final, Literal, cast

from beffroi.kernel.instant import Instant, parse_instant, seconds_between
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Forbidden, Problem
from beffroi.network.rules.identity import Identity, read_key
from beffroi.network.rules.schema import MOMENT, Schema, object_of, one_of
from beffroi.network.rules.signature import Unsigned, signed, signer_of, verified

LETTER_TYPE: Final = "beffroi-letter+jws"
MOST_LETTER_BYTES: Final = 16_384
HOLDS_S: Final = 600.0
_WORD: Final[JsonObject] = {"type": "string", "maxLength": 200}
_DID: Final[JsonObject] = {"type": "string", "maxLength": 400}
_SHAPE: Final = Schema(
    object_of(
        "letter id from to at",
        letter=one_of("join", "leave"),
        id={"type": "string", "pattern": "^[0-9a-f-]{36}$"},
        **{"from": _DID},
        to=_DID,
        at=MOMENT,
        organisation=_WORD,
        place=_WORD,
        words={"type": "string", "maxLength": 2_000},
        code={"type": "string", "maxLength": 100},
        request={"type": "string", "maxLength": 100},
    )
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter whose signature was good. `code` is of an invitation, empty without one; `request` is what a
    letter that leaves ends."""

    kind: Literal["join", "leave"]
    id: str
    sender: str
    organisation: str
    place: str
    words: str
    code: str
    request: str = ""


def letter_of(
    kind: Literal["join", "leave"], id: str, sender: Identity, to: str, at: Instant, **said: str
) -> str:
    """The signed text of a letter that has said `words`, a `code` or the `request` that it ends."""
    payload: JsonObject = {
        "letter": kind,
        "id": id,
        "from": sender.did,
        "to": to,
        "at": at,
        "organisation": sender.organisation[:200],
        "place": str(sender.place.get("name", ""))[:200],
        **said,
    }
    _SHAPE.check(payload, "letter")
    return signed(payload, LETTER_TYPE, sender.did, sender.key)


def sender_of(text: str) -> str:
    """The DID that a letter names as its signer, not verified yet. Raises Problem(BadRequestData)."""
    if len(text) > MOST_LETTER_BYTES:
        raise Problem(
            BadRequestData, f"The letter has {len(text):,} bytes; {MOST_LETTER_BYTES:,} are allowed."
        )
    try:
        return signer_of(text.encode()).partition("#")[0]
    except Unsigned as unsigned:
        raise Problem(BadRequestData, f"The letter cannot be read: {unsigned}.") from unsigned


def opened(text: str, keys: list[JsonObject], own: str, now: Instant) -> Letter:
    """A letter to the node `own`, signed with the newest of its sender's keys.

    Raises Problem(Forbidden) for a signature, an addressee or a date that is not right,
    Problem(BadRequestData) for another shape.
    """
    sender = sender_of(text)
    try:
        said = verified(text.encode(), LETTER_TYPE, sender, read_key(keys[-1]))
    except Unsigned as unsigned:
        raise Problem(Forbidden, f"The letter is not signed by '{sender}': {unsigned}.") from unsigned
    _SHAPE.check(said, "letter")
    if said["from"] != sender:
        raise Problem(Forbidden, f"The letter of '{sender}' says that it is from '{said['from']}'.")
    if said["to"] != own:
        raise Problem(Forbidden, f"The letter is for '{said['to']}', and this is '{own}'.")
    at = parse_instant(str(said["at"]))
    if at is None or abs(seconds_between(at, now)) > HOLDS_S:
        raise Problem(Forbidden, f"The letter is dated {said['at']}; letters hold for {HOLDS_S:g} s.")
    texts = (str(said.get(name, "")) for name in ("organisation", "place", "words", "code", "request"))
    kind = cast("Literal['join', 'leave']", said["letter"])
    return Letter(kind, str(said["id"]), sender, *texts)
