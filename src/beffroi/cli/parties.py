"""`beffroi market party`: who sells and who buys."""

from typing import Annotated

import typer
from rich.table import Table

from beffroi.cli.options import Base, Data
from beffroi.cli.terminal import Terminal
from beffroi.cli.trading import OWN_ADDRESS, Limit, Offset, asked, page_of, show_page, with_market
from beffroi.kernel.json import JsonObject
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import create
from beffroi.market.rules.apis.tmf632 import ORGANIZATION
from beffroi.market.rules.bills.party_form import described
from beffroi.market.rules.orders.parties import party_name

party = typer.Typer(help="Who sells and who buys.", no_args_is_help=True)


@party.command()
def add(
    name: Annotated[str, typer.Argument(help="What the organization is called.")],
    street: Annotated[str, typer.Option(help="Of its address, as bills name it.")] = "",
    post_code: Annotated[str, typer.Option(help="Of its address.")] = "",
    city: Annotated[str, typer.Option(help="Of its address.")] = "",
    country: Annotated[str, typer.Option(help="Of its address, as two letters.")] = "",
    email: Annotated[str, typer.Option(help="Where bills go.")] = "",
    vat: Annotated[str, typer.Option(help="Its VAT number.")] = "",
    siret: Annotated[str, typer.Option(help="Its SIRET.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Add an organization that sells or buys; its id is printed."""
    said = {
        "name": name, "street1": street, "postCode": post_code, "city": city, "country": country,
        "email": email, "vat": vat, "siret": siret,
    }  # fmt: skip

    async def work(market: Market) -> JsonObject:
        given = described({"isLegalEntity": True}, {key: text.strip() for key, text in said.items()})
        return await create(market, ORGANIZATION, given, asked())

    Terminal().print(str(with_market(data, base, work)["id"]), soft_wrap=True)


@party.command(name="list")
def list_parties(
    offset: Offset = 0, limit: Limit = 100, data: Data = "data", base: Base = OWN_ADDRESS
) -> None:
    """Show the organizations that sell or buy here."""
    found, _ = with_market(data, base, lambda market: page_of(market, ORGANIZATION, {}, offset, limit))
    rows = [_row(one) for one in found.documents]
    show_page(
        Table("party", "name", "numbers"),
        rows,
        found.total,
        "organizations",
        "'beffroi market party add NAME' adds one",
    )


def _row(document: JsonObject) -> tuple[str, ...]:
    stated = document.get("organizationIdentification")
    numbers = [
        f"{one.get('identificationType')} {one.get('identificationId')}"
        for one in (stated if isinstance(stated, list) else [])
        if isinstance(one, dict)
    ]
    return str(document["id"]), party_name(document), ", ".join(numbers)
