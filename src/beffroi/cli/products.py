"""`beffroi market product`: what was sold: suspended, resumed, ended by its seller, rated by its holder."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, TypeAlias

import typer
from rich.table import Table

from beffroi.cli.options import Base, Data
from beffroi.cli.trading import (
    OWN_ADDRESS,
    Limit,
    Offset,
    Parties,
    asked,
    member,
    page_of,
    say,
    show_page,
    with_market,
)
from beffroi.kernel.json import Json, JsonObject
from beffroi.market.operations.inventory import resume, suspend, terminate
from beffroi.market.operations.product_rating import rate, ratings, take_back
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.orders.holder import BUYER_ROLES, SELLER_ROLES, party_with
from beffroi.web.message import LOCAL

product = typer.Typer(help="Products: what was sold, and what becomes of it.", no_args_is_help=True)
Named = Annotated[str, typer.Argument(metavar="PRODUCT", help="The id of a product in the inventory.")]
Reason = Annotated[str, typer.Option(help="Why; both parties read it.")]
Holder = Annotated[str, typer.Option(help="Who holds it (TMF632); others do not rate it.")]
Move: TypeAlias = Callable[[Market, str, str, Asker], Awaitable[JsonObject]]


@product.command(name="list")
def list_products(
    status: Annotated[str, typer.Option(help="Such as active, suspended, terminated.")] = "",
    party: Annotated[str, typer.Option(help="Only those that name this party.")] = "",
    offset: Offset = 0,
    limit: Limit = 100,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show what was sold by whom to whom."""
    wanted = {"status": status, "relatedParty.id": party}
    found, parties = with_market(data, base, lambda market: page_of(market, PRODUCT, wanted, offset, limit))
    rows = [_row(one, parties) for one in found.documents]
    show_page(
        Table("product", "name", "status", "since", "buyer", "provider"),
        rows,
        found.total,
        "products",
        "'beffroi market order place OFFER' orders one",
    )


@product.command(name="suspend")
def suspend_product(product: Named, reason: Reason, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Close PRODUCT until it is resumed; from the next request on nothing passes."""
    _move(suspend, product, reason, data, base)


@product.command(name="resume")
def resume_product(product: Named, reason: Reason, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Open PRODUCT again."""
    _move(resume, product, reason, data, base)


@product.command(name="terminate")
def terminate_product(product: Named, reason: Reason, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """End PRODUCT for good; its credentials are revoked."""
    _move(terminate, product, reason, data, base)


@product.command(name="rate")
def rate_product(
    product: Named,
    party: Holder,
    stars: Annotated[int, typer.Option(min=1, max=5, help="From 1 to 5.")],
    words: Annotated[str, typer.Option(help="What the holder says of it; everybody reads it.")] = "",
    reason: Reason = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Pass on how its holder rates PRODUCT; said again it takes the place of what was said before."""
    given: dict[str, Json] = {"stars": stars, "words": words}

    async def work(market: Market) -> JsonObject:
        made = await rate(market, product, given, _holding(party, reason))
        return (await ratings(market, str(made["offering"]), LOCAL)).document()

    found = with_market(data, base, work)
    say(f"The product '{product}' is rated {stars} of 5.")
    say(f"Its offer: {found['average']} of 5, by {found['count']} in all.")


@product.command(name="unrate")
def unrate_product(
    product: Named, party: Holder, reason: Reason = "", data: Data = "data", base: Base = OWN_ADDRESS
) -> None:
    """Take back what its holder said of PRODUCT."""
    with_market(data, base, lambda market: take_back(market, product, _holding(party, reason)))
    say(f"The product '{product}' has no rating any more.")


def _holding(party: str, reason: str) -> Asker:
    asker = asked(reason)
    return replace(asker, actor=replace(LOCAL, party=party))


def _move(move: Move, product: str, reason: str, data: str, base: str) -> None:
    made = with_market(data, base, lambda market: move(market, product, reason, asked(reason)))
    say(f"The product '{made['id']}' is '{made['status']}'.")


def _row(document: JsonObject, parties: Parties) -> tuple[str, ...]:
    buyer, seller = party_with(document, BUYER_ROLES), party_with(document, SELLER_ROLES)
    return (
        str(document["id"]),
        str(document.get("name") or member(document, "productOffering", "name")),
        str(document.get("status")),
        str(document.get("startDate") or "")[:16].replace("T", " "),
        parties.get(buyer, buyer),
        parties.get(seller, seller),
    )
