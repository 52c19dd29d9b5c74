"""Document: what a node says, dated and versioned; what was public is corrected in the open, never undone."""

from hashlib import sha256
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.kernel.record import Record
from beffroi.network.rules.kind import Kind

LONGEST_REASON: Final = 2_000


def content_of(document: JsonObject) -> JsonObject:
    """What a document says, apart from its envelope."""
    return cast("JsonObject", document["content"])


def draft(kind: Kind, id: str, origin: str, content: JsonObject, by: str, at: Instant) -> JsonObject:
    """The first version of a document; nobody outside sees it. Raises Problem(BadRequestData)."""
    return {
        "id": id,
        "kind": kind.name,
        "origin": origin,
        "version": 1,
        "created": at,
        "changed": at,
        "state": "draft",
        "by": by,
        "previous": "",
        "content": kind.valid(content),
    }


def revised(
    kind: Kind, record: Record, content: JsonObject, by: str, at: Instant, reason: str = ""
) -> JsonObject:
    """The next version with another content; one that was published says why. Raises Problem."""
    stored = record.body
    if "withdrawn" in stored:
        raise Problem(Conflict, f"The {kind.name} was withdrawn and is not changed any more.")
    document: JsonObject = {**_next(record, by, at), "content": kind.valid(content)}
    if stored["state"] == "published":
        kind.complete(content)
        document["correction"] = _said(reason, "A published document is changed with a reason, and has none.")
    return document


def published(kind: Kind, record: Record, by: str, at: Instant) -> JsonObject:
    """The version in which a draft becomes public. Raises Problem(Conflict)."""
    stored = record.body
    if stored["state"] != "draft":
        raise Problem(Conflict, f"The {kind.name} is {stored['state']} already.")
    kind.public_content(content_of(stored))
    return _next(record, by, at) | {"state": "published", "published": at}


def withdrawn(kind: Kind, record: Record, by: str, at: Instant, reason: str) -> JsonObject:
    """The last version: it says that the document does not hold any more, and why. Raises Problem."""
    if "withdrawn" in record.shared:
        raise Problem(Conflict, f"The {kind.name} was withdrawn already.")
    why = _said(reason, "A document is withdrawn with a reason, and has none.")
    state = "discarded" if record.shared["state"] == "draft" else "withdrawn"
    return _next(record, by, at) | {"state": state, "withdrawn": {"at": at, "reason": why}}


def face(document: JsonObject) -> JsonObject:
    """What others see of a document: not the name of who wrote it."""
    return {name: value for name, value in document.items() if name != "by"}


def _next(record: Record, by: str, at: Instant) -> JsonObject:
    stored = record.body
    stored.pop("correction", None)
    return stored | {
        "version": cast("int", stored["version"]) + 1,
        "changed": at,
        "by": by,
        "previous": sha256(record.document).hexdigest(),
    }


def _said(reason: str, otherwise: str) -> str:
    if not reason.strip():
        raise Problem(BadRequestData, otherwise)
    if len(reason) > LONGEST_REASON:
        raise Problem(
            BadRequestData, f"The reason has {len(reason)} characters; {LONGEST_REASON} are the most."
        )
    return reason.strip()
