"""The home page: the city's map, its kinds of things, how fresh they are."""

from dataclasses import dataclass

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.portal.pages.listing import plain_columns, rows
from beffroi.portal.reading.harvests import is_troubled, sources_of
from beffroi.portal.reading.layers import (
    Choice,
    EntityType,
    choices_of,
    chosen_legend,
    map_spec,
    type_named,
    types_of,
)
from beffroi.portal.reading.legend import Legend
from beffroi.portal.reading.survey import survey_of
from beffroi.portal.reading.table import Wanted, columns_of, rows_of
from beffroi.portal.services import Portal
from beffroi.portal.visit import Visit
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

ROWS = 10


@dataclass(frozen=True, slots=True)
class Layer:
    """What the map shows now; `type` is empty for everything."""

    name: str
    spec: JsonObject
    type: str = ""
    slug: str = ""
    count: int = 0
    legend: Legend | None = None
    choices: tuple[Choice, ...] = ()


async def home(visit: Visit, _: Arguments) -> Response:
    portal = visit.portal
    types = await types_of(portal, visit.language)
    asked = visit.request.parameters.get("layer", "")
    chosen = type_named(portal, types, asked) if asked else None
    sources = await sources_of(portal)
    layer, listing = await _typed(visit, types, chosen) if chosen else (_everything(visit, types), {})
    values: dict[str, object] = {
        "types": types,
        "total": sum(one.count for one in types),
        "layer": layer,
        "freshest": await _freshest(portal),
        "sources": sources,
        "troubled": sum(is_troubled(source) for source in sources),
    }
    return visit.page("home.html", visit.say("Map"), {**values, **listing})


def _everything(visit: Visit, types: list[EntityType]) -> Layer:
    return Layer(visit.say("everything"), map_spec(visit.portal, visit.language, types, None, None))


async def _typed(
    visit: Visit, types: list[EntityType], chosen: EntityType
) -> "tuple[Layer, dict[str, object]]":
    portal, language = visit.portal, visit.language
    survey = await survey_of(portal, chosen.uri)
    legend = chosen_legend(portal, survey, chosen.uri, visit.request.parameters.get("by", ""))
    layer = Layer(
        name=chosen.name,
        spec=map_spec(portal, language, types, chosen, legend),
        type=chosen.uri,
        slug=chosen.slug,
        count=chosen.count,
        legend=legend,
        choices=tuple(choices_of(portal, language, survey)),
    )
    columns = columns_of(survey, language.labels, chosen.uri)
    first = await rows_of(portal, chosen.uri, survey, Wanted())
    listing: dict[str, object] = {
        "columns": plain_columns(visit, survey, columns),
        "rows": rows(visit, first.entities[:ROWS], columns),
    }
    return layer, listing


async def _freshest(portal: Portal) -> Instant | None:
    last = await portal.store.last_trace()
    newest = await portal.store.traces(after=max(0, last - 1), limit=1) if last else []
    return newest[-1].at if newest else None
