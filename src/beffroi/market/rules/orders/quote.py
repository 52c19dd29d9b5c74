"""Quotes (TMF648): who sells and who buys what is asked for; that is settled when the quote is made."""

from collections.abc import Iterator, Mapping, Sequence

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Forbidden, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING, PRODUCT_SPECIFICATION
from beffroi.market.rules.documents.behaviour import Behaviour, Outcome, Scene
from beffroi.market.rules.documents.reach import reach
from beffroi.market.rules.documents.visibility import OPERATE, Actor
from beffroi.market.rules.orders.parties import buyer_in, is_buyer, sellers_in


def needs(body: JsonObject, before: JsonObject | None, known: Mapping[Key, Record]) -> Sequence[Key]:
    """The offerings of a new quote, and their specifications."""
    if before is not None:
        return []
    offerings = [PRODUCT_OFFERING.key(id) for id in _offerings(body)]
    named = [_specification(known[key].body) for key in offerings if key in known]
    return [*offerings, *(key for key in named if key)]


def make(body: JsonObject, scene: Scene) -> Outcome:
    """A quote whose sellers are those of its offerings. Raises Problem for sellers or buyers who are not."""
    selling = _selling(body, scene.records)
    given = body.get("relatedParty")
    parties: list[Json] = [*given] if isinstance(given, list) else []
    named = {str(party["id"]) for party in sellers_in(body)}
    actor = scene.actor
    if actor is not None and OPERATE not in actor.may:
        _check_named(body, named, selling, actor)
        if actor.party not in selling and buyer_in(body) is None:
            parties = _with_buyer(parties, actor.party)
    parties += [party for id, party in selling.items() if id not in named]
    return Outcome({**body, "relatedParty": parties} if parties else body)


def change(before: JsonObject, after: JsonObject, scene: Scene) -> Outcome:
    """Who sells, who buys and what it is about stay; an operator may correct them."""
    actor = scene.actor
    if actor is not None and OPERATE not in actor.may:
        same_parties = before.get("relatedParty") == after.get("relatedParty")
        same_offerings = list(_offerings(before)) == list(_offerings(after))
        if not same_parties or not same_offerings:
            what = "offerings" if same_parties else "relatedParty"
            raise Problem(Forbidden, f"The quote '{before['id']}' is asked for; its {what} does not change.")
    return Outcome(after)


QUOTES = Behaviour(needs, make, change)


def _with_buyer(parties: Sequence[Json], party: str) -> list[Json]:
    """The parties with who asks as the buyer, where they are silent about that."""
    if not parties and party:
        return [{"id": party, "role": "buyer"}]
    return [
        {**each, "role": "buyer"}
        if isinstance(each, dict) and each.get("id") == party and not each.get("role")
        else each
        for each in parties
    ]


def _check_named(body: JsonObject, named: set[str], selling: Mapping[str, JsonObject], actor: Actor) -> None:
    stranger = next((id for id in sorted(named) if id not in selling), None)
    if stranger is not None:
        raise Problem(
            BadRequestData, f"The quote names '{stranger[:100]}' as a seller, who sells nothing in it."
        )
    if actor.party not in selling and buyer_in(body) is not None and not is_buyer(body, actor.party):
        raise Problem(Forbidden, f"'{actor.name}' asks for '{actor.party}' and for nobody else.")


def _selling(body: JsonObject, known: Mapping[Key, Record]) -> dict[str, JsonObject]:
    """Who sells all of it. Raises Problem(BadRequestData) for offerings of different sellers."""
    found: dict[str, JsonObject] | None = None
    for id in _offerings(body):
        record = known.get(PRODUCT_OFFERING.key(id))
        if record is None:
            continue  # one of another market, with its address
        offering = record.body
        key = _specification(offering)
        specification = known[key].body if key is not None and key in known else {}
        sellers = {str(party["id"]): party for party in sellers_in(offering, specification)}
        if found is not None and sellers.keys() != found.keys():
            raise Problem(
                BadRequestData,
                "The quote is about offerings of different sellers; ask each of them by itself.",
            )
        found = sellers
    return found or {}


def _offerings(body: JsonObject) -> Iterator[str]:
    for id in reach(body, ["quoteItem", "productOffering", "id"]):
        if isinstance(id, str):
            yield id


def _specification(offering: JsonObject) -> Key | None:
    named = offering.get("productSpecification")
    return PRODUCT_SPECIFICATION.key(str(named["id"])) if isinstance(named, dict) and "id" in named else None
