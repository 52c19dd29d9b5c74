"""What an offering says now, as its buyer reads it: the fingerprint for the order, the terms, a bill."""

import re
from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import Json, JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Conflict, Problem, ResourceNotFound
from beffroi.market.operations.ordering import Offer, check_can_be_ordered, read_offer
from beffroi.market.operations.prices import preview_offering
from beffroi.market.operations.services import Market
from beffroi.market.rules.access.usage_chain import METRICS
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.documents.event import with_href
from beffroi.market.rules.offers.offered_grant import offered_limits
from beffroi.market.rules.offers.translations import said_in
from beffroi.market.rules.orders.holding import Wish
from beffroi.market.rules.orders.placing import AGREED
from beffroi.market.rules.prices.calendar import Days, month_name, month_of, start_of
from beffroi.market.rules.prices.charging import Charge
from beffroi.market.rules.prices.money import MOST_DIGITS, money_document, number_of
from beffroi.market.rules.prices.preview import Preview
from beffroi.market.rules.terms.clauses import clauses
from beffroi.market.rules.terms.data_use_term import terms_of
from beffroi.market.wire.parameters import parameters_in
from beffroi.market.wire.problems import JSON
from beffroi.market.wire.speech import LANGUAGES, speech
from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.preferred_language import preferred
from beffroi.web.routing import Route

USUAL_LANGUAGE: Final = "en"
KNOWN: Final = frozenset({*METRICS, "month"})
REFUSED_FOR: Final = (BadRequestData, Conflict, ResourceNotFound)
"""Why an offering has no bill to show: an order of it is refused for the same."""

_NUMBER: Final = re.compile(rf"[0-9]{{1,{MOST_DIGITS}}}")


async def offer_as_read(market: Market, request: Request, path: Arguments) -> Response:
    """What an offering says now: the fingerprint that an order of it carries, its terms in plain words, and
    the bill of a month."""
    asked = parameters_in(request, KNOWN)
    expected = {metric: _count(asked, metric) for metric in METRICS}
    month = _month(asked, market.now()[:7])
    code = preferred(request.headers.get("accept-language", ""), LANGUAGES, USUAL_LANGUAGE)
    # The fingerprint first: one that is older than the bill is refused, a newer one would hide what changed.
    offer = await read_offer(market, path["id"], request.actor)
    name = said_in(offer.offering, "name", code) or offer.name
    body: JsonObject = {
        "offering": {
            "id": offer.id,
            "href": with_href(PRODUCT_OFFERING, offer.offering, request.base)["href"],
            "name": name,
        },
        AGREED: offer.reading,
        "terms": _terms(offer, code),
        **await _sale(market, offer, name, request.actor.party, code),
        **await _bill(market, offer, expected, month, code),
    }
    headers = {
        "content-type": JSON,
        "content-language": code,
        "vary": "accept-language",
        "cache-control": "no-cache",
    }
    return Response(200, headers, encode(body))


def _count(asked: Mapping[str, str], name: str) -> int:
    text = asked.get(name, "0")
    if not _NUMBER.fullmatch(text):
        raise Problem(
            BadRequestData,
            f"The parameter '{name}' is '{text[:40]}' and no whole number of up to {MOST_DIGITS} digits.",
        )
    return int(text)


def _month(asked: Mapping[str, str], usual: str) -> Days:
    text = asked.get("month", usual)
    try:
        return month_of(text)
    except Problem as problem:
        raise Problem(
            BadRequestData, f"The parameter 'month' is '{text[:40]}' and no month such as 2026-11."
        ) from problem


def _terms(offer: Offer, code: str) -> list[Json]:
    """The terms, a sentence each; none where none are stated."""
    terms = terms_of(offer.offering)
    if terms is None:
        return []
    return [*clauses(terms, offered_limits(offer.offering, offer.specification), speech(code))]


async def _sale(market: Market, offer: Offer, name: str, party: str, code: str) -> JsonObject:
    """Why a party cannot order it now, if it cannot."""
    try:
        await check_can_be_ordered(market, offer, name, Wish(party))
    except Problem as problem:
        return _refused(market, problem, code)
    return {}


async def _bill(
    market: Market, offer: Offer, expected: Mapping[str, int], month: Days, code: str
) -> JsonObject:
    """The bill of a month that begins with the product, or else why there is none."""
    name = month_name(month)
    try:
        begins = start_of(month.first)
        found = await preview_offering(market.store, offer.id, expected, name, begins, market.now())
    except Problem as problem:
        if problem.kind not in REFUSED_FOR:
            raise
        return _refused(market, problem, code)
    return {"preview": {"month": name, **_preview(found, code)}}


def _refused(market: Market, problem: Problem, code: str) -> JsonObject:
    return {"notOrderable": market.refusal_in(code, problem.detail) or problem.detail}


def _preview(found: Preview, code: str) -> JsonObject:
    return {
        "line": [_line(line, code) for line in found.lines],
        "taxExcludedAmount": money_document(found.sums.net),
        "taxAmount": money_document(found.sums.tax),
        "taxIncludedAmount": money_document(found.sums.gross),
    }


def _line(line: Charge, code: str) -> JsonObject:
    """A line: `price` for each `base` of `unit`."""
    return {
        "name": line.names.get(code) or line.name,
        "quantity": number_of(line.quantity),
        "unit": line.unit,
        "price": money_document(line.price),
        "base": number_of(line.base),
        "taxExcludedAmount": money_document(line.net),
    }


OFFER_ROUTES: tuple[Route[Market], ...] = (
    Route("GET", "/market/offers/{id}", offer_as_read, "TMF620 4.1.0, as read", "browse"),
)
