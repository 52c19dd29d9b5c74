"""`beffroi market price`: what an offer would cost."""

from collections.abc import Awaitable
from typing import Annotated

import typer
from rich.table import Table

from beffroi.app.world import now
from beffroi.cli.bills import Month
from beffroi.cli.options import Data, with_store
from beffroi.cli.terminal import Terminal
from beffroi.market.operations.prices import preview_offering
from beffroi.market.operations.services import INDEXERS
from beffroi.market.rules.access.usage_chain import METRICS
from beffroi.market.rules.prices.calendar import month_of, start_of
from beffroi.market.rules.prices.preview import Preview
from beffroi.store.port import Store


def show_price(
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
        return preview_offering(store, offering, expected, name, since, now())

    _show_preview(with_store(data, work, INDEXERS))


def _show_preview(found: Preview) -> None:
    table = Table("what", "quantity", "unit", "price", "amount")
    for line in found.lines:
        price_text = f"{line.price.amount:f} per {line.base:f}"
        table.add_row(line.name, f"{line.quantity:f}", line.unit, price_text, f"{line.net.amount:f}")
    sums = found.sums
    for name, amount in (("without tax", sums.net), ("tax", sums.tax), ("with tax", sums.gross)):
        table.add_row(name, "", amount.currency, "", f"{amount.amount:f}")
    Terminal().print(table)
