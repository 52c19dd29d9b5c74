"""`beffroi market audit`: who did what to which document, when and why."""

from collections.abc import Awaitable
from typing import Annotated

import typer
from rich.table import Table

from beffroi.cli.options import Data, with_store
from beffroi.cli.terminal import Terminal, styled
from beffroi.kernel.instant import NO_INSTANT, Instant, parse_instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.auditing import LARGEST_PAGE, Entries, Sought, audit_entries
from beffroi.market.operations.chaining import verify_audit
from beffroi.market.operations.services import INDEXERS
from beffroi.market.rules.audit.chain import Verified
from beffroi.store.port import Store


def audit(
    actor: Annotated[str, typer.Option(help="Who did it; `node` for the node itself.")] = "",
    resource: Annotated[str, typer.Option(help="The kind of document, such as productOrder.")] = "",
    id: Annotated[str, typer.Option(help="The id of the document.")] = "",
    since: Annotated[str, typer.Option(help="From this moment on, as 2026-11-01T00:00:00Z.")] = "",
    until: Annotated[str, typer.Option(help="Before this moment.")] = "",
    offset: Annotated[int, typer.Option(min=0, help="How many are passed over.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=LARGEST_PAGE, help="How many are shown.")] = 100,
    verify: Annotated[
        bool, typer.Option("--verify", help="Say whether the whole log is unchanged, instead of showing it.")
    ] = False,
    known: Annotated[str, typer.Option(help="With --verify: a hash that you kept, of an entry it has.")] = "",
    data: Data = "data",
) -> None:
    """Show the audit log, the oldest entries first, or judge it."""
    if verify or known:
        _judge(with_store(data, lambda store: verify_audit(store, known), INDEXERS))
        return
    sought = Sought(actor, resource, id, _moment(since), _moment(until))

    def work(store: Store) -> Awaitable[Entries]:
        return audit_entries(store, sought, offset, limit)

    found = with_store(data, work, INDEXERS)
    if not found.total:
        Terminal().print("There is no such entry: no change was made yet, or none is like that.")
        return
    table = Table("time", "actor", "what", "resource", "id", "reason")
    for entry in found.entries:
        members = ("time", "actor", "what", "resource", "id")
        table.add_row(*(str(entry[name]) for name in members), _why(entry))
    Terminal().print(table)
    Terminal().print(f"{len(found.entries)} of {found.total} entries.")


def _judge(found: Verified) -> None:
    earlier = f" {found.before} from before stand unchained." if found.before else ""
    if found.broken is not None:
        broken = found.broken
        where = (f"The log does not hold at entry {broken.number}.", "bold red")
        Terminal().print(styled(where, f" {broken.reason}"), soft_wrap=True)
        raise typer.Exit(1)
    Terminal().print(
        f"{found.entries} entries, unchanged and complete.{earlier} Newest hash: {found.newest}",
        soft_wrap=True,
    )


def _why(entry: JsonObject) -> str:
    """The reason, and behind it what an account or a token is for."""
    granted = entry.get("granted")
    values = granted.values() if isinstance(granted, dict) else ()
    said = [str(one) for each in values for one in (each if isinstance(each, list) else [each])]
    return f"{entry['reason']} ({', '.join(said)})" if said else str(entry["reason"])


def _moment(text: str) -> Instant:
    moment = parse_instant(text) if text else NO_INSTANT
    if moment is None:
        raise Problem(BadRequestData, f"'{text[:40]}' is no date-time with a zone.")
    return moment
