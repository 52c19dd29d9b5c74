"""Short, stable names of collections: an entity type's own name, or one that cannot be another's."""

import re
from hashlib import sha256

from beffroi.broker.rules.context.context import Context

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_LAST = re.compile(r"[^/#:]*$")


def collection_id(entity_type: str, context: Context) -> str:
    """The id of the collection of an entity type (expanded).

    A type that the context has a plain name for is called so. Any other gets its last word and a part
    of the hash of its URI, so that two URIs never share an id and no id changes when a type is added.

    >>> collection_id("https://uri.etsi.org/ngsi-ld/default-context/Room", Context("", {}, {}))
    'Room'
    >>> collection_id("https://example.org/Room", Context("", {}, {}))
    'Room-bb494a72'
    """
    name = context.compact(entity_type)
    if _PLAIN.fullmatch(name):
        return name
    return f"{title_of(entity_type, context)}-{sha256(entity_type.encode()).hexdigest()[:8]}"


def title_of(entity_type: str, context: Context) -> str:
    """A word for people: the context's plain name, or else the last word of the URI."""
    name = context.compact(entity_type)
    if _PLAIN.fullmatch(name):
        return name
    found = _LAST.search(entity_type)
    return re.sub(r"[^A-Za-z0-9_]+", "", found[0] if found else "")[:40] or "type"
