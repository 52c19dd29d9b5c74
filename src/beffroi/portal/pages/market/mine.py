"""My products: the list, the page of one, its secret shown once, its usage to take away, and its end."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import orjson

from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.billing import month_rows, product_rows
from beffroi.market.operations.credentials import credentials_of
from beffroi.market.operations.handover import Awaited, Handed, handover_state
from beffroi.market.operations.holding import end_product, show_credentials
from beffroi.market.operations.levels import breaches_of_product
from beffroi.market.operations.reading import retrieve
from beffroi.market.rules.access.credentials import ACTIVE, Credentials
from beffroi.market.rules.access.handover import is_handed_over
from beffroi.market.rules.access.usage_chain import number_of, verify
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.documents.visibility import OPERATE
from beffroi.market.rules.orders.holder import check_holds, check_lives
from beffroi.market.rules.prices.calendar import month_of
from beffroi.market.rules.terms.clauses import purpose_name
from beffroi.market.wire.speech import speech
from beffroi.portal.pages.market.called import called
from beffroi.portal.pages.market.rooms import rooms
from beffroi.portal.pages.types import ask_of
from beffroi.portal.reading.market.agreed import agreed_for
from beffroi.portal.reading.market.bills import bills_of_product
from beffroi.portal.reading.market.held import Chain, Held, held_by, read_held
from beffroi.portal.reading.market.newest import number_in
from beffroi.portal.reading.market.ratings import own_rating
from beffroi.portal.reading.market.usage import days_of
from beffroi.portal.reading.market.use import Client, client_of, past_snippet, product_snippets
from beffroi.portal.reading.snippets import Snippet
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.portal.words.trade import (
    STATE_CLASSES,
    bill_state,
    counted,
    credit_reason,
    level_names,
    metric_name,
    period_name,
    product_state,
)
from beffroi.store.port import Store
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

CHAIN_S: Final = 30.0
"""How long a verification of a whole chain is shown again."""

SHORT_CHAIN: Final = 2_000
"""Rows that are verified in a moment."""

DAY_S: Final = 86_400.0
LONGEST_REASON: Final = 500


async def mine(visit: Visit, _: Arguments) -> Response:
    market, portal = visit.market, visit.portal
    found = await held_by(market, visit.actor, number_in(visit.request.parameters.get("page", "")))
    expand, code = portal.context.expand, visit.language.code
    held = [await read_held(market.store, one, expand, visit.now, code) for one in found.documents]
    names = await called(visit, [party for one in held for party in (one.seller, one.buyer)])
    values = {**words(visit), **rooms(visit, "mine"), "products": held, "sheet": found, "names": names}
    return visit.page("market/mine.html", visit.say("My products"), values)


async def one_of_mine(visit: Visit, path: Arguments) -> Response:
    return await product_page(visit, path["id"])


async def show_secret(visit: Visit, path: Arguments) -> Response:
    """A new secret, on the page that answers and on no other."""
    visit.form()
    try:
        made = await show_credentials(visit.market, path["id"], visit.actor)
    except Problem as problem:
        return await product_page(visit, path["id"], problem=problem)
    shown = await product_page(visit, path["id"], made)
    return Response(200, {**shown.headers, "cache-control": "no-store"}, shown.body)


async def usage_of_mine(visit: Visit, path: Arguments) -> Response:
    """All usage rows of a product, as `beffroi market verify` reads them."""
    product = await retrieve(visit.market, PRODUCT, path["id"], visit.actor)
    rows = await product_rows(visit.market.store, str(product["id"]))
    headers = {
        "content-type": "application/json",
        "content-disposition": 'attachment; filename="usage.json"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(200, headers, orjson.dumps(rows, option=orjson.OPT_INDENT_2))


async def ask_to_end(visit: Visit, path: Arguments) -> Response:
    return await ask_whether(visit, path["id"], "")


async def end(visit: Visit, path: Arguments) -> Response:
    """End a product; a refusal shows the question again, with the reason."""
    fields = visit.form()
    reason = fields.get("reason", "").strip()[:LONGEST_REASON]
    try:
        await end_product(visit.market, path["id"], visit.actor, reason)
    except Problem as problem:
        return await ask_whether(visit, path["id"], problem.detail)
    return see_other(f"{visit.home()}market/mine/{segment(path['id'])}")


def words(visit: Visit) -> dict[str, object]:
    """How the templates name the codes of products and their usage."""
    return {
        "product_state": partial(product_state, visit.language),
        "state_class": STATE_CLASSES,
        "metric_name": partial(metric_name, visit.language),
        "period_name": partial(period_name, visit.language),
        "counted": partial(counted, visit.language),
        "bill_state": partial(bill_state, visit.language),
        "level_names": level_names(visit.language),
        "credit_reason": partial(credit_reason, visit.language),
    }


async def product_page(
    visit: Visit,
    id: str,
    shown: Credentials | Handed | Awaited | None = None,
    problem: Problem | None = None,
) -> Response:
    """The page of a product, with a secret that was made or what was refused."""
    market, portal = visit.market, visit.portal
    store = market.store
    document = await retrieve(market, PRODUCT, id, visit.actor)
    held = await read_held(store, document, portal.context.expand, visit.now, visit.language.code)
    agreed = await agreed_for(store, document, held.grant, visit.language.code)
    rows = await month_rows(store, held.id, month_of(visit.now[:7]))
    made = shown if isinstance(shown, Credentials) else None
    clients = [one for one in await credentials_of(store, held.id) if one.get("state") == ACTIVE]
    client = made.client if made else str(clients[0]["client"]) if clients else ""
    types = sorted(held.grant.types) if held.grant else []
    first = portal.context.compact(types[0]) if types else ""
    asked = client_of(held.grant, client, made.secret if made else "")
    values: dict[str, object] = {
        **words(visit),
        **rooms(visit, "mine"),
        "product": held,
        "problem": problem,
        "made": made,
        "client": client,
        "has_secret": made is not None or any(one["hasSecret"] for one in clients),
        "breaches": (await breaches_of_product(market, held.id, visit.actor))[::-1],
        "handing": await _handing(store, held, shown),
        "may_hold": _may_hold(visit, held),
        "may_move": _may_move(visit, held),
        "said": await own_rating(market, held.id, visit.actor.party),
        "has_ended": held.has_ended,
        "purposes": _purposes(visit, held),
        "snippets": [] if held.has_ended else _snippets(visit, held, asked, first),
        "agreed": agreed,
        "days": days_of(rows, visit.now),
        "chain": await _chain(visit, held.id, rows),
        "bills": await bills_of_product(market, visit.actor, held.id),
        "names": await called(visit, [held.seller, held.buyer, *agreed.parties]),
        "address": f"{visit.home()}market/mine/{segment(held.id)}",
    }
    status = 200 if problem is None else 409
    place = f"market/mine/{segment(held.id)}"
    return visit.page(
        "market/product.html", held.name, values, trail=_trail(visit), status=status, place=place
    )


def _purposes(visit: Visit, held: Held) -> list[str]:
    """What the data may be used for, by name."""
    speaker = speech(visit.language.code)
    return sorted(purpose_name(one, speaker) for one in held.grant.purposes) if held.grant else []


def _snippets(visit: Visit, held: Held, asked: Client, type_name: str) -> list[Snippet]:
    """What to copy into one's own code; of the past where it was bought."""
    if not type_name:
        return []
    found = product_snippets(ask_of(visit), asked, type_name)
    if held.grant and held.grant.history:
        day_ago = plus_seconds(visit.now, -DAY_S)
        found.append(past_snippet(ask_of(visit), asked, type_name, day_ago, visit.say("The past")))
    return found


