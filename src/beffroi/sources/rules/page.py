"""Page: one answer of a source, and the mark by which it is recognised when nothing has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from beffroi.kernel.json import Json, JsonObject, objects_in


@dataclass(frozen=True, slots=True)
class Mark:
    """What a run keeps of a page: the validators of its address (RFC 9110, 8.8), and what it held.

    Of its `count` records, `ids` are the entities that they became, `refused` is how many became none, and
    `swapped` how many were turned round; `reasons` say why, with counts and examples. `next` and `total` are
    what it said, so that paging goes on when the answer is 304.
    """

    etag: str = ""
    modified: str = ""
    ids: tuple[str, ...] = ()
    refused: int = 0
    swapped: int = 0
    count: int = 0
    total: int | None = None
    next: str | None = None
    reasons: tuple[JsonObject, ...] = ()

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask for the page only if it has changed."""
        found = {"if-none-match": self.etag, "if-modified-since": self.modified}
        return {name: value for name, value in found.items() if value}

    def shown(self) -> JsonObject:
        return {
            "etag": self.etag,
            "modified": self.modified,
            "ids": list[Json](self.ids),
            "refused": self.refused,
            "swapped": self.swapped,
            "count": self.count,
            "total": self.total,
            "next": self.next,
            "reasons": list[Json](self.reasons),
        }


def mark_of(body: JsonObject) -> Mark:
    """Read a mark as `shown` writes it; one that does not say why records were refused tells nothing, so that
    the page is read again."""
    reasons = tuple(objects_in(body.get("reasons")))
    match body:
        case {
            "etag": str(etag),
            "modified": str(modified),
            "ids": list(ids),
            "refused": int(refused),
            "swapped": int(swapped),
            "count": int(count),
            "total": (int() | None) as total,
            "next": (str() | None) as following,
        } if reasons or not refused:
            held = tuple(str(each) for each in ids)
            return Mark(etag, modified, held, refused, swapped, count, total, following, reasons)
        case _:
            return Mark()


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its records, or the mark of last time if it says that nothing has changed."""

    url: str
    records: tuple[JsonObject, ...] = ()
    total: int | None = None
    next: str | None = None
    unchanged: Mark | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def count(self) -> int:
        """How many records it has."""
        return len(self.records) if self.unchanged is None else self.unchanged.count

    def mark(self, ids: tuple[str, ...], refused: int, swapped: int, reasons: tuple[JsonObject, ...]) -> Mark:
        """What to keep of this page once its entities are stored."""
        headers = self.headers
        return Mark(
            headers.get("etag", ""),
            headers.get("last-modified", ""),
            ids,
            refused,
            swapped,
            self.count,
            self.total,
            self.next,
            reasons,
        )
