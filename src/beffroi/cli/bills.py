"""`beffroi market bill`, `bills`, `invoice` and `credit-note`: what is to be paid, and what is taken back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias, cast

import typer
from rich.progress import Progress
from rich.table import Table

from beffroi.cli.options import Base, Data, with_store
from beffroi.cli.terminal import Terminal, styled
from beffroi.cli.trading import OWN_ADDRESS, Limit, Offset, member, page_of, show_page, with_market
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.billing import Result, bill_month
from beffroi.market.operations.crediting import credit_bill
from beffroi.market.operations.invoices import read_invoice
from beffroi.market.operations.services import INDEXERS
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.bills.credit_note import wanted_of
from beffroi.market.rules.orders.holder import BUYER_ROLES, party_with
from beffroi.web.message import LOCAL

Month: TypeAlias = Annotated[str, typer.Option(help="As 2026-11; months are those of UTC.")]


def write_bills(month: Month, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Write the bills of a month that is over; what was billed is not billed again."""
    with Progress(console=Terminal(stderr=True), transient=True) as progress:
        task = progress.add_task("Billing", total=None)

        def tell(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        results = with_market(data, base, lambda market: bill_month(market, month, tell))
    _show_bills(month, [result for result in results if result.bill is not None])
    failed = [result for result in results if result.problem]
    for result in failed:
        said = styled((result.subject, "bold red"), f" {result.problem}")
        Terminal(stderr=True).print(said)
    if failed:
        raise typer.Exit(1)


def list_bills(
    party: Annotated[str, typer.Option(help="Only those that name this party.")] = "",
    offset: Offset = 0,
    limit: Limit = 100,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show bills and credit notes that were written."""
    wanted = {"relatedParty.id": party}
    found, parties = with_market(
        data, base, lambda market: page_of(market, CUSTOMER_BILL, wanted, offset, limit)
    )
    rows = [
        (
            str(one["id"]),
            str(one.get("billNo")),
            member(one, "billingPeriod", "startDateTime")[:7],
            parties.get(buyer := party_with(one, BUYER_ROLES), buyer),
            _money(one["amountDue"]),
            str(one.get("state")),
        )
        for one in found.documents
    ]
    show_page(
        Table("bill", "number", "month", "buyer", "to be paid", "state"),
        rows,
        found.total,
        "bills",
        "'beffroi market bill --month MONTH' writes those of a month that is over",
    )


def write_invoice(
    bill_id: Annotated[str, typer.Argument(metavar="BILL", help="The id of a customerBill.")],
    output: Annotated[Path, typer.Option(dir_okay=False, help="The PDF file to write.")] = Path(
        "invoice.pdf"
    ),
    language: Annotated[str, typer.Option(help="en or fr.")] = "fr",
    data: Data = "data",
) -> None:
    """Write BILL as PDF/A-3 with its Factur-X XML inside (EN 16931)."""
    from beffroi.market.wire.bill_pdf import bill_pdf  # noqa: PLC0415 - fonts and images, seldom needed

    found = with_store(data, lambda store: read_invoice(store, bill_id), INDEXERS)
    output.write_bytes(bill_pdf(found, language))
    Terminal().print(f"The invoice {found.number} is in '{output}'.", soft_wrap=True)


def credit_note(
    bill_id: Annotated[str, typer.Argument(metavar="BILL", help="The id of a customerBill.")],
    reason: Annotated[str, typer.Option(help="Why, as the buyer reads it.")],
    line: Annotated[list[int] | None, typer.Option(min=1, help="A line; without it all.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Let the next run bill it anew.")] = False,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Take BILL back, or lines of it, by a credit note."""
    wanted = wanted_of({"reason": reason, "lines": [*(line or [])], "billAgain": again})
    made = with_market(data, base, lambda market: credit_bill(market, bill_id, wanted, LOCAL))
    amount = _money(made["amountDue"])
    said = f"The credit note {made['billNo']} is over {amount}; its id is {made['id']}."
    Terminal().print(said, soft_wrap=True)


def _show_bills(month: str, results: Sequence[Result]) -> None:
    if not results:
        Terminal().print(f"There is nothing new to bill for {month}.")
        return
    table = Table("number", "buyer", "lines", "without tax", "to be paid", "id")
    for result in results:
        document = result.bill or {}
        sums = (_money(document[name]) for name in ("taxExcludedAmount", "amountDue"))
        subject = result.subject
        table.add_row(str(document["billNo"]), subject, str(result.lines), *sums, str(document["id"]))
    Terminal().print(table)


def _money(document: object) -> str:
    money = cast("JsonObject", document)
    return f"{money['value']:.2f} {money['unit']}"
