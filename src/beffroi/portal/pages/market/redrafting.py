"""Correct a draft of an offer with the form that made it, or throw it away; what is published stays."""

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.offering import discard, redraft
from beffroi.market.operations.ordering import offer_in
from beffroi.market.operations.reading import retrieve
from beffroi.market.operations.writing import Asker
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.documents.visibility import check_may_write
from beffroi.market.rules.offers.draft import Draft
from beffroi.market.rules.offers.drafted import check_is_draft, draft_of
from beffroi.market.rules.offers.translations import LANGUAGES, said_in
from beffroi.portal.pages.filled import Form, Lists
from beffroi.portal.pages.market.drafting import draft_in
from beffroi.portal.pages.market.publishing import Corrected, attributes_of, draft_page
from beffroi.portal.pages.market.refilled import filled, named_by
from beffroi.portal.pages.market.rooms import rooms
from beffroi.portal.pages.market.selling import LONGEST_REASON, one_offer_page
from beffroi.portal.reading.market.offers import Named
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def correct_draft(visit: Visit, path: Arguments) -> Response:
    """The form, filled in with what the draft says; where it cannot say all, the page says so."""
    try:
        draft, corrected = await _draft(visit, path["id"])
        known = await attributes_of(visit, draft.types, corrected)
        form = filled(draft, visit.language.code, known)
    except Problem as problem:
        return await one_offer_page(visit, path["id"], problem)
    return await draft_page(visit, draft.types, form, corrected=corrected)


async def save_draft(visit: Visit, path: Arguments) -> Response:
    """Write the draft anew and go to its page; what cannot be shows the form again, as it was filled in."""
    fields = visit.lists()
    chosen, form = fields.get("type", []), Form(fields, _language(visit, fields))
    try:
        before, corrected = await _draft(visit, path["id"])
    except Problem as problem:
        return await one_offer_page(visit, path["id"], problem)
    draft = draft_in(form, before.provider, await attributes_of(visit, chosen, corrected))
    if form.mistakes:
        return await draft_page(visit, chosen, form, corrected=corrected)
    try:
        await redraft(visit.market, path["id"], draft, form.one("read"), Asker(visit.actor))
    except Problem as problem:
        return await draft_page(visit, chosen, form, problem.detail, corrected)
    return see_other(corrected.address)


def _language(visit: Visit, fields: Lists) -> str:
    """The language of the texts in the form: the one that it was shown in, whatever the page's."""
    said = next(iter(fields.get("language", ())), "")
    return said if said in LANGUAGES else visit.language.code


async def ask_to_discard(visit: Visit, path: Arguments) -> Response:
    return await _ask(visit, path["id"], "")


async def discard_draft(visit: Visit, path: Arguments) -> Response:
    """Throw the draft away; a refusal shows the question again."""
    reason = visit.form().get("reason", "").strip()[:LONGEST_REASON]
    try:
        await discard(visit.market, path["id"], Asker(visit.actor, reason))
    except Problem as problem:
        return await _ask(visit, path["id"], problem.detail)
    return see_other(f"{visit.home()}market/selling")


async def _draft(visit: Visit, id: str) -> tuple[Draft, Corrected]:
    """A draft as forms name its data. Raises Problem: Forbidden for another's, Conflict for what is no draft
    any more or says what no form can."""
    document = await _own(visit, id)
    check_is_draft(document)
    read = await offer_in(visit.market, document)
    context = visit.portal.context
    draft = named_by(
        draft_of(document, read.specification, read.prices),
        lambda name: context.compact(context.expand(name)),
    )
    corrected = Corrected(
        _address(visit, id),
        _name(visit, document),
        draft.types,
        draft.attributes or (),
        str(document["lastUpdate"]),
    )
    return draft, corrected


async def _own(visit: Visit, id: str) -> JsonObject:
    document = await retrieve(visit.market, PRODUCT_OFFERING, id, visit.actor)
    check_may_write(PRODUCT_OFFERING, document, visit.actor)
    return document


async def _ask(visit: Visit, id: str, mistake: str) -> Response:
    document = await _own(visit, id)
    try:
        check_is_draft(document)
    except Problem as problem:
        return await one_offer_page(visit, id, problem)
    address, name = _address(visit, id), _name(visit, document)
    values: dict[str, object] = {
        **rooms(visit, "selling"),
        "offer": Named(id, name),
        "address": address,
        "mistake": mistake,
    }
    trail = ((f"{visit.home()}market/selling", visit.say("My offers")), (address, name))
    title = visit.say("Throw this draft away?")
    return visit.page("market/discard.html", title, values, trail=trail, status=409 if mistake else 200)


def _address(visit: Visit, id: str) -> str:
    return f"{visit.home()}market/selling/{segment(id)}"


def _name(visit: Visit, document: JsonObject) -> str:
    return said_in(document, "name", visit.language.code) or str(document["id"])
