"""Sources: where the city's data comes from, and what became of it when it was last read."""

from functools import partial

from beffroi.kernel.shown_url import shown_url
from beffroi.portal.reading.harvests import reports_of
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
        "family_name": partial(source_family_name, visit.language),
        "operates": harvester is not None and allowed(visit.actor, "operate"),
    }
    return visit.page("sources/listed.html", visit.say("Sources"), values)
