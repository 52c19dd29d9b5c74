"""Context: a JSON-LD @context processed once into dictionaries (JSON-LD 1.1, clauses 4.4, 5.5.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from beffroi.broker.rules.entity.entity import DEFAULT_VOCABULARY
from beffroi.kernel.json import Json

MOST_KNOWN = 10_000
UNNUMBERED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Terms to URIs and back.

    `source` is the @context as the client gave it: a URL, or an object or array; the core context's URL
    if it gave none. `terms` holds every term that the context defines, the core context's included; a
    term that it does not define belongs to the default vocabulary. `names` holds the one name that is
    written for each URI, `prefixes` the terms that may begin a compact IRI, `aliases` those that stand for
    `@id` and `@type` beside the core context's own. `serial` tells the contexts of one node apart.
    """

    source: Json
    terms: Mapping[str, str]
    names: Mapping[str, str]
    prefixes: Mapping[str, str] = field(default_factory=dict[str, str])
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    serial: int = UNNUMBERED
    known: dict[str, str] = field(default_factory=dict[str, str])  # saves time, holds no truth
    attribute_names: dict[str, str] = field(default_factory=dict[str, str])  # likewise: `expand.py` fills it

    def expand(self, term: str) -> str:
        """The URI that a term stands for.

        >>> Context("", {"Room": "https://example.org/Room"}, {}).expand("Room")
        'https://example.org/Room'
        >>> Context("", {"ex": "https://example.org/"}, {}).expand("ex:Room")
        'https://example.org/Room'
        >>> Context("", {}, {}).expand("speed")
        'https://uri.etsi.org/ngsi-ld/default-context/speed'
        """
        found = self.terms.get(term)
        if found is not None:
            return found
        prefix, colon, rest = term.partition(":")
        if not colon:
            return DEFAULT_VOCABULARY + term
        base = self.terms.get(prefix)
        return term if base is None or rest.startswith("//") else base + rest

    def compact(self, uri: str) -> str:
        """The name that this context has for a URI; the URI itself if it has none.

        >>> Context("", {}, {"https://example.org/Room": "Room"}).compact("https://example.org/Room")
        'Room'
        >>> Context("", {}, {}).compact("https://uri.etsi.org/ngsi-ld/default-context/speed")
        'speed'
        """
        known = self.known.get(uri)
        if known is None:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            known = self.known[uri] = self._compacted(uri)
        return known

    def _compacted(self, uri: str) -> str:
        found = self.names.get(uri)
        if found is not None:
            return found
        if uri.startswith(DEFAULT_VOCABULARY):
            term = uri[len(DEFAULT_VOCABULARY) :]
            if term and term not in self.terms and ":" not in term:
                return term
        candidates = [
            f"{prefix}:{uri[len(base) :]}"
            for prefix, base in self.prefixes.items()
            if uri.startswith(base) and len(uri) > len(base)
        ]
        fitting = [name for name in candidates if name not in self.terms]
        return min(fitting, key=lambda name: (len(name), name)) if fitting else uri
