"""Ordering in three steps: choose, read the terms, confirm. Only the last one writes."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.market.operations.ordering import check_can_be_ordered
from beffroi.market.operations.writing import Asker, create
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.documents.once import Once, once_key
from beffroi.market.rules.orders.holding import Wish
from beffroi.market.rules.orders.placing import Choice, check_on_sale, most_of, order_document
from beffroi.market.rules.terms.clauses import clauses, purpose_name
from beffroi.market.wire.speech import speech
from beffroi.portal.pages.market.buyer import Buyer, Standing, own_wish, standing_of
from beffroi.portal.pages.market.card import card
from beffroi.portal.pages.market.offer import licence_address
from beffroi.portal.pages.market.price import carried, priced
from beffroi.portal.reading.market.offers import Offer, offer_of
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

LONGEST_REFERENCE: Final = 100


async def choose(visit: Visit, path: Arguments) -> Response:
    """The first step: what is ordered, and what it would cost."""
    offer = await _on_sale(visit, path)
    await _check_left(visit, offer, await own_wish(visit))
    values = {**priced(visit, offer), "carried": _carried(visit, offer), "most": most_of(offer.document)}
    return _step(visit, offer, "choose", {**values, **_chosen(visit, offer, visit.request.parameters)})


async def terms(visit: Visit, path: Arguments) -> Response:
    """The second step: what is agreed to, by whom."""
    offer = await _on_sale(visit, path)
    given = visit.request.parameters
    standing = await _standing(visit, offer, given)
    await _check_left(visit, offer, _wish(offer, standing, given))
    return _terms(visit, offer, standing, "")


async def confirm(visit: Visit, path: Arguments) -> Response:
    """The third step: everything once more, and the button."""
    offer = await _on_sale(visit, path)
    given = visit.request.parameters
    standing = await _standing(visit, offer, given)
    await _check_left(visit, offer, _wish(offer, standing, given))
    if standing.lacks:
        return _terms(visit, offer, standing, "")
    if standing.buyer is None:
        return _terms(visit, offer, standing, visit.say("Choose who orders."))
    if given.get("agreed") != offer.reading:
        sentence = visit.say("Read the terms and say that you agree to them.")
        return _terms(visit, offer, standing, sentence)
    if mistake := _lacks_purpose(visit, offer, given):
        return _terms(visit, offer, standing, mistake)
    return _confirm(visit, offer, standing.buyer, given, None)


async def place(visit: Visit, path: Arguments) -> Response:
    """Order. The same form sent twice is one order; terms that changed meanwhile are read again."""
    fields = visit.form()
    offer = await _on_sale(visit, path)
    standing = await _standing(visit, offer, fields)
    if standing.lacks:
        raise Problem(Forbidden, "Only who is signed in and acts for a party can order.")
    if standing.buyer is None:
        return _terms(visit, offer, standing, visit.say("Choose who orders."))
    if mistake := _lacks_purpose(visit, offer, fields):
        return _terms(visit, offer, standing, mistake)
    try:
        made = await _placed(visit, offer, standing.buyer, fields)
    except Problem as problem:
        now = await _on_sale(visit, path)
        if now.reading != fields.get("agreed"):
            return _terms(visit, now, standing, visit.refusal(problem.detail))
        return _confirm(visit, now, standing.buyer, fields, problem)
    return see_other(f"{visit.home()}market/orders/{segment(str(made['id']))}")


async def _standing(visit: Visit, offer: Offer, given: Mapping[str, str]) -> Standing:
    """Who signs in here comes back to the terms with what was chosen."""
    here = f"{visit.home()}market/catalogue/{segment(offer.id)}/order/terms?{carried(visit, offer)}"
    return await standing_of(visit, here, given.get("buyer", ""))


async def _placed(visit: Visit, offer: Offer, buyer: Buyer, fields: Mapping[str, str]) -> JsonObject:
    actor = visit.actor
    party: JsonObject = {"id": buyer.id, "name": buyer.name, "@referredType": buyer.type}
    key = once_key(actor.name, visit.request.path, fields.get("once", ""))
    asker = Asker(actor, "Ordered in the portal.")
    document = order_document(
        offer.document, offer.name, party, _choice(offer, fields), fields.get("agreed", "")
    )
    return await create(visit.portal.market, PRODUCT_ORDER, document, asker, Once(key, document))


async def _on_sale(visit: Visit, path: Arguments) -> Offer:
    offer = await offer_of(visit.portal, path["id"], visit.language.code)
    check_on_sale(offer.document, offer.name, visit.portal.market.now())
    return offer


def _wish(offer: Offer, standing: Standing, given: Mapping[str, str]) -> Wish:
    """What was chosen, for who orders as far as that is known."""
    units = _choice(offer, given).quantity
    return Wish(standing.buyer.id, standing.buyer.name, units) if standing.buyer else Wish(units=units)


async def _check_left(visit: Visit, offer: Offer, wish: Wish) -> None:
    """Not of the form itself: one that comes again is answered, though it took the last."""
    await check_can_be_ordered(visit.market, offer.read, offer.name, wish)


def _terms(visit: Visit, offer: Offer, standing: Standing, mistake: str) -> Response:
    said = clauses(offer.terms, offer.limits, speech(visit.language.code)) if offer.terms else ()
    values: dict[str, object] = {
        "standing": standing,
        "clauses": said,
        "licence_address": licence_address(offer),
        "agreed": offer.reading,
        "mistake": mistake,
        "reference": visit.request.parameters.get("reference", "")[:LONGEST_REFERENCE],
        "kept": _kept(visit),
        "back": f"?{_carried(visit, offer)}",
        **_chosen(visit, offer, visit.request.parameters),
    }
    return _step(visit, offer, "terms", values, status=422 if mistake else 200)


def _confirm(
    visit: Visit, offer: Offer, buyer: Buyer, given: Mapping[str, str], problem: Problem | None
) -> Response:
    choice = _choice(offer, given)
    again = {"reference": choice.reference, "buyer": buyer.id, "purpose": choice.purpose}
    values: dict[str, object] = {
        **priced(visit, offer),
        **_chosen(visit, offer, given),
        "buyer": buyer,
        "reference": choice.reference,
        "agreed": offer.reading,
        "once": visit.portal.market.new_id(),
        "problem": problem,
        "approved_by_hand": offer.document.get("approval") == "manual",
        "back": f"?{_carried(visit, offer)}&{urlencode(again)}",
    }
    return _step(visit, offer, "confirm", values, status=422 if problem else 200)


def _choice(offer: Offer, given: Mapping[str, str]) -> Choice:
    """What the fields of the steps choose; a number that is none or too high counts as the nearest."""
    text = given.get("quantity", "1").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    purpose, allowed = given.get("purpose", ""), _purposes(offer)
    return Choice(
        max(1, min(number, most_of(offer.document))),
        purpose if purpose in allowed else "",
        given.get("reference", "").strip()[:LONGEST_REFERENCE],
    )


def _chosen(visit: Visit, offer: Offer, given: Mapping[str, str]) -> dict[str, object]:
    """How the templates show what can be chosen, and what is."""
    choice, speaker = _choice(offer, given), speech(visit.language.code)
    names = {each: purpose_name(each, speaker) for each in _purposes(offer)}
    return {
        "quantity": choice.quantity,
        "purposes": names,
        "purpose": choice.purpose,
        "purpose_said": names.get(choice.purpose, ""),
    }


def _purposes(offer: Offer) -> tuple[str, ...]:
    """Purposes to choose from; one alone is no choice."""
    found = offer.terms.purposes if offer.terms else ()
    return tuple(found) if len(found) > 1 else ()


def _lacks_purpose(visit: Visit, offer: Offer, given: Mapping[str, str]) -> str:
    """What to say where the terms demand a purpose and none is chosen; empty where it is."""
    if not _purposes(offer) or _choice(offer, given).purpose:
        return ""
    return visit.say("Choose what you will use the data for.")


def _carried(visit: Visit, offer: Offer) -> str:
    """What was written in the first step, as a query string."""
    quantity = visit.request.parameters.get("quantity", "")[:6]
    said = carried(visit, offer)
    return "&".join(filter(None, (said, urlencode({"quantity": quantity}) if quantity else "")))


def _kept(visit: Visit) -> list[tuple[str, str]]:
    """What was chosen before, as hidden fields of the next step."""
    given = visit.request.parameters
    names = ("requests", "entities", "notifications", "megabytes", "months", "quantity")
    return [(name, given[name][:20]) for name in names if name in given]


def _step(visit: Visit, offer: Offer, step: str, values: dict[str, object], status: int = 200) -> Response:
    shown = card(visit, offer)
    trail = ((f"{visit.home()}market", visit.say("Market")), (shown.address, offer.name))
    filled = {"card": shown, "offer": offer, "step": step, "order": f"{shown.address}/order", **values}
    return visit.page(f"market/{step}.html", visit.say("Order"), filled, trail=trail, status=status)
