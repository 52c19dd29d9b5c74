"""The third scene: what cities do together, from a strategy to a solution that runs in the next city."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from beffroi.app.world import now
from beffroi.demo.cities import City
from beffroi.demo.network import call, chapter, delivery, exchange, needs, strategy
from beffroi.demo.network.call import Firm, Opened
from beffroi.demo.network.people import sign_in
from beffroi.demo.steps import Verdict
from beffroi.demo.story import Story
from beffroi.demo.talk import Talk, Unexpected
from beffroi.demo.trade.scene import Traded
from beffroi.demo.waiting import heard
from beffroi.kernel.json import Json, JsonObject, encode, objects_in
from beffroi.network.rules.document import content_of
from beffroi.network.rules.identity import did_of
from beffroi.outbound import Client, Policy
from beffroi.processes.fit import Answered

SAMPLED_REQUIREMENTS: Final = 6
"""So many of the requirements that the winner's service meets go into the call, those of places first."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is on the stage: the chapter, two cities with data, a third one that is empty until `harvest`."""

    chapter: City
    first: City
    second: City
    third: City
    harvest: Callable[[], Awaitable[int]]
    verdicts: Sequence[Verdict]
    folder: Path


async def together(console: Console, cast_: Cast) -> Traded:
    """Play the scene; a step that fails ends it with a sentence."""
    story, played = Story(console), Traded(Table())
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(Client(Policy(allow_private=True)))
        try:
            await _play(story, client, cast_)
        except Unexpected:
            played.failures = story.failures
    home = "/en/network"
    played.addresses = [
        ("strategy", f"{cast_.first.address}{home}/strategy"),
        ("the call", f"{cast_.first.address}{home}/calls"),
        ("the chapter", f"{cast_.chapter.address}{home}"),
        ("replications", f"{cast_.third.address}{home}/solutions"),
    ]
    played.table = story.table("Together")
    return played


async def _play(story: Story, client: Client, on: Cast) -> None:
    first, second, third = (Talk(client, each.address) for each in (on.first, on.second, on.third))
    await story.step(
        f"{on.first.name} imports its strategy from a table",
        strategy.steer(first),
        lambda found: f"{_counted(found['counts'])}; an indicator counts {found['value']} stations by itself",
    )
    gathering = Talk(client, on.chapter.address)
    for each in (on.chapter, on.first, on.second, on.third):
        await chapter.say_where(Talk(client, each.address), each)
    await chapter.found_chapter(gathering, on.chapter)
    await story.step(
        "Three cities join a chapter",
        chapter.gather_members(gathering, [first, second, third]),
        lambda count: f"{count} members, one by invitation; each follows the signed feeds of the others",
    )
    need, _ = await story.step(
        "Two cities publish a need, each in its language",
        needs.share_need(first, second),
        lambda found: f"found to be alike: {cast('JsonObject', found[1]['reason'])['en']}",
    )
    await story.step(
        f"{on.second.name} says 'ours too'",
        needs.say_ours_too(first, second, need),
        lambda count: f"{count} cities share the need",
    )
    winner, opened, awarded = await _call(story, client, on, need)
    await story.step(
        "What is delivered is accepted by the test of its clauses",
        delivery.accept(first, on.first.name, winner, opened, awarded),
        lambda run: f"the acceptance {run['outcome']}; the same test comes back each month",
    )
    await _replicate(story, client, on, opened)


