"""A row of links over each page of one part of the portal."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    address: str
    name: str
    here: bool


@dataclass(frozen=True, slots=True)
class Tabs:
    """The links; `label` says to who cannot see them what they belong to."""

    label: str
    links: Sequence[Tab]


def tabs(label: str, base: str, pages: Sequence[tuple[str, str]], here: str) -> dict[str, object]:
    """What the template `tabs.html` shows: pages by their path behind `base` and their name."""
    links = [Tab(f"{base}/{path}".rstrip("/"), name, path == here) for path, name in pages]
    return {"tabs": Tabs(label, links)}
