"""The comparison of cities that opted in, by measured figures; and whether this city takes part."""

from typing import Final, cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.operations.documents import Sought, newest_documents
from beffroi.network.rules.document import content_of
from beffroi.network.rules.exchange.figures import ranked
from beffroi.network.rules.exchange.kinds import COMPARISON
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.reading.network.origins import origins, own_did
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def comparison(visit: Visit, _: Arguments) -> Response:
    """Cities side by side, those with the most passed requirements first."""
    return await _page(visit, "")


async def opt(visit: Visit, _: Arguments) -> Response:
    """Take part, or not any more."""
    compared = visit.form().get("compared") == "yes"
    compare = visit.portal.network.compare
    try:
        if compare is not None:
            await compare(visit.actor, compared=compared)
    except Problem as problem:
        return await _page(visit, problem.detail)
    return see_other(f"{visit.home()}network/comparison")


async def _page(visit: Visit, mistake: str) -> Response:
    own = await own_did(visit)
    found = ranked(
        await newest_documents(visit.portal.network, COMPARISON, visit.actor, Sought(state="published"))
    )
    figures = [cast("JsonObject", content_of(each)["figures"]) for each in found]
    values: dict[str, object] = {
        **places(visit, "comparison"),
        "cities": list(zip(found, figures, strict=True)),
        "origins": await origins(visit, found),
        "takes_part": any(each["origin"] == own for each in found),
        "may_write": may(visit, "steer") and visit.portal.network.compare is not None,
        "mistake": mistake,
    }
    status = 409 if mistake else 200
    return visit.page(
        "network/comparison.html", visit.say("Comparison"), values, status=status, place="network/comparison"
    )


COMPARISON_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/comparison", comparison, "nothing"),
    ("POST", "/network/comparison", opt, "steer"),
)
