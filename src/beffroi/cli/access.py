"""`beffroi market keys` and `beffroi market credentials`: what signs tokens, and who may ask for them."""

from typing import Annotated

import typer
from rich.table import Table

from beffroi.app.access_entry import BY_COMMAND
from beffroi.app.world import now
from beffroi.cli.listing import show_list
from beffroi.cli.options import Data, with_store
from beffroi.cli.terminal import Terminal
from beffroi.cli.trading import OWN_ADDRESS, with_market
from beffroi.market.operations.credentials import credentials_of, make_credentials, revoke_credentials
from beffroi.market.operations.keys import public_keys, rotate
from beffroi.market.operations.services import INDEXERS
from beffroi.web.message import LOCAL

keys = typer.Typer(help="Keys that sign tokens for products.", no_args_is_help=True)
credentials = typer.Typer(help="Credentials of products.", no_args_is_help=True)
Reason = Annotated[str, typer.Option(help="Why; it stands in the audit log.")]
Product = Annotated[str, typer.Argument(help="The id of a product in the inventory.")]


@keys.command(name="rotate")
def rotate_keys(reason: Reason = BY_COMMAND.reason, data: Data = "data") -> None:
    """Sign with a new key from now on; the old one is believed until its tokens have run out. The audit log
    says when and why."""
    kid = with_store(data, lambda store: rotate(store, now(), BY_COMMAND.actor, reason), INDEXERS)
    Terminal().print(kid)


@keys.command(name="list")
def list_keys(data: Data = "data") -> None:
    """Show the keys whose tokens may still be good."""
    for kid in with_store(data, lambda store: public_keys(store, now())):
        Terminal().print(kid)


@credentials.command()
def add(product: Product, data: Data = "data") -> None:
    """Make credentials for a product, beside those that it has, and print them, this once."""
    made = with_market(data, OWN_ADDRESS, lambda market: make_credentials(market, product, LOCAL))
    said = f"client id      {made.client}\nclient secret  {made.secret}"
    Terminal().print(said, soft_wrap=True)


@credentials.command(name="list")
def list_credentials(product: Product, data: Data = "data") -> None:
    """Show which credentials a product has."""
    table = Table("client id", "state", "since")
    for known in with_store(data, lambda store: credentials_of(store, product), INDEXERS):
        table.add_row(str(known["client"]), str(known["state"]), str(known["createdAt"]))
    show_list(
        table, f"'{product}' has no credentials yet; 'beffroi market credentials add PRODUCT' makes them."
    )


@credentials.command()
def revoke(client: str, data: Data = "data") -> None:
    """Give no more tokens for a client id; those that it has open nothing any more."""
    with_market(data, OWN_ADDRESS, lambda market: revoke_credentials(market, client, LOCAL))
