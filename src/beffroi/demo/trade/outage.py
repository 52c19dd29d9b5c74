"""A simulated outage, and the breach that follows: the portal answers 503 for two datasets, the node goes on
honestly with what it has, its monitor sees the data grow old, and nobody writes a record by hand."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final, cast

from beffroi.app.world import now
from beffroi.demo.talk import Talk, Unexpected
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject

DATASETS: Final = ("bike-stations", "charging-points")
LONGEST_S: Final = 60.0
BETWEEN_LOOKS_S: Final = 0.3


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
    """The first breach of a product, as its buyer reads it; its provider has to read the same.

    Raises Unexpected if none comes, or one without evidence, or one from before the outage that `began`.
    """
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        found = await _breaches(talk, product=product)
        if found:
            return _judged(found[0], await _breaches(talk, offering=offering), began)
        await asyncio.sleep(BETWEEN_LOOKS_S)
    raise Unexpected(f"The outage became no breach within {LONGEST_S:g} s.")


async def _breaches(talk: Talk, **of: str) -> list[JsonObject]:
    return cast("list[JsonObject]", (await talk.document("/market/breaches", **of))["breach"])


def _judged(breach: JsonObject, of_seller: list[JsonObject], began: Instant) -> Breach:
    if breach["id"] not in [each["id"] for each in of_seller]:
        raise Unexpected(f"The provider does not see the breach '{breach['id']}' that the buyer sees.")
    if str(breach["from"]) < began:
        raise Unexpected(f"The breach is of {breach['from']}, before the outage of {began}.")
    probes = tuple(cast("list[JsonObject]", breach["evidence"]))
    if breach["objective"] != "freshness" or len(probes) < 3:
        raise Unexpected(f"The breach is of {breach['objective']}, with {len(probes)} probes as evidence.")
    return Breach(str(breach["id"]), str(breach["objective"]), str(breach["from"]), probes)


async def _switch(portal: Talk, method: str) -> None:
    for dataset in DATASETS:
        answer = await portal.send(method, f"/simulation/outages/{dataset}")
        if answer.status != 204:
            raise Unexpected(f"The switch of '{dataset}' answered {answer.status}.")
