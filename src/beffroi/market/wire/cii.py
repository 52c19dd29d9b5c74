"""An invoice as XML: UN/CEFACT Cross Industry Invoice D16B, profile EN 16931 of Factur-X.

The order of the members is the schema's. Amounts have the two decimals of the norm; quantities and unit
prices are as exact as they are.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from beffroi.market.rules.bills.credit import Allowance
from beffroi.market.rules.bills.invoice import Invoice
from beffroi.market.rules.bills.party import Party
from beffroi.market.rules.bills.said import line_in, reason_in
from beffroi.market.rules.bills.totals import TaxSum
from beffroi.market.rules.bills.words import word
from beffroi.market.rules.prices.calendar import Days
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.prices.money import Money
from beffroi.market.rules.prices.pricing import UNITS
from beffroi.market.rules.prices.tax import Tax

PROFILE = "urn:cen.eu:en16931:2017"
INVOICE, CREDIT_NOTE, CREDIT_TRANSFER, DISCOUNT, SERVICES = "380", "381", "30", "95", "S1"
UNIT_CODES = {
    "one": "C62", "day": "DAY", "request": "C62", "entity": "C62", "notification": "C62",
    "byte": "AD", "kB": "AD", "MB": "AD", "GB": "AD",
}  # fmt: skip
"""UN/ECE Recommendation 20. Volumes are said in bytes, so that quantities have no long fractions."""
SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}

Node: TypeAlias = "tuple[str, str | Sequence[Node]] | tuple[str, str | Sequence[Node], Mapping[str, str]]"
"""A member: its name with the prefix `ram` where none is given, its text or members, its attributes."""


def cii(invoice: Invoice, language: str = "en") -> bytes:
    """The XML document in UTF-8, its words in a language; all else is the same in every one."""
    for prefix, space in SPACES.items():
        register_namespace(prefix, space)
    root = Element(_name("rsm:CrossIndustryInvoice"))
    context: list[Node] = [("GuidelineSpecifiedDocumentContextParameter", [("ID", PROFILE)])]
    if invoice.seller.country == "FR":
        context.insert(0, ("BusinessProcessSpecifiedDocumentContextParameter", [("ID", SERVICES)]))
    heading: list[Node] = [
        ("ID", invoice.number),
        ("TypeCode", CREDIT_NOTE if invoice.corrects else INVOICE),
        ("IssueDateTime", _date(invoice.issued)),
    ]
    if invoice.corrects and invoice.corrects.reason:
        heading.append(("IncludedNote", [("Content", invoice.corrects.reason)]))
    for code, text in invoice.seller.terms:
        heading.append(("IncludedNote", [("Content", text), ("SubjectCode", code)]))
    transaction: list[Node] = [_line(number, line, language) for number, line in enumerate(invoice.lines, 1)]
    transaction += [
        ("ApplicableHeaderTradeAgreement", _parties(invoice)),
        ("ApplicableHeaderTradeDelivery", _delivery(invoice)),
        ("ApplicableHeaderTradeSettlement", _settlement(invoice, language)),
    ]
    _add(root, ("rsm:ExchangedDocumentContext", context))
    _add(root, ("rsm:ExchangedDocument", heading))
    _add(root, ("rsm:SupplyChainTradeTransaction", transaction))
    written: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written


def _line(number: int, line: Charge, language: str) -> Node:
    code = {"unitCode": UNIT_CODES[line.unit]}
    size = UNITS[line.unit][1] if line.unit in UNITS else 1
    settlement: list[Node] = [
        ("ApplicableTradeTax", _tax(line.tax)),
        ("BillingSpecifiedPeriod", _period(line.days)),
    ]
    if line.allowance:
        settlement.append(("SpecifiedTradeAllowanceCharge", _off(line.allowance, word("Discount", language))))
    settlement.append(
        ("SpecifiedTradeSettlementLineMonetarySummation", [("LineTotalAmount", _amount(line.net))])
    )
    price: list[Node] = [
        ("ChargeAmount", _number(line.price.amount)),
        ("BasisQuantity", _number(line.base * size), code),
    ]
    quantity: Node = ("BilledQuantity", _number(line.quantity * size), code)
    item: list[Node] = [
        ("AssociatedDocumentLineDocument", [("LineID", str(number))]),
        ("SpecifiedTradeProduct", [("Name", line_in(line, language) or line.product)]),
        ("SpecifiedLineTradeAgreement", [("NetPriceProductTradePrice", price)]),
        ("SpecifiedLineTradeDelivery", [quantity]),
        ("SpecifiedLineTradeSettlement", settlement),
    ]
    return ("IncludedSupplyChainTradeLineItem", item)


def _parties(invoice: Invoice) -> list[Node]:
    """VAT numbers are left out where nothing is within the scope of the tax (BR-O-2)."""
    taxed = any(not part.tax.outside for part in invoice.sums.taxes)
    return [
        ("SellerTradeParty", _party(invoice.seller, taxed=taxed)),
        ("BuyerTradeParty", _party(invoice.buyer, taxed=taxed)),
    ]


def _party(party: Party, *, taxed: bool) -> list[Node]:
    nodes: list[Node] = []
    if party.siret:
        nodes.append(("GlobalID", party.siret, {"schemeID": "0009"}))
    nodes.append(("Name", party.name))
    if party.siren:
        nodes.append(("SpecifiedLegalOrganization", [("ID", party.siren, {"schemeID": "0002"})]))
    street = zip(("LineOne", "LineTwo"), party.lines, strict=False)
    address = [
        ("PostcodeCode", party.post_code),
        *street,
        ("CityName", party.city),
        ("CountryID", party.country),
    ]
    nodes.append(("PostalTradeAddress", [(name, text) for name, text in address if text]))
    if party.email:
        nodes.append(("URIUniversalCommunication", [("URIID", party.email, {"schemeID": "EM"})]))
    if party.vat and taxed:
        nodes.append(("SpecifiedTaxRegistration", [("ID", party.vat, {"schemeID": "VA"})]))
    return nodes


def _delivery(invoice: Invoice) -> list[Node]:
    """Of an intra-community supply the norm asks where it went (BR-IC-12)."""
    day: Node = ("ActualDeliverySupplyChainEvent", [("OccurrenceDateTime", _date(invoice.period.last))])
    if not any(part.tax.category == "K" for part in invoice.sums.taxes):
        return [day]
    return [("ShipToTradeParty", [("PostalTradeAddress", [("CountryID", invoice.buyer.country)])]), day]


def _settlement(invoice: Invoice, language: str) -> list[Node]:
    nodes: list[Node] = [("PaymentReference", invoice.number), ("InvoiceCurrencyCode", invoice.currency)]
    if invoice.seller.iban and not invoice.corrects:
        account: Node = ("PayeePartyCreditorFinancialAccount", [("IBANID", invoice.seller.iban)])
        nodes.append(("SpecifiedTradeSettlementPaymentMeans", [("TypeCode", CREDIT_TRANSFER), account]))
    nodes += [("ApplicableTradeTax", _tax_sum(part)) for part in invoice.sums.taxes]
    nodes.append(("BillingSpecifiedPeriod", _period(invoice.period)))
    nodes += [
        ("SpecifiedTradeAllowanceCharge", _credit(allowance, language)) for allowance in invoice.allowances
    ]
    nodes.append(("SpecifiedTradePaymentTerms", [("DueDateDateTime", _date(invoice.due))]))
    sums = invoice.sums
    summation: list[Node] = [
        ("LineTotalAmount", _amount(sums.lines)),
        ("AllowanceTotalAmount", _amount(sums.allowances)),
        ("TaxBasisTotalAmount", _amount(sums.net)),
        ("TaxTotalAmount", _amount(sums.tax), {"currencyID": invoice.currency}),
        ("GrandTotalAmount", _amount(sums.gross)),
        ("DuePayableAmount", _amount(sums.gross)),
    ]
    nodes.append(("SpecifiedTradeSettlementHeaderMonetarySummation", summation))
    if invoice.corrects:
        day = [("qdt:DateTimeString", invoice.corrects.issued.strftime("%Y%m%d"), {"format": "102"})]
        named: list[Node] = [("IssuerAssignedID", invoice.corrects.number), ("FormattedIssueDateTime", day)]
        nodes.append(("InvoiceReferencedDocument", named))
    return nodes


def _tax_sum(part: TaxSum) -> list[Node]:
    nodes: list[Node] = [("CalculatedAmount", _amount(part.amount)), ("TypeCode", "VAT")]
    if part.tax.reason:
        nodes.append(("ExemptionReason", part.tax.reason))
    nodes += [("BasisAmount", _amount(part.base)), ("CategoryCode", part.tax.category)]
    if part.tax.code:
        nodes.append(("ExemptionReasonCode", part.tax.code))
    return [*nodes, *_rate(part.tax)]


def _tax(tax: Tax) -> list[Node]:
    return [("TypeCode", "VAT"), ("CategoryCode", tax.category), *_rate(tax)]


def _rate(tax: Tax) -> list[Node]:
    """What is outside the scope has no rate (BR-O-5)."""
    return [] if tax.outside else [("RateApplicablePercent", f"{tax.rate:.2f}")]


def _credit(allowance: Allowance, language: str) -> list[Node]:
    return [
        *_off(allowance.amount, reason_in(allowance, language)),
        ("CategoryTradeTax", _tax(allowance.tax)),
    ]


def _off(amount: Money, reason: str) -> list[Node]:
    return [
        ("ChargeIndicator", [("udt:Indicator", "false")]),
        ("ActualAmount", _amount(amount)),
        ("ReasonCode", DISCOUNT),
        ("Reason", reason),
    ]


def _period(days: Days) -> list[Node]:
    return [("StartDateTime", _date(days.first)), ("EndDateTime", _date(days.last))]


def _date(day: date) -> list[Node]:
    return [("udt:DateTimeString", day.strftime("%Y%m%d"), {"format": "102"})]


def _amount(money: Money) -> str:
    return f"{money.amount:.2f}"


def _number(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _add(parent: Element, node: Node) -> None:
    name, content = node[0], node[1]
    element = SubElement(parent, _name(name), dict(node[2]) if len(node) == 3 else {})
    if isinstance(content, str):
        element.text = content
        return
    for child in content:
        _add(element, child)


def _name(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{{{SPACES[prefix if colon else 'ram']}}}{local}"