async def _handing(
    store: Store, held: Held, shown: Credentials | Handed | Awaited | None
) -> dict[str, object] | None:
    """What the page says of credentials that the provider hands over; None where the node makes them."""
    if not is_handed_over(held.document):
        return None
    state, reason = await handover_state(store, held.id)
    values = shown.values if isinstance(shown, Handed) else {}
    refusal = shown.reason if isinstance(shown, Awaited) else reason
    return {"state": state, "reason": refusal, "values": values}


async def ask_whether(visit: Visit, id: str, mistake: str, reason: str | None = None) -> Response:
    """Whether the product shall end, asked of who holds it while it lives; with the `reason` that its seller
    gave, of the seller. Raises Problem(Forbidden) for others."""
    document = await retrieve(visit.market, PRODUCT, id, visit.actor)
    if reason is None:
        check_holds(document, visit.actor)
    try:
        check_lives(document, visit.market.now())
    except Problem as problem:
        return await product_page(visit, id, problem=problem)
    held = await read_held(
        visit.market.store, document, visit.portal.context.expand, visit.now, visit.language.code
    )
    address = f"{visit.home()}market/mine/{segment(held.id)}"
    values = {
        **words(visit),
        **rooms(visit, "mine"),
        "product": held,
        "address": address,
        "mistake": mistake,
        "reason": reason,
    }
    trail = (*_trail(visit), (address, held.name))
    title = visit.say("End this product?")
    return visit.page("market/end.html", title, values, trail=trail, status=409 if mistake else 200)


async def _chain(visit: Visit, product: str, month: Sequence[JsonObject]) -> Chain:
    """Whether the product's usage holds; worked out anew after CHAIN_S, a short chain with each new row of
    the month."""

    async def work_out() -> Chain:
        rows = await product_rows(visit.market.store, product)
        newest = rows[-1]["meter"] if rows else None
        return Chain(len(rows), verify(rows), str(newest["hash"]) if isinstance(newest, dict) else "")

    newest = number_of(month[-1]) if month else 0
    name = f"chain {product} {newest if newest <= SHORT_CHAIN else ''}"
    return await visit.portal.memory.recall(name, visit.now, CHAIN_S, work_out)


def _may_hold(visit: Visit, held: Held) -> bool:
    """Whether the visitor may have the secret and end the product."""
    may = visit.actor.may
    return OPERATE in may or (bool({"trade", "write"} & may) and visit.actor.party == held.buyer != "")


def _may_move(visit: Visit, held: Held) -> bool:
    """Whether the visitor sells the product and may suspend or end it."""
    may = visit.actor.may
    return OPERATE in may or (bool({"trade", "write"} & may) and visit.actor.party == held.seller != "")


def _trail(visit: Visit) -> tuple[tuple[str, str], ...]:
    return ((f"{visit.home()}market/mine", visit.say("My products")),)
