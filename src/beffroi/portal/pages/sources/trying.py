"""A source tried for somebody who waits for the page."""

from dataclasses import replace
from typing import Final

from beffroi.portal.pages.sources.signed import harvester_of
from beffroi.portal.reading.datasets import Tried, tried_of
from beffroi.portal.visit import Visit
from beffroi.sources.operations.trial import TRIAL_LIMITS, try_beside
from beffroi.sources.rules.source import Source

LONGEST_S: Final = 45.0
"""For so long somebody waits for a page: many a proxy gives up after a minute."""


async def tried_in(visit: Visit, source: Source, seconds: float) -> Tried:
    """What would become of a source's records, as far as they can be read in so many seconds."""
    harvester, portal = harvester_of(visit), visit.portal
    mapping = harvester.catalogue.find(source.mapping)
    limits = replace(TRIAL_LIMITS, most_seconds=max(1.0, round(seconds)))
    trial = await try_beside(portal.store, portal.tenant, harvester.world, source, mapping, limits)
    return tried_of(source.title, trial)
