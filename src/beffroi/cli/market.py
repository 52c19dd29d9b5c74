"""`beffroi market`: who trades what, access, usage, bills, service levels, and the audit log."""

from typing import ClassVar

import typer

from beffroi.cli.called import CalledGroup, Row, show

ROWS = (
    Row("party", "parties:party", "Who sells and who buys."),
    Row("permit", "permits:permit", "Which data of this node a party may sell."),
    Row("offer", "offers:offer", "Offers: drafted from a file, corrected, published, taken off sale."),
    Row("order", "orders:order", "Orders: placed for a party, approved, refused."),
    Row("product", "products:product", "Products: what was sold, and what becomes of it."),
    Row("credentials", "access:credentials", "Credentials of products."),
    Row("keys", "access:keys", "Keys that sign tokens for products."),
    Row(
        "price",
        "prices:show_price",
        "Show what a first month with OFFERING would cost, by the rules of the bill.",
    ),
    Row(
        "verify",
        "usage:verify_usage",
        "Say whether usage rows (TMF635, JSON) are unchanged and complete, of one product or several.",
    ),
    Row(
        "report",
        "usage:report_usage",
        "Report what PRODUCT was used for, a line of FILE for each period, in the name of who sells it.",
    ),
    Row(
        "bill",
        "bills:write_bills",
        "Write the bills of a month that is over; what was billed is not billed again.",
    ),
    Row("bills", "bills:list_bills", "Show bills and credit notes that were written."),
    Row("invoice", "bills:write_invoice", "Write BILL as PDF/A-3 with its Factur-X XML inside (EN 16931)."),
    Row("credit-note", "bills:credit_note", "Take BILL back, or lines of it, by a credit note."),
    Row(
        "levels",
        "levels:show_levels",
        "Show the service levels measured this month, the breaches of the last days, and their credits.",
    ),
    Row("audit", "audit:audit", "Show the audit log, the oldest entries first, or judge it."),
)


class _Market(CalledGroup):
    rows: ClassVar[dict[str, Row]] = {row.name: row for row in ROWS}


market = typer.Typer(
    cls=_Market,
    help="Offers, orders, access, bills, service levels, and the chain of usage.",
    no_args_is_help=True,
)
show(market, ROWS)
