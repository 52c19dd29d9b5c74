"""The rows of the pages of the sources."""

from typing import Final

from beffroi.portal.pages.sources.adding import add, new
from beffroi.portal.pages.sources.listed import sources
from beffroi.portal.pages.sources.tending import change, forget, one, read_now
from beffroi.portal.visit import Page

SOURCE_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/sources", sources, "read"),
    ("GET", "/sources/new", new, "operate"),
    ("POST", "/sources/new", add, "operate"),
    ("GET", "/sources/named/{name}", one, "operate"),
    ("POST", "/sources/named/{name}", change, "operate"),
    ("POST", "/sources/named/{name}/read", read_now, "operate"),
    ("POST", "/sources/named/{name}/forget", forget, "operate"),
)
