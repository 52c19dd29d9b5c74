"""The list of types, and the page of one: table, map, chart, downloads, examples of code."""

from dataclasses import dataclass
from urllib.parse import urlencode

from beffroi.broker.rules.context.jsonld import named
from beffroi.broker.rules.context.vocabulary import is_core_context
from beffroi.portal.pages.listing import rows, sortable_columns
from beffroi.portal.reading.layers import (
    choices_of,
    chosen_legend,
    map_spec,
    type_named,
    types_of,
)
from beffroi.portal.reading.legend import Bar, histogram
from beffroi.portal.reading.snippets import Ask, type_snippets
from beffroi.portal.reading.survey import Spread, Survey, survey_of
from beffroi.portal.reading.table import Wanted, columns_of, rows_of
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

FORMATS = ("csv", "geojson", "jsonld")


@dataclass(frozen=True, slots=True)
class Chart:
    """How the values of one attribute are spread, for a drawing and for its table."""

    slug: str
    name: str
    unit: str
    bars: list[Bar]
    lowest: float
    highest: float
    mean: float

    @property
    def most(self) -> int:
        return max(bar.count for bar in self.bars)


async def types(visit: Visit, _: Arguments) -> Response:
    found = await types_of(visit.portal, visit.language)
    values = {"types": found, "total": sum(one.count for one in found)}
    return visit.page("types.html", visit.say("Data"), values)


async def one_type(visit: Visit, path: Arguments) -> Response:
    portal, language = visit.portal, visit.language
    known = await types_of(portal, language)
    shown = type_named(portal, known, path["type"])
    address = f"{visit.home()}types/{segment(shown.slug)}"
    survey = await survey_of(portal, shown.uri)
    wanted = _wanted(visit)
    found = await rows_of(portal, shown.uri, survey, wanted)
    columns = columns_of(survey, language.labels, shown.uri)
    by = visit.request.parameters.get("by", "")
    legend = chosen_legend(portal, survey, shown.uri, by)
    values: dict[str, object] = {
        "type": shown,
        "address": address,
        "survey": survey,
        "columns": sortable_columns(visit, survey, columns, wanted, address),
        "rows": rows(visit, found.entities, columns),
        "following": _following(wanted, address, found.following),
        "first": f"{address}#listing" if wanted.after else "",
        "wanted": wanted,
        "legend": legend,
        "choices": choices_of(portal, language, survey),
        "spec": map_spec(portal, language, known, shown, legend),
        "chart": _chart(visit, survey, legend.attribute if legend else ""),
        "formats": FORMATS,
        "snippets": type_snippets(ask_of(visit), shown.slug),
    }
    trail = ((f"{visit.home()}types", visit.say("Data")),)
    return visit.page("type.html", shown.name, values, trail=trail)


def ask_of(visit: Visit) -> Ask:
    """How a reader of this page reaches the node from a program."""
    source = named(visit.portal.context.source)
    own = source if source and not is_core_context(source) else ""
    return Ask(visit.request.base, own, visit.portal.settings.sign_in)


def _wanted(visit: Visit) -> Wanted:
    asked = visit.request.parameters
    sort = asked.get("sort", "")
    return Wanted(
        search=asked.get("search", "")[:80],
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        after=asked.get("after", ""),
    )


def _following(wanted: Wanted, address: str, after: str) -> str:
    if not after:
        return ""
    query = {"after": after}
    if wanted.sort:
        query["sort"] = f"-{wanted.sort}" if wanted.descending else wanted.sort
    if wanted.search:
        query["search"] = wanted.search
    return f"{address}?{urlencode(query)}#listing"


def _chart(visit: Visit, survey: Survey, preferred: str) -> Chart | None:
    """The histogram of the attribute that the map shows; None where it is no number."""
    chosen = survey.spreads.get(preferred)
    return _drawn(visit, chosen) if chosen and chosen.numeric and chosen.numbers else None


def _drawn(visit: Visit, spread: Spread) -> Chart:
    numbers = spread.numbers
    return Chart(
        slug=visit.portal.context.compact(spread.uri),
        name=visit.language.attribute_name(spread.uri),
        unit=spread.unit,
        bars=histogram(numbers),
        lowest=min(numbers),
        highest=max(numbers),
        mean=sum(numbers) / len(numbers),
    )
