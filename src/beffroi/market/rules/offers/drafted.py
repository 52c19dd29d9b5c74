"""A draft read back from its documents (TMF620), so that its provider can correct it: `draft`, backwards.

Documents that others wrote may say more than a draft does. Then there is no way back without losing some of
it, and they are refused.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NoReturn

from beffroi.kernel.grant import Quota
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import Conflict, Problem
from beffroi.market.rules.apis.tmf620 import BEFORE_SALE
from beffroi.market.rules.offers.draft import INTERFACE, Asked, Draft, Service, offering, price, specification
from beffroi.market.rules.offers.publishing import claimed
from beffroi.market.rules.offers.saleable import SAMPLE, values_of
from beffroi.market.rules.orders.parties import sellers_in
from beffroi.market.rules.orders.placing import limits_of
from beffroi.market.rules.prices.pricing import FREE, ONE_TIME, PREPAID, USAGE
from beffroi.market.rules.service_level.promise import promise_of
from beffroi.market.rules.terms.data_use_term import Terms, terms_of

OF_SPECIFICATION: Final = ("name", "description", "productSpecCharacteristic")
OF_PRICE: Final = (
    "name", "priceType", "price", "tier", "unitOfMeasure", "tax", "recurringChargePeriodType",
    "recurringChargePeriodLength", "trial", "percentage", "validFor", "translation",
)  # fmt: skip
OF_OFFERING: Final = (
    "name", "description", "productOfferingTerm", "prodSpecCharValueUse", "approval", "orderLimit",
    "translation",
)  # fmt: skip
"""The members that a draft writes: it says all of them, or it does not say what the documents do."""

WRITTEN: Final = frozenset({*OF_OFFERING, "productSpecification", "productOfferingPrice", "relatedParty"})
"""Those of an offering that go when its draft is written anew; others stay as they are."""


def check_is_draft(found: JsonObject) -> None:
    """Raise Problem(Conflict) for an offering that was published, or is at its end."""
    state = str(found.get("lifecycleStatus"))
    if state.lower() not in BEFORE_SALE:
        name = str(found.get("name") or found["id"])[:100]
        raise Problem(Conflict, f"The offer '{name}' is '{state}' and no draft any more; it stays as it is.")


def rewritten(before: JsonObject, anew: JsonObject) -> JsonObject:
    """A draft that says what another one does: `anew` is the document of that one."""
    kept = {name: value for name, value in before.items() if name not in WRITTEN}
    return {**kept, **anew, "lifecycleStatus": before["lifecycleStatus"]}


def draft_of(found: JsonObject, specified: JsonObject, prices: Sequence[JsonObject]) -> Draft:
    """The draft that an offering, its specification and its prices are of. Raises Problem(Conflict) for
    documents that say something else than a draft can."""
    sellers = sellers_in(found, specified)
    terms = terms_of(found)
    if len(sellers) != 1 or len(prices) != 1 or terms is None:
        _refuse(found)
    draft = Draft(
        name=_text(found, "name"),
        description=_text(found, "description"),
        provider=str(sellers[0]["id"]),
        types=_texts(specified, "entityTypes"),
        attributes=_texts(specified, "attributes") or None,
        area=_one(specified, "area"),
        live=_one(specified, "live") is True,
        history=_one(specified, "history") is True,
        sample=_one(specified, SAMPLE) is True,
        rate=_number(_one(specified, "rateLimit")),
        quotas=_quotas(specified),
        price=_asked(prices[0]),
        approval=found.get("approval") == "manual",
        service=_service(specified),
        total=limits_of(found)[0],
        per_party=limits_of(found)[1],
        translation=_translation(found),
        promise=promise_of(found),
        claims=claimed(found),
        terms=_all_of(terms, specified),
    )
    _check_says_all(draft, found, specified, prices[0])
    return draft


def _check_says_all(draft: Draft, found: JsonObject, specified: JsonObject, priced: JsonObject) -> None:
    pairs = (
        (OF_OFFERING, found, offering(draft, "", "", "")),
        (OF_SPECIFICATION, specified, specification(draft)),
        (OF_PRICE, priced, price(draft)),
    )
    for members, stored, said in pairs:
        if any(_plain(stored.get(name)) != _plain(said.get(name)) for name in members):
            _refuse(found)


def _plain(value: Json) -> Json:
    """A value without what says only where it stands: types, addresses of schemas, the node's own address."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items() if not name.startswith("@")}
        case list():
            return [_plain(each) for each in value]
        case str() if value.endswith(INTERFACE):
            return INTERFACE
        case "" | None:
            return None
        case _:
            return value


def _all_of(terms: Terms, specified: JsonObject) -> Terms:
    """A specification says the purposes and regions of the terms, too."""
    stated = (_texts(specified, "purpose"), _texts(specified, "region"))
    return terms if stated == (terms.purposes, terms.regions) else Terms("")


def _asked(stated: JsonObject) -> Asked:
    kind = {FREE: "free", ONE_TIME: "once", PREPAID: "monthly", USAGE: "requests"}.get(
        _text(stated, "priceType"), ""
    )
    if kind == "free":
        return Asked()
    tiers, taxes = objects_in(stated.get("tier")), objects_in(stated.get("tax"))
    unit = stated.get("unitOfMeasure")
    each = unit.get("amount") if isinstance(unit, dict) else None
    free = tiers[0].get("upTo") if tiers else None
    return Asked(
        kind,
        _decimal(tiers[-1].get("price") if tiers else stated.get("price"), "value"),
        each if isinstance(each, int) else 1000,
        free if isinstance(free, int) else 0,
        _decimal(taxes[0], "taxRate") or None if taxes else None,
    )


def _service(specified: JsonObject) -> Service | None:
    if _one(specified, "access") is None:
        return None
    names = ("endpointUrl", "endpointDescription", "access", "credentialsUrl")
    endpoint, description, access, credentials = (str(_one(specified, name) or "") for name in names)
    posts = values_of(specified, "methods") == ["POST"]
    return Service(endpoint, description, access, credentials, posts, str(_one(specified, SAMPLE) or ""))


def _quotas(specified: JsonObject) -> tuple[Quota, ...]:
    found = [each for each in values_of(specified, "quota") if isinstance(each, dict)]
    return tuple(
        Quota(_text(one, "metric"), int(_number(one.get("amount"))), _text(one, "period")) for one in found
    )


def _translation(found: JsonObject) -> dict[str, dict[str, str]]:
    stated = found.get("translation")
    rows = stated if isinstance(stated, dict) else {}
    return {
        code: {name: str(text) for name, text in row.items()}
        for code, row in rows.items()
        if isinstance(row, dict)
    }


def _one(specified: JsonObject, name: str) -> Json:
    return next(iter(values_of(specified, name)), None)


def _texts(specified: JsonObject, name: str) -> tuple[str, ...]:
    return tuple(each for each in values_of(specified, name) if isinstance(each, str))


def _text(document: JsonObject, name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _decimal(of: Json, name: str) -> Decimal:
    value = of.get(name) if isinstance(of, dict) else None
    return Decimal(str(value)) if isinstance(value, int | float) else Decimal(0)


def _refuse(found: JsonObject) -> NoReturn:
    refuse_to_fill(str(found.get("name") or found["id"]))


def refuse_to_fill(name: str) -> NoReturn:
    """Raise Problem(Conflict) for a draft, called so, of which a form would lose a part."""
    raise Problem(
        Conflict,
        f"The draft '{name[:100]}' says something that this form has no field for; correct its documents by "
        "TMF620, or write it anew.",
    )
