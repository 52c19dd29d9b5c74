"""Application: what a firm offers for a call, sealed until the call closes; a receipt says what came when."""

from hashlib import sha256
from typing import Final, cast

from beffroi.kernel.currency import checked_currency
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, encode_canonical, objects_in
from beffroi.kernel.problem import AlreadyExists, BadRequestData, Conflict, Problem, ResourceNotFound
from beffroi.network.rules.budget import AMOUNT
from beffroi.network.rules.calls.call import NAME
from beffroi.network.rules.document import content_of
from beffroi.network.rules.schema import FLAG, LANGUAGE, LINE, TEXT, URL, Schema, object_of

LARGEST_PACK: Final = 8_000_000
"""Bytes of a self-check that an application carries."""

APPLICATION: Final = Schema(
    object_of(
        "firm language summary answers price eligible",
        firm=LINE,
        language=LANGUAGE,
        summary=TEXT,
        answers={"type": "object", "propertyNames": NAME, "additionalProperties": TEXT, "maxProperties": 20},
        price=object_of("currency amount", currency={"type": "string"}, amount=AMOUNT),
        endpoint=URL,
        contact=LINE,
        eligible={
            "const": True,
            "description": "The firm says that it meets every condition of eligibility.",
        },
        publishName=FLAG,
        simulated=FLAG,
    )
)


def check_application(content: JsonObject, criteria: list[str]) -> None:
    """Every criterion is answered and nothing else. Raises Problem(BadRequestData)."""
    APPLICATION.check(content, "application")
    checked_currency(cast("JsonObject", content["price"])["currency"])
    answers = cast("JsonObject", content["answers"])
    if lacking := [name for name in criteria if name not in answers]:
        raise Problem(BadRequestData, f"The application has no answer to the criterion {', '.join(lacking)}.")
    if foreign := [name for name in answers if name not in criteria]:
        raise Problem(BadRequestData, f"The call has no criterion {', '.join(foreign)}.")


def applied(stored: JsonObject | None, row: JsonObject, content: JsonObject, now: Instant) -> JsonObject:
    """A first application, or the same once more (which changes nothing). `row` names id, call and party.

    Raises Problem(AlreadyExists) for another one of the same firm: that replaces the first.
    """
    if stored is None or stored["state"] == "withdrawn":
        before = {} if stored is None else stored
        return _received({**before, **row, "state": "sealed"}, content, now)
    if stored["content"] == content:
        return stored
    raise Problem(
        AlreadyExists,
        f"The firm has applied already at {_last(stored)['at']}; another application replaces that one.",
    )


def replaced(stored: JsonObject | None, content: JsonObject, now: Instant) -> JsonObject:
    """Another application in the place of the firm's own. Raises Problem(ResourceNotFound)."""
    standing = _standing(stored)
    return standing if standing["content"] == content else _received(standing, content, now)


def withdrawn(stored: JsonObject | None, now: Instant) -> JsonObject:
    """An application taken back: its content is forgotten, that there was one is not."""
    standing = {name: value for name, value in _standing(stored).items() if name not in {"content", "pack"}}
    return {**standing, "state": "withdrawn", "withdrawn": now}


def with_pack(stored: JsonObject | None, pack: bytes, now: Instant) -> JsonObject:
    """The application with the self-check attached: its hash and size. Raises Problem."""
    standing = _standing(stored)
    if not pack:
        raise Problem(BadRequestData, "The self-check is empty.")
    if len(pack) > LARGEST_PACK:
        raise Problem(BadRequestData, f"The self-check has {len(pack)} bytes; {LARGEST_PACK} are the most.")
    attached: JsonObject = {"sha256": sha256(pack).hexdigest(), "size": len(pack), "at": now}
    before = cast("JsonObject", standing.get("pack", {}))
    if before.get("sha256") == attached["sha256"]:
        return standing
    return _received({**standing, "pack": attached}, content_of(standing), now)


def receipt(stored: JsonObject) -> JsonObject:
    """What the firm keeps: when what came, by its hash (SHA-256 of the JSON with sorted members)."""
    return {
        "id": stored["id"],
        "call": stored["call"],
        "state": stored["state"],
        "receipts": stored["receipts"],
    }


def fingerprint(content: JsonObject) -> str:
    """The hash of a content, the same for every order of its members.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    return sha256(encode_canonical(content)).hexdigest()


def _received(standing: JsonObject, content: JsonObject, now: Instant) -> JsonObject:
    pack = cast("JsonObject", standing.get("pack", {}))
    row: JsonObject = {"at": now, "sha256": fingerprint(content), "pack": pack.get("sha256", "")}
    receipts: list[Json] = [*cast("list[Json]", standing.get("receipts", [])), row]
    if len(receipts) > 500:
        raise Problem(Conflict, "The application was replaced 500 times; it is not replaced any more.")
    return {**standing, "content": content, "receipts": receipts}


def _standing(stored: JsonObject | None) -> JsonObject:
    if stored is None:
        raise Problem(ResourceNotFound, "The firm has no application for this call.")
    if stored["state"] == "withdrawn":
        raise Problem(Conflict, f"The application was withdrawn at {stored['withdrawn']}.")
    return stored


def _last(stored: JsonObject) -> JsonObject:
    return objects_in(stored["receipts"])[-1]
