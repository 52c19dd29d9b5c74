"""What a batch writes: rows by the statement that writes them, and index rows as differences."""

from collections.abc import Collection, Sequence

from beffroi.store.indexing import FacetRow, Rows, envelope, first_slot
from beffroi.store.sqlite import catalog as catalogs
from beffroi.store.sqlite.dialect import bin_of, turn_of


class Statements:
    """Rows by the statement that writes them."""

    def __init__(self) -> None:
        self.by_sql: dict[str, list[Sequence[object]]] = {}

    def add(self, sql: str, row: Sequence[object]) -> None:
        self.by_sql.setdefault(sql, []).append(row)

    def extend(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        if rows:
            self.by_sql.setdefault(sql, []).extend(rows)

    def in_order(self) -> list[tuple[str, list[Sequence[object]]]]:
        """What is deleted goes first: its place may be taken again in the same batch."""
        return sorted(self.by_sql.items(), key=lambda each: not each[0].startswith("DELETE"))

    def index(self, collection: catalogs.Collection, number: int, before: Rows, after: Rows) -> None:
        """Write the difference between the rows that are there and those that shall be."""
        if before.facets:
            for shelf, value in before.facets - after.facets:
                self.add(
                    "DELETE FROM facet WHERE shelf = ? AND value = ? AND number = ?", (shelf, value, number)
                )
        self.insert_facets(number, after.facets - before.facets if before.facets else after.facets)
        if before.extents == after.extents:
            return
        for slot in range(first_slot(number), first_slot(number) + len(before.extents)):
            self.add("DELETE FROM extent WHERE slot = ?", (slot,))
            self.add("DELETE FROM place WHERE slot = ?", (slot,))
        for slot, (path, box) in enumerate(after.extents, first_slot(number)):
            self.add("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)", (slot, path, collection.number, *box))
            bin_number, turn = bin_of(collection.number, path), turn_of(number)
            west, south, east, north = envelope(box)
            # thick, else all volumes were 0
            row = (slot, west, east, south, north, bin_number, bin_number + 0.5, turn, turn)
            self.add("INSERT INTO extent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def insert_facets(self, number: int, facets: Collection[FacetRow]) -> None:
        rows = [(shelf, value, number) for shelf, value in facets]
        self.extend("INSERT OR IGNORE INTO facet VALUES (?, ?, ?)", rows)
