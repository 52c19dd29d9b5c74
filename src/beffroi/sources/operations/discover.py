"""Discover what stands behind a URL, without being told, and which mappings fit it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from beffroi.kernel.problem import BadRequestData, Problem, SourceFailed
from beffroi.sources.operations.adapters import files, gbfs, ogc, opendatasoft
from beffroi.sources.operations.adapters.adapter import Adapter, Found
from beffroi.sources.operations.fetching import Fetched, Limits, Visit, World, shown
from beffroi.sources.rules.dataset import Dataset, Discovery, Family, Offered
from beffroi.sources.rules.mapping.detect import Proposal, propose
from beffroi.sources.rules.mapping.format import Mapping

ADAPTERS: dict[Family, Adapter] = {
    "gbfs": gbfs.ADAPTER,
    "ogc": ogc.ADAPTER,
    "opendatasoft": opendatasoft.ADAPTER,
    "file": files.ADAPTER,
}
"""In the order in which they are tried: who recognises by more comes first."""

GUESSES = ("/data/ogcapi", "/ogcapi", "/ogc", "/gbfs.json", "/gbfs/gbfs.json")
"""Where portals are known to have their interface, when somebody gives the address of their start page."""

DISCOVERY_LIMITS = Limits(most_requests=150, most_bytes=150_000_000, most_seconds=120.0, attempts=2)


async def discover(
    url: str, world: World, mappings: Sequence[Mapping], limits: Limits = DISCOVERY_LIMITS
) -> Discovery:
    """Find the family and the datasets behind a URL; raises Problem(SourceFailed or BadRequestData)."""
    try:
        parts = urlsplit(url)
    except ValueError as failure:
        raise Problem(BadRequestData, f"'{url[:200]}' is no web address: {failure}.") from failure
    if parts.scheme not in ("http", "https", "file") or (not parts.netloc and parts.scheme != "file"):
        raise Problem(BadRequestData, f"'{shown(url)}' is no web address.")
    visit = Visit(world, limits, url)
    if parts.scheme == "file":
        return await _in_file(url, visit, mappings)
    for address in (url, *(url.rstrip("/") + guess for guess in GUESSES if parts.path in ("", "/"))):
        first = await _first(address, visit, told=address == url)
        for family, adapter in ADAPTERS.items():
            if first is None and (address != url or family not in ("ogc", "opendatasoft")):
                continue
            found = await adapter.recognise(address, first, visit)
            if found is not None:
                return _discovery(family, found, mappings)
    raise Problem(
        SourceFailed,
        f"'{shown(url)}' is none of these: OGC API Features, Opendatasoft Explore v2.1, GBFS, "
        "a file of CSV, GeoJSON or JSON.",
    )


async def _in_file(url: str, visit: Visit, mappings: Sequence[Mapping]) -> Discovery:
    """What a file of this machine holds: there is nothing else to be asked beside it."""
    found = await files.recognise(url, await visit.get(url), visit)
    if found is None:
        raise Problem(SourceFailed, f"The file '{shown(url)}' holds no table: neither CSV, GeoJSON nor JSON.")
    return _discovery("file", found, mappings)


async def _first(url: str, visit: Visit, *, told: bool) -> Fetched | None:
    """The answer to the address itself; None if it is not a 200."""
    try:
        answer = await visit.ask(url)
    except Problem:
        if told:
            raise
        return None
    return answer if answer.status == 200 else None


def _discovery(family: Family, found: Found, mappings: Sequence[Mapping]) -> Discovery:
    offered = tuple(Offered(each, tuple(_proposals(each, family, mappings))) for each in found.datasets)
    return Discovery(family, found.url, found.title, offered, found.cut_short)


def _proposals(dataset: Dataset, family: Family, mappings: Sequence[Mapping]) -> list[Proposal]:
    return propose(mappings, dataset.fields, family, f"{dataset.id} {dataset.title}")
