"""Addresses that a visitor types."""

from typing import Final
from urllib.parse import urlsplit

LONGEST_URL: Final = 2_000


def is_whole(url: str) -> bool:
    """Whether this is a whole web address: one with a scheme and a host, that is not too long.

    >>> is_whole("https://data.example.org/ogcapi"), is_whole("data.example.org"), is_whole("file:///x")
    (True, False, False)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return len(url) <= LONGEST_URL and parts.scheme in {"http", "https"} and bool(parts.hostname)
