"""What was awarded is delivered: accepted by the test of its clauses, then brought to other cities."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from beffroi.app.access import add_passing_token
from beffroi.app.access_entry import BY_COMMAND
from beffroi.app.world import now
from beffroi.demo.cities import City
from beffroi.demo.network.call import Firm, Opened
from beffroi.demo.network.chapter import NETWORK
from beffroi.demo.talk import Talk, Unexpected
from beffroi.demo.waiting import heard
from beffroi.kernel.json import Json, JsonObject, decode, objects_in
from beffroi.network.rules.document import content_of
from beffroi.network.rules.solutions.manifest import parse_manifest
from beffroi.outbound import Answer, Client
from beffroi.processes.fit import Answered, mapping_of, will_it_run
from beffroi.processes.measuring import MOST_BYTES
from beffroi.processes.replicating.replicate import Wish, replicate
from beffroi.processes.replicating.talk import Talk as Program

INSTALLED: Final = Path(__file__).parents[1] / "availability"
PROGRAM: Final = INSTALLED if INSTALLED.is_dir() else Path(__file__).parents[4] / "solutions" / "availability"
"""The reference solution: the wheel brings it along, a clone has it beside the sources."""
RESULTS_WITHIN_S: Final = 60.0
RESULTS_S: Final = 86_400.0


async def accept(office: Talk, buyer: str, firm: Firm, opened: Opened, awarded: JsonObject) -> JsonObject:
    """A contract with the clauses of the call, and its acceptance by test; the run."""
    contract = await office.make(
        f"{NETWORK}/contracts?publish=true",
        {
            "title": "Availability and forecast (simulated)",
            "buyer": {"name": buyer},
            "supplier": {"name": firm.name},
            "endpoint": firm.endpoint,
            "clauses": opened.clauses,
            "begins": now()[:10],
            "ends": f"{int(now()[:4]) + 3}{now()[4:8]}28",
            "call": opened.id,
            "award": awarded["id"],
        },
    )
    path = f"{NETWORK}/contracts/{str(contract['id']).rpartition('/')[2]}"
    await office.make(f"{path}/run", {"purpose": "acceptance"})

    async def done() -> JsonObject | None:
        runs = objects_in((await office.document(f"{path}/story"))["runs"])
        content = content_of(runs[0]) if runs else {}
        return None if content.get("outcome", "running") == "running" else content

    run = await heard("the acceptance did not end", done)
    if run["outcome"] != "passed":
        raise Unexpected(f"The acceptance ended with '{run['outcome']}'.")
    return run


async def publish_solution(office: Talk) -> JsonObject:
    """The solution's manifest as a document that every city can find."""
    manifest = cast("JsonObject", decode((PROGRAM / "manifest.json").read_bytes()))
    return await office.make(f"{NETWORK}/solutions?publish=true", {"manifest": manifest})


async def will_it_run_in(client: Client, city: City, solution: JsonObject) -> Answered:
    """Measure a city's data against the solution's needs."""
    manifest = parse_manifest(cast("JsonObject", content_of(solution)["manifest"]))

    async def get(url: str, headers: Mapping[str, str]) -> Answer:
        return await client.get(url, headers, most_bytes=MOST_BYTES)

    return await will_it_run(get, city.address, manifest, now(), "")


async def bring(
    client: Client, city: City, answered: Answered, solution: JsonObject, folder: Path
) -> JsonObject:
    """Confirm the proposed mapping, order what it needs, start it, see results; the record's content."""
    talk = Program(client, city.address)
    writes = answered.manifest.writes
    results = await add_passing_token(
        city.node.store, "availability", ["write"], now(), RESULTS_S, BY_COMMAND, writes
    )
    wish = Wish(
        answered,
        mapping_of(answered),
        PROGRAM,
        city.name,
        folder,
        results,
        document=str(solution["id"]),
        longest_s=RESULTS_WITHIN_S,
    )
    record = await replicate(wish, talk, now, lambda _: None)
    content = content_of(record)
    if content["outcome"] != "runs":
        raise Unexpected(f"It does not run in {city.name}: {content.get('reason', '')}")
    return content


async def seen_elsewhere(other: Talk, city: City) -> JsonObject:
    """The record of a city's replication as another city sees it."""

    async def look() -> JsonObject | None:
        found = await other.document(f"{NETWORK}/replications", outcome="runs", limit="100")
        documents = objects_in(found["documents"])
        return next((each for each in documents if content_of(each)["city"] == city.name), None)

    return await heard(f"the record of {city.name} did not come", look)


def shares(answered: Answered) -> tuple[int, int, int]:
    """How many needs are covered, derivable and missing."""
    verdicts = [row.verdict for row in answered.fit.rows]
    return tuple(verdicts.count(each) for each in ("covered", "derivable", "missing"))  # type: ignore[return-value]


def results_in(content: JsonObject) -> int:
    """How many results a replication saw."""
    results = cast("JsonObject", content["results"])
    count: Json = results["count"]
    return int(str(count))
