"""`beffroi market permit`: which data of this node a party may sell."""

from typing import Annotated, cast

import typer
from rich.table import Table

from beffroi.app.world import new_id, now
from beffroi.cli.listing import show_list
from beffroi.cli.options import Data, Reason, with_store
from beffroi.cli.terminal import Terminal
from beffroi.cli.trading import asked
from beffroi.kernel.json import Json, objects_in
from beffroi.market.operations.permits import every_permit, give_permit
from beffroi.market.operations.services import INDEXERS
from beffroi.web.message import LOCAL

permit = typer.Typer(help="Which data of this node a party may sell.", no_args_is_help=True)


@permit.command(name="set")
def set_permit(
    party: Annotated[str, typer.Argument(metavar="PARTY", help="The id of an organization (TMF632).")],
    type: Annotated[
        list[str] | None,
        typer.Option("--type", help="An entity type; `*` for all; `TENANT:TYPE` for one of a tenant."),
    ] = None,
    reason: Reason = "",
    data: Data = "data",
) -> None:
    """Let PARTY sell these entity types and no others; without --type it sells none."""
    given = _by_tenant(type or [])
    with_store(data, lambda store: give_permit(store, party, given, asked(reason), now(), new_id()), INDEXERS)
    Terminal().print(f"'{party}' may sell {', '.join(type or []) or 'no data'}.")


@permit.command(name="list")
def list_permits(data: Data = "data") -> None:
    """Show who may sell what."""
    table = Table("party", "tenant", "types", "since", "by")
    for known in with_store(data, lambda store: every_permit(store, LOCAL), INDEXERS):
        for row in objects_in(known["data"]) or [{"tenant": "", "types": []}]:
            types = ", ".join(cast("list[str]", row["types"]))
            table.add_row(str(known["party"]), str(row["tenant"]), types, str(known["at"]), str(known["by"]))
    show_list(table, "Nobody may sell yet; 'beffroi market permit set PARTY --type TYPE' lets a party.")


def _by_tenant(types: list[str]) -> list[Json]:
    """Types by tenant; what is a scheme of an IRI is no tenant.

    >>> _by_tenant(["Room", "school:Room", "https://a.example/Room"])
    [{'tenant': '', 'types': ['Room', 'https://a.example/Room']}, {'tenant': 'school', 'types': ['Room']}]
    """
    found = dict[str, list[Json]]()
    for given in types:
        tenant, colon, name = given.partition(":")
        is_iri = not colon or name.startswith("//") or tenant == "urn"
        found.setdefault("" if is_iri else tenant, []).append(given if is_iri else name)
    return [{"tenant": tenant, "types": names} for tenant, names in found.items()]
