"""My offers: what is sold, orders that wait for a word, revenue by month; publish and retire."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.market.operations.approving import approve, refuse
from beffroi.market.operations.levels import breaches_of_offering, credits_of, levels
from beffroi.market.operations.offering import publish, retire
from beffroi.market.operations.reading import retrieve
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.documents.visibility import OPERATE, concerns
from beffroi.market.rules.offers.publishing import claimed
from beffroi.market.rules.offers.translations import said_in
from beffroi.market.rules.prices.calendar import Days, day_of
from beffroi.market.rules.prices.pricing import Plan, plan_of
from beffroi.market.rules.prices.selling import offered_plans
from beffroi.portal.pages.market.asking import asker_of
from beffroi.portal.pages.market.called import called
from beffroi.portal.pages.market.mine import words
from beffroi.portal.pages.market.rooms import rooms
from beffroi.portal.reading.market.agreed import agreed_for
from beffroi.portal.reading.market.held import Held, read_held
from beffroi.portal.reading.market.newest import number_in
from beffroi.portal.reading.market.sold import (
    Sold,
    buyers_of,
    holders_of,
    offered_in,
    revenue_of,
    sold,
    sold_by,
    waiting_for,
    waiting_of,
)
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.portal.words.prices import price_lines
from beffroi.portal.words.trade import offering_state
from beffroi.store.port import Store
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

TRADING: Final = frozenset({"trade", "write", OPERATE})
LONGEST_REASON: Final = 500
CREDITS: Final = 50
"""The newest credits that the page of an offering shows."""


async def offers(visit: Visit, _: Arguments) -> Response:
    return await _list(visit)


async def decide_order(visit: Visit, path: Arguments) -> Response:
    """Approve or refuse what waits in an order; a refusal needs its reason."""
    fields, asker = visit.form(), asker_of(visit)
    try:
        if fields.get("decision") == "approve":
            await approve(visit.market, path["id"], asker)
        else:
            reason = fields.get("reason", "").strip()[:LONGEST_REASON]
            await refuse(visit.market, path["id"], reason, asker)
    except Problem as problem:
        return await _list(visit, problem)
    return see_other(f"{visit.home()}market/selling#orders-title")


async def one_offer(visit: Visit, path: Arguments) -> Response:
    return await one_offer_page(visit, path["id"])


async def move_offer(visit: Visit, path: Arguments) -> Response:
    """Publish or retire; what stands against it is said on the page of the offering."""
    fields = visit.form()
    asker = asker_of(visit, fields.get("reason", "").strip()[:LONGEST_REASON])
    try:
        if fields.get("move") == "publish":
            await publish(visit.market, path["id"], asker)
        else:
            await retire(visit.market, path["id"], asker)
    except Problem as problem:
        return await one_offer_page(visit, path["id"], problem)
    return see_other(f"{visit.home()}market/selling/{segment(path['id'])}")


def may_trade(visit: Visit) -> bool:
    return bool(TRADING & visit.actor.may) and (bool(visit.actor.party) or OPERATE in visit.actor.may)


async def _list(visit: Visit, problem: Problem | None = None) -> Response:
    market, actor = visit.market, visit.actor
    asked = visit.request.parameters
    page = await sold_by(market, actor, number_in(asked.get("page", "")))
    found = [await sold(market, one, actor, visit.now, visit.language.code) for one in page.documents]
    orders = await waiting_for(market, actor, number_in(asked.get("orders", "")))
    waiting = [waiting_of(one) for one in orders.documents]
    values: dict[str, object] = {
        **_words(visit),
        **rooms(visit, "selling"),
        "offers": found,
        "sheet": page,
        "waiting": waiting,
        "orders": orders,
        "revenue": await revenue_of(market, actor, visit.now),
        "names": await called(visit, [*_parties(found), *(one.buyer for one in waiting)]),
        "may_trade": may_trade(visit),
        "problem": problem,
    }
    status = 200 if problem is None else 409
    title = visit.say("My offers")
    return visit.page("market/selling.html", title, values, status=status, place="market/selling")


async def one_offer_page(visit: Visit, id: str, problem: Problem | None = None) -> Response:
    """The page of an offering of who sells it, with what was refused."""
    market, actor, store = visit.market, visit.actor, visit.market.store
    document = await retrieve(market, PRODUCT_OFFERING, id, actor)
    if OPERATE not in actor.may and "auditor" not in actor.roles:
        _check_sells(visit, concerns(PRODUCT_OFFERING, document, actor.party), id)
    code, today, expand = visit.language.code, day_of(visit.now), visit.portal.context.expand
    shown = await sold(market, document, actor, visit.now, code)
    offered = await offered_in(store, document)
    page = await holders_of(market, id, actor, number_in(visit.request.parameters.get("page", "")))
    products = [await read_held(store, one, expand, visit.now, code) for one in page.documents]
    credits = await _credits(store, shown)
    buyers = await buyers_of(store, [str(one["product"]) for one in credits[:CREDITS]])
    values: dict[str, object] = {
        **_words(visit),
        **rooms(visit, "selling"),
        "offer": shown,
        "offered": offered,
        **_priced(visit, offered.prices, f"The offering '{shown.name[:100]}'"),
        "agreed": await agreed_for(store, {"productOffering": {"id": id}}, None, visit.language.code),
        "products": products,
        "sheet": page,
        "claims": claimed(document),
        "objectives": (await levels(market, id, Days(today, today), actor)).objectives,
        "breaches": (await breaches_of_offering(market, id, actor))[::-1],
        "credits": credits[:CREDITS],
        "more_credits": len(credits) - CREDITS,
        "buyers": buyers,
        "names": await called(visit, [shown.provider, *buyers.values(), *_buyers(products)]),
        "may_trade": may_trade(visit),
        "problem": problem,
        "address": f"{visit.home()}market/selling/{segment(id)}",
    }
    trail = ((f"{visit.home()}market/selling", visit.say("My offers")),)
    status = 200 if problem is None else 409
    place = f"market/selling/{segment(id)}"
    return visit.page("market/selling_one.html", shown.name, values, trail=trail, status=status, place=place)


async def _credits(store: Store, offer: Sold) -> list[JsonObject]:
    """What those of its products got that the visitor sees, the newest first."""
    products = frozenset(offer.products)
    return [one for one in reversed(await credits_of(store, offer.id)) if one.get("product") in products]


def _check_sells(visit: Visit, sells: bool, id: str) -> None:  # noqa: FBT001 - an answer, no choice
    if not sells:
        raise Problem(Forbidden, f"'{visit.actor.name}' does not sell the offering '{id[:100]}'.")


def _parties(found: list[Sold]) -> list[str]:
    return [one.provider for one in found]


def _buyers(products: Sequence[Held]) -> list[str]:
    return [one.buyer for one in products]


def _words(visit: Visit) -> dict[str, object]:
    return {
        **words(visit),
        "offering_state": partial(offering_state, visit.language),
    }


def _priced(visit: Visit, documents: Sequence[JsonObject], what: str) -> dict[str, object]:
    """The prices of an offering, called so, as the catalogue says them, and why nobody could be billed by
    them."""
    named = [{**one, "name": said_in(one, "name", visit.language.code)} for one in documents]
    plans, unclear = list[Plan](), ""
    try:
        for one in named:
            plans.append(plan_of(one))
        offered_plans(named, what)
    except Problem as problem:
        unclear = problem.detail
    return {"prices": [(one.name, price_lines(visit.language, one)) for one in plans], "unclear": unclear}
