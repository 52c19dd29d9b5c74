"""`beffroi market offer`: what is offered: drafted from a file, corrected, published, taken off sale."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.table import Table

from beffroi.app.world import now
from beffroi.cli.offer_text import offer_text
from beffroi.cli.options import Base, Data, Reason
from beffroi.cli.terminal import Terminal
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
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.offering import discard, draft_offering, publish, redraft, retire
from beffroi.market.operations.ordering import Offer, offer_in, read_offer
from beffroi.market.operations.parties import existing_party
from beffroi.market.operations.reading import Listed
from beffroi.market.operations.services import Market
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.dcat.offer import is_active
from beffroi.market.rules.offers.draft import Draft, offering, price, specification
from beffroi.market.rules.offers.draft_check import faults
from beffroi.market.rules.orders.holding import Wish
from beffroi.market.wire.draft_file import draft_in
from beffroi.portal.reading.market.held import party_names
from beffroi.web.message import LOCAL

offer = typer.Typer(
    help="Offers: drafted from a file, corrected, published, taken off sale.", no_args_is_help=True
)
Named = Annotated[str, typer.Argument(metavar="OFFER", help="The id of a productOffering.")]


@offer.command()
def add(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The draft, TOML or JSON.")],
    provider: Annotated[str, typer.Option(help="Who offers it (TMF632), instead of FILE's provider.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
    *,
    publishing: Annotated[bool, typer.Option("--publish", help="Publish it at once.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what it would be.")] = False,
    language: Spoken = "en",
) -> None:
    """Draft the offer that FILE describes; its id is printed."""
    check_language(language)
    draft = draft_in(file.read_bytes(), provider)
    if wrong := faults(draft):
        raise Problem(BadRequestData, " ".join(dict.fromkeys(wrong.values())))
    if dry_run:
        shown, parties = with_market(data, base, lambda market: _would_be(market, draft))
        _show(shown, parties, language)
        say("\nNothing is written.")
        return
    made = with_market(data, base, lambda market: draft_offering(market, draft, asked()))
    Terminal().print(str(made["id"]), soft_wrap=True)
    if publishing:
        _move_to_sale(str(made["id"]), "", data, base)


@offer.command(name="change")
def change_offer(
    offer: Named,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The draft, TOML or JSON.")],
    provider: Annotated[str, typer.Option(help="Who offers it (TMF632), instead of FILE's provider.")] = "",
    reason: Reason = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Let OFFER, while it is a draft, be what FILE describes."""
    draft = draft_in(file.read_bytes(), provider)
    if wrong := faults(draft):
        raise Problem(BadRequestData, " ".join(dict.fromkeys(wrong.values())))
    _say(with_market(data, base, lambda market: redraft(market, offer, draft, "", asked(reason))))


@offer.command(name="discard")
def discard_offer(offer: Named, reason: Reason = "", data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Throw OFFER away while it is a draft, with its price and its specification."""
    with_market(data, base, lambda market: discard(market, offer, asked(reason)))
    say(f"The draft '{offer}' is gone.")


@offer.command(name="publish")
def publish_offer(offer: Named, reason: Reason = "", data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Let OFFER be ordered. A claim that was not proved stands against it, and is named."""
    _move_to_sale(offer, reason, data, base)


@offer.command(name="retire")
def retire_offer(offer: Named, reason: Reason = "", data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Let OFFER be ordered no more; what was sold goes on."""
    _say(with_market(data, base, lambda market: retire(market, offer, asked(reason))))


@offer.command(name="list")
def list_offers(
    state: Annotated[str, typer.Option(help="In study, Active, Retired …")] = "",
    offset: Offset = 0,
    limit: Limit = 100,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show the offers of this node, drafts among them, and why one that is published cannot be ordered."""
    found, parties, refused = with_market(data, base, lambda market: _listed(market, state, offset, limit))
    rows = [
        (
            str(one["id"]),
            str(one.get("name") or ""),
            str(one.get("lifecycleStatus")) + (", not for sale now" if refused[str(one["id"])] else ""),
            ", ".join(parties[id] for id in party_ids(one)),
            "by hand" if one.get("approval") == "manual" else "at once",
        )
        for one in found.documents
    ]
    show_page(
        Table("offer", "name", "state", "provider", "access"),
        rows,
        found.total,
        "offers",
        "'beffroi market offer add FILE' drafts one",
    )
    for id, sentence in refused.items():
        if sentence:
            say(f"{id}: {sentence}")


@offer.command()
def show(offer: Named, language: Spoken = "en", data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Show what OFFER gives, its price, its terms in sentences, and what it promises."""
    check_language(language)
    shown, parties, refused = with_market(data, base, lambda market: _read(market, offer, language))
    _show(shown, parties, language)
    if refused:
        say(f"\n{refused}")


async def _would_be(market: Market, draft: Draft) -> tuple[Offer, Parties]:
    """The offer that a draft would become, and the names of its parties."""
    await existing_party(market, draft.provider)
    document = {"id": "draft", **offering(draft, "draft", "draft", market.address)}
    shown = Offer(document, specification(draft), [{"id": "draft", **price(draft)}], now())
    return shown, await party_names(market.store, [draft.provider])


async def _listed(
    market: Market, state: str, offset: int, limit: int
) -> tuple[Listed, Parties, Mapping[str, str]]:
    """A page of the offers, the names of their parties, and by the id of each why an order of it would be
    refused; empty where it would not, and for one that is not published."""
    found, parties = await page_of(market, PRODUCT_OFFERING, {"lifecycleStatus": state}, offset, limit)
    refused = {
        str(one["id"]): (await offer_in(market, one)).refused if is_active(one) else ""
        for one in found.documents
    }
    return found, parties, refused


async def _read(market: Market, id: str, language: str) -> tuple[Offer, Parties, str]:
    """An offer, what its parties are called, and why nobody could order it now."""
    found = await read_offer(market, id, LOCAL)
    named = [*party_ids(found.offering), *party_ids(found.specification)]
    names = await party_names(market.store, named)
    return found, names, await refusal_of(market, found, Wish(), language)


def _move_to_sale(offer: str, reason: str, data: str, base: str) -> None:
    _say(with_market(data, base, lambda market: publish(market, offer, asked(reason))))


def _show(shown: Offer, parties: Parties, language: str) -> None:
    for line in offer_text(shown, parties, language):
        say(line)


def _say(document: JsonObject) -> None:
    say(f"The offer '{cast('str', document['id'])}' is '{document['lifecycleStatus']}'.")
