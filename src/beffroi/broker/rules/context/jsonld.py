"""Process a JSON-LD @context once into a Context (JSON-LD 1.1, clauses 4.4, 5.5.5, 5.5.7).

Sans I/O: `addresses` says which documents a context names; with their contents at hand, `compile_context`
makes the dictionaries. PyLD does the processing, the core context always last, so that it wins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol, TypeAlias, cast

from pyld import jsonld

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.context.keywords import KEYWORDS
from beffroi.broker.rules.context.vocabulary import CORE_CONTEXT, core_terms, is_core_context
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, LdContextNotAvailable, Problem

MOST_DOCUMENTS = 10
MOST_TERMS = 20_000
MOST_PARTS = 1_000
"""The processor copies what it knows at each part, so that the cost of many grows with their square."""
_DEEPEST_ARRAY = 16


def addresses(context: Json, base: str = "") -> tuple[str, ...]:
    """The URLs of the remote documents that this @context names itself, the core context apart.

    Raises Problem(BadRequestData) for anything that cannot be a @context of NGSI-LD (clause 5.5.7).

    >>> addresses(["https://example.org/a.jsonld", {"Room": "https://example.org/Room"}])
    ('https://example.org/a.jsonld',)
    """
    return tuple(dict.fromkeys(_addresses(context, base, 0)))


def document_context(document: Json, url: str) -> Json:
    """The @context of a fetched document; Problem(LdContextNotAvailable) if it has none."""
    if isinstance(document, dict) and "@context" in document:
        return document["@context"]
    raise Problem(LdContextNotAvailable, f"The document '{url}' has no @context.")


def named(source: Json) -> str | None:
    """The one URL that names this @context in a Link header; None if it takes more than a URL.

    >>> named(["https://example.org/a.jsonld", "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"])
    'https://example.org/a.jsonld'
    """
    if isinstance(source, str):
        return source
    if isinstance(source, list):
        own = [part for part in source if not (isinstance(part, str) and is_core_context(part))]
        if not own:
            return CORE_CONTEXT
        if len(own) == 1 and isinstance(own[0], str):
            return own[0]
    return CORE_CONTEXT if source is None else None


def compile_context(source: Json, documents: Mapping[str, Json]) -> Context:
    """Make the dictionaries of a @context; `documents` holds the @context of each address it leads to.

    Raises Problem(BadRequestData) with the processor's reason if it is not valid JSON-LD.
    """
    user = _without_core(_inlined(source, documents))
    local: Json = [*user, cast("Json", core_terms())]
    processor = cast("_Processor", jsonld.JsonLdProcessor())
    options = {"processingMode": "json-ld-1.1", "base": "", "documentLoader": _no_document}
    try:
        active = processor.process_context(dict(_INITIAL), {"@context": local}, options)
    except jsonld.JsonLdError as failure:
        raise Problem(BadRequestData, f"The @context is not valid JSON-LD: {_reason(failure)}") from failure
    except (TypeError, AttributeError, ValueError, RecursionError) as failure:
        raise Problem(BadRequestData, "The @context is not valid JSON-LD.") from failure
    return _dictionaries(source, cast("_TermMap", active["mappings"]))


_INITIAL: Mapping[str, object] = {"processingMode": "json-ld-1.1", "mappings": {}}
_TermMap: TypeAlias = Mapping[str, Mapping[str, object] | None]


class _Processor(Protocol):
    """What we use of PyLD, which has no types of its own."""

    def process_context(
        self, active: Mapping[str, object], local: Mapping[str, Json], options: Mapping[str, object]
    ) -> Mapping[str, object]: ...


def _reason(failure: Exception) -> str:
    inner: object = getattr(failure, "cause", None) or failure
    return str(inner.args[0]) if isinstance(inner, Exception) and inner.args else "it cannot be processed."


def _addresses(context: Json, base: str, depth: int) -> Iterator[str]:
    match context:
        case None:
            return
        case str():
            if not is_core_context(context):
                yield _absolute(context, base)
        case list() if depth < _DEEPEST_ARRAY:
            for part in context:
                yield from _addresses(part, base, depth + 1)
        case dict():
            _check_definitions(context)
            imported = context.get("@import")
            if isinstance(imported, str):
                yield _absolute(imported, base)
        case _:
            raise Problem(BadRequestData, "The @context is no URL, no object and no array of these.")


def _absolute(url: str, base: str) -> str:
    if url.startswith(("http://", "https://")):
        return url
    if base and ":" not in url.split("/", 1)[0]:
        return base.rsplit("/", 1)[0] + "/" + url.lstrip("./")
    raise Problem(BadRequestData, f"The @context address '{url[:200]}' is no HTTP URL.")


def _check_definitions(context: JsonObject) -> None:
    if len(context) > MOST_TERMS:
        raise Problem(BadRequestData, f"The @context has more than {MOST_TERMS} terms.")
    for term, definition in context.items():
        if isinstance(definition, dict) and "@context" in definition:
            raise Problem(
                BadRequestData,
                f"The term '{term}' has a scoped @context; NGSI-LD allows none (clause 5.5.7).",
            )


def _inlined(context: Json, documents: Mapping[str, Json]) -> list[Json]:
    """The local contexts in order, each remote one replaced by its contents, which may name others again."""
    parts = list[Json]()
    terms = visits = 0
    waiting: list[tuple[Json, tuple[str, ...]]] = [(context, ())]
    while waiting:
        visits += 1
        if visits > MOST_PARTS:
            raise Problem(BadRequestData, f"The @context has more than {MOST_PARTS} parts.")
        one, trail = waiting.pop()
        base = trail[-1] if trail else ""
        match one:
            case list():
                if len(one) > MOST_PARTS:
                    raise Problem(BadRequestData, f"The @context has more than {MOST_PARTS} parts.")
                waiting.extend((item, trail) for item in reversed(one))
            case dict() if isinstance(imported := one.get("@import"), str):
                rest = {name: value for name, value in one.items() if name != "@import"}
                waiting.append((rest, trail))
                waiting.append((_absolute(imported, base), trail))
            case str() if not is_core_context(one):
                url = _absolute(one, base)
                if url in trail:
                    raise Problem(BadRequestData, f"The @context '{url}' includes itself.")
                waiting.append((documents[url], (*trail, url)))
            case _:
                terms += len(one) if isinstance(one, dict) else 0
                if terms > MOST_TERMS:
                    raise Problem(BadRequestData, f"The @context has more than {MOST_TERMS} terms.")
                parts.append(one)
    return parts


def _without_core(parts: list[Json]) -> list[Json]:
    return [
        part for part in parts if not (isinstance(part, str) and is_core_context(part)) and part is not None
    ]


def _no_document(url: str, _: object) -> object:
    raise Problem(LdContextNotAvailable, f"The @context '{url}' is not at hand.")


def _dictionaries(source: Json, mappings: _TermMap) -> Context:
    """Terms to URIs and back; of several names for one URI the shortest, then the first, is written."""
    terms: dict[str, str] = {}
    for term, mapping in mappings.items():
        uri = mapping.get("@id") if mapping else None
        if isinstance(uri, str) and not uri.startswith("@") and not (mapping or {}).get("reverse"):
            terms[term] = uri
    names: dict[str, str] = {}
    for term in sorted(terms, key=lambda t: (len(t), t)):
        if _writes_plain(mappings[term]):
            names.setdefault(terms[term], term)
    prefixes = {t: uri for t, uri in terms.items() if (mappings[t] or {}).get("_prefix")}
    aliases = {
        term: keyword
        for term, mapping in mappings.items()
        if term not in KEYWORDS and (keyword := (mapping or {}).get("@id")) in KEYWORDS.values()
    }
    return Context(source or CORE_CONTEXT, terms, names, prefixes, cast("dict[str, str]", aliases))


def _writes_plain(mapping: Mapping[str, object] | None) -> bool:
    return bool(mapping) and not (mapping or {}).get("reverse")


CORE = replace(compile_context(None, {}), serial=1)
"""The core context alone: what holds where a request names no other (clause 5.5.5)."""
