"""What a party says of itself for its bills, written into its TMF632 document and nothing else of it."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.named import PARTIES
from beffroi.market.rules.bills.party import PAID_BY, address_in, party_of
from beffroi.market.rules.documents.visibility import Actor

NUMBERS: Final = {"vat": "VAT", "siret": "SIRET"}
ADDRESS: Final = ("street1", "street2", "postCode", "city", "country")
MEDIA: Final = ("postalAddress", "email")
"""The media of contact that are written anew."""

ERASED: Final = "erased"
BILLED: Final = "billed-party"
"""Kind of the record in which stands of an erased person what `billed` keeps for the bills that name it;
nothing else reads it."""

NAMES: Final = ("givenName", "familyName", "fullName", "tradingName", "name")
NUMBERED: Final = frozenset({"VAT", "SIRET", "SIREN"})


def described(party: JsonObject, said: Mapping[str, str]) -> JsonObject:
    """The document with name, address, e-mail and numbers as they are said; an empty one is taken away.

    Raises Problem(BadRequestData) for a number, a country or a name that cannot be.
    """
    address: JsonObject = {name: said[name] for name in ADDRESS if said.get(name)}
    media = [one for one in objects_in(party.get("contactMedium")) if one.get("mediumType") not in MEDIA]
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


def billed(person: JsonObject, *, sells: bool) -> JsonObject:
    """What bills that name an individual have to say of it by law (Directive 2006/112/EC, article 226): name,
    postal address, tax numbers, and of one who sells how to pay it and the terms of that.

    >>> billed({"id": "7", "givenName": "Ada", "gender": "female"}, sells=False)
    {'id': '7', 'givenName': 'Ada'}
    """
    kept: JsonObject = {name: person[name] for name in ("id", *NAMES) if name in person}
    numbers: list[Json] = [
        {name: one[name] for name in ("identificationType", "identificationId") if name in one}
        for one in objects_in(person.get("individualIdentification"))
        if str(one.get("identificationType")).upper() in NUMBERED
    ]
    if numbers:
        kept["individualIdentification"] = numbers
    address = address_in(person)
    place: JsonObject = {name: address[name] for name in ADDRESS if name in address}
    if place:
        kept["contactMedium"] = [{"mediumType": "postalAddress", "characteristic": place}]
    traits: list[Json] = [
        {"name": one["name"], "value": one.get("value")}
        for one in objects_in(person.get("partyCharacteristic"))
        if str(one.get("name")) in PAID_BY
    ]
    return {**kept, "partyCharacteristic": traits} if sells and traits else kept


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
