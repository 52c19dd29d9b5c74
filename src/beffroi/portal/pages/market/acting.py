"""What is done on the page of a product: its holder rates it, its seller suspends, resumes or ends it."""

from collections.abc import Mapping

from beffroi.kernel.json import Json
from beffroi.kernel.problem import Problem
from beffroi.market.operations.holding import move_product
from beffroi.market.operations.product_rating import rate, take_back
from beffroi.portal.pages.market.mine import LONGEST_REASON, product_page
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.web.message import Response
from beffroi.web.routing import Arguments


async def rate_mine(visit: Visit, path: Arguments) -> Response:
    """Rate a product, or take back what was said of it."""
    fields = visit.form()
    try:
        if fields.get("take") == "back":
            await take_back(visit.market, path["id"], visit.actor)
        else:
            given: dict[str, Json] = {"stars": _stars(fields.get("stars", "")), "words": _words(fields)}
            await rate(visit.market, path["id"], given, visit.actor)
    except Problem as problem:
        return await product_page(visit, path["id"], problem=problem)
    return see_other(f"{visit.home()}market/mine/{segment(path['id'])}#rating-title")


async def move_sold(visit: Visit, path: Arguments) -> Response:
    """Move a product that the visitor sells; what stands against it is said on its page."""
    fields = visit.form()
    reason = fields.get("reason", "").strip()[:LONGEST_REASON]
    try:
        await move_product(visit.market, path["id"], fields.get("move", ""), visit.actor, reason)
    except Problem as problem:
        return await product_page(visit, path["id"], problem=problem)
    return see_other(f"{visit.home()}market/mine/{segment(path['id'])}")


def _stars(text: str) -> Json:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 1 else text


def _words(fields: Mapping[str, str]) -> str:
    return fields.get("words", "").replace("\r\n", "\n")
