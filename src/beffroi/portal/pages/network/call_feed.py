"""The feed of a call for feed readers, in the language of its address."""

from typing import Final

from beffroi.network.operations.calls.deciding import call_of
from beffroi.network.operations.calls.questions import answers_of
from beffroi.network.operations.documents import missing, versions
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.portal.reading.network.call_feed import atom, entries_of
from beffroi.portal.reading.network.origins import origins
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, page_headers
from beffroi.web.message import ANYBODY, Response
from beffroi.web.paths import Arguments


async def call_feed(visit: Visit, path: Arguments) -> Response:
    """What everybody may know of a call; a draft has no feed."""
    network, id = visit.portal.network, path["id"]
    call = await call_of(network, id, visit.actor)
    if "published" not in call:
        raise missing(CALL_KIND, id)
    answers = await answers_of(network, str(call["id"]), ANYBODY)
    entries = entries_of(visit, call, await versions(network, CALL_KIND, id, ANYBODY), answers)
    author = (await origins(visit, [call]))[str(call["origin"])].name
    page = f"{visit.request.base}{visit.home()}network/calls/{segment(id)}"
    headers = {
        **page_headers(visit.portal),
        "content-type": "application/atom+xml; charset=utf-8",
        "content-language": visit.language.code,
        "cache-control": "no-cache",
    }
    return Response(200, headers, atom(call, author, f"{page}/atom", page, entries))


CALL_FEED_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/calls/{id}/atom", call_feed, "nothing"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
