"""A simulated outage, and the breach that follows: the portal answers 503 for two datasets, the node goes on
honestly with what it has, its monitor sees the data grow old, and nobody writes a record by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from beffroi.app.world import now
from beffroi.demo.talk import Talk, Unexpected
from beffroi.demo.waiting import heard
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject, objects_in

DATASETS: Final = ("bike-stations", "charging-points")
PROBES: Final = 3
"""So many probes show an outage."""


@dataclass(frozen=True, slots=True)
class Breach:
    """What both parties read of it: which objective, since when, and the probes that are its evidence."""

    id: str
    objective: str
    since: str
    probes: tuple[JsonObject, ...]


async def begin(portal: Talk) -> Instant:
    """Let the datasets fail; the moment from which they do."""
    await _switch(portal, "PUT")
    return now()


async def end(portal: Talk) -> None:
    """Let the datasets answer again."""
    await _switch(portal, "DELETE")


async def breach_of(talk: Talk, product: str, offering: str, began: Instant) -> Breach:
    """The breach of a product that shows the outage, as its buyer and its provider read it.

    On a busy machine the data may have been old before the outage `began`: that breach goes on, and shows the
    outage once PROBES of its probes are from after its beginning. Raises Unexpected if none comes to that.
    """

    async def shown() -> Breach | None:
        found = shows_outage(await _breaches(talk, product=product), began)
        if found and found.id not in [each["id"] for each in await _breaches(talk, offering=offering)]:
            raise Unexpected(f"The provider does not see the breach '{found.id}' that the buyer sees.")
        return found

    return await heard("the outage became no breach", shown)


def shows_outage(breaches: Sequence[JsonObject], began: Instant) -> Breach | None:
    """The first breach of the data's age that PROBES probes since `began` show, with all of its probes."""
    for breach in breaches:
        probes = tuple(objects_in(breach["evidence"]))
        since_then = [each for each in probes if str(each["at"]) >= began]
        if breach["objective"] == "freshness" and len(since_then) >= PROBES:
            return Breach(str(breach["id"]), "freshness", str(breach["from"]), probes)
    return None


async def _breaches(talk: Talk, **of: str) -> list[JsonObject]:
    return objects_in((await talk.document("/market/breaches", **of))["breach"])


async def _switch(portal: Talk, method: str) -> None:
    for dataset in DATASETS:
        answer = await portal.send(method, f"/simulation/outages/{dataset}")
        if answer.status != 204:
            raise Unexpected(f"The switch of '{dataset}' answered {answer.status}.")
