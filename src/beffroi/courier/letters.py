"""Dead letters: events that were tried for the whole window, kept to be read and replayed."""

from collections.abc import Mapping, Sequence
from typing import cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, decode_object, encode
from beffroi.kernel.problem import Problem, ResourceNotFound
from beffroi.kernel.record import Change, Commit, Event, Key, Record, document_of
from beffroi.store.port import Find, Pending, Store

KIND = "dead-letter"


def letter(event: Pending, tenant: str, reason: str, now: Instant) -> Change:
    """The record that keeps an event nobody could be given."""
    body: JsonObject = {
        "lane": event.lane,
        "event": _readable(event.body),
        "reason": reason,
        "attempts": event.attempts + 1,
        "at": now,
    }
    return Change(Key(tenant, KIND, f"{event.number:016d}"), document_of(body))


async def dead_letters(store: Store, tenant: str, limit: int, after: int = 0) -> Sequence[Record]:
    """The dead letters of a tenant in the order in which they were given up."""
    return (await store.find(Find(tenant, KIND, exact=True, limit=limit, after=after))).records


async def replay(store: Store, tenant: str, letter_id: str, now: Instant) -> None:
    """Put a dead letter back into its lane, with the whole window before it. Raises ResourceNotFound."""
    key = Key(tenant, KIND, letter_id)

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if key not in stored:
            raise Problem(ResourceNotFound, f"The dead letter '{letter_id}' does not exist.")
        body = stored[key].body
        again = Event(str(body["lane"]), _again(body["event"], now))
        return Commit((Change(key, None),), (again,), at=now)

    await store.transact([key], decide)


def _readable(body: bytes) -> Json:
    """The body of an event; as a text when it is no JSON object."""
    try:
        return cast("Json", decode_object(body))
    except ValueError:
        return body.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _again(event: Json, now: Instant) -> bytes:
    if isinstance(event, Mapping):
        return encode({**event, "since": now})
    return event.encode() if isinstance(event, str) else encode(event)
