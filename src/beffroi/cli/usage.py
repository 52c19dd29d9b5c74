"""`beffroi market verify` and `report`: what a product was used for, and whether that was changed."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, cast

import typer

from beffroi.cli.options import Base, Data, with_store
from beffroi.cli.terminal import Styled, Terminal, styled
from beffroi.cli.trading import OWN_ADDRESS, asked, with_market
from beffroi.kernel.json import JsonObject, decode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.billing import product_rows
from beffroi.market.operations.reporting import report_table
from beffroi.market.operations.services import INDEXERS
from beffroi.market.rules.access.usage_chain import Break, in_order, totals_in, verify
from beffroi.store.port import Store


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
        Terminal().print(_judged(name, chain, found), soft_wrap=True)
    if broken:
        raise typer.Exit(1)


def report_usage(
    product: Annotated[str, typer.Argument(help="The id of a product that no gate measures.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: from, to, and metrics.")],
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Report what PRODUCT was used for, a line of FILE for each period, in the name of who sells it."""
    table = file.read_bytes()
    taken = with_market(data, base, lambda market: report_table(market, product, table, asked()))
    Terminal().print(f"{taken} periods are reported.")


def _judged(product: str, chain: Sequence[JsonObject], found: Break | None) -> Styled:
    if found is not None:
        return styled((product, "bold red"), f" breaks at row {found.number}. {found.reason}")
    counted = ", ".join(f"{count} {metric}" for metric, count in totals_in(chain[-1]).items())
    return styled((product, "bold green"), f" holds: {len(chain)} rows, {counted}.")


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
