"""For you: what concerns the account that is signed in, with marks on what it has not read."""

from functools import partial
from typing import Final

from beffroi.network.operations.concerns import concerns, mark_read, seen_until
from beffroi.portal.pages.network.places import places
from beffroi.portal.reading.network.origins import own_did, short_id
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import ANYBODY, Response
from beffroi.web.paths import Arguments

PLACE: Final = "network/for-you"


async def for_you(visit: Visit, _: Arguments) -> Response:
    """What came up, the newest first."""
    network, signed_in = visit.portal.network, visit.actor != ANYBODY
    found = await concerns(network, visit.actor) if signed_in else []
    seen = await seen_until(network, visit.actor) if signed_in else ""
    values: dict[str, object] = {
        **places(visit, "for-you"),
        "concerns": found,
        "seen": seen,
        "unread": sum(str(each.at) > seen for each in found),
        "is_signed_in": signed_in,
        "short": partial(short_id, own=await own_did(visit)),
    }
    return visit.page("network/for_you.html", visit.say("For you"), values, place=PLACE)


async def read_all(visit: Visit, _: Arguments) -> Response:
    """Mark all of it as read."""
    visit.form()
    if visit.actor != ANYBODY:
        await mark_read(visit.portal.network, visit.actor)
    return see_other(f"{visit.home()}{PLACE}")


FOR_YOU_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", f"/{PLACE}", for_you, "nothing"),
    ("POST", f"/{PLACE}", read_all, "browse"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
