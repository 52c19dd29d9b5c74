"""Opendatasoft Explore API v2.1: a catalogue of datasets, pages to a depth of 10,000, exports beyond."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from beffroi.kernel.json import Json
from beffroi.kernel.problem import Problem
from beffroi.sources.operations.adapters.adapter import (
    MOST_DATASETS,
    SAMPLE,
    Adapter,
    Found,
    Marks,
    content_type,
    json_body,
    page_at,
    with_query,
)
from beffroi.sources.operations.fetching import Fetched, Visit
from beffroi.sources.rules.dataset import Dataset
from beffroi.sources.rules.page import Page
from beffroi.sources.rules.reading.document import listing_of
from beffroi.sources.rules.reading.text import is_page

API = "/api/explore/v2.1"
PAGE = 100
DEPTH = 10_000
_SITE = re.compile(r"/(?:api/(?:explore|v2|datasets)|explore)(?:/|$)")
_DATASET = re.compile(r"/(?:datasets|dataset)/([^/]+)")
_NAME = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)


async def recognise(url: str, first: Fetched | None, visit: Visit) -> Found | None:
    """Any address of a portal: its start page, its API, or a page of one dataset."""
    if first is not None and not is_page(first.body, content_type(first)) and not _SITE.search(url):
        return None
    root, wanted = _root(url)
    answer = await visit.ask(with_query(f"{root}{API}/catalog/datasets", limit=MOST_DATASETS))
    if answer.status != 200 or is_page(answer.body, content_type(answer)):
        return None
    match json_body(answer):
        case {"total_count": int(total), "results": list(results)}:
            pass
        case _:
            return None
    if wanted is not None:
        one = await visit.get(f"{root}{API}/catalog/datasets/{quote(wanted)}")
        results, total = [json_body(one)], 1
    found = [await _dataset(root, each, visit) for each in results if isinstance(each, dict)]
    return Found(root, urlsplit(root).netloc, tuple(found), total > len(found))


async def pages(url: str, dataset: str, key: str, visit: Visit, marks: Marks) -> AsyncIterator[Page]:
    """All records, sorted by their key so that a change between two pages moves none of them."""
    address = f"{url}{API}/catalog/datasets/{quote(dataset)}"
    order = {"order_by": key} if _NAME.fullmatch(key) else {}
    page = await page_at(with_query(f"{address}/records", limit=PAGE, offset=0, **order), visit, marks)
    total = page.total or 0
    if total > DEPTH:
        whole = await page_at(with_query(f"{address}/exports/json", **order), visit, marks)
        yield Page(whole.url, whole.records, total, None, whole.unchanged, whole.headers)
        return
    read = page.count
    yield page
    while page.count and read < total:
        page = await page_at(with_query(f"{address}/records", limit=PAGE, offset=read, **order), visit, marks)
        read, total = read + page.count, min(page.total or 0, DEPTH)
        yield page


async def _dataset(root: str, described: Json, visit: Visit) -> Dataset:
    match described:
        case {"dataset_id": str(name), "fields": list(fields)}:
            names = tuple(str(each["name"]) for each in fields if isinstance(each, dict) and "name" in each)
        case _:
            return Dataset("?", "?", problem="The catalogue describes a dataset without id or fields.")
    title = _title(described) or name
    try:
        address = with_query(f"{root}{API}/catalog/datasets/{quote(name)}/records", limit=SAMPLE)
        listing = listing_of(json_body(await visit.get(address)))
    except Problem as problem:
        return Dataset(name, title, names, problem=problem.detail)
    return Dataset(name, title, names, listing.total, None, tuple(listing.records))


def _title(described: Json) -> str | None:
    match described:
        case {"metas": {"default": {"title": str(title)}}}:
            return title[:300]
        case _:
            return None


def _root(url: str) -> tuple[str, str | None]:
    """The address of the portal, and the dataset that the address names.

    >>> _root("https://x.fr/explore/dataset/velos/table/?sort=nom")
    ('https://x.fr', 'velos')
    """
    parts = urlsplit(url)
    site = _SITE.search(parts.path)
    head = parts.path[: site.start()] if site else parts.path.rstrip("/")
    named = _DATASET.search(parts.path)
    return urlunsplit((parts.scheme, parts.netloc, head, "", "")), unquote(named[1]) if named else None


ADAPTER = Adapter(recognise, pages)
