"""A bill as documents of TMF678: customerBill, and one appliedCustomerBillingRate for each line.

Extension members: of a bill `allowance`, what credits took off, with the `level` that was missed; of a rate
`relatedParty`, `translation`, its name by language, and `charge`, what the line is made of: key, quantity for
a price for each base of a unit, gross, allowance. Their decimals are texts, so that nothing is lost. A rate's
own tax is for reading; the bill's tax is of the sums. So one record is read in every language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.rules.bills.account import Account
from beffroi.market.rules.bills.credit import Allowance, missed_document
from beffroi.market.rules.bills.totals import Totals
from beffroi.market.rules.offers.translations import MEMBER as TRANSLATION
from beffroi.market.rules.prices.calendar import ONE_DAY, Days, day_of, month_name, start_of
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.prices.money import money_document
from beffroi.market.rules.prices.tax import tax_item

BILL, RATE = "tmf:customerBill", "tmf:appliedCustomerBillingRate"
HREF = "/tmf-api/customerBillManagement/v4"
DAYS_TO_PAY = 30
PDF, XML = "application/pdf", "application/xml"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a bill says before its lines. `number` is the place in the seller's year, `individuals`
    are those of its parties who are no organizations."""

    account: Account
    month: Days
    now: Instant
    sequence: int
    number: int
    run: str
    individuals: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The same in every run."""
        return f"bill-{month_name(self.month)}-{self.account.key}-{self.sequence}"

    @property
    def bill_no(self) -> str:
        """Gapless for each seller and year of issue."""
        return f"{self.now[:4]}-{self.number:06d}"

    @property
    def due(self) -> date:
        return day_of(self.now) + timedelta(days=DAYS_TO_PAY)


def bill_document(heading: Heading, sums: Totals, allowances: Sequence[Allowance]) -> JsonObject:
    """The customerBill, state `new`."""
    account = heading.account
    document: JsonObject = {
        "id": heading.id,
        "href": f"{HREF}/customerBill/{heading.id}",
        "@type": "CustomerBill",
        "billNo": heading.bill_no,
        "billDate": heading.now,
        "lastUpdate": heading.now,
        "category": "normal",
        "runType": heading.run,
        "state": "new",
        "billingPeriod": _period(heading.month),
        "paymentDueDate": start_of(heading.due),
        "relatedParty": _parties(heading),
        "taxExcludedAmount": money_document(sums.net),
        "taxIncludedAmount": money_document(sums.gross),
        "amountDue": money_document(sums.gross),
        "remainingAmount": money_document(sums.gross),
        "taxItem": [{**tax_item(part.tax), "taxAmount": money_document(part.amount)} for part in sums.taxes],
        "allowance": [_allowance(allowance) for allowance in allowances],
        "billDocument": invoice_files(heading.id, heading.bill_no),
    }
    if account.account:
        document["billingAccount"] = {"id": account.account, "@referredType": "BillingAccount"}
    return document


def invoice_files(id: str, number: str) -> list[Json]:
    """Where the invoice of a bill, or of a credit note, is read (AttachmentRefOrValue)."""
    return [
        {
            "id": f"{id}-{ending}",
            "href": f"/market/bills/{id}/invoice.{ending}",
            "@type": "Attachment",
            "attachmentType": "invoice",
            "mimeType": media_type,
            "name": f"{number}.{ending}",
        }
        for ending, media_type in (("pdf", PDF), ("xml", XML))
    ]


def rate_documents(heading: Heading, lines: Sequence[Charge]) -> list[JsonObject]:
    """The lines, in order, with ids that are the same in every run."""
    return [_rate(heading, number, line) for number, line in enumerate(lines, 1)]


def _rate(heading: Heading, number: int, line: Charge) -> JsonObject:
    id = f"{heading.id}-{number:04d}"
    tax = line.net.times(line.tax.rate, 100).rounded()
    document: JsonObject = {
        "id": id,
        "href": f"{HREF}/appliedCustomerBillingRate/{id}",
        "@type": "AppliedCustomerBillingRate",
        "name": line.name,
        "date": heading.now,
        "type": line.kind,
        "isBilled": True,
        "bill": {
            "id": heading.id,
            "href": f"{HREF}/customerBill/{heading.id}",
            "@referredType": "CustomerBill",
        },
        "product": {"id": line.product, "name": line.name, "@referredType": "Product"},
        "periodCoverage": _period(line.days),
        "taxExcludedAmount": money_document(line.net),
        "taxIncludedAmount": money_document(line.net + tax),
        "appliedTax": [{**tax_item(line.tax), "taxAmount": money_document(tax)}],
        "relatedParty": _parties(heading),
        "charge": _charge(line),
    }
    if line.names:
        document[TRANSLATION] = {code: {"name": name} for code, name in line.names.items()}
    if heading.account.account:
        document["billingAccount"] = {"id": heading.account.account, "@referredType": "BillingAccount"}
    return document


def _charge(line: Charge) -> JsonObject:
    return {
        "key": line.key,
        "plan": line.plan,
        "quantity": text(line.quantity),
        "unit": line.unit,
        "base": text(line.base),
        "price": text(line.price.amount),
        "gross": text(line.gross.amount),
        "allowance": text(line.allowance.amount),
    }


def text(number: Decimal) -> str:
    """A decimal as a text without an exponent.

    >>> text(Decimal("1E+3"))
    '1000'
    """
    return f"{number:f}"


def _allowance(allowance: Allowance) -> JsonObject:
    document: JsonObject = {
        "credit": allowance.credit,
        "product": allowance.product,
        "reason": allowance.reason,
        "amount": money_document(allowance.amount),
        "tax": tax_item(allowance.tax),
    }
    return document if allowance.missed is None else {**document, "level": missed_document(allowance.missed)}


def _parties(heading: Heading) -> list[Json]:
    """Who may read it."""
    roles = (heading.account.seller, "seller"), (heading.account.buyer, "buyer")
    return [{"id": id, "role": role, "@referredType": _kind(heading, id)} for id, role in roles]


def _kind(heading: Heading, party: str) -> str:
    return "Individual" if party in heading.individuals else "Organization"


def _period(days: Days) -> JsonObject:
    return {"startDateTime": start_of(days.first), "endDateTime": start_of(days.last + ONE_DAY)}
