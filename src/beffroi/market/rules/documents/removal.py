"""A document on its way out: nobody names it any more while it is looked whether anybody does.

    removing  kind|id  {"by": who removes it, "until": when that is over}

Who removes a document marks it, looks for documents that name it, and removes it with the mark. What is
written meanwhile and would name it waits. A mark whose time is over counts for nothing: its writer was cut
off.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.problem import Conflict, Problem
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.market.rules.documents.resource import TENANT

KIND: Final = "removing"
LASTS_S: Final = 30.0
DOCUMENT: Final = "tmf:"


class Leaving(Problem):
    """The document is being removed: in a moment it is gone, or stays."""


def removing_key(key: Key) -> Key:
    """The record that says that a document is being removed."""
    return Key(TENANT, KIND, f"{key.kind}|{key.id}")


def removing_keys(keys: Iterable[Key]) -> list[Key]:
    """The same for those of the keys that are of documents."""
    return [removing_key(key) for key in keys if key.kind.startswith(DOCUMENT)]


def mark(key: Key, by: str, now: Instant) -> Change:
    """The record of a removal that begins."""
    return Change(removing_key(key), document_of({"by": by, "until": plus_seconds(now, LASTS_S)}))


def is_marked(key: Key, records: Mapping[Key, Record], now: Instant, by: str = "") -> bool:
    """Whether a document is being removed now; with `by`, by this one."""
    record = records.get(removing_key(key))
    if record is None or str(record.body["until"]) <= now:
        return False
    return not by or record.body["by"] == by


def check_stays(keys: Iterable[Key], records: Mapping[Key, Record], now: Instant) -> None:
    """Raise Leaving for the first of these documents that is being removed."""
    for key in keys:
        if is_marked(key, records, now):
            name = key.kind.removeprefix(DOCUMENT)
            raise Leaving(Conflict, f"The {name} '{key.id[:100]}' is being removed; try again in a moment.")
