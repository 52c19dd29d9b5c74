"""Make an offer: choose kinds of data of this node or a service elsewhere, then say under which terms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from beffroi.kernel.licence import LICENCES
from beffroi.kernel.problem import Problem
from beffroi.market.operations.offering import draft_offering
from beffroi.market.operations.reading import Sought, every
from beffroi.market.rules.apis.tmf632 import ORGANIZATION
from beffroi.market.rules.offers.draft import INTERFACE
from beffroi.market.rules.offers.permit import PUBLISHERS, permit_key, permits
from beffroi.market.rules.orders.parties import party_name
from beffroi.market.rules.terms.clauses import PURPOSES, purpose_name
from beffroi.market.rules.terms.data_use_term import PERSONAL_DATA
from beffroi.market.wire.speech import speech
from beffroi.portal.pages.filled import Form, Lists
from beffroi.portal.pages.market.asking import asker_of
from beffroi.portal.pages.market.drafting import OWN_WORDS, VATS, draft_in
from beffroi.portal.pages.market.rooms import rooms
from beffroi.portal.reading.layers import EntityType, types_of
from beffroi.portal.reading.market.checked import checked_of
from beffroi.portal.reading.survey import survey_of
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

REGIONS = ("FR", "BE", "EU", "EEA")
USUAL: Lists = {
    "price": ("free",), "vat": ("20",), "licence": ("etalab-2.0",), "each": ("1000",), "rate": ("10",),
    "personal": ("none",), "access": ("gate",),
}  # fmt: skip
"""What the form says before anybody wrote into it."""


@dataclass(frozen=True, slots=True)
class Attribute:
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """The draft that a form corrects: the address of its page, its name, its types and attributes by the
    names of forms, and its lastUpdate."""

    address: str
    name: str
    types: Sequence[str]
    attributes: Sequence[str]
    read: str


async def new_offer(visit: Visit, _: Arguments) -> Response:
    """What is offered first; with kinds of data or a service in the address, the rest of the form."""
    asked = parse_qs(visit.request.query)
    form = Form({**USUAL, "service": asked.get("service", [])}, visit.language.code)
    return await draft_page(visit, asked.get("type", []), form)


async def make_offer(visit: Visit, _: Arguments) -> Response:
    """Make the draft and go to its page; what cannot be shows the form again, as it was filled in."""
    fields = visit.lists()
    chosen, form = fields.get("type", []), Form(fields, visit.language.code)
    known = await attributes_of(visit, chosen)
    draft = draft_in(form, visit.actor.party or form.one("provider"), known)
    if form.mistakes:
        return await draft_page(visit, chosen, form)
    try:
        made = await draft_offering(visit.market, draft, asker_of(visit))
    except Problem as problem:
        return await draft_page(visit, chosen, form, problem.detail)
    return see_other(f"{visit.home()}market/selling/{segment(str(made['id']))}")


async def attributes_of(visit: Visit, chosen: Sequence[str], corrected: Corrected | None = None) -> list[str]:
    """The names of the attributes that a form offers for these types."""
    return [each.slug for each in await _attributes(visit, await _known(visit, chosen, corrected), corrected)]


async def draft_page(
    visit: Visit,
    chosen: Sequence[str],
    form: Form,
    mistake: str = "",
    corrected: Corrected | None = None,
) -> Response:
    """The form of a draft for these types or for a service, filled in; of a new one, or of one that is
    corrected."""
    code = visit.language.code
    types = await _offerable(visit)
    wanted = await _known(visit, chosen, corrected)
    attributes = await _attributes(visit, wanted, corrected)
    values: dict[str, object] = {
        **rooms(visit, "selling"),
        **await _proven(visit, service=bool(form.one("service"))),
        "types": types,
        "chosen": wanted,
        "attributes": attributes,
        "attribute_choices": [(each.slug, each.name) for each in attributes],
        "service": bool(form.one("service")),
        "filled": form.fields,
        "mistake": mistake,
        "mistakes": form.mistakes,
        "own": form.code,
        "other": form.other,
        "licences": {name: row.name(code) for name, row in LICENCES.items()},
        "own_words": OWN_WORDS,
        "purposes": {name: purpose_name(name, speech(code)) for name in _with(PURPOSES, form, "purpose")},
        "regions": {name: speech(code).territory(name) for name in _with(REGIONS, form, "region")},
        "personal": PERSONAL_DATA,
        "vats": _with(VATS, form, "vat"),
        "providers": [] if corrected else await _providers(visit),
        "corrected": corrected,
        "action": f"{corrected.address}/correct" if corrected else f"{visit.home()}market/selling/new",
    }
    trail: tuple[tuple[str, str], ...] = ((f"{visit.home()}market/selling", visit.say("My offers")),)
    trail = (*trail, (corrected.address, corrected.name)) if corrected else trail
    title = visit.say("Correct the draft") if corrected else visit.say("Make a new offer")
    status = 422 if mistake or form.mistakes else 200
    return visit.page("market/drafting.html", title, values, trail=trail, status=status)


def _with(usual: Iterable[str], form: Form, name: str) -> list[str]:
    """The choices of a field, and what a draft says beyond them."""
    return list(dict.fromkeys([*usual, *form.fields.get(name, ())]))


async def _proven(visit: Visit, *, service: bool) -> dict[str, object]:
    """Of data of this node: what the newest check of its interface passed, and where that stands."""
    endpoint = f"{visit.market.address}{INTERFACE}"
    check = None if service else (await checked_of(visit.portal, [endpoint])).get(endpoint)
    passed = [id for id, outcome in check.outcomes.items() if outcome == "PASS"] if check else []
    address = f"{visit.home()}checks/{segment(check.id)}" if check else f"{visit.home()}checks"
    return {"passed": passed, "check_address": address}


async def _known(visit: Visit, slugs: Sequence[str], corrected: Corrected | None = None) -> list[EntityType]:
    """The types that are offered; those of a draft that is corrected also where there is nothing of them."""
    found = [each for each in await _offerable(visit) if each.slug in slugs]
    names = {each.slug for each in found}
    missing = [one for one in (corrected.types if corrected else ()) if one in slugs and one not in names]
    expand, named = visit.portal.context.expand, visit.language.type_name
    return [*found, *(EntityType(expand(one), one, one, named(expand(one)), 0, "") for one in missing)]


async def _offerable(visit: Visit) -> list[EntityType]:
    """The kinds of data that the visitor may offer: what an operator permits the own party."""
    types = await types_of(visit.portal, visit.language)
    if PUBLISHERS.intersection(visit.actor.may):
        return types
    key, expand = permit_key(visit.actor.party), visit.portal.context.expand
    record = (await visit.market.store.read([key])).get(key)
    body = record.body if record is not None else None
    return [each for each in types if permits(body, visit.portal.tenant, each.uri, expand)]


async def _attributes(
    visit: Visit, types: Sequence[EntityType], corrected: Corrected | None
) -> list[Attribute]:
    """Every attribute that entities of these types have, or that a draft to be corrected names, by name."""
    uris = {uri for each in types for uri in (await survey_of(visit.portal, each.uri)).spreads}
    uris |= {visit.portal.context.expand(name) for name in (corrected.attributes if corrected else ())}
    found = [Attribute(visit.portal.context.compact(uri), visit.language.attribute_name(uri)) for uri in uris]
    return sorted(found, key=lambda each: each.name.casefold())


async def _providers(visit: Visit) -> list[tuple[str, str]]:
    """Whom somebody may offer for who acts for no party: an operator, for any organization."""
    if visit.actor.party:
        return []
    found = every(visit.market, Sought(ORGANIZATION), visit.actor)
    return sorted([(str(one["id"]), party_name(one)) async for one in found], key=lambda pair: pair[1])
