"""Files behind a URL: CSV and what people call so, GeoJSON, JSON lists, recorded answers of portals."""

from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit

from beffroi.kernel.table import rows_of, separator_of
from beffroi.kernel.text import beginning_of, text_of
from beffroi.sources.operations.adapters.adapter import (
    SAMPLE,
    Adapter,
    Found,
    Marks,
    circle,
    content_type,
    page_at,
)
from beffroi.sources.operations.fetching import Fetched, Visit
from beffroi.sources.rules.dataset import Dataset, fields_of
from beffroi.sources.rules.mapping.identity import name_from
from beffroi.sources.rules.page import Page
from beffroi.sources.rules.reading.document import Listing, listing_of
from beffroi.sources.rules.reading.text import check_no_page, is_page, json_of


async def recognise(url: str, first: Fetched | None, _visit: Visit) -> Found | None:
    """Anything that holds a list of records."""
    if first is None or is_page(first.body, content_type(first)):
        return None
    if not _is_json(first) and not _looks_like_a_table(first):
        return None
    listing = read(first)
    name = unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]) or urlsplit(url).netloc
    sample = tuple(listing.records[:SAMPLE])
    total = listing.total if listing.total is not None else len(listing.records)
    dataset = Dataset(
        name_from(name.rsplit(".", 1)[0]), name, fields_of(listing.records), total, None, sample
    )
    return Found(url, name, (dataset,))


async def pages(url: str, _dataset: str, _key: str, visit: Visit, marks: Marks) -> AsyncIterator[Page]:
    """The file, and what it says follows."""
    seen, at, read_so_far = set[str](), url, 0
    while True:
        if at in seen:
            raise circle(at)
        seen.add(at)
        page = await page_at(at, visit, marks, read)
        read_so_far += page.count
        visit.check_records(read_so_far)
        yield page
        if page.next is None:
            return
        at = page.next


def read(answer: Fetched) -> Listing:
    """The records of a file of either kind; raises Problem(SourceFailed)."""
    check_no_page(answer.body, content_type(answer))
    if _is_json(answer):
        return listing_of(json_of(answer.body, content_type(answer)))
    return Listing(list(rows_of(text_of(answer.body, content_type(answer)))))


def _is_json(answer: Fetched) -> bool:
    start = answer.body[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return "json" in content_type(answer).lower() or start in (b"{", b"[")


def _looks_like_a_table(answer: Fetched) -> bool:
    """Two lines that agree on a separator, or a media type that says so."""
    if "csv" in content_type(answer).lower():
        return True
    lines = beginning_of(answer.body, 20_000).splitlines()[:2]
    if len(lines) < 2:
        return False
    mark = separator_of(lines[0])
    return 0 < lines[0].count(mark) <= lines[1].count(mark)


ADAPTER = Adapter(recognise, pages)