async def _call(story: Story, client: Client, on: Cast, need: JsonObject) -> tuple[Firm, Opened, JsonObject]:
    """The call, two firms, the jury, the award."""
    office = await sign_in(client, on.first, "Coordinator (simulated)", "coordinator")
    jurors = {
        name: await sign_in(client, on.first, name, "juror")
        for name in ("Juror 1 (simulated)", "Juror 2 (simulated)")
    }
    kite = await sign_in(client, on.first, "Kite (simulated)", "buyer", "demo-kite")
    magpie = await sign_in(client, on.first, "Magpie (simulated)", "buyer", "demo-magpie")
    honest = Firm("Kite (simulated)", f"{on.second.address}/ogc", kite, 9, honest=True)
    claims = Firm("Magpie (simulated)", on.first.api, magpie, 4, honest=False)
    proven = next(verdict.proven for verdict in on.verdicts if verdict.url == honest.endpoint)
    chosen = sorted(proven, reverse=True)[:SAMPLED_REQUIREMENTS]
    clauses = await call.choose_clauses(office, chosen)
    evidence = [
        await story.step(
            f"{firm.name} checks its own service",
            call.self_check(firm, clauses),
            lambda found: f"an evidence pack of {len(found):,} bytes, bound to the clauses",
        )
        for firm in (honest, claims)
    ]
    opened = await story.step(
        "A joint call, with clauses that are tests",
        call.open_call(office, need, chosen, clauses),
        lambda _: f"{len(chosen)} requirements: {', '.join(chosen)}",
    )
    hows = ("with the evidence of its check", "and only claims: it wrote PASS over its verdicts")
    for firm, how, pack in zip((honest, claims), hows, evidence, strict=True):
        title = f"{firm.name} applies {how}"
        await story.step(title, call.apply(firm, opened, pack), lambda _: "sealed until the close")

    async def over() -> bool | None:
        return True if now() > opened.closes else None

    await heard("the call does not close", over)
    ranking = await story.step(
        "The jury declares, scores with reasons",
        call.judge(office, jurors, (honest, claims), opened),
        lambda rows: f"{len(rows)} applications ranked",
    )
    for firm, wanted in ((honest, True), (claims, False)):
        compared = await story.step(
            f"The city repeats the check of {firm.name}",
            call.compare(office, firm, opened),
            lambda found: f"{found['result']}; {_failed(found)}",
        )
        if compared["fulfilled"] is not wanted:
            raise Unexpected(f"The clauses of {firm.name} are said to be fulfilled: {compared['fulfilled']}.")
    awarded = await story.step(
        "The award is published, with its reasons",
        call.award(office, opened, ranking[0]),
        lambda _: f"to {honest.name}",
    )
    return honest, opened, awarded


async def _replicate(story: Story, client: Client, on: Cast, opened: Opened) -> None:
    """The solution runs in two cities with unchanged code, and the third asks, maps and runs it."""
    first, third = Talk(client, on.first.address), Talk(client, on.third.address)
    solution = await delivery.publish_solution(Talk(client, on.second.address))
    answered = await story.step(
        f"Will it run in {on.first.name}?",
        delivery.will_it_run_in(client, on.first, solution),
        _shares,
    )
    await story.step(
        f"It is brought to {on.first.name}",
        delivery.bring(client, on.first, answered, solution, on.folder / "first"),
        _ran,
    )
    await story.step(
        f"{on.third.name}, still empty, asks: will it run here?",
        delivery.will_it_run_in(client, on.third, solution),
        _shares,
    )
    await story.step(
        f"{on.third.name} harvests its own portal", on.harvest(), lambda count: f"{count} things"
    )
    answered = await story.step(
        f"{on.third.name} asks again", delivery.will_it_run_in(client, on.third, solution), _shares
    )
    await story.step(
        f"It is brought to {on.third.name}, with unchanged code",
        delivery.bring(client, on.third, answered, solution, on.folder / "third"),
        _ran,
    )
    await story.step(
        f"{on.first.name} sees the record",
        delivery.seen_elsewhere(first, on.third),
        lambda record: f"from {record['origin']}",
    )
    await story.step(
        f"{on.third.name} clones the call for itself",
        _clone(third, opened, on.first),
        lambda content: f"a draft: '{content['title']}', and nothing of {on.first.name} in it",
    )
    await story.step(
        "What worked becomes a practice, and two cities compare themselves",
        exchange.tell(first, Talk(client, on.second.address), solution),
        lambda count: (
            f"with endpoint, contract, cost and result; {count} cities side by side by measured figures"
        ),
    )


async def _clone(third: Talk, opened: Opened, first: City) -> JsonObject:
    """A draft of one's own, in which nothing of the first city stays."""
    path = f"{chapter.NETWORK}/calls/{quote(opened.id, safe='')}"

    async def known() -> bool | None:
        answer = await third.send("GET", path)
        return True if answer.status == 200 else None

    await heard("the call did not reach the third city", known)
    made = await third.make(f"{path}/clone", {})
    content = {name: value for name, value in content_of(made).items() if name != "clonedFrom"}
    if first.name.encode() in encode(content) or did_of(first.address).encode() in encode(content):
        raise Unexpected(f"Something of {first.name} stays in the clone.")
    return content


def _shares(answered: Answered) -> str:
    covered, derivable, missing = delivery.shares(answered)
    return f"{covered} needs covered, {derivable} derivable, {missing} missing"


def _ran(content: JsonObject) -> str:
    return f"{delivery.results_in(content)} results; the record says what was missing and what it cost"


def _failed(compared: JsonObject) -> str:
    rows = [row for row in objects_in(compared["rows"]) if row["standing"] != "fulfilled"]
    if not rows:
        return "every clause is fulfilled by our own run"
    said = [f"{row['requirement']} {row['ours']}" for row in rows]
    return f"our own run: {', '.join(said)}"


def _counted(counts: Json) -> str:
    return ", ".join(f"{count} {standing}" for standing, count in cast("JsonObject", counts).items() if count)
