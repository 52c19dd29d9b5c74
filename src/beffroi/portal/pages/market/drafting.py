"""A form as a draft of an offering: what is given, the price, the terms, and what is promised."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from beffroi.kernel.grant import Quota
from beffroi.kernel.json import Json, decode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.offers.draft import Asked, Draft, Service
from beffroi.market.rules.offers.draft_check import faults
from beffroi.market.rules.offers.saleable import area_of
from beffroi.market.rules.terms.data_use_term import OwnLicence, Terms
from beffroi.portal.pages.filled import Form, decimal
from beffroi.portal.pages.market.promising import claims_in, promise_in

VATS: Final = ("20", "10", "5.5", "")
"""Rates that a form offers; empty: outside the scope of VAT."""

OWN_WORDS: Final = "own"
"""The licence of a provider who writes the text."""

PLACES: Final[Mapping[str, str]] = {
    "title": "name", "translation": "other_name", "types": "attribute", "given": "rate", "terms": "months",
    "price": "amount", "limit": "total", "per_party": "perParty",
}  # fmt: skip
"""The field beside which it is said what is wrong with a part of a draft; others have its name."""


def draft_in(form: Form, provider: str, known: Sequence[str]) -> Draft:
    """The draft that a form describes; `known` are the attributes that it offered. What is wrong with it
    stands in `form.mistakes`."""
    one, service = form.one, _service(form)
    attributes = [each for each in form.fields.get("attribute", ()) if each in known]
    if service is None and known and not attributes:
        form.wrong("attribute", "No attribute is chosen.")
    if not provider:
        form.wrong("provider", "It is not said who offers this.")
    requests, months = form.whole("quota"), form.whole("months")
    draft = Draft(
        name=one("name"),
        description=one("description"),
        provider=provider,
        types=() if service else tuple(dict.fromkeys(form.fields.get("type", ()))),
        attributes=None if len(attributes) == len(known) else tuple(attributes),
        area=None if service else form.take("area", area_in, None),
        live=bool(one("live")),
        history=bool(one("history")),
        sample=service is None and bool(one("sample")),
        rate=float(form.whole("rate")),
        quotas=(Quota("requests", requests, "month"),) if requests else (),
        price=_price(form),
        approval=bool(one("approval")),
        service=service,
        total=form.whole("total"),
        per_party=form.whole("perParty"),
        translation=_translation(form),
        promise=promise_in(form),
        claims=claims_in(form),
        terms=Terms(
            licence=_licence(form),
            purposes=tuple(form.fields.get("purpose", ())),
            regions=tuple(filter(None, form.fields.get("region", ()))),
            duration=(months, "month") if months else None,
            resale=bool(one("resale")),
            personal_data=one("personal") or "none",
        ),
    )
    for part, sentence in faults(draft).items():
        form.wrong(PLACES.get(part, part), sentence)
    return draft


def area_in(text: str) -> Json:
    """A GeoJSON area, of a Feature too, or the box `west, south, east, north`; None for an empty field."""
    text = text.strip()
    if not text:
        return None
    if text.startswith("{"):
        try:
            found = decode(text.encode())
        except ValueError:
            raise Problem(BadRequestData, "The area is no JSON.") from None
        shape = found.get("geometry", found) if isinstance(found, dict) else found
        return shape if isinstance(shape, dict) else {}
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise Problem(BadRequestData, f"'{text[:60]}' is no area: west, south, east, north.") from None
    return area_of(west, south, east, north)


def _service(form: Form) -> Service | None:
    one = form.one
    if not one("service"):
        return None
    access = one("access") or "gate"
    endpoint, description, sample = one("endpoint"), one("endpointDescription"), one("sample")
    if access == "gate":
        return Service(endpoint, description, access, posts=bool(one("posts")), sample=sample)
    return Service(endpoint, description, access, one("credentials"), sample=sample)


def _translation(form: Form) -> Mapping[str, Mapping[str, str]]:
    """Both languages, once there is something in the other one; else which one the own texts are in."""
    names = ("name", "description")
    other = {name: text for name in names if (text := form.one(f"other_{name}"))}
    own = {name: text for name in names if (text := form.one(name))}
    return {form.code: own, form.other: other} if other else {form.code: {}}


def _licence(form: Form) -> str | OwnLicence:
    one = form.one
    if one("licence") != OWN_WORDS:
        return one("licence")
    name, text = one("licence_name"), one("licence_text")
    other = (form.other, one("other_licence_name"), one("other_licence_text"))
    own = (form.code, name, text)
    return OwnLicence(name, text, one("licence_url"), (own, other) if any(other[1:]) else (own,))


def _price(form: Form) -> Asked:
    kind = form.one("price") or "free"
    if kind == "free":
        return Asked()
    amount = form.take("amount", decimal, Decimal(0))
    each, free = form.whole("each") or 1000, form.whole("free")
    return Asked(kind, amount, each, free, form.take("vat", _vat, None))


def _vat(text: str) -> Decimal | None:
    return decimal(text) if text else None
