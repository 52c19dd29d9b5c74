"""What the market's commands have in common: the market of a node without its server, and pages of a list."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Final, TypeAlias, TypeVar

import typer
from rich.table import Table

from beffroi.app.world import new_uuid, now
from beffroi.cli.listing import print_table
from beffroi.cli.options import with_store
from beffroi.cli.terminal import Terminal
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.ordering import Offer, check_can_be_ordered
from beffroi.market.operations.reading import Listed, documents
from beffroi.market.operations.services import INDEXERS, Market
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.audit.entry import ON_COMMAND_LINE
from beffroi.market.rules.documents.question import Comparison, Question
from beffroi.market.rules.documents.resource import Resource
from beffroi.market.rules.offers.translations import said_in
from beffroi.market.rules.orders.holding import Wish
from beffroi.market.wire.speech import LANGUAGES
from beffroi.portal.reading.market.held import party_names
from beffroi.portal.words.refusals import said_in as refusal_in
from beffroi.processes.claims import behaviours
from beffroi.store.port import Store
from beffroi.web.message import LOCAL

OWN_ADDRESS: Final = "http://127.0.0.1:1026"
LARGEST_PAGE: Final = 1_000
Result = TypeVar("Result")

Offset: TypeAlias = Annotated[int, typer.Option(min=0, help="How many are passed over.")]
Limit: TypeAlias = Annotated[int, typer.Option(min=1, max=LARGEST_PAGE, help="How many are shown.")]
Spoken: TypeAlias = Annotated[str, typer.Option("--language", help="en or fr.")]
Parties: TypeAlias = Mapping[str, str]


def with_market(data: str, base: str, work: Callable[[Market], Awaitable[Result]]) -> Result:
    """Open the store behind --data, do the work as the node at `base`, close it.

    Raises Problem(BadRequestData) for a `base` that is no address: documents name it.
    """
    if not base.startswith(("http://", "https://")):
        raise Problem(BadRequestData, f"'{base[:200]}' is no address that begins with http:// or https://.")

    def run(store: Store) -> Awaitable[Result]:
        return work(Market(store, now, new_uuid, base.rstrip("/"), behaviours=behaviours()))

    return with_store(data, run, INDEXERS)


def asked(reason: str = "") -> Asker:
    """Who asks on the machine of the node, and why; the reason stands in the audit log."""
    return Asker(LOCAL, reason, ON_COMMAND_LINE)


def check_language(code: str) -> None:
    """Raise Problem(BadRequestData) for a language that the market does not speak."""
    if code not in LANGUAGES:
        raise Problem(
            BadRequestData, f"There is no language '{code[:40]}'; there are {', '.join(LANGUAGES)}."
        )


async def refusal_of(market: Market, offer: Offer, wish: Wish, language: str) -> str:
    """Why an order would be refused now, in a language; empty where it would not."""
    name = said_in(offer.offering, "name", language) or offer.name
    try:
        await check_can_be_ordered(market, offer, name, wish)
    except Problem as problem:
        return refusal_in(language, problem.detail) or problem.detail
    return ""


async def page_of(
    market: Market, resource: Resource, equal: Mapping[str, str], offset: int, limit: int
) -> tuple[Listed, Parties]:
    """The documents whose members have these values, of those that are empty any, and what the parties that
    they name are called."""
    where = tuple(
        (Comparison(tuple(name.split(".")), "==", (value,)),) for name, value in equal.items() if value
    )
    found = await documents(
        market, resource, Question(where, offset=offset, limit=limit), LOCAL, market.address
    )
    named = [id for one in found.documents for id in party_ids(one)]
    return found, await party_names(market.store, named)


def party_ids(document: JsonObject) -> list[str]:
    """The parties that a document names."""
    stated = document.get("relatedParty")
    return [str(one["id"]) for one in (stated if isinstance(stated, list) else []) if isinstance(one, dict)]


def member(document: JsonObject, name: str, inner: str) -> str:
    """A member of an object in a document, as `productOffering.id`; empty where there is none."""
    value: Json = document.get(name)
    return str(value.get(inner) or "") if isinstance(value, dict) else ""


def show_page(table: Table, rows: Sequence[Sequence[str]], total: int, what: str, how: str) -> None:
    """Print the rows of a page, an id first, and how many there are in all; `what` names them. If there are
    none, say that and `how` they come to be."""
    if not total:
        say(f"There are no such {what}; {how}.")
        return
    for row in rows:
        table.add_row(*row)
    table.columns[0].no_wrap = True
    print_table(table)
    Terminal().print(f"{len(rows)} of {total} {what}.")


def say(sentence: str) -> None:
    """Print a sentence as it is: ids are not broken."""
    Terminal().print(sentence, soft_wrap=True)
