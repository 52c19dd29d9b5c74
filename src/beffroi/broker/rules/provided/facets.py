"""What an index holds of what was provided of the past of an entity."""

from collections.abc import Iterable
from typing import Final

from beffroi.broker.rules.provided.provided import provided_of
from beffroi.broker.rules.query.facets import TYPE
from beffroi.kernel.json import JsonObject
from beffroi.store.port import Facet, Indexer

ERASING: Final = "erasing"
"""True where something is still to be taken out of the history."""

WRITTEN: Final = "written"
"""When the oldest instance was written."""


def _facets(body: JsonObject, paths: frozenset[str]) -> Iterable[Facet]:
    provided = provided_of(body)
    if TYPE in paths and provided.series:
        yield from (Facet(TYPE, "text", name) for name in provided.types)
    if ERASING in paths and not provided.is_settled:
        yield Facet(ERASING, "boolean", True)
    written = [row.written for series in provided.series for row in series.parts]
    if WRITTEN in paths and written:
        yield Facet(WRITTEN, "time", min(written))


PROVIDED_INDEX: Final = Indexer(_facets, lambda _: (), frozenset({TYPE, ERASING, WRITTEN}))
