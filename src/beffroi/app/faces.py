"""What the catalogue for harvesters says of the node: the entity types that it serves, and who it is."""

from collections.abc import Sequence
from functools import partial

from beffroi.config import Settings
from beffroi.kernel.licence import LICENCES
from beffroi.kernel.problem import Problem
from beffroi.market.operations.dcat import Dcat
from beffroi.market.rules.dcat.dataset import Served
from beffroi.market.rules.dcat.nodes import About
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.operations.survey import collections, survey_of
from beffroi.portal.words.labels import Labels, load_labels
from beffroi.processes.harvest import Harvester
from beffroi.sources.operations.registry import list_sources

LANGUAGES = ("fr", "en")


def open_catalogue(settings: Settings, ogc: Ogc, harvester: Harvester) -> Dcat:
    """The catalogue of a node."""
    about = About(
        base=settings.address,
        city=settings.city,
        contact=settings.contact,
        licence=licence_address(settings),
        open=not settings.needs_sign_in,
        name=settings.publisher,
        description=settings.description,
    )
    served = partial(served_types, ogc, harvester, load_labels())
    return Dcat(ogc.broker.store, ogc.broker.now, about, served, ogc.context.expand)


def licence_address(settings: Settings) -> str:
    """The licence of what is shared openly, as an IRI of the EU's table, or else its own address."""
    row = LICENCES.get(settings.licence)
    return (row.authority or row.url) if row else ""


async def served_types(ogc: Ogc, harvester: Harvester, labels: Labels) -> Sequence[Served]:
    """Every entity type of the node's own tenant."""
    seconds = await _seconds(ogc, harvester)
    served = list[Served]()
    for collection, uri in (await collections(ogc, "")).items():
        survey = await survey_of(ogc, "", uri)
        served.append(
            Served(
                name=ogc.context.compact(uri),
                uri=uri,
                collection=collection,
                titles={code: labels.type_name(uri, code) for code in LANGUAGES},
                box=survey.box,
                first=survey.first,
                last=survey.last,
                seconds=seconds.get(uri),
            )
        )
    return served


async def _seconds(ogc: Ogc, harvester: Harvester) -> dict[str, float]:
    """How often each type is read from a source; the fastest source counts."""
    found = dict[str, float]()
    for source in await list_sources(ogc.broker.store, ""):
        try:
            mapping = harvester.catalogue.find(source.mapping)
        except Problem:
            continue
        uri = ogc.context.expand(mapping.type)
        found[uri] = min(float(source.interval_s), found.get(uri, float("inf")))
    return found
