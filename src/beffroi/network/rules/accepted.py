"""What a follower takes over from the verified entries of a feed: documents under their origin's own ids.

An entry whose document cannot be taken over is kept and counted, and the feed goes on: what its origin
corrects or withdraws later still arrives.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.network.rules.chain import Entry
from beffroi.network.rules.schema import is_moment

HEARD: Final = "net:heard"
"""Store kind of entries of others, as they were signed: `{"jws": …}`, named by DID and number."""
LONGEST_ID: Final = 600
UNCHECKED: Final = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""What a check of our own kinds may stumble over in a content that no check of ours was made for."""

_NAME = re.compile(r"[A-Za-z0-9._~:@!$&'()*+,;=%-]+(/[A-Za-z0-9._~:@!$&'()*+,;=%-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where documents of a kind and their versions are kept; `check` raises Problem for a wrong content."""

    key: Callable[[str], Key]
    version: Callable[[str, int], Key]
    check: Callable[[JsonObject], object]


@dataclass(frozen=True, slots=True)
class Taken:
    """What the entries change in the store; `refused` names the entries whose documents were not taken over,
    and why; `passed` counts documents of kinds that are not known here."""

    changes: tuple[Change, ...]
    refused: tuple[tuple[int, str], ...]
    passed: int
    kinds: frozenset[str]


def heard_key(did: str, sequence: int) -> Key:
    """Where an entry of somebody else's feed is kept."""
    return Key("", HEARD, f"{did}#{sequence:012d}")


def keys_of(entries: Sequence[Entry], places: Mapping[str, Place]) -> list[Key]:
    """The records that `taken` wants to see."""
    keys = dict[Key, None]()
    for entry in entries:
        document = entry.document or {}
        place, id = places.get(str(document.get("kind"))), document.get("id")
        if place is not None and isinstance(id, str) and len(id) <= LONGEST_ID:
            keys[place.key(id)] = None
    return list(keys)


def taken(
    did: str, entries: Sequence[Entry], stored: Mapping[Key, Record], places: Mapping[str, Place]
) -> Taken:
    """Take over what the entries of `did` say; `stored` are the records of `keys_of`."""
    changes, refused, passed = dict[Key, Change](), list[tuple[int, str]](), 0
    versions = dict[Key, int]()
    kinds = set[str]()
    for entry in entries:
        heard = heard_key(did, entry.sequence)
        changes[heard] = Change(heard, document_of({"jws": entry.jws}))
        document = entry.document
        if document is None:
            continue
        place = places.get(str(document.get("kind")))
        try:
            version = _version_of(document, did)
            if place is None:
                passed += 1
                continue
            id = str(document["id"])
            key = place.key(id)
            _check_newer(id, version, versions.get(key) or _version_in(stored.get(key)))
            _check_content(place, document)
        except Problem as problem:
            refused.append((entry.sequence, problem.detail))
            continue
        versions[key] = version
        kinds.add(str(document["kind"]))
        text = document_of(document)
        changes[key] = Change(key, text)
        row = place.version(id, version)
        changes[row] = Change(row, text)
    return Taken(tuple(changes.values()), tuple(refused), passed, frozenset(kinds))


def _version_of(document: JsonObject, did: str) -> int:
    """The version of a document whose envelope is right. Raises Problem(BadRequestData)."""
    id, version = document.get("id"), document.get("version")
    if not isinstance(id, str) or len(id) > LONGEST_ID or not id.startswith(f"{did}/"):
        raise Problem(BadRequestData, f"The document '{str(id)[:200]}' is not below '{did}'.")
    if _NAME.fullmatch(id.removeprefix(f"{did}/")) is None or document.get("origin") != did:
        raise Problem(BadRequestData, f"The document '{id[:200]}' has a wrong id or another origin.")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 1 << 31:
        raise Problem(BadRequestData, f"The document '{id}' has the version '{str(version)[:40]}'.")
    if document.get("state") == "draft" or not isinstance(document.get("published"), str):
        raise Problem(BadRequestData, f"The document '{id}' is not public.")
    return version


def _version_in(record: Record | None) -> int:
    return int(str(record.shared["version"])) if record is not None else 0


def _check_newer(id: str, version: int, known: int) -> None:
    if version <= known:
        raise Problem(BadRequestData, f"The document '{id}' goes back to version {version} from {known}.")


def _check_content(place: Place, document: JsonObject) -> None:
    content, state = document.get("content"), document.get("state")
    if not isinstance(content, dict) or not isinstance(state, str):
        raise Problem(BadRequestData, f"The document '{document['id']}' has no content or no state.")
    for name in ("created", "changed", "published"):
        if not is_moment(str(document.get(name))):
            raise Problem(BadRequestData, f"The document '{document['id']}' has no moment '{name}'.")
    withdrawn = document.get("withdrawn", {"at": document["changed"], "reason": ""})
    if not (
        isinstance(withdrawn, dict)
        and is_moment(str(withdrawn.get("at")))
        and isinstance(withdrawn.get("reason"), str)
    ):
        raise Problem(BadRequestData, f"The document '{document['id']}' is withdrawn without date or reason.")
    try:
        place.check(content)
    except UNCHECKED as failure:
        reason = (str(failure) or type(failure).__name__)[:200]
        raise Problem(
            BadRequestData, f"The document '{document['id']}' cannot be read: {reason}."
        ) from failure
