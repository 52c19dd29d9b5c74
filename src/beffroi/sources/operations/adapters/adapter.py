"""Adapter: what a family of sources must be able to do; and what all of them need for it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from beffroi.kernel.json import Json
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.sources.operations.fetching import Fetched, Visit, shown
from beffroi.sources.rules.dataset import Dataset
from beffroi.sources.rules.page import Mark, Page
from beffroi.sources.rules.reading.document import Listing, listing_of
from beffroi.sources.rules.reading.text import json_of

MOST_DATASETS = 60
"""How many datasets of one portal are looked at; a discovery costs about one request for each."""
SAMPLE = 5

Marks = Callable[[str], Awaitable[Mark | None]]
"""What is kept of the page with this address."""


@dataclass(frozen=True, slots=True)
class Found:
    """A source that an adapter has recognised."""

    url: str
    title: str
    datasets: tuple[Dataset, ...]
    cut_short: bool = False


class Recognise(Protocol):
    """What stands behind a URL, given the answer to it; None if it is not of this family."""

    def __call__(self, url: str, first: Fetched | None, visit: Visit, /) -> Awaitable[Found | None]: ...


class Pages(Protocol):
    """All pages of a dataset. `key` names the field that identifies a record, for sources that can sort."""

    def __call__(
        self, url: str, dataset: str, key: str, visit: Visit, marks: Marks, /
    ) -> AsyncIterator[Page]: ...


@dataclass(frozen=True, slots=True)
class Adapter:
    recognise: Recognise
    pages: Pages


def content_type(answer: Fetched) -> str:
    return answer.headers.get("content-type", "")


def json_body(answer: Fetched) -> Json:
    """The JSON of an answer; raises Problem(SourceFailed)."""
    return json_of(answer.body, content_type(answer))


async def page_at(
    url: str,
    visit: Visit,
    marks: Marks,
    read: Callable[[Fetched], Listing] = lambda answer: listing_of(json_body(answer)),
) -> Page:
    """One page, asked for only if it has changed."""
    mark = await marks(url)
    answer = await visit.get(url, mark.conditions if mark else None)
    if answer.status == 304 and mark is not None:
        return Page(url, (), mark.total, mark.next, mark, answer.headers)
    listing = read(answer)
    following = None if listing.next is None else absolute(url, listing.next)
    return Page(url, tuple(listing.records), listing.total, following, None, answer.headers)


def absolute(base: str, href: str) -> str:
    """The address that a link means; raises Problem(SourceFailed) if it is no web address."""
    if href.startswith("/") and not href.startswith("//"):
        parts = urlsplit(base)
        href = f"{parts.scheme}://{parts.netloc}{href}"
    if not href.startswith(("http://", "https://", "file://")) or len(href) > 4_000:
        raise Problem(SourceFailed, f"The source links to '{shown(href)}', which is no web address.")
    return href


def with_query(url: str, **parameters: "str | int") -> str:
    """The URL with these query parameters set.

    >>> with_query("http://x/items?f=json&limit=10", limit=1000)
    'http://x/items?f=json&limit=1000'
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.update({name: str(value) for name, value in parameters.items()})
    return urlunsplit(parts._replace(query=urlencode(query, safe=":,*()"), fragment=""))


def circle(url: str) -> Problem:
    """What is said when paging comes back to where it was."""
    return Problem(SourceFailed, f"The source pages in a circle: '{shown(url)}' comes again.")
