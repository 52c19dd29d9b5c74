"""A bill as a person reads it: every text ready, in one language. The page and the PDF show the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from beffroi.kernel.first_day import with_first
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.bills.invoice import Invoice
from beffroi.market.rules.bills.party import Party
from beffroi.market.rules.bills.said import line_in, reason_in
from beffroi.market.rules.bills.words import LANGUAGES, TERM_NAMES, colon, tax_reason, unit_word, word
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.prices.money import Money
from beffroi.market.rules.prices.tax import Tax


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what, how much, at which price, under which tax, what it comes to; and what was taken off."""

    name: str
    quantity: str
    price: str
    tax: str
    amount: str
    discount: str = ""


@dataclass(frozen=True, slots=True)
class BillView:
    """`facts`, `sums` are label and value; `seller` and `buyer` are lines of text."""

    language: str
    title: str
    facts: Sequence[tuple[str, str]]
    seller: Sequence[str]
    buyer: Sequence[str]
    head: Sequence[str]
    rows: Sequence[Row]
    sums: Sequence[tuple[str, str]]
    notes: Sequence[str]


def bill_view(invoice: Invoice, language: str) -> BillView:
    """Raises Problem(BadRequestData) for a language that bills are not written in."""
    if language not in LANGUAGES:
        raise Problem(BadRequestData, f"'{language[:20]}' is no language of bills; there are en, fr.")
    locale = LANGUAGES[language]
    first, last = (_day(day, locale) for day in (invoice.period.first, invoice.period.last))
    heads = ("Item", "Quantity", "Unit price", "VAT", "Amount without tax")
    return BillView(
        language,
        f"{word('Credit note' if invoice.corrects else 'Invoice', language)} {invoice.number}",
        [
            (word("Date of issue", language), _day(invoice.issued, locale)),
            (word("Period", language), f"{first} – {last}"),
            _due_or_corrected(invoice, language),
        ],
        _party(invoice.seller, language),
        _party(invoice.buyer, language),
        [word(head, language) for head in heads],
        [_row(line, language) for line in invoice.lines],
        _sums(invoice, language),
        _notes(invoice, language),
    )


def _due_or_corrected(invoice: Invoice, language: str) -> tuple[str, str]:
    locale, corrects = LANGUAGES[language], invoice.corrects
    if corrects is None:
        return word("Due", language), _day(invoice.due, locale)
    return word("Takes back", language), f"{corrects.number}, {_day(corrects.issued, locale)}"


def _row(line: Charge, language: str) -> Row:
    locale = LANGUAGES[language]
    unit = unit_word(line.unit, line.quantity > 1, language)
    quantity = " ".join(part for part in (_number(line.quantity, locale), unit) if part)
    price = _price(line.price, locale)
    if line.unit != "one":
        base_unit = unit_word(line.unit, line.base > 1, language)
        price += f" {word('per', language)} {_number(line.base, locale)} {base_unit}"
    off = (
        f"{word('Discount', language)}{colon(language)}−{_money(line.allowance, locale)}"
        if line.allowance
        else ""
    )
    return Row(
        line_in(line, language), quantity, price, _tax(line.tax, locale), _money(line.net, locale), off
    )


def _sums(invoice: Invoice, language: str) -> list[tuple[str, str]]:
    locale, sums = LANGUAGES[language], invoice.sums
    shown: list[tuple[str, str]] = []
    for allowance in invoice.allowances:
        label = f"{word('Service credit', language)}{colon(language)}{reason_in(allowance, language)}"
        shown.append((label, f"−{_money(allowance.amount, locale)}"))
    shown.append((word("Total without tax", language), _money(sums.net, locale)))
    for part in sums.taxes:
        base = f"{word('of', language)} {_money(part.base, locale)}"
        label = f"{word('Tax', language)} {_tax(part.tax, locale)} {base}"
        shown.append((label, _money(part.amount, locale)))
    shown.append((word("Total with tax", language), _money(sums.gross, locale)))
    last = "Owed to the buyer" if invoice.corrects else "To be paid"
    shown.append((word(last, language), _money(sums.gross, locale)))
    return shown


def _notes(invoice: Invoice, language: str) -> list[str]:
    notes = [part.tax.reason or tax_reason(part.tax.category, language) for part in invoice.sums.taxes]
    notes += [
        f"{word(TERM_NAMES[code], language)}{colon(language)}{text}" for code, text in invoice.seller.terms
    ]
    if invoice.corrects:
        notes.insert(0, invoice.corrects.reason)
    if invoice.seller.iban and not invoice.corrects:
        notes.append(f"{word('Account', language)} (IBAN){colon(language)}{invoice.seller.iban}")
    return [note for note in dict.fromkeys(notes) if note]


def _party(party: Party, language: str) -> list[str]:
    town = f"{party.post_code} {party.city}".strip()
    place = ", ".join(part for part in (town, party.country) if part)
    numbers = [
        f"{word('VAT number', language)} {party.vat}" if party.vat else "",
        f"SIRET {party.siret}" if party.siret else f"SIREN {party.siren}" if party.siren else "",
        party.email,
    ]
    return [line for line in (party.name, *party.lines, place, *numbers) if line]


def _tax(tax: Tax, locale: str) -> str:
    return f"{_number(tax.rate, locale)} %" if tax.category in {"S", "Z"} else tax.category


def _money(money: Money, locale: str) -> str:
    return _spaced(format_currency(money.amount, money.currency, locale=locale))


def _price(money: Money, locale: str) -> str:
    """A unit price may be finer than the minor unit."""
    return _spaced(format_currency(money.amount, money.currency, locale=locale, decimal_quantization=False))


def _number(number: Decimal, locale: str) -> str:
    return _spaced(format_decimal(number, locale=locale, decimal_quantization=False))


def _day(day: date, locale: str) -> str:
    return with_first(format_date(day, format="long", locale=locale), locale[:2])


def _spaced(text: str) -> str:
    """With the no-break space that every font has instead of the narrow one."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")
