"""The audit log as a chain: each entry seals the one before by SHA-256, so that none can be changed, put in
or taken out unseen.

An entry has, beside what it says, `number` (1 for the first, one more for each that follows), `previous` (the
`hash` of the one before, 64 zeros for the first) and `hash`: SHA-256, in hexadecimal, of the canonical bytes
(`usage_chain`) of its other members. The record `audit-head` names the newest. Who can write the database can
write a whole chain anew: whoever kept a hash sees that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, cast

from beffroi.kernel.json import Json, JsonObject, decode_object
from beffroi.kernel.record import Change, Commit, Key, Record, document_of
from beffroi.market.rules.access.usage_chain import NO_PREVIOUS, canonical
from beffroi.market.rules.audit.entry import KIND
from beffroi.market.rules.documents.resource import TENANT

HEAD: Final = Key(TENANT, "audit-head", "newest")
_CHAIN: Final = ("number", "previous", "hash")


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the log does not hold: the number of the entry, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many entries are chained, how many stand before the chain began, the newest hash, and the first
    place where the chain does not hold."""

    entries: int
    before: int
    newest: str
    broken: Broken | None = None


def chained(commit: Commit, head: Record | None) -> Commit:
    """The commit with its entries chained to those before, and the head that follows."""
    number, previous = _newest(head)
    changes = list[Change]()
    for change in commit.changes:
        if change.key.kind != KIND or change.document is None:
            changes.append(change)
            continue
        number += 1
        said: JsonObject = {**decode_object(change.document), "number": number, "previous": previous}
        previous = seal(said)
        changes.append(Change(change.key, document_of({**said, "hash": previous})))
    if len(changes) == 0 or (number, previous) == _newest(head):
        return commit
    newest: JsonObject = {"number": number, "hash": previous}
    return commit._replace(changes=(*changes, Change(HEAD, document_of(newest))))


def seal(entry: Mapping[str, Json]) -> str:
    """SHA-256 of the canonical bytes of an entry, its `hash` apart."""
    return sha256(canonical({name: entry[name] for name in entry if name != "hash"})).hexdigest()


def verify(
    entries: Iterable[Mapping[str, Json]], head: Mapping[str, Json] | None, known: str = ""
) -> Verified:
    """Judge a whole log in the order of its numbers; `known` is a hash that somebody kept."""
    count, before, previous, seen = 0, 0, NO_PREVIOUS, not known
    for entry in entries:
        if "number" not in entry and not count:
            before += 1
            continue
        reason = _wrong(entry, count + 1, previous)
        if reason:
            return Verified(count, before, previous, Broken(count + 1, reason))
        count, previous = count + 1, str(entry["hash"])
        seen = seen or previous == known
    reason = _wrong_end(head, count, previous) or ("" if seen else f"No entry has the hash {known[:64]}.")
    return Verified(count, before, previous, Broken(count, reason) if reason else None)


def _wrong(entry: Mapping[str, Json], number: int, previous: str) -> str:
    if any(name not in entry for name in _CHAIN):
        return "It is not chained: it was put in."
    if entry["number"] != number:
        return f"Its number is {entry['number']}: entries before it were taken out."
    if entry["previous"] != previous:
        return "It does not follow from the entry before."
    return "" if entry["hash"] == seal(entry) else "What it says was changed."


def _wrong_end(head: Mapping[str, Json] | None, count: int, previous: str) -> str:
    if head is None:
        return "The record of the newest entry is gone." if count else ""
    if head.get("number") != count or head.get("hash") != previous:
        return f"There were {head.get('number')} entries, the newest with the hash {head.get('hash')}."
    return ""


def _newest(head: Record | None) -> tuple[int, str]:
    if head is None:
        return 0, NO_PREVIOUS
    body = head.body
    return cast("int", body["number"]), str(body["hash"])
