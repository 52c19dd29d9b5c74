"""The account: who one is here, a party's data for bills, taking it along, erasing a person's."""

import orjson

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.parties import describe, erase_person, export, own_party
from beffroi.market.rules.apis.tmf632 import INDIVIDUAL
from beffroi.market.rules.bills.party import Party, party_of
from beffroi.portal.pages.market.rooms import rooms
from beffroi.portal.pages.market.selling import may_trade
from beffroi.portal.visit import Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

FIELDS = ("name", "street1", "street2", "postCode", "city", "country", "email", "vat", "siret")
LONGEST = 300


async def account(visit: Visit, _: Arguments) -> Response:
    return await _page(visit, "")


async def change_account(visit: Visit, _: Arguments) -> Response:
    """Write the data of the party; what cannot be is said over the form, as it was filled in."""
    fields = visit.form()
    said = {name: fields.get(name, "").strip()[:LONGEST] for name in FIELDS}
    try:
        await describe(visit.market, said, visit.actor)
    except Problem as problem:
        return await _page(visit, problem.detail, said)
    return see_other(f"{visit.home()}market/account")


async def export_account(visit: Visit, _: Arguments) -> Response:
    headers = {
        "content-type": "application/json",
        "content-disposition": 'attachment; filename="my-data.json"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    told = await export(visit.market, visit.actor)
    return Response(200, headers, orjson.dumps(told, option=orjson.OPT_INDENT_2))


async def ask_to_erase(visit: Visit, _: Arguments) -> Response:
    return _erasing(visit, "")


async def erase_account(visit: Visit, _: Arguments) -> Response:
    """Erase the person, then its account and sessions; a refusal says why and nothing is erased."""
    visit.form()
    try:
        await erase_person(visit.market, visit.actor)
    except Problem as problem:
        return _erasing(visit, problem.detail)
    forget = visit.portal.doors.forget
    if forget is not None:
        await forget(visit.actor.name, visit.actor.party)
    return see_other(visit.home())


def _erasing(visit: Visit, mistake: str) -> Response:
    values: dict[str, object] = {**rooms(visit, "account"), "mistake": mistake}
    trail = ((f"{visit.home()}market/account", visit.say("My account")),)
    title = visit.say("Erase my data?")
    return visit.page("market/erase.html", title, values, trail=trail, status=409 if mistake else 200)


async def _page(visit: Visit, mistake: str, said: dict[str, str] | None = None) -> Response:
    found = await own_party(visit.market, visit.actor.party) if visit.actor.party else None
    party = _party(found[1]) if found else None
    values: dict[str, object] = {
        **rooms(visit, "account"),
        "actor": visit.actor,
        "known": found is not None,
        "is_person": found is not None and found[0] is INDIVIDUAL,
        "filled": said or (_filled(party) if party else dict.fromkeys(FIELDS, "")),
        "may_trade": may_trade(visit),
        "mistake": mistake,
    }
    status = 422 if mistake else 200
    return visit.page("market/account.html", visit.say("My account"), values, status=status)


def _party(document: JsonObject) -> Party | None:
    try:
        return party_of(document)
    except Problem:
        return None


def _filled(party: Party) -> dict[str, str]:
    lines = [*party.lines, "", ""]
    values = (
        party.name, lines[0], lines[1], party.post_code, party.city, party.country, party.email, party.vat,
        party.siret,
    )  # fmt: skip
    return dict(zip(FIELDS, values, strict=True))
