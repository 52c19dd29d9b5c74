"""The second scene: an offering, an order, access, use, an outage, a bill; each step is checked."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from beffroi.app.world import now
from beffroi.demo.cities import City
from beffroi.demo.steps import Verdict, harvest_source
from beffroi.demo.story import Story
from beffroi.demo.talk import Talk, Unexpected
from beffroi.demo.trade import bill, firm, outage
from beffroi.demo.trade.mailbox import Mailbox, open_mailbox
from beffroi.demo.trade.offer import NAME, TYPES, publish
from beffroi.demo.trade.usage import compare
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Conflict, Problem
from beffroi.market.operations.prices import preview_offering
from beffroi.market.rules.prices.calendar import month_of, start_of
from beffroi.outbound import Client, Policy
from beffroi.sources.operations.registry import list_sources

CALLS: Final = 40
EXPECTED: Final = 1_000
NOT_SOLD: Final = "OffStreetParking"
NOTIFIED_WITHIN_S: Final = 30.0


@dataclass(slots=True)
class Traded:
    """What the scene came to: its table, sentences for what was not as it should be, addresses to look at,
    and files that are there as long as the cities live."""

    table: Table
    failures: list[str] = field(default_factory=list[str])
    addresses: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    files: list[tuple[str, Path]] = field(default_factory=list[tuple[str, Path]])


@dataclass(frozen=True, slots=True)
class _Stage:
    """Who and what is on it: the city that sells, how to talk to its node and portal, the firm's mailbox."""

    story: Story
    city: City
    talk: Talk
    portal: Talk
    mailbox: Mailbox
    folder: Path


async def trade(console: Console, city: City, verdict: Verdict, folder: Path) -> Traded:
    """Play the scene; a step that fails ends it with a sentence."""
    story = Story(console)
    traded = Traded(Table())
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(Client(Policy(allow_private=True)))
        mailbox = await stack.enter_async_context(open_mailbox())
        stage = _Stage(story, city, Talk(client, city.address), Talk(client, city.portal), mailbox, folder)
        try:
            await _play(stage, verdict, traded)
        except Unexpected:
            traded.failures = story.failures
    traded.table = story.table("Traded")
    return traded


async def _play(stage: _Stage, verdict: Verdict, traded: Traded) -> None:
    story, talk, home = stage.story, stage.talk, f"{stage.city.address}/en/market"
    offer = await story.step(
        f"{stage.city.name} publishes an offering",
        publish(talk, stage.city.name, verdict.proven, verdict.unproven),
        lambda offer: (
            f"'{NAME}' claims {len(offer.claims)} requirements that its node passed; "
            f"claiming {offer.refused}, which is not proven, was refused"
        ),
    )
    traded.addresses = [("catalogue", home), ("the offering", f"{home}/catalogue/{offer.id}")]
    party = await story.step(
        f"{firm.NAME} enters the market", firm.register(talk), lambda party: f"party {party}"
    )
    offering = await story.step(
        "It looks for live bikes and charging points",
        firm.find(talk, TYPES),
        lambda found: f"found '{found['name']}' over TMF620",
    )
    await story.step(f"It asks what {EXPECTED:,} requests a month cost", _preview(stage, offering), str)
    access = await story.step(
        "It orders, gets access by itself, asks",
        firm.order(talk, offering, party, TYPES[0]),
        lambda got: (
            f"order to first answer: {got.milliseconds:.0f} ms, without any hand; {len(got.first)} stations"
        ),
    )
    traded.addresses.append(("what was bought", f"{home}/mine/{access.product}"))
    await _use(stage, access)
    began = await story.step(
        "The portal of the city fails for bikes and chargers (simulated outage)",
        outage.begin(stage.portal),
        lambda _: "503 from now on; the node keeps what it has",
    )
    await story.step(
        "Both sides read the usage",
        compare(talk, stage.city.node.store, access.product, access.requests),
        lambda used: (
            f"{used.totals['requests']} requests, {used.totals['entities']} entities, "
            f"{used.totals['notifications']} notifications, the same for both; sealed rows: {used.rows}, "
            f"chained up to {used.hash[:12]}…"
        ),
    )
    await story.step(
        "The monitor sees the data grow old: a breach",
        outage.breach_of(talk, access.product, offer.id, began),
        lambda breach: (
            f"{breach.objective} missed since {breach.since[11:19]} UTC; {len(breach.probes)} probes show it"
        ),
    )
    await story.step("The outage ends", outage.end(stage.portal), lambda _: "data comes in again")
    paid = await story.step(
        "The month is billed, at a simulated moment after its end",
        bill.bill_at_the_end_of_the_month(talk, stage.city.node.store, party, stage.folder),
        lambda paid: (
            f"bill {paid.number} as of {paid.moment[:10]}: {paid.credit} EUR off for the breach, "
            f"{paid.due} EUR to be paid, and its lines come to that; an invoice with Factur-X"
        ),
    )
    traded.addresses.append(("its bill", f"{home}/bills/{paid.id}"))
    traded.addresses.append(("what the city sold", f"{home}/selling/{offer.id}"))
    traded.files = [("the bill as PDF", paid.pdf)]
    await story.step(
        "The portal shows all this",
        _look(stage, traded.addresses),
        lambda pages: f"{pages} pages open, for people",
    )


