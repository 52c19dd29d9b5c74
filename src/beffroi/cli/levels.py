"""`beffroi market levels`: what offerings promise, what was measured, and the breaches."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from beffroi.app.world import new_id, now
from beffroi.cli.options import Data, with_store
from beffroi.cli.terminal import Terminal
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.levels import Levels, breaches_of, credits_of, levels, watched_offerings
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.rules.prices.calendar import Days, day_of
from beffroi.store.port import Store
from beffroi.web.message import LOCAL

Found = tuple[Levels, Sequence[JsonObject], Sequence[JsonObject]]


def show_levels(
    offering: Annotated[
        str, typer.Argument(metavar="OFFERING", help="The id of a productOffering; all without it.")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=100, help="Of how many days breaches are shown.")] = 31,
    data: Data = "data",
) -> None:
    """Show the service levels measured this month, the breaches of the last days, and their credits."""

    async def work(store: Store) -> list[Found]:
        market = Market(store, now, new_id, "")
        today = day_of(now())
        asked = [offering] if offering else await watched_offerings(store)
        return [
            (
                await levels(market, each, Days(today, today), LOCAL),
                await breaches_of(store, each),
                await credits_of(store, each),
            )
            for each in asked
        ]

    found = with_store(data, work, INDEXERS)
    if not any(each.objectives for each, _, _ in found):
        Terminal().print("Nothing is promised.")
        return
    Terminal().print(_measured([each for each, _, _ in found]))
    since = (day_of(now()) - timedelta(days=days)).isoformat()
    recent = [one for _, breaches, _ in found for one in breaches if str(one.get("to") or "~") >= since]
    Terminal().print(_breaches(recent) if recent else f"No breach since {since}.")
    credits = [one for _, _, credits in found for one in credits]
    if credits:
        Terminal().print(_credits(credits))


def _measured(found: Sequence[Levels]) -> Table:
    table = Table("offering", "objective", "promised", "measured", "month", "last probe")
    for each in found:
        for one in each.objectives:
            measured = "unknown" if one["measured"] is None else f"{one['measured']} %"
            name = str(each.offering.get("name") or each.offering["id"])
            table.add_row(
                name, str(one["metric"]), f"{one['target']} %", measured, each.month, each.last[:19]
            )
    return table


def _credits(found: Sequence[JsonObject]) -> Table:
    table = Table("product", "why", "percent of the month", "amount", "state")
    for one in found:
        amount = one.get("worth") or one.get("amount")
        money = f"{amount['value']:.2f} {amount['unit']}" if isinstance(amount, dict) else "not known yet"
        percent = str(one.get("percent", "–"))
        table.add_row(str(one["product"]), str(one["reason"]), percent, money, str(one["state"]))
    return table


def _breaches(found: Sequence[JsonObject]) -> Table:
    table = Table("offering", "objective", "from", "to", "measured", "probes that missed")
    for one in found:
        until = str(one.get("to") or "goes on")[:19]
        measured = f"{one['measured']} %"
        table.add_row(
            str(one["name"]),
            str(one["objective"]),
            str(one["from"])[:19],
            until,
            measured,
            str(one["missed"]),
        )
    return table
