"""Value added tax by category (EN 16931 BT-151, UNTDID 5305), as a price says it.

A price of TMF620 has `tax: [{"taxCategory": "S", "taxRate": 20}]`, the rate in percent. Two extension
members, `exemptionReason` and `exemptionReasonCode` (VATEX), say why nothing is taken.
"""

from dataclasses import dataclass
from decimal import Decimal

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.prices.money import decimal_of, number_of

CATEGORIES = {
    "S": "standard or reduced rate",
    "Z": "zero rate",
    "E": "exempt",
    "AE": "reverse charge: the buyer owes the tax",
    "K": "intra-community supply",
    "G": "export",
    "O": "outside the scope of the tax",
}
REASON_CODES = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}


@dataclass(frozen=True, slots=True)
class Tax:
    """`rate` is in percent; `reason` and `code` are empty for S and Z."""

    category: str
    rate: Decimal = Decimal(0)
    reason: str = ""
    code: str = ""

    @property
    def outside(self) -> bool:
        """Outside the scope: never on one invoice with anything else (BR-O-11 to BR-O-14)."""
        return self.category == "O"


OUTSIDE = Tax("O", code="VATEX-EU-O")
"""What holds for a price that says nothing of tax."""


def tax_of(items: Json, what: str) -> Tax:
    """Read the member `tax` of a price. Raises Problem(BadRequestData); `what` names the price.

    >>> tax_of([{"taxCategory": "S", "taxRate": 5.5}], "The price")
    Tax(category='S', rate=Decimal('5.5'), reason='', code='')
    """
    if items in (None, []):
        return OUTSIDE
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        raise Problem(BadRequestData, f"{what} has to have one tax: a list of one object with 'taxCategory'.")
    item = items[0]
    category = item.get("taxCategory")
    if not isinstance(category, str) or category not in CATEGORIES:
        known = ", ".join(CATEGORIES)
        raise Problem(
            BadRequestData, f"{what} has the tax category '{str(category)[:20]}'; known are {known}."
        )
    rate = decimal_of(item.get("taxRate") or 0, f"The tax rate of {_small(what)}")
    reason, code = str(item.get("exemptionReason") or ""), str(item.get("exemptionReasonCode") or "")
    return _checked(Tax(category, rate, reason[:200], code[:40] or REASON_CODES.get(category, "")), what)


def tax_item(tax: Tax) -> JsonObject:
    """Write TMF's TaxItem, its amount apart."""
    item: JsonObject = {"taxCategory": tax.category, "taxRate": number_of(tax.rate)}
    if tax.reason:
        item["exemptionReason"] = tax.reason
    if tax.code:
        item["exemptionReasonCode"] = tax.code
    return item


def _checked(tax: Tax, what: str) -> Tax:
    if not 0 <= tax.rate <= 100 or tax.rate != round(tax.rate, 2):
        raise Problem(
            BadRequestData, f"{what} has the tax rate {tax.rate}; it is a percentage with two decimals."
        )
    if tax.category == "S" and not tax.rate:
        raise Problem(BadRequestData, f"{what} has the tax category S and no rate; a rate of zero is Z.")
    if tax.category != "S" and tax.rate:
        raise Problem(BadRequestData, f"{what} has the tax category {tax.category} and the rate {tax.rate}.")
    if tax.category in {"S", "Z"} and (tax.reason or tax.code):
        raise Problem(
            BadRequestData, f"{what} is taxed ({tax.category}) and gives a reason for an exemption."
        )
    if tax.category == "E" and not (tax.reason or tax.code):
        raise Problem(
            BadRequestData, f"{what} is exempt (E) and says not why ('exemptionReason' or its code)."
        )
    return tax


def _small(what: str) -> str:
    return what[:1].lower() + what[1:]
