"""Bills of every kind as invoices, for the tests of their documents; parties and numbers are made up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.record import Key, Record, document_of
from beffroi.market.rules.bills.account import account_of, subscription_of
from beffroi.market.rules.bills.credit import credit
from beffroi.market.rules.bills.invoice import Corrected, Invoice, invoice_of
from beffroi.market.rules.bills.party import party_of
from beffroi.market.rules.bills.rating import rate, unrated
from beffroi.market.rules.bills.run import ON_CYCLE, Case, bill
from beffroi.market.rules.prices.money import Money
from tests.market.prices import NOVEMBER, monthly, once, per_use, tiered
from tests.market.shop import DECEMBER, product, usage


def organization(name: str, country: str = "FR", **numbers: str) -> JsonObject:
    terms = {
        "latePayment": "Trois fois le taux légal",
        "recoveryFee": "40 €",
        "earlyPayment": "Pas d'escompte",
    }
    stated: list[Json] = [{"name": term, "value": text} for term, text in terms.items()]
    iban: JsonObject = {"name": "iban", "value": "FR76 3000 6000 0112 3456 7890 189"}
    return {
        "id": name, "tradingName": name, "isLegalEntity": True,
        "organizationIdentification": [
            {"identificationType": kind, "identificationId": number} for kind, number in numbers.items()
        ],
        "contactMedium": [
            {"mediumType": "postalAddress", "characteristic": {
                "street1": "1 place de l'Exemple", "postCode": "59000", "city": "Lille", "country": country}},
            {"mediumType": "email", "characteristic": {"emailAddress": "factures@example.org"}},
        ],
        "partyCharacteristic": [iban, *stated],
    }  # fmt: skip


SELLER = organization("Ville simulée « Exemple »", VAT="FR 83 404 833 048", SIRET="40483304800022")
BUYER = organization("Petite société Œuvre & Cie", VAT="BE 0403.019.261", country="BE")


def billed(*prices: dict[str, Any], credits: bool = False) -> tuple[JsonObject, list[JsonObject]]:
    """The bill and its lines of one product with some usage."""
    return billed_as(product("a", *prices), {} if credits else None)


def billed_as(sold: JsonObject, owing: JsonObject | None) -> tuple[JsonObject, list[JsonObject]]:
    """The bill of one product; with a credit that has these members, too."""
    of = subscription_of(sold)
    assert of is not None
    rows = usage("a", [{"requests": 123_457, "bytes": 9_876_543, "entities": 7}] * 3)
    owed = credit(
        "c",
        "a",
        "2026-11-02T00:00:00Z",
        "2026-11-03T00:00:00Z",
        Money(Decimal("3.21"), "EUR"),
        "Panne du 2",
        "b",
    )
    key = Key("", "credit", "c")
    stored = {key: Record(key, document_of({**owed, **owing}))} if owing is not None else {}
    case = Case(
        account_of(sold, of),
        NOVEMBER,
        DECEMBER,
        ON_CYCLE,
        [(of, rate(of, unrated(of), rows, DECEMBER)[0].usage)],
        [("c", "a", "2026-11")],
    )
    made = bill(case, stored)
    assert made.bill is not None
    rates = [Record(c.key, c.document or b"").body for c in made.changes if c.key.kind.endswith("Rate")]
    return made.bill, rates


def taxed(category: str, rate: float = 0, **more: Any) -> dict[str, Any]:
    return {"tax": [{"taxCategory": category, "taxRate": rate, **more}]}


def invoice(*prices: dict[str, Any], credits: bool = False) -> Invoice:
    document, rates = billed(*prices, credits=credits)
    return invoice_of(document, rates, party_of(SELLER), party_of(BUYER))


KINDS: dict[str, Invoice] = {
    "all kinds of prices, a discount and a credit": invoice(
        once("49.90"), monthly("29.99"), tiered((100_000, "0.0012"), (None, "0.0007"), amount=1),
        per_use("0.35", 1, "MB", id="bytes", name="Volume") | taxed("S", 5.5),
        {"id": "d", "priceType": "discount", "percentage": 12.5}, credits=True,
    ),
    "reverse charge": invoice(monthly("30") | taxed("AE")),
    "exempt": invoice(monthly("30") | taxed("E", exemptionReason="Exonération, article 261 du CGI")),
    "zero rate": invoice(monthly("30") | taxed("Z")),
    "intra-community": invoice(monthly("30") | taxed("K")),
    "export": invoice(monthly("30") | taxed("G")),
    "outside the scope": invoice(monthly("30") | taxed("O"), credits=True),
    "credit note": replace(
        invoice(monthly("30"), credits=True), corrects=Corrected("2026-000001", date(2026, 12, 1), "Prix erroné.")
    ),
}  # fmt: skip
