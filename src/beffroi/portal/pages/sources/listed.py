"""Sources: where the city's data comes from, and what became of it when it was last read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from beffroi.kernel.shown_url import shown_url
from beffroi.portal.reading.harvests import SourceReport, reports_of
from beffroi.portal.visit import Visit
from beffroi.portal.words.families import source_family_name
from beffroi.web.message import Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import allowed


async def sources(visit: Visit, _: Arguments) -> Response:
    found = await reports_of(visit.portal)
    harvester = visit.portal.harvester
    values: dict[str, object] = {
        "reports": found,
        "troubled": sum(report.troubled for report in found),
        "under_way": [report.source for report in found if report.standing.is_under_way],
        "shown_url": shown_url,
        "told": _told(found),
        "family_name": partial(source_family_name, visit.language),
        "operates": harvester is not None and allowed(visit.actor, "operate"),
    }
    return visit.page("sources/listed.html", visit.say("Sources"), values)


def _told(found: Sequence[SourceReport]) -> Mapping[str, str]:
    """What each source is called, by its name: its title, and its name too where another has that title."""
    sources = [report.source for report in found]
    titles = Counter(source.title for source in sources)
    return {
        source.name: f"{source.title} ({source.name})" if titles[source.title] > 1 else source.title
        for source in sources
    }
