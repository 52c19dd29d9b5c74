"""Take the name of an erased person out of the documents that name the person by its id.

What is signed or sealed keeps its bytes: the signed members of an agreement, the meter of a usage row. Bills
are records of the law and stay as they are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.tmf635 import USAGE
from beffroi.market.rules.apis.tmf651 import AGREEMENT
from beffroi.market.rules.apis.tmf666 import BILLING_ACCOUNT
from beffroi.market.rules.apis.tmf678 import APPLIED_CUSTOMER_BILLING_RATE, CUSTOMER_BILL
from beffroi.market.rules.bills.party_form import ERASED
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.orders.agreement import SIGNED, signature_in
from beffroi.market.rules.orders.parties import is_buyer

LANE: Final = "erase-name:"
"""The lane of a person in the outbox begins so; see `step_of`."""

WHY_ERASED: Final = "Erasure, at the person's own request."
"""What the audit log says of each of its steps."""

_OF_THE_LAW: Final = frozenset({CUSTOMER_BILL.name, APPLIED_CUSTOMER_BILLING_RATE.name})
NAMING: Final = tuple(one for one in RESOURCES.values() if one.name not in _OF_THE_LAW)
"""The documents that are looked through."""

_CALLED: Final = ("name", "actor")
_ADDRESSES: Final = ("id", "href", "party")
_WAYS_TO_REACH: Final = ("contact", "contactMedium")


@dataclass(frozen=True, slots=True)
class Erased:
    """A person that was erased, and the names that it had."""

    party: str
    names: tuple[str, ...]


def step_of(erased: Erased, now: Instant) -> tuple[str, JsonObject]:
    """The row of the outbox that takes the name out; the names go with it when it is done."""
    names: list[Json] = [*erased.names]
    return f"{LANE}{erased.party}", {"party": erased.party, "names": names, "since": now}


def erased_in(step: JsonObject) -> Erased:
    """What a row of the outbox says."""
    return Erased(str(step["party"]), tuple(cast("list[str]", step["names"])))


def names_of(person: JsonObject) -> tuple[str, ...]:
    """What a person is called in a text; a single word is none, as other texts hold it too.

    >>> names_of({"givenName": "Ada", "familyName": "B", "fullName": "Ada"})
    ('Ada B', 'B Ada')
    """
    given, family = (str(person.get(name) or "").strip() for name in ("givenName", "familyName"))
    others = (str(person.get(name) or "").strip() for name in ("fullName", "formattedName", "legalName"))
    both = (f"{given} {family}", f"{family} {given}") if given and family else ()
    found = dict.fromkeys(each for each in (*others, *both) if " " in each)
    return tuple(sorted(found, key=len, reverse=True))


def without_name(resource: Resource, body: JsonObject, erased: Erased) -> JsonObject:
    """The document without the name of the person, who stays in it by the id; the same if it has none."""
    after = cast("JsonObject", _without(body, erased))
    if _engages(body, erased.party) or (resource is BILLING_ACCOUNT and is_buyer(body, erased.party)):
        named: JsonObject = {"name": ERASED} if "name" in body else {}
        after = {**{name: after[name] for name in after if name not in _WAYS_TO_REACH}, **named}
    return {**after, **{name: body[name] for name in _sealed(resource, body) if name in body}}


def _sealed(resource: Resource, body: JsonObject) -> Collection[str]:
    """The members whose bytes somebody verifies."""
    if resource is USAGE:
        return ("meter",)
    return SIGNED if resource is AGREEMENT and signature_in(body) else ()


def _engages(body: JsonObject, party: str) -> bool:
    """Whether the document is of this person as a customer, or in another role (TMF629, TMF669)."""
    engaged = body.get("engagedParty")
    return isinstance(engaged, dict) and engaged.get("id") == party


def _without(value: Json, erased: Erased) -> Json:
    match value:
        case str():
            for name in erased.names:
                value = value.replace(name, ERASED)
            return value
        case list():
            return [_without(each, erased) for each in value]
        case dict():
            kept: JsonObject = {name: value[name] for name in _ADDRESSES if name in value}
            named: JsonObject = {name: ERASED for name in _CALLED if isinstance(value.get(name), str)}
            own = erased.party in (value.get("id"), value.get("party"))
            inner = {name: _without(member, erased) for name, member in value.items()}
            return {**inner, **kept, **(named if own else {})}
        case _:
            return value
