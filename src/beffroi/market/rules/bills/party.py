"""Sellers and buyers as an invoice names them, read from TMF632 organization and individual documents.

An organization gives `tradingName` or `name`, its numbers in `organizationIdentification`
(`identificationType` VAT, SIRET or SIREN, `identificationId`), its postal address and e-mail in
`contactMedium` (`characteristic`: street1, street2, postCode, city, country as two letters, emailAddress). In
`partyCharacteristic` ({name, value}) a seller gives `iban`, and the terms that a French invoice has to name:
`latePayment`, `recoveryFee`, `earlyPayment`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stdnum import iban
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from beffroi.kernel.json import Json
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.xml_text import writable

TERMS = {"latePayment": "PMD", "recoveryFee": "PMT", "earlyPayment": "AAB"}
PAID_BY = frozenset({"iban", *TERMS})
"""What a party says of how it is paid, by the names in `partyCharacteristic`."""


@dataclass(frozen=True, slots=True)
class Party:
    """What is not known is empty. `terms` are texts by their code in UNTDID 4451."""

    name: str
    lines: tuple[str, ...] = ()
    post_code: str = ""
    city: str = ""
    country: str = ""
    vat: str = ""
    siren: str = ""
    siret: str = ""
    email: str = ""
    iban: str = ""
    terms: tuple[tuple[str, str], ...] = ()


def party_of(document: Mapping[str, Json]) -> Party:
    """Raises Problem(BadRequestData) for a number that cannot be: VAT, SIRET, SIREN, IBAN."""
    name = _text(document, "tradingName") or _text(document, "name") or _person(document)
    if not name and "id" not in document:
        raise Problem(BadRequestData, "The party has no name.")
    if not name:
        raise Problem(BadRequestData, f"The party '{str(document.get('id'))[:80]}' has no name.")
    address, email = address_in(document), _email(document)
    numbers = _numbers(document)
    traits = {_text(item, "name"): _text(item, "value") for item in _objects(document, "partyCharacteristic")}
    country = _text(address, "country").upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Problem(BadRequestData, f"'{country[:40]}' is no country of two letters, of {name}.")
    own_siren, own_siret = _legal(numbers, name)
    return Party(
        name,
        tuple(line for line in (_text(address, "street1"), _text(address, "street2")) if line),
        _text(address, "postCode"),
        _text(address, "city"),
        country,
        _vat(numbers.get("VAT", ""), name),
        own_siren,
        own_siret,
        email,
        _checked(iban, traits["iban"], "IBAN", name) if traits.get("iban") else "",
        tuple((code, traits[member]) for member, code in TERMS.items() if traits.get(member)),
    )


def _vat(number: str, name: str) -> str:
    """Numbers of the Union are checked; of others only the form is."""
    if not number:
        return ""
    compact = number.replace(" ", "").upper()
    if compact[:2].lower() in {*vat.MEMBER_STATES, "el"}:
        return _checked(vat, number, "VAT number", name)
    if not (4 <= len(compact) <= 20 and compact[:2].isalpha() and compact.isascii()):
        raise Problem(BadRequestData, f"'{number[:40]}' is no VAT number, of {name}.")
    return compact


def _legal(numbers: Mapping[str, str], name: str) -> tuple[str, str]:
    """SIREN and SIRET; the first nine digits of a SIRET are its SIREN."""
    if numbers.get("SIRET"):
        number = _checked(siret, numbers["SIRET"], "SIRET", name)
        return number[:9], number
    return (_checked(siren, numbers["SIREN"], "SIREN", name), "") if numbers.get("SIREN") else ("", "")


def _numbers(document: Mapping[str, Json]) -> dict[str, str]:
    members = "organizationIdentification", "individualIdentification"
    items = (item for member in members for item in _objects(document, member))
    return {_text(item, "identificationType").upper(): _text(item, "identificationId") for item in items}


def _checked(kind: object, number: str, what: str, name: str) -> str:
    """The number as its kind of stdnum writes it."""
    validate = getattr(kind, "validate")  # noqa: B009 - modules of one shape
    try:
        return str(validate(number))
    except ValidationError as failure:
        raise Problem(BadRequestData, f"'{number[:40]}' is no {what}, of {name}.") from failure


def address_in(document: Mapping[str, Json]) -> Mapping[str, Json]:
    """The first postal address; empty without one."""
    nowhere: Mapping[str, Json] = {}
    return next((one for one in _contacts(document) if "country" in one or "city" in one), nowhere)


def _email(document: Mapping[str, Json]) -> str:
    return next(filter(None, (_text(one, "emailAddress") for one in _contacts(document))), "")


def _contacts(document: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    for medium in _objects(document, "contactMedium"):
        traits = medium.get("characteristic")
        if isinstance(traits, dict):
            yield traits


def _person(document: Mapping[str, Json]) -> str:
    parts = (_text(document, "givenName"), _text(document, "familyName"))
    return " ".join(part for part in parts if part) or _text(document, "fullName")


def _objects(document: Mapping[str, Json], name: str) -> Iterator[Mapping[str, Json]]:
    items = document.get(name)
    return (item for item in items if isinstance(item, dict)) if isinstance(items, list) else iter(())


def _text(document: Mapping[str, Json], name: str) -> str:
    value = document.get(name)
    return writable(value.strip()[:200]) if isinstance(value, str) else ""
