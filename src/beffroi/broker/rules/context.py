"""Context: a JSON-LD @context processed once into dictionaries (JSON-LD 1.1, clauses 4.4, 5.5.7)."""

from collections.abc import Mapping
from dataclasses import dataclass

from beffroi.broker.rules.entity import DEFAULT_VOCABULARY


@dataclass(frozen=True, slots=True)
class Context:
    """Terms to URIs and back. `source` is what Link headers and answers name: a URL, or the @context.

    `terms` holds every term that the context defines, the core context's included; a term that it does
    not define belongs to the default vocabulary.
    """

    source: str
    terms: Mapping[str, str]
    names: Mapping[str, str]

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
        """The shortest name that this context has for a URI; the URI itself if it has none.

        >>> Context("", {}, {"https://example.org/Room": "Room"}).compact("https://example.org/Room")
        'Room'
        """
        found = self.names.get(uri)
        if found is not None:
            return found
        if uri.startswith(DEFAULT_VOCABULARY):
            term = uri[len(DEFAULT_VOCABULARY) :]
            return uri if term in self.terms else term
        return uri
