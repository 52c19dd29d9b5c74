"""`beffroi market`: who trades what; bills of a month, invoices, prices, and the chain of usage."""

from collections.abc import Awaitable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar, cast

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from beffroi.app.world import now
from beffroi.cli.called import CalledGroup, Row, show
from beffroi.cli.options import Base, Data, with_store
from beffroi.cli.trading import OWN_ADDRESS, with_market
from beffroi.kernel.json import JsonObject, decode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.billing import Result, bill_month, product_rows
from beffroi.market.operations.crediting import credit_bill
from beffroi.market.operations.invoices import read_invoice
from beffroi.market.operations.prices import preview_offering
from beffroi.market.operations.reporting import report_table
from beffroi.market.operations.services import INDEXERS
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.access.usage_chain import METRICS, Break, in_order, totals_in, verify
from beffroi.market.rules.bills.credit_note import wanted_of
from beffroi.market.rules.prices.calendar import month_of, start_of
from beffroi.market.rules.prices.preview import Preview
from beffroi.store.port import Store
from beffroi.web.message import LOCAL

TRADE = (
    Row("party", "parties:party", "Who sells and who buys."),
    Row("permit", "permits:permit", "Which data of this node a party may sell."),
    Row("offer", "offers:offer", "Offers: drafted from a file, published, taken off sale."),
    Row("order", "orders:order", "Orders: placed for a party, approved, refused."),
    Row("product", "products:product", "Products: what was sold, and what becomes of it."),
    Row("credentials", "access:credentials", "Credentials of products."),
    Row("keys", "access:keys", "Keys that sign tokens for products."),
    Row(
        "levels",
        "levels:show_levels",
        "Show the service levels measured this month, the breaches of the last days, and their credits.",
    ),
    Row("audit", "audit:audit", "Show the audit log, the oldest entries first, or judge it."),
)


class _Market(CalledGroup):
    rows: ClassVar[dict[str, Row]] = {row.name: row for row in TRADE}


market = typer.Typer(
    cls=_Market,
    help="Offers, orders, access, bills, service levels, and the chain of usage.",
    no_args_is_help=True,
)
show(market, TRADE)
Month = Annotated[str, typer.Option(help="As 2026-11; months are those of UTC.")]


@market.command()
def bill(month: Month, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Write the bills of a month that is over; what was billed is not billed again."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Billing", total=None)

        def tell(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        results = with_market(data, base, lambda market: bill_month(market, month, tell))
    _show_bills(month, [result for result in results if result.bill is not None])
    failed = [result for result in results if result.problem]
    for result in failed:
        Console(stderr=True).print(f"[bold red]{result.subject}[/] {result.problem}", highlight=False)
    if failed:
        raise typer.Exit(1)


@market.command(name="verify")
def verify_usage(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="Usage rows.")] = None,
    product: Annotated[str, typer.Option(help="The id of a product of this node instead of a file.")] = "",
    data: Data = "data",
) -> None:
    """Say whether usage rows (TMF635, JSON) are unchanged and complete, of one product or several."""
    if (file is None) == (not product):
        raise Problem(BadRequestData, "Name either a file with usage rows or a --product.")
    rows = _rows_in(file) if file is not None else with_store(data, partial(_rows_of, product), INDEXERS)
    if not rows:
        raise Problem(BadRequestData, "There are no usage rows.")
    broken = False
    for name, chain in in_order(rows).items():
        found = verify(chain)
        broken = broken or found is not None
        Console().print(_judged(name, chain, found), highlight=False, soft_wrap=True)
    if broken:
        raise typer.Exit(1)


@market.command()
def price(
    offering: Annotated[str, typer.Argument(metavar="OFFERING", help="The id of a productOffering.")],
    requests: Annotated[int, typer.Option(min=0, help="Requests in the month.")] = 0,
    entities: Annotated[int, typer.Option(min=0, help="Entities in answers and notifications.")] = 0,
    bytes: Annotated[int, typer.Option(min=0, help="Bytes of answers and notifications.")] = 0,
    notifications: Annotated[int, typer.Option(min=0, help="Notifications.")] = 0,
    month: Month = "",
    data: Data = "data",
) -> None:
    """Show what a first month with OFFERING would cost, by the rules of the bill."""
    name = month or now()[:7]
    expected: dict[str, int] = dict(zip(METRICS, (requests, entities, bytes, notifications), strict=True))
    since = start_of(month_of(name).first)

    def work(store: Store) -> Awaitable[Preview]:
        return preview_offering(store, offering, expected, name, since)

    _show_preview(with_store(data, work, INDEXERS))


@market.command()
def invoice(
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
    Console().print(f"The invoice {found.number} is in '{output}'.", highlight=False, soft_wrap=True)


@market.command(name="report")
def report_usage(
    product: Annotated[str, typer.Argument(help="The id of a product that no gate measures.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: from, to, and metrics.")],
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Report what PRODUCT was used for, a line of FILE for each period, in the name of who sells it."""
    table = file.read_text("utf-8-sig")
    taken = with_market(data, base, lambda market: report_table(market, product, table, Asker(LOCAL)))
    Console().print(f"{taken} periods are reported.", highlight=False)


@market.command(name="credit-note")
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
    Console().print(said, highlight=False, soft_wrap=True)


def _show_bills(month: str, results: Sequence[Result]) -> None:
    if not results:
        Console().print(f"There is nothing new to bill for {month}.", highlight=False)
        return
    table = Table("number", "buyer", "lines", "without tax", "to be paid", "id")
    for result in results:
        document = result.bill or {}
        sums = (_money(document[name]) for name in ("taxExcludedAmount", "amountDue"))
        table.add_row(str(document["billNo"]), result.subject, str(result.lines), *sums, str(document["id"]))
    Console().print(table)


def _show_preview(found: Preview) -> None:
    table = Table("what", "quantity", "unit", "price", "amount")
    for line in found.lines:
        price_text = f"{line.price.amount:f} per {line.base:f}"
        table.add_row(line.name, f"{line.quantity:f}", line.unit, price_text, f"{line.net.amount:f}")
    sums = found.sums
    for name, amount in (("without tax", sums.net), ("tax", sums.tax), ("with tax", sums.gross)):
        table.add_row(name, "", amount.currency, "", f"{amount.amount:f}")
    Console().print(table)


def _money(document: object) -> str:
    money = cast("JsonObject", document)
    return f"{money['value']:.2f} {money['unit']}"


def _judged(product: str, chain: Sequence[JsonObject], found: Break | None) -> str:
    if found is not None:
        return f"[bold red]{product}[/] breaks at row {found.number}. {found.reason}"
    counted = ", ".join(f"{count} {metric}" for metric, count in totals_in(chain[-1]).items())
    return f"[bold green]{product}[/] holds: {len(chain)} rows, {counted}."


def _rows_in(file: Path) -> list[JsonObject]:
    """A JSON array, or one document a line."""
    content = file.read_bytes()
    pieces = [content] if content.lstrip().startswith(b"[") else content.splitlines()
    rows: list[JsonObject] = []
    for piece in pieces:
        found = decode(piece) if piece.strip() else []
        rows += _objects(found if isinstance(found, list) else [found])
    return rows


def _objects(values: Iterable[object]) -> Iterable[JsonObject]:
    for value in values:
        if not isinstance(value, dict):
            raise Problem(BadRequestData, f"'{str(value)[:40]}' is no usage row.")
        yield cast("JsonObject", value)


async def _rows_of(product: str, store: Store) -> list[JsonObject]:
    return await product_rows(store, product)
