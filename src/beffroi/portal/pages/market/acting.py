"""What is done on the page of a product: its holder rates it, its seller suspends, resumes or ends it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.inventory import resume, suspend, terminate
from beffroi.market.operations.product_rating import rate, take_back
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker
from beffroi.portal.pages.market.asking import asker_of
from beffroi.portal.pages.market.mine import LONGEST_REASON, ask_whether, product_page
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

Move: TypeAlias = Callable[[Market, str, str, Asker], Awaitable[JsonObject]]
MOVES: Final[Mapping[str, Move]] = {"suspended": suspend, "active": resume, "terminated": terminate}
"""How a seller moves a product, by the state that it is to be in."""


async def rate_mine(visit: Visit, path: Arguments) -> Response:
    """Rate a product, or take back what was said of it."""
    fields = visit.form()
    try:
        if fields.get("take") == "back":
            await take_back(visit.market, path["id"], asker_of(visit))
        else:
            given: dict[str, Json] = {
                "stars": _stars(fields.get("stars", "")),
                "words": fields.get("words", ""),
            }
            await rate(visit.market, path["id"], given, asker_of(visit))
    except Problem as problem:
        return await product_page(visit, path["id"], problem=problem)
    return see_other(f"{visit.home()}market/mine/{segment(path['id'])}#rating-title")


async def move_sold(visit: Visit, path: Arguments) -> Response:
    """Move a product that the visitor sells; what stands against it is said on its page. Before it ends for
    good the visitor is asked once more."""
    fields = visit.form()
    reason = fields.get("reason", "").strip()[:LONGEST_REASON]
    if fields.get("move") == "terminated" and reason and fields.get("sure") != "yes":
        return await ask_whether(visit, path["id"], "", reason)
    try:
        await _move_to(fields.get("move", ""))(visit.market, path["id"], reason, asker_of(visit, reason))
    except Problem as problem:
        return await product_page(visit, path["id"], problem=problem)
    return see_other(f"{visit.home()}market/mine/{segment(path['id'])}")


def _move_to(status: str) -> Move:
    if status not in MOVES:
        raise Problem(BadRequestData, f"'{status[:40]}' is none of {', '.join(MOVES)}.")
    return MOVES[status]


def _stars(text: str) -> Json:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 1 else text
