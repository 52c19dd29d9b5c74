"""Sources: where the city's data comes from, and what became of it when it was last read."""

from beffroi.portal.reading.harvests import reports_of
from beffroi.portal.visit import Visit
from beffroi.web.message import Response
from beffroi.web.routing import Arguments


async def sources(visit: Visit, _: Arguments) -> Response:
    found = await reports_of(visit.portal)
    troubled = sum(report.troubled for report in found)
    return visit.page("sources.html", visit.say("Sources"), {"reports": found, "troubled": troubled})
