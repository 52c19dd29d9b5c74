"""Jury: who is invited and accepts, what each declares of conflicts first, points with reasons, said once.

A juror is an account, not a name: who gets the name of an account that was removed is somebody else.

    invited --accept--> seated      invited --decline--> declined      invited or seated --excuse--> excused
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Forbidden, Problem
from beffroi.network.rules.schema import FLAG, LINE, TEXT, Schema, list_of, object_of

LONGEST_REASON: Final = 2_000

MOST_POINTS: Final = 10
POINTS: Final[JsonObject] = {"type": "integer", "minimum": 0, "maximum": MOST_POINTS}
REASON: Final[JsonObject] = {"type": "string", "minLength": 10, "maxLength": 5_000, "pattern": "\\S"}

JURY: Final = Schema(object_of("jurors", jurors=list_of(LINE, 50, 1)))
DECLARATION: Final = Schema(object_of("conflict", conflict=FLAG, reason=TEXT))
SCORES: Final = Schema(
    object_of(
        "scores",
        scores={
            "type": "object",
            "minProperties": 1,
            "maxProperties": 20,
            "additionalProperties": object_of("points reason", points=POINTS, reason=REASON),
        },
    )
)


@dataclass(frozen=True, slots=True)
class Juror:
    """Who acts: the name and what tells the account from others that had it before, empty for no account."""

    name: str
    account: str


def invited(
    stored: JsonObject | None, call: str, jurors: list[str], accounts: Mapping[str, str], now: Instant
) -> JsonObject:
    """The jury of a call with more jurors, by their names; who was named stays named, as the account that it
    was then. `accounts` are those of jurors, by name. Raises Problem."""
    if twice := [name for name in jurors if jurors.count(name) > 1]:
        raise Problem(BadRequestData, f"The juror '{twice[0]}' is named twice.")
    known = _accounts(stored)
    if nobody := [name for name in jurors if not (known.get(name) or accounts.get(name))]:
        raise Problem(BadRequestData, f"'{nobody[0][:200]}' is no account with the role juror.")
    before = cast("list[str]", (stored or {}).get("jurors", []))
    if gone := [name for name in before if name not in jurors]:
        raise Problem(
            Conflict,
            f"The juror '{gone[0]}' is named already; a juror is excused with a reason, not removed.",
        )
    return {
        **(stored or {"excused": {}}),
        "call": call,
        "jurors": [*jurors],
        "accounts": {name: known.get(name) or accounts[name] for name in jurors},
        "at": now,
    }


def answered(
    stored: JsonObject | None, juror: Juror, now: Instant, *, accepts: bool, reason: str = ""
) -> JsonObject:
    """The jury after a juror has said whether they sit in it, which is said once. Raises Problem."""
    _check_invited(stored, juror)
    jury = stored or {}
    said: JsonObject = {**cast("JsonObject", jury.get("answers", {}))}
    if juror.name in said:
        before = cast("JsonObject", said[juror.name])
        if before["accepts"] is accepts:
            return jury
        was = "accepted" if before["accepts"] else "declined"
        raise Problem(Conflict, f"The invitation of '{juror.name}' was {was} at {before['at']} already.")
    why: JsonObject = {"reason": reason.strip()[:LONGEST_REASON]} if reason.strip() else {}
    return {**jury, "answers": {**said, juror.name: {"accepts": accepts, "at": now, **why}}}


def shown(jury: JsonObject) -> JsonObject:
    """The jury as its members and coordinators see it."""
    return {"answers": {}, **{name: value for name, value in jury.items() if name != "accounts"}}


def excused(stored: JsonObject | None, juror: str, reason: str, now: Instant) -> JsonObject:
    """The jury without a juror from now on: their points do not count. Raises Problem."""
    if stored is None or juror not in cast("list[str]", stored["jurors"]):
        raise Problem(BadRequestData, f"'{juror[:200]}' is not in the jury of this call.")
    if not reason.strip():
        raise Problem(BadRequestData, "A juror is excused with a reason, and there is none.")
    gone: JsonObject = {**cast("JsonObject", stored["excused"])}
    if juror in gone:
        raise Problem(Conflict, f"The juror '{juror}' is excused already.")
    return {**stored, "excused": {**gone, juror: {"reason": reason.strip(), "at": now}}}


def sitting(jury: JsonObject | None) -> list[str]:
    """Whose points count: all who were invited, unless they declined or are excused."""
    if jury is None:
        return []
    gone = cast("JsonObject", jury["excused"])
    return [
        name
        for name in cast("list[str]", jury["jurors"])
        if name not in gone and _answer(jury, name) is not False
    ]


def is_invited(jury: JsonObject | None, juror: Juror) -> bool:
    """Whether they are in the jury, or may still say so."""
    return juror.name in sitting(jury) and _is_account(jury, juror)


def is_seated(jury: JsonObject | None, juror: Juror) -> bool:
    """Whether they are in the jury and have accepted to be."""
    return is_invited(jury, juror) and _answer(jury, juror.name) is True


def check_sits(jury: JsonObject | None, juror: Juror, state: str) -> None:
    """Only jurors of the call act, and only while it is evaluated. Raises Problem."""
    _check_invited(jury, juror)
    if _answer(jury, juror.name) is not True:
        raise Problem(Forbidden, f"'{juror.name}' has not accepted to be in the jury of this call.")
    if state != "evaluating":
        raise Problem(Conflict, f"The call is {state}; the jury acts while it is evaluated.")


def declared(sheet: JsonObject | None, row: JsonObject, given: JsonObject, now: Instant) -> JsonObject:
    """A juror's sheet for one application with their declaration; `row` names call, application and juror.

    A conflict that is found later can still be declared; their points then do not count. That there is a
    conflict is not taken back. Raises Problem.
    """
    DECLARATION.check(given, "declaration")
    conflict = cast("bool", given["conflict"])
    if conflict and not str(given.get("reason", "")).strip():
        raise Problem(
            BadRequestData, "A conflict of interest is declared with its reason, and there is none."
        )
    before = cast("JsonObject", (sheet or {}).get("declaration", {}))
    if before.get("conflict") is True:
        raise Problem(
            Conflict, f"A conflict of interest was declared at {before['at']}; it is not taken back."
        )
    if before and not conflict:
        raise Problem(Conflict, f"No conflict of interest was declared at {before['at']} already.")
    declaration: JsonObject = {"conflict": conflict, "at": now}
    if conflict:
        declaration["reason"] = str(given["reason"]).strip()
    return {**(sheet or {**row, "scores": {}}), "declaration": declaration}


def scored(sheet: JsonObject | None, given: JsonObject, criteria: list[str], now: Instant) -> JsonObject:
    """The sheet with points for some or all criteria. Raises Problem; then no point of these is noted."""
    SCORES.check(given, "score sheet")
    if sheet is None:
        raise Problem(
            Conflict, "Declare first whether there is a conflict of interest with this application."
        )
    declaration = cast("JsonObject", sheet["declaration"])
    if declaration["conflict"]:
        raise Problem(
            Forbidden, f"A conflict of interest was declared at {declaration['at']}: no points are given."
        )
    noted: JsonObject = {**cast("JsonObject", sheet["scores"])}
    for criterion, score in cast("dict[str, JsonObject]", given["scores"]).items():
        if criterion not in criteria:
            raise Problem(BadRequestData, f"The call has no criterion '{criterion[:60]}'.")
        if criterion in noted:
            first = cast("JsonObject", noted[criterion])
            raise Problem(
                Conflict,
                f"The criterion '{criterion}' was scored at {first['at']} already, with {first['points']}.",
            )
        noted[criterion] = {**score, "at": now}
    return {**sheet, "scores": cast("Json", noted)}


def _check_invited(jury: JsonObject | None, juror: Juror) -> None:
    """That they were invited, as this account, and are not excused. Raises Problem(Forbidden)."""
    if jury is None or not _is_account(jury, juror):
        raise Problem(Forbidden, f"'{juror.name}' is not in the jury of this call.")
    if juror.name in cast("JsonObject", jury["excused"]):
        raise Problem(Forbidden, f"The juror '{juror.name}' is excused from the jury of this call.")


def _is_account(jury: JsonObject | None, juror: Juror) -> bool:
    return _accounts(jury).get(juror.name, "") == juror.account != ""


def _accounts(jury: JsonObject | None) -> dict[str, str]:
    return cast("dict[str, str]", (jury or {}).get("accounts", {}))


def _answer(jury: JsonObject | None, name: str) -> bool | None:
    """Whether a juror has accepted, None before they say."""
    said = cast("dict[str, JsonObject]", (jury or {}).get("answers", {})).get(name)
    return None if said is None else said["accepts"] is True
