"""What a party says of itself for its bills, written into its TMF632 document and nothing else of it."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.bills.party import party_of
from beffroi.market.rules.documents.visibility import Actor

NUMBERS: Final = {"vat": "VAT", "siret": "SIRET"}
ADDRESS: Final = ("street1", "street2", "postCode", "city", "country")
ERASED: Final = "erased"
BILLED: Final = "billed-party"
"""Kind of the record in which an erased person's name and address stand for the bills that name it, which the
law keeps; nothing else reads it."""


def described(party: JsonObject, said: Mapping[str, str]) -> JsonObject:
    """The document with name, address, e-mail and numbers as they are said; an empty one is taken away.

    Raises Problem(BadRequestData) for a number, a country or a name that cannot be.
    """
    address: JsonObject = {name: said[name] for name in ADDRESS if said.get(name)}
    media = [
        one
        for one in objects_in(party.get("contactMedium"))
        if one.get("mediumType") not in {"postalAddress", "email"}
    ]
    if address:
        media.append({"mediumType": "postalAddress", "characteristic": address})
    if said.get("email"):
        media.append({"mediumType": "email", "characteristic": {"emailAddress": said["email"]}})
    numbers = list[Json](
        one
        for one in objects_in(party.get("organizationIdentification"))
        if one.get("identificationType") not in NUMBERS.values()
    )
    for name, kind in NUMBERS.items():
        if said.get(name):
            numbers.append({"identificationType": kind, "identificationId": said[name]})
    after: JsonObject = {**party, "contactMedium": list[Json](media)}
    if "givenName" not in party:
        after["tradingName"] = said.get("name", "")
        after["organizationIdentification"] = numbers
    party_of(after)
    return after


def erased(person: JsonObject) -> JsonObject:
    """An individual without what says who it is: bills keep their own copy, as the law demands."""
    kept = ("id", "href", "@type", "@baseType", "status")
    return {
        **{name: person[name] for name in kept if name in person},
        "givenName": ERASED,
        "familyName": ERASED,
    }


def is_erased(person: Mapping[str, Json]) -> bool:
    """Whether an individual was erased."""
    return person.get("givenName") == person.get("familyName") == ERASED


def own_keys(actor: Actor) -> list[Key]:
    """The records of the party that somebody acts for."""
    return [RESOURCES[name].key(actor.party) for name in PARTIES] if actor.party else []


def check_not_erased(actor: Actor, records: Mapping[Key, Record]) -> None:
    """Raise Problem(Forbidden) for who acts for a person that was erased."""
    if any(is_erased(records[key].body) for key in own_keys(actor) if key in records):
        raise Problem(Forbidden, f"'{actor.name}' acts for a person whose data was erased.")