async def _use(stage: _Stage, access: firm.Access) -> None:
    """Subscribe, call, look where nothing was bought, hear of a change."""
    story, talk = stage.story, stage.talk
    subscription = await story.step(
        "It subscribes to changes",
        firm.subscribe(talk, access, TYPES, stage.mailbox.address),
        lambda _: f"to {' and '.join(TYPES)}",
    )
    await story.step(
        f"It calls {CALLS} times",
        firm.call(talk, access, TYPES[0], "availableBikeNumber>5", CALLS),
        lambda found: f"{found} stations have more than five bikes now",
    )
    hidden = await _one_of(stage, NOT_SOLD)
    await story.step(
        "It asks for what was not bought",
        firm.look_over_the_fence(talk, access, NOT_SOLD, hidden),
        lambda _: f"{NOT_SOLD} does not exist for its token",
    )
    await story.step(
        "The city reads its stations again",
        _read_again(stage.city),
        lambda changed: f"{changed} have changed meanwhile",
    )
    await story.step(
        "It hears of a change",
        stage.mailbox.first(NOTIFIED_WITHIN_S),
        lambda heard: f"a notification; changed stations in it: {len(_list(heard, 'data'))}",
    )
    await story.step(
        "It has heard enough", firm.unsubscribe(talk, access, subscription), lambda _: "subscription ended"
    )


async def _read_again(city: City) -> int:
    """Harvest what is sold, without waiting for its turn; how many things changed. What the node reads just
    now by itself is left to it."""
    changed = 0
    for source in await list_sources(city.node.store, ""):
        if source.name in outage.DATASETS:
            try:
                changed += (await harvest_source(city, source, lambda _: None)).counts.changed
            except Problem as problem:
                if problem.kind is not Conflict:
                    raise
    return changed


async def _preview(stage: _Stage, offering: JsonObject) -> str:
    """The price of a whole month with so many requests, as `beffroi market price` shows it; the calculator of
    the offering's page has to say the same. Raises Unexpected."""
    month, id = now()[:7], str(offering["id"])
    begins = start_of(month_of(month).first)
    found = await preview_offering(stage.city.node.store, id, {"requests": EXPECTED}, month, begins, now())
    net, gross = (f"{money.amount:.2f}" for money in (found.sums.net, found.sums.gross))
    page = await stage.talk.send("GET", f"/en/market/catalogue/{id}?requests={EXPECTED}&months=1")
    if page.status != 200 or gross not in page.body.decode():
        raise Unexpected(f"The calculator of the offering's page does not show {gross} for a month.")
    return f"{net} EUR without tax, {gross} EUR with it; the page of the offering says the same"


async def _look(stage: _Stage, addresses: Sequence[tuple[str, str]]) -> int:
    """Open each page of the portal; how many there are. Raises Unexpected for one that does not open."""
    for what, where in addresses:
        answer = await stage.talk.send("GET", where)
        if answer.status != 200:
            raise Unexpected(f"The page of {what} ({where}) was answered with {answer.status}.")
    return len(addresses)


async def _one_of(stage: _Stage, type: str) -> str:
    """The id of something that the city has and does not sell. Raises Unexpected if there is none."""
    link = f'<{stage.talk.address}/contexts/city.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    found = await stage.talk.get("/ngsi-ld/v1/entities", {"type": type, "limit": "1"}, {"link": link})
    for each in found if isinstance(found, list) else []:
        if isinstance(each, dict):
            return str(each["id"])
    raise Unexpected(f"The city has no {type}.")


def _list(document: JsonObject, name: str) -> Sequence[object]:
    found = document.get(name)
    return found if isinstance(found, list) else ()
