"""OGC API Features (OGC 17-069r4), and servers that nearly speak it, such as Lille's."""

from collections.abc import AsyncIterator
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from beffroi.kernel.geometry import Box
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.sources.operations.adapters.adapter import (
    MOST_DATASETS,
    SAMPLE,
    Adapter,
    Found,
    Marks,
    absolute,
    circle,
    content_type,
    json_body,
    page_at,
    with_query,
)
from beffroi.sources.operations.fetching import Fetched, Visit
from beffroi.sources.rules.dataset import Dataset, common_area, fields_of
from beffroi.sources.rules.page import Mark, Page
from beffroi.sources.rules.quoting import text_or
from beffroi.sources.rules.reading.document import extent_of, link, listing_of
from beffroi.sources.rules.reading.text import is_page

PAGE = 1_000
OFFSETS = ("startIndex", "offset")
"""How servers without `next` links are asked for more: none of it is in the standard."""


async def recognise(url: str, first: Fetched | None, visit: Visit) -> Found | None:
    """A landing page, its collections, one collection or its items."""
    root, wanted = _root(url)
    document = None if first is None or is_page(first.body, content_type(first)) else _json(first)
    if not _is_landing(document) and wanted is None and not _is_collections(document):
        return None
    if not _is_collections(document):
        data = None if wanted is not None else link(document, "data")
        address = f"{root}/collections" if data is None else absolute(url, data)
        answer = await visit.ask(address)
        if answer.status != 200 or is_page(answer.body, content_type(answer)):
            answer = await visit.ask(with_query(address, f="json"))
        document = _json(answer) if answer.status == 200 else None
    if not _is_collections(document) or not isinstance(document, dict):
        return None
    listed = document["collections"]
    collections = [each for each in (listed if isinstance(listed, list) else []) if _named(each, wanted)]
    around = common_area(extent_of(each) for each in objects_in(listed))
    found = [
        await _dataset(root, each, around, visit)
        for each in collections[:MOST_DATASETS]
        if isinstance(each, dict)
    ]
    title = text_or(document.get("title"), root)
    return Found(root, title, tuple(found), len(collections) > MOST_DATASETS) if found else None


async def pages(url: str, dataset: str, _key: str, visit: Visit, marks: Marks) -> AsyncIterator[Page]:
    """All items, by `next` links; where a server has none, by offsets until nothing new comes."""
    items = f"{url}/collections/{quote(dataset, safe=':')}/items"
    first = await _first_page(with_query(items, limit=PAGE), visit, marks)
    yield first
    seen, read, page = {first.url}, first.count, first
    while page.next is not None:
        if page.next in seen:
            raise circle(page.next)
        seen.add(page.next)
        page = await page_at(page.next, visit, marks)
        read += page.count
        visit.check_records(read)
        yield page
    if page.count and (read < page.total if page.total is not None else len(seen) == 1):
        async for each in _by_offset(first, read, visit, marks):
            yield each


async def _first_page(url: str, visit: Visit, marks: Marks) -> Page:
    """Some servers show people a page by default, and data when `f=json` says so."""
    try:
        return await page_at(url, visit, marks)
    except Problem as problem:
        if problem.kind is not SourceFailed or "web page" not in problem.detail:
            raise
        return await page_at(with_query(url, f="json"), visit, marks)


async def _by_offset(first: Page, read: int, visit: Visit, marks: Marks) -> AsyncIterator[Page]:
    for name in OFFSETS:
        page = await _at_offset(first, name, read, visit, marks)
        if page is None:
            continue
        while page is not None:
            read += page.count
            visit.check_records(read)
            yield page  # the empty one at the end too: it is kept, and not sent again
            page = await _at_offset(first, name, read, visit, marks) if page.count else None
        return


async def _at_offset(first: Page, name: str, read: int, visit: Visit, marks: Marks) -> Page | None:
    """The page from `read` on; None if the server knows no such parameter or ignores it."""
    address = with_query(first.url, **{name: read})
    try:
        page = await page_at(address, visit, marks)
    except Problem as problem:
        if "answers 4" in problem.detail:
            return None
        raise
    if page.unchanged is not None:
        return None if page.unchanged.ids and page.unchanged == first.unchanged else page
    if first.unchanged is not None and read == first.count == page.count:
        if _has_other_tag(page, first.unchanged):
            return page
        first = await page_at(first.url, visit, _unmarked)  # whole, to see whether this one is another
    return None if page.records and page.records[:1] == first.records[:1] else page


def _has_other_tag(page: Page, mark: Mark) -> bool:
    """Whether a page surely holds something else than the marked one. The same tag proves nothing: it may be
    that of the dataset."""
    tag = page.headers.get("etag", "")
    return bool(tag and mark.etag) and tag != mark.etag


async def _unmarked(_: str) -> Mark | None:
    return None


async def _dataset(root: str, collection: JsonObject, around: Box | None, visit: Visit) -> Dataset:
    name = str(collection["id"])
    items = f"{root}/collections/{quote(name, safe=':')}/items"
    title, area = text_or(collection.get("title"), name), extent_of(collection) or around
    try:
        answer = await visit.get(with_query(items, limit=SAMPLE))
        if is_page(answer.body, content_type(answer)):
            answer = await visit.get(with_query(items, limit=SAMPLE, f="json"))
        listing = listing_of(json_body(answer))
    except Problem as problem:
        return Dataset(name, title, area=area, problem=problem.detail)
    return Dataset(
        name, title, fields_of(listing.records), listing.total, area, tuple(listing.records[:SAMPLE])
    )


def _root(url: str) -> tuple[str, str | None]:
    """The address before `/collections`, and the collection that the address names.

    >>> _root("http://x/ogc/collections/a:b/items?limit=5")
    ('http://x/ogc', 'a:b')
    """
    parts = urlsplit(url)
    head, found, rest = parts.path.partition("/collections")
    root = urlunsplit((parts.scheme, parts.netloc, head.rstrip("/"), "", ""))
    name = unquote(rest.strip("/").split("/")[0]) if found else ""
    return root, name or None


def _is_landing(document: Json) -> bool:
    """A landing page has links to its conformance and its data (OGC 17-069, 7.2.4)."""
    return link(document, "data") is not None or link(document, "conformance") is not None


def _is_collections(document: Json) -> bool:
    return isinstance(document, dict) and isinstance(document.get("collections"), list)


def _named(collection: Json, wanted: str | None) -> bool:
    if not isinstance(collection, dict) or not isinstance(collection.get("id"), str):
        return False
    name = str(collection["id"])
    return wanted is None or name == wanted or name.rpartition(":")[2] == wanted


def _json(answer: Fetched) -> Json:
    try:
        return json_body(answer)
    except Problem:
        return None


ADAPTER = Adapter(recognise, pages)
