"""GBFS 2 and 3 (gbfs.org): from the auto-discovery file to the stations with their state."""

from collections.abc import AsyncIterator

from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.sources.operations.adapters.adapter import (
    Adapter,
    Found,
    Marks,
    absolute,
    content_type,
    json_body,
)
from beffroi.sources.operations.fetching import Fetched, Visit
from beffroi.sources.rules.dataset import Dataset, fields_of
from beffroi.sources.rules.page import Mark, Page
from beffroi.sources.rules.reading.feed import System, seconds_to_live, stations_of, system_of
from beffroi.sources.rules.reading.text import is_page

STATIONS = "stations"
INFORMATION, STATUS = "station_information", "station_status"
BETWEEN = " \x1f "  # between the validators of the two feeds, which no header can hold


async def recognise(url: str, first: Fetched | None, visit: Visit) -> Found | None:
    """The auto-discovery file, or an address below which `gbfs.json` stands."""
    if first is None or is_page(first.body, content_type(first)) or first.body.lstrip()[:1] != b"{":
        return None
    try:
        document = json_body(first)
    except Problem:
        return None
    system = system_of(document)
    if system is None or INFORMATION not in system.feeds:
        return None
    information, status = _addresses(system)
    still = json_body(await visit.get(absolute(url, information)))
    live = json_body(await visit.get(absolute(url, status)))
    stations = stations_of(still, live)
    dataset = Dataset(
        STATIONS,
        f"Stations (GBFS {system.version})",
        fields_of(stations),
        len(stations),
        sample=tuple(stations[:5]),
        interval_s=max(60, seconds_to_live(live)),
    )
    return Found(url, await _title(url, system, visit), (dataset,))


async def pages(url: str, _dataset: str, _key: str, visit: Visit, marks: Marks) -> AsyncIterator[Page]:
    """One page: all stations of the system."""
    system = system_of(json_body(await visit.get(url)))
    if system is None:
        raise Problem(SourceFailed, "The source is no GBFS auto-discovery file any more.")
    addresses = [absolute(url, each) for each in _addresses(system)]
    mark = await marks(addresses[1])
    answers = [await visit.get(each, _conditions(mark, n)) for n, each in enumerate(addresses)]
    if mark is not None and all(answer.status == 304 for answer in answers):
        yield Page(addresses[1], (), mark.total, None, mark, {})
        return
    whole = [
        await visit.get(each) if answer.status == 304 else answer
        for each, answer in zip(addresses, answers, strict=True)
    ]
    stations = stations_of(*(json_body(each) for each in whole))
    headers = {
        name: BETWEEN.join(each.headers.get(name, "") for each in whole) for name in ("etag", "last-modified")
    }
    yield Page(addresses[1], tuple(stations), len(stations), None, None, headers)


def _addresses(system: System) -> tuple[str, str]:
    try:
        return system.feeds[INFORMATION], system.feeds[STATUS]
    except KeyError as failure:
        raise Problem(SourceFailed, f"The GBFS system has no feed {failure}.") from failure


def _conditions(mark: Mark | None, place: int) -> dict[str, str] | None:
    if mark is None:
        return None
    etags, moments = mark.etag.split(BETWEEN), mark.modified.split(BETWEEN)
    if len(etags) != 2 or len(moments) != 2:
        return None
    return Mark(etags[place], moments[place]).conditions or None


async def _title(url: str, system: System, visit: Visit) -> str:
    if "system_information" not in system.feeds:
        return url
    try:
        answer = await visit.get(absolute(url, system.feeds["system_information"]))
        match json_body(answer):
            case {"data": {"name": str(name)}} | {"data": {"name": [{"text": str(name)}, *_]}}:
                return name[:200]
            case _:
                return url
    except Problem:
        return url


ADAPTER = Adapter(recognise, pages)
