"""What a recording shows of an interface: collections, types, attributes, described paths; and what changed.

Only what two recordings both looked at is compared, so that a shorter visit takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from beffroi.proof.exchange import Exchange, Json, Recording
from beffroi.proof.probes.entities import Attribute, attributes
from beffroi.proof.probes.geojson import features_of
from beffroi.proof.probes.reading import json_of, mapping, mappings, text
from beffroi.proof.verdict import Report

Kind: TypeAlias = Literal["gone", "changed", "new"]
Picture: TypeAlias = Mapping[str, Mapping[str, str]]
"""For each thing that was looked at (`collections`, `attributes of stations` …): names and what they are."""

MOST_NAMES = 2_000
LONGEST_NAME = 200
_LISTS = ("collections", "types", "described paths")
SOMETIMES = "sometimes "
NOTHING = "nothing"
_UNSURE = frozenset({"mixed", NOTHING})
_PARTIAL = frozenset({"properties", "attrs", "pick", "omit", "options", "format", "f", "crs", "lang"})
"""Query parameters of answers that show less, or otherwise, than the interface holds."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that went away, changed, or came: where it was looked for, its name, what it was and is."""

    kind: Kind
    where: str
    name: str
    before: str
    after: str


def picture(recording: Recording) -> Picture:
    """What the answers of a recording show of the interface."""
    seen: dict[str, dict[str, str]] = {}
    rows: dict[str, list[dict[str, str]]] = {}
    for exchange in recording.exchanges:
        if exchange.answer.status == 200:
            value = json_of(exchange.answer)
            for where, names in _listed(exchange, value):
                seen.setdefault(where, {}).update(names)
            group = _group(exchange)
            if group:
                rows.setdefault(group, []).extend(_rows(value))
    found = {**seen, **{f"attributes of {group}": _always(of) for group, of in rows.items() if of}}
    return {
        where: {name[:LONGEST_NAME]: what for name, what in sorted(names.items())[:MOST_NAMES]}
        for where, names in sorted(found.items())
    }


def changes(before: Picture, after: Picture) -> tuple[Change, ...]:
    """What is gone, what changed and what is new, in what both pictures looked at.

    >>> changes({"collections": {"a": "", "b": ""}}, {"collections": {"b": "", "c": ""}})[0].name
    'a'
    """
    found = [
        one for where in before if where in after for one in _changes(where, before[where], after[where])
    ]
    return tuple(sorted(found, key=lambda one: (("gone", "changed", "new").index(one.kind), one.where)))


def lost(before: Report, after: Report) -> tuple[Change, ...]:
    """What a later check did not find at all: the whole interface, or one of its lists.

    A server that is silent, busy or closed takes nothing away: only one that answers without it does.
    """
    was, now = picture(before.recording), picture(after.recording)
    judged = any(one.judged for one in after.found)
    if not judged:
        unknown = any(one.id == "family" and one.case == "unknown" for one in after.findings)
        return (Change("gone", "interface", before.family, before.base, ""),) if unknown else ()
    if after.recording.stopped:
        return ()
    return tuple(Change("gone", where, "", "", "") for where in _LISTS if where in was and where not in now)


def breaking(found: Iterable[Change]) -> tuple[Change, ...]:
    """The changes that can break a program that uses the interface: what is only added cannot."""
    return tuple(one for one in found if one.kind != "new")


def _changes(where: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    sampled = where.startswith("attributes of ")
    for name, was in before.items():
        present = after.get(name)
        if present is None:
            if not was.startswith(SOMETIMES):
                yield Change("gone", where, name, was, "")
        elif _other(was, present, sampled=sampled):
            yield Change("changed", where, name, was, present)
    for name in after:
        if name not in before:
            yield Change("new", where, name, "", after[name])


def _other(was: str, present: str, *, sampled: bool) -> bool:
    """Whether a name means something else; what only some items show is compared by its plain kind."""
    if not sampled:
        return was != present
    kinds = {_plain(was), _plain(present)}
    return len(kinds) == 2 and not kinds & _UNSURE


def _plain(what: str) -> str:
    return what.removeprefix(SOMETIMES)


def _listed(exchange: Exchange, value: Json) -> Iterator[tuple[str, dict[str, str]]]:
    """The lists that one answer shows, by what it is."""
    document, path = mapping(value), urlsplit(exchange.request.url).path
    if isinstance(document.get("collections"), list):
        yield "collections", {text(one.get("id")): "" for one in mappings(document["collections"])}
    if isinstance(document.get("conformsTo"), list):
        yield "conformance", {text(name): "" for name in _list(document["conformsTo"]) if text(name)}
    if text(document.get("openapi")):
        yield "described paths", dict(_paths(document))
    if text(document.get("type")) == "EntityTypeList":
        yield "types", {_name(one): "" for one in _list(document.get("typeList")) if _name(one)}
    elif path.endswith("/types") and isinstance(value, list):
        yield "types", {_name(one): "" for one in value if _name(one)}
    if text(document.get("$schema")) and isinstance(document.get("properties"), dict):
        yield f"schema {path}", dict(_properties(mapping(document["properties"])))


def _paths(document: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for path, item in mapping(document.get("paths")).items():
        for method in mapping(item):
            if method in {"get", "post", "put", "patch", "delete"}:
                yield f"{method.upper()} {path}", ""


def _properties(properties: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for name, schema in properties.items():
        declared = mapping(schema).get("type")
        names = declared if isinstance(declared, list) else [declared]
        yield name, " or ".join(sorted(text(one) for one in names if text(one)))


def _group(exchange: Exchange) -> str:
    """The collection or type whose items an answer shows whole; empty for other answers."""
    parts = urlsplit(exchange.request.url)
    query = parse_qs(parts.query)
    steps = [unquote(step) for step in parts.path.rstrip("/").split("/")]
    if _PARTIAL & query.keys():
        return ""
    if len(steps) > 2 and steps[-1] == "items" and steps[-3] == "collections":
        return steps[-2]
    if steps[-1] == "entities" and len(query.get("type", [])) == 1:
        return query["type"][0]
    return ""


def _rows(value: Json) -> Iterator[dict[str, str]]:
    """What each item has: for every attribute the kind of its value."""
    for feature in features_of(value) or []:
        geometry = text(mapping(feature.get("geometry")).get("type"))
        named = {name: _kind(one) for name, one in mapping(feature.get("properties")).items()}
        yield {**named, **({"geometry": geometry} if geometry else {})}
    if isinstance(value, list):
        for entity in mappings(value):
            yield {one.name: _described(one) for one in attributes(entity)}


def _described(attribute: Attribute) -> str:
    return attribute.type if attribute.value is None else f"{attribute.type} {_kind(attribute.value)}"


def _always(rows: list[dict[str, str]]) -> dict[str, str]:
    """The attributes of items: their kind, and whether all items have them."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _of_all([row.get(name, "") for row in rows]) for name in names}


def _of_all(kinds: list[str]) -> str:
    """
    >>> _of_all(["text", "text"]), _of_all(["text", ""]), _of_all(["text", "number"])
    ('text', 'sometimes text', 'mixed')
    """
    known = {kind for kind in kinds if kind and kind != NOTHING}
    what = "mixed" if len(known) > 1 else next(iter(known), NOTHING)
    return what if all(kinds) else f"{SOMETIMES}{what}"


def _kind(value: Json) -> str:
    match value:
        case None:
            return NOTHING
        case bool():
            return "truth"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "object"


def _name(value: Json) -> str:
    entry = mapping(value)
    return text(value) or text(entry.get("typeName")) or text(entry.get("id"))


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
