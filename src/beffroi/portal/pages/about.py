"""About the node, its accessibility statement, and the addresses of its APIs."""

from beffroi.portal.pages.types import ask_of
from beffroi.portal.reading.layers import types_of
from beffroi.portal.reading.snippets import type_snippets
from beffroi.portal.visit import Visit
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def about(visit: Visit, _: Arguments) -> Response:
    return visit.page("about.html", visit.say("About this node"), {})


async def accessibility(visit: Visit, _: Arguments) -> Response:
    return visit.page("accessibility.html", visit.say("Accessibility"), {})


async def api(visit: Visit, _: Arguments) -> Response:
    types = await types_of(visit.portal, visit.language)
    first = types[0].slug if types else "BikeHireDockingStation"
    values = {"base": visit.request.base, "snippets": type_snippets(ask_of(visit), first), "types": types}
    return visit.page("api.html", visit.say("API"), values)
