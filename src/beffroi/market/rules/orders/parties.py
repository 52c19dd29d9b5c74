"""Who takes part in an order (TMF622): those who sell what it is about, and who buys."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from beffroi.kernel.json import JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Forbidden, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.apis.tmf632 import INDIVIDUAL
from beffroi.market.rules.documents.roles import BUYER_ROLES, SELLER_ROLES
from beffroi.market.rules.documents.visibility import OPERATE, Actor

SELLERS: Final = SELLER_ROLES | {"owner"}


def sellers_in(*documents: JsonObject) -> list[JsonObject]:
    """The parties of documents that sell, each once."""
    found = dict[str, JsonObject]()
    for body in documents:
        for party in _parties(body):
            if _plays(party, SELLERS):
                found.setdefault(str(party["id"]), party)
    return list(found.values())


def party_name(party: JsonObject) -> str:
    """What an organization or an individual is called; empty where nobody says.

    >>> party_name({"tradingName": "Kite"}), party_name({"givenName": "A", "familyName": "B"})
    ('Kite', 'A B')
    """
    parts = (_said(party, "givenName"), _said(party, "familyName"))
    whole = " ".join(filter(None, parts))
    return _said(party, "tradingName") or _said(party, "name") or _said(party, "fullName") or whole


def buyer_in(document: JsonObject) -> JsonObject | None:
    """The first party of a document that buys."""
    return next((party for party in _parties(document) if _plays(party, BUYER_ROLES)), None)


def is_seller(document: JsonObject, party: str) -> bool:
    """Whether this party sells what the document is about."""
    return bool(party) and any(each["id"] == party for each in sellers_in(document))


def is_buyer(document: JsonObject, party: str) -> bool:
    """Whether this party buys what the document is about."""
    return bool(party) and any(
        each["id"] == party and _plays(each, BUYER_ROLES) for each in _parties(document)
    )


def with_parties(order: JsonObject, sellers: Iterable[JsonObject], actor: Actor | None) -> list[JsonObject]:
    """The parties of an order: whom the client names, who sells, and who buys.

    Nobody else is named as a seller. Who orders buys for the own party; an operator may name another.
    """
    given = objects_in(order.get("relatedParty"))
    selling = {str(party["id"]): party for party in sellers}
    for party in given:
        if _plays(party, SELLERS) and party.get("id") not in selling:
            raise Problem(
                BadRequestData,
                f"The order names '{party.get('id')}' as its {party['role']}, who sells nothing in it.",
            )
    named = {str(party.get("id")) for party in given if _plays(party, SELLERS)}
    missing = [party for id, party in selling.items() if id not in named]
    return [*given, *_buyer(given, actor), *missing]


def nameless(party: JsonObject, records: Mapping[Key, Record]) -> JsonObject:
    """A reference to a party, without the name of one that is a person, so that erasing it leaves no copy.

    >>> nameless({"id": "7", "name": "Ada B", "@referredType": "Individual"}, {})
    {'id': '7', '@referredType': 'Individual'}
    """
    typed = party.get("@referredType") == INDIVIDUAL.type
    if not typed and INDIVIDUAL.key(str(party.get("id"))) not in records:
        return party
    return {name: value for name, value in party.items() if name != "name"}


def _buyer(given: Sequence[JsonObject], actor: Actor | None) -> list[JsonObject]:
    """Who buys, if nobody is named. Raises Problem(Forbidden) for one who did not order."""
    buyers = [str(party.get("id")) for party in given if _plays(party, BUYER_ROLES)]
    if actor is None:
        return []
    if OPERATE not in actor.may:
        for buyer in buyers:
            if actor.party and buyer != actor.party:
                raise Problem(
                    Forbidden, f"'{actor.name}' orders for '{actor.party}' and not for '{buyer[:100]}'."
                )
    return [{"id": actor.party, "role": "buyer"}] if actor.party and not buyers else []


def _parties(body: JsonObject) -> Iterator[JsonObject]:
    parties = body.get("relatedParty")
    for party in parties if isinstance(parties, list) else []:
        if isinstance(party, dict) and "id" in party:
            yield party


def _said(body: JsonObject, name: str) -> str:
    value = body.get(name)
    return value.strip() if isinstance(value, str) else ""


def _plays(party: JsonObject, roles: frozenset[str]) -> bool:
    return str(party.get("role", "")).casefold() in roles
