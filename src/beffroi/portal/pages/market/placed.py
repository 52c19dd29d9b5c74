"""The page of an order: how far it came, and where to go from there."""

from functools import partial

from beffroi.market.operations.reading import retrieve
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.portal.reading.market.orders import Order, order_from
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit
from beffroi.portal.words.orders import next_step, state_class, state_name
from beffroi.portal.words.refusals import said_in
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def placed(visit: Visit, path: Arguments) -> Response:
    """An order that the visitor may see; any other does not exist."""
    actor = visit.actor
    order = order_from(await retrieve(visit.portal.market, PRODUCT_ORDER, path["id"], actor))
    language = visit.language
    values: dict[str, object] = {
        "order": order,
        "said": [said_in(language.code, text) or text for text in order.said],
        "address": f"{visit.home()}market/orders/{segment(order.id)}",
        "state": state_name(language, order.state),
        "state_class": state_class(order.state),
        "next_step": next_step(language, order.state),
        "steps": _steps(visit, order),
        "item_name": partial(state_name, language),
        "item_class": state_class,
    }
    trail = ((f"{visit.home()}market", visit.say("Market")),)
    return visit.page("market/order.html", visit.say("Your order"), values, trail=trail)


def _steps(visit: Visit, order: Order) -> list[tuple[str, str]]:
    """What has to happen, each with `done`, `now` or nothing."""
    names = (visit.say("Received"), visit.say("Being set up"), visit.say("Access ready"))
    if order.state == "completed":
        return [(name, "done") for name in names]
    at = 0 if order.state == "acknowledged" else 1
    return [
        (name, "done" if place < at else "now" if place == at and not order.is_over else "")
        for place, name in enumerate(names)
    ]
