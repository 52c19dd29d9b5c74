"""The audit log: who did what to which document, when and why; entries are made and never changed."""

from collections.abc import Iterator
from typing import Final

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.record import Change, Key, document_of
from beffroi.market.rules.documents.resource import TENANT
from beffroi.store.port import Facet, Indexer

KIND = "audit"
ON_COMMAND_LINE: Final = "On the command line."
OVER_API: Final = "Over the API."
IN_PORTAL: Final = "In the portal."
"""Reasons for what somebody does without saying one: where it was asked for."""

_INDEXED = frozenset({"actor", "resource", "id", "party"})


def audit_entry(  # noqa: PLR0913, PLR0917 - the members of an entry
    entry: str,
    actor: str,
    time: Instant,
    resource: str,
    id: str,
    what: str,
    reason: str = "",
    party: str = "",
    granted: JsonObject | None = None,
) -> Change:
    """One entry named `entry`: `actor` did `what` (create, change, state, delete …) to a document. `granted`
    says what an account or a token is for: roles or rights, and the party that it acts for; or which types a
    permit names."""
    body: JsonObject = {
        "actor": actor,
        "time": time,
        "resource": resource,
        "id": id,
        "what": what,
        "reason": reason,
        "party": party,
    }
    if granted is not None:
        body["granted"] = granted
    return Change(Key(TENANT, KIND, entry), document_of(body))


def _facets(body: JsonObject, paths: frozenset[str]) -> Iterator[Facet]:
    for path in _INDEXED & paths:
        value = body.get(path)
        if isinstance(value, str):
            yield Facet(path, "text", value)


AUDIT_INDEX = Indexer(_facets, lambda _: (), _INDEXED)
"""How a store indexes the log."""
