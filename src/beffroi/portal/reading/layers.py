"""Layers: what a map shows: everything by its type, or one type by the values of an attribute."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from beffroi.broker.operations.discovery import entity_types
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import NonexistentTenant, Problem, ResourceNotFound
from beffroi.portal.reading.legend import Class, Legend, legend_of
from beffroi.portal.reading.survey import Spread, Survey
from beffroi.portal.render import segment
from beffroi.portal.services import Portal, Style, Tiles
from beffroi.portal.words.labels import short_name
from beffroi.portal.words.language import Language

HUES: Final = 12
UNCOLOURED: Final = frozenset({"dataProvider", "name", "owner", "source"})


@dataclass(frozen=True, slots=True)
class EntityType:
    """One type as people see it. `slug` names it in addresses, `colour` in the style sheet."""

    uri: str
    slug: str
    short: str
    name: str
    count: int
    colour: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An attribute that a layer can be coloured by."""

    uri: str
    slug: str
    name: str


async def types_of(portal: Portal, language: Language) -> list[EntityType]:
    """All types with their counts, the largest first; none before anything was stored."""
    try:
        counts = await entity_types(portal.broker, portal.tenant)
    except Problem as problem:
        if problem.kind is not NonexistentTenant:
            raise
        counts = {}
    ordered = sorted(counts)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        EntityType(
            uri,
            portal.context.compact(uri),
            short_name(uri),
            language.type_name(uri),
            count,
            f"hue-{ordered.index(uri) % HUES}",
        )
        for uri, count in ranked
    ]


def type_named(portal: Portal, types: list[EntityType], slug: str) -> EntityType:
    """The type that an address names. Raises Problem(ResourceNotFound)."""
    uri = portal.context.expand(slug)
    for one in types:
        if one.uri == uri:
            return one
    raise Problem(ResourceNotFound, f"There is no entity of type '{slug[:200]}'.")


def choices_of(portal: Portal, language: Language, survey: Survey) -> list[Choice]:
    """The attributes with a legend, by name."""
    usable = [
        uri
        for uri, spread in survey.spreads.items()
        if short_name(uri) not in UNCOLOURED and len(legend_classes(spread)) > 1
    ]
    found = [Choice(uri, portal.context.compact(uri), language.attribute_name(uri)) for uri in usable]
    return sorted(found, key=lambda choice: choice.name.casefold())


def legend_classes(spread: Spread) -> tuple[Class, ...]:
    """The classes of an attribute; none where its values have no legend."""
    legend = legend_of(spread)
    return legend.classes if legend else ()


def chosen_legend(portal: Portal, survey: Survey, type_uri: str, by: str) -> Legend | None:
    """The legend of the asked attribute, or of the one that suits the type, or of the first that has one."""
    asked = [portal.context.expand(by)] if by else []
    known = [portal.languages[portal.settings.default_language].labels.colour_attribute(type_uri)]
    usable = [uri for uri in survey.spreads if short_name(uri) not in UNCOLOURED]
    first = sorted(usable, key=lambda uri: (not survey.spreads[uri].numeric, short_name(uri)))
    spreads = [survey.spread(name) for name in [*asked, *known, *first] if name]
    legends = [legend for spread in spreads if spread and (legend := legend_of(spread))]
    telling = [legend for legend in legends if len(legend.classes) > 1]
    return next(iter(telling or legends), None)


def map_spec(
    portal: Portal,
    language: Language,
    types: list[EntityType],
    asked: EntityType | None,
    legend: Legend | None,
) -> JsonObject:
    """What the map's script has to know, as JSON."""
    query = f"?lang={language.code}"
    if asked:
        query += f"&type={segment(asked.slug)}"
    if asked and legend:
        query += f"&by={segment(portal.context.compact(legend.attribute))}"
    return {
        **surroundings(portal, language),
        "features": f"/features{query}",
        "live": f"/live{query}",
        "types": [{"slug": one.slug, "name": one.name, "colour": one.colour} for one in types],
        "colour": asked.colour if asked else "",
        "legend": _legend_spec(language, legend) if legend else None,
    }


def surroundings(portal: Portal, language: Language) -> JsonObject:
    """What every map needs: addresses, base map, words."""
    return {
        "entity": f"/{language.code}/entities/",
        "base": _base(portal),
        "say": cast("Json", _sentences(language)),
    }


def _legend_spec(language: Language, legend: Legend) -> JsonObject:
    words = {word: language.value_name(word) for word in legend.words}
    return {
        "name": language.attribute_name(legend.attribute),
        "unit": language.unit(legend.unit),
        "limits": cast("Json", legend.limits),
        "words": cast("Json", words),
        "colours": [legend.colour(place) for place in range(len(legend.classes))],
    }


def _base(portal: Portal) -> JsonObject:
    match portal.settings.base_map:
        case Tiles():
            return {"kind": "tiles", "address": "/base-map.pmtiles"}
        case Style(url):
            return {"kind": "style", "address": url}
        case _:
            return {"kind": "plain"}


def _sentences(language: Language) -> Mapping[str, str]:
    say = language.say
    return {
        "open": say("Open the page of this thing"),
        "close": say("Close"),
        "zoomIn": say("Zoom in"),
        "zoomOut": say("Zoom out"),
        "north": say("Turn north up"),
        "none": say("no value"),
        "failed": say("The map could not be drawn. The table below says the same."),
        "empty": say("Nothing here has a place yet."),
        "more": say("more things here"),
    }
