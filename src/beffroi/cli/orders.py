"""`beffroi market order`: order for a party, see how far orders came, approve or refuse what waits."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.table import Table

from beffroi.cli.harmless import harmless
from beffroi.cli.offer_text import offer_text
from beffroi.cli.options import Base, Data, Reason
from beffroi.cli.trading import (
    OWN_ADDRESS,
    Limit,
    Offset,
    Parties,
    Spoken,
    asked,
    check_language,
    page_of,
    party_ids,
    refusal_of,
    say,
    show_page,
    with_market,
)
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.market.operations.approving import approve, refuse
from beffroi.market.operations.ordering import Offer, place, placed_before, read_offer
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.documents.once import once_key
from beffroi.market.rules.orders.holder import BUYER_ROLES, party_with
from beffroi.market.rules.orders.holding import Wish
from beffroi.market.rules.orders.placing import Choice
from beffroi.market.rules.orders.state import items_of
from beffroi.portal.reading.market.held import party_names
from beffroi.portal.reading.market.orders import order_from
from beffroi.processes.fulfilment import go_on
from beffroi.web.message import LOCAL

order = typer.Typer(help="Orders: placed for a party, approved, refused.", no_args_is_help=True)
Named = Annotated[str, typer.Argument(metavar="ORDER", help="The id of a productOrder.")]
ONCE = "beffroi market order place"
ONCE_HELP = "A key of your own: with it again, within a day, it is the same order, placed once."


@order.command(name="place")
def place_order(
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="The id of a productOffering.")],
    party: Annotated[str, typer.Option(help="Who buys: the id of a party (TMF632).")],
    purpose: Annotated[str, typer.Option(help="One of the purposes; else all that the terms allow.")] = "",
    reference: Annotated[str, typer.Option(help="A reference of the buyer's own.")] = "",
    once: Annotated[str, typer.Option(help=ONCE_HELP)] = "",
    agree: Annotated[bool, typer.Option("--agree", help="Agree to the terms without being asked.")] = False,
    language: Spoken = "en",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show the terms of OFFER and, once they are agreed to, order it for a party."""
    check_language(language)
    choice = Choice(purpose=purpose, reference=reference)
    key = once_key(LOCAL.name, ONCE, once) if once else None
    if key is not None:
        first = with_market(data, base, lambda market: placed_before(market, offer, party, choice, key))
        if first is not None:
            _tell_again(data, base, first)
            return
    read, names = with_market(data, base, lambda market: _read(market, offer, party, language))
    for line in offer_text(read, names, language):
        say(line)
    say("")
    _agree(names[party], agreed=agree)

    async def work(market: Market) -> JsonObject:
        reason = "Ordered on the command line."
        return await place(market, read, party, choice, asked(reason), key)

    _tell(data, base, work)


@order.command(name="list")
def list_orders(
    state: Annotated[str, typer.Option(help="Such as pending, completed, rejected.")] = "",
    party: Annotated[str, typer.Option(help="Only those that name this party.")] = "",
    offset: Offset = 0,
    limit: Limit = 100,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show orders and how far they came; `pending` waits for an approval."""
    wanted = {"state": state, "relatedParty.id": party}
    found, parties = with_market(
        data, base, lambda market: page_of(market, PRODUCT_ORDER, wanted, offset, limit)
    )
    rows = [_row(one, parties) for one in found.documents]
    show_page(
        Table("order", "state", "ordered", "buyer", "what"),
        rows,
        found.total,
        "orders",
        "'beffroi market order place OFFER' places one",
    )


@order.command()
def show(order: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Show how far ORDER came, what was said on the way, and the products that came of it."""
    _say(with_market(data, base, lambda market: retrieve(market, PRODUCT_ORDER, order, LOCAL)))


@order.command(name="approve")
def approve_order(
    order: Named,
    item: Annotated[
        list[str] | None, typer.Option(help="The id of an item; without it all that wait.")
    ] = None,
    reason: Reason = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Let what waits in ORDER go on to its access."""
    _tell(data, base, lambda market: approve(market, order, asked(reason), item or ()))


@order.command(name="refuse")
def refuse_order(
    order: Named,
    reason: Annotated[str, typer.Option(help="Why; the buyer reads it.")],
    item: Annotated[
        list[str] | None, typer.Option(help="The id of an item; without it all that wait.")
    ] = None,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Reject what waits in ORDER."""
    _tell(data, base, lambda market: refuse(market, order, reason, asked(reason), item or ()))


async def _read(market: Market, id: str, party: str, language: str) -> tuple[Offer, Parties]:
    """What is ordered, and what parties are called. Raises Problem for what cannot be ordered now."""
    read = await read_offer(market, id, LOCAL)
    named = [party, *party_ids(read.offering), *party_ids(read.specification)]
    names = await party_names(market.store, named)
    if refused := await refusal_of(market, read, Wish(party, names[party]), language):
        raise Problem(Conflict, refused)
    return read, names


def _agree(buyer: str, *, agreed: bool) -> None:
    """Ask whoever sits at the terminal. Raises Problem(BadRequestData) where nobody agrees."""
    if agreed:
        return
    if not sys.stdin.isatty() or not typer.confirm(harmless(f"Does {buyer} agree to these terms?")):
        raise Problem(
            BadRequestData,
            "The terms were not agreed to, and nothing is ordered: read them, then say --agree.",
        )


def _tell(data: str, base: str, write: Callable[[Market], Awaitable[JsonObject]]) -> None:
    """Write an order, do the steps that follow as the node would, and say how far it came."""

    async def work(market: Market) -> JsonObject:
        id = str((await write(market))["id"])
        await go_on(market, id)
        return await retrieve(market, PRODUCT_ORDER, id, LOCAL)

    _say(with_market(data, base, work))


def _tell_again(data: str, base: str, first: JsonObject) -> None:
    """Say of an order that it was placed before, and how far it is now."""

    async def nothing(_: Market) -> JsonObject:
        return first

    at = str(first.get("orderDate") or "")[:16].replace("T", " ")
    say(f"This key placed the order '{first['id']}' before, at {at} UTC; nothing is ordered again.")
    _tell(data, base, nothing)


def _say(document: JsonObject) -> None:
    found = order_from(document)
    say(f"The order '{found.id}' is '{found.state}'.")
    for one in found.items:
        made = f", with the product '{one.product}'" if one.product else ""
        say(f"  {one.name}: {one.state}{made}")
    messages = (item.get("message") for item in items_of(document))
    for sentence in dict.fromkeys([*found.said, *filter(None, messages)]):
        say(f"  {sentence}")


def _row(document: JsonObject, parties: Parties) -> tuple[str, ...]:
    found, buyer = order_from(document), party_with(document, BUYER_ROLES)
    return (
        found.id,
        found.state,
        str(found.ordered or "")[:16].replace("T", " "),
        parties.get(buyer, buyer),
        ", ".join(one.name for one in found.items),
    )
