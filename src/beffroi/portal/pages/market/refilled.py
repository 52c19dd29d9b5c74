"""A draft as the fields of its form: what `drafting` reads, written back."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from beffroi.kernel.json import encode
from beffroi.market.rules.offers.draft import Draft
from beffroi.market.rules.offers.drafted import refuse_to_fill
from beffroi.market.rules.service_level.promise import Promise
from beffroi.market.rules.terms.data_use_term import OwnLicence
from beffroi.portal.pages.filled import Form, Lists
from beffroi.portal.pages.market.drafting import OWN_WORDS, draft_in


def filled(draft: Draft, code: str, known: Sequence[str]) -> Form:
    """The form of a draft, in the language that its texts are in if they are in one, else in that of `code`;
    `known` are the attributes that it offers.

    Raises Problem(Conflict) for a draft that says something that the form has no field for.
    """
    draft = _by_language(draft, code)
    own = next(iter(draft.translation)) if len(draft.translation) == 1 else code
    fields = {name: values for name, values in _fields(draft, own, known).items() if values}
    again = Form(fields, own)
    read = _by_language(draft_in(again, draft.provider, known), own)
    if _compared(read) != _compared(draft) or again.mistakes:
        refuse_to_fill(draft.name)
    return Form(fields, own)


def _by_language(draft: Draft, code: str) -> Draft:
    """The draft with all its texts under the languages that they are in; `code` where nothing says which."""
    own = {"name": draft.name, "description": draft.description}
    said = {one: row or own for one, row in (draft.translation or {code: own}).items()}
    texts = {one: {name: text for name, text in row.items() if text} for one, row in said.items()}
    licence = draft.terms.licence
    if isinstance(licence, OwnLicence):
        rows = licence.translation or ((code, licence.name, licence.text),)
        licence = replace(licence, translation=tuple(sorted(row for row in rows if any(row[1:]))))
    translation = {one: row for one, row in texts.items() if row}
    return replace(draft, translation=translation, terms=replace(draft.terms, licence=licence))


def named_by(draft: Draft, name: Callable[[str], str]) -> Draft:
    """The draft with its types and attributes called as forms call them."""
    attributes = None if draft.attributes is None else tuple(map(name, draft.attributes))
    return replace(draft, types=tuple(map(name, draft.types)), attributes=attributes)


def _fields(draft: Draft, code: str, known: Sequence[str]) -> Lists:
    other = Form({}, code).other
    own, told = (draft.translation.get(each, {}) for each in (code, other))
    one: dict[str, str] = {
        "name": own.get("name", ""),
        "description": own.get("description", ""),
        "other_name": told.get("name", ""),
        "other_description": told.get("description", ""),
        "provider": draft.provider,
        "area": encode(draft.area).decode() if draft.area is not None else "",
        **{name: "1" for name in ("live", "history", "sample", "approval") if getattr(draft, name)},
        "rate": _said(draft.rate),
        "quota": str(draft.quotas[0].amount) if draft.quotas else "",
        "total": _said(draft.total),
        "perParty": _said(draft.per_party),
        "claims": ", ".join(draft.claims),
        "months": str(draft.terms.duration[0]) if draft.terms.duration else "",
        "personal": draft.terms.personal_data,
        "resale": "1" if draft.terms.resale else "",
        **_price(draft),
        **_service(draft),
        **_licence(draft.terms.licence, code, other),
        **_promise(draft.promise),
    }
    complete = [each.attributes for each in draft.promise.objectives] if draft.promise else []
    return {
        **{name: [value] if value or name == "vat" else [] for name, value in one.items()},
        "type": list(draft.types),
        "attribute": list(known if draft.attributes is None else draft.attributes),
        "purpose": list(draft.terms.purposes),
        "region": list(draft.terms.regions),
        "complete": [name for names in complete for name in names],
    }


def _price(draft: Draft) -> dict[str, str]:
    asked = draft.price
    if asked.kind == "free":
        return {"price": "free", "vat": "20", "each": "1000"}
    return {
        "price": asked.kind,
        "amount": _said(asked.amount) or "0",
        "vat": _said(asked.vat or 0),
        "each": str(asked.each),
        "free": _said(asked.free),
    }


def _service(draft: Draft) -> dict[str, str]:
    service = draft.service
    if service is None:
        return {"access": "gate"}
    return {
        "service": "1",
        "endpoint": service.endpoint,
        "endpointDescription": service.description,
        "access": service.access,
        "credentials": service.credentials,
        "posts": "1" if service.posts else "",
        "sample": service.sample,
    }


def _licence(licence: str | OwnLicence, code: str, other: str) -> dict[str, str]:
    if isinstance(licence, str):
        return {"licence": licence}
    return {
        "licence": OWN_WORDS,
        "licence_name": licence.names.get(code, ""),
        "licence_text": licence.texts.get(code, ""),
        "licence_url": licence.url,
        "other_licence_name": licence.names.get(other, ""),
        "other_licence_text": licence.texts.get(other, ""),
    }


def _promise(promise: Promise | None) -> dict[str, str]:
    found = dict[str, str]()
    for one in promise.objectives if promise else ():
        found[one.metric] = _said(one.target)
        found[f"{one.metric}_credit"] = _said(one.tiers[0].percent) if one.tiers else ""
        if one.within:
            found["within"] = str(one.within)
    if promise and promise.most != 100:
        found["greatest"] = _said(promise.most)
    return found


def _said(number: Decimal | float) -> str:
    """A number as a form reads it; empty for nothing."""
    return f"{Decimal(str(number)).normalize():f}" if number else ""


def _compared(draft: Draft) -> object:
    """What two drafts that say the same have in common, given their texts by language: whichever of two is
    the first, and whether all attributes that there are now are named or none is."""
    licence = draft.terms.licence
    if isinstance(licence, OwnLicence):
        licence = replace(licence, name="", text="")
    terms = replace(draft.terms, licence=licence)
    same = replace(draft, name="", description="", attributes=None, terms=terms)
    return replace(same, types=tuple(same.types), claims=tuple(same.claims))
