"""Drafts: the documents that put data of this node into the catalogue, from what a provider decided.

A productSpecification says what is given, a productOfferingPrice what it costs, a productOffering under
which terms. All of it is checked here, before anything is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from beffroi.kernel.grant import Quota
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.licence import LICENCES
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.access.grants import declared
from beffroi.market.rules.offers.saleable import DATA
from beffroi.market.rules.prices.money import Money, money_document
from beffroi.market.rules.prices.pricing import FREE, ONE_TIME, PREPAID, USAGE
from beffroi.market.rules.prices.selling import check_price
from beffroi.market.rules.terms.data_use_term import Terms, read_terms, term_element

LONGEST_NAME: Final = 200
LONGEST_DESCRIPTION: Final = 5_000
CURRENCY: Final = "EUR"


@dataclass(frozen=True, slots=True)
class Asked:
    """The price: `kind` is free, once, monthly or requests; `amount` without tax, for `each` requests where
    they are paid; the first `free` requests of a month cost nothing. `vat` None: outside the scope of VAT."""

    kind: str = FREE
    amount: Decimal = Decimal(0)
    each: int = 1000
    free: int = 0
    vat: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a provider decided. `attributes` None: all; `rate` 0: no limit; `approval`: each order waits for
    the provider."""

    name: str
    description: str
    provider: str
    types: Sequence[str]
    terms: Terms
    attributes: Sequence[str] | None = None
    area: Json = None
    live: bool = False
    history: bool = False
    rate: float = 0.0
    quotas: tuple[Quota, ...] = ()
    price: Asked = field(default_factory=Asked)
    approval: bool = False


def check_draft(draft: Draft) -> None:
    """Raise Problem(BadRequestData) that says what is missing or cannot be."""
    if not draft.name.strip() or len(draft.name) > LONGEST_NAME:
        raise Problem(BadRequestData, f"A title has 1 to {LONGEST_NAME} characters.")
    if len(draft.description) > LONGEST_DESCRIPTION:
        raise Problem(BadRequestData, f"A description has at most {LONGEST_DESCRIPTION} characters.")
    if not draft.types:
        raise Problem(BadRequestData, "Nothing is chosen to be offered.")
    if isinstance(draft.terms.licence, str) and draft.terms.licence not in LICENCES:
        raise Problem(
            BadRequestData, f"The licence '{draft.terms.licence[:100]}' is none of {', '.join(LICENCES)}."
        )
    given = [{"name": name, "value": value} for name, value in _values(draft).items()]
    declared({"productCharacteristic": list[Json](given)}, str)
    check_price(price(draft))
    read_terms(term_element(draft.terms))


def specification(draft: Draft) -> JsonObject:
    """The productSpecification (TMF620)."""
    characteristics: list[Json] = [
        {
            "name": name,
            "valueType": DATA[name].value_type,
            "configurable": False,
            "productSpecCharacteristicValue": [{"value": value, "isDefault": True}],
        }
        for name, value in _values(draft).items()
    ]
    return {
        "name": draft.name,
        "description": draft.description,
        "lifecycleStatus": "Active",
        "productSpecCharacteristic": characteristics,
        "relatedParty": [_provider(draft)],
    }


def price(draft: Draft) -> JsonObject:
    """The productOfferingPrice (TMF620)."""
    asked = draft.price
    document: JsonObject = {
        "name": draft.name,
        "lifecycleStatus": "Active",
        "relatedParty": [_provider(draft)],
    }
    if asked.kind == FREE:
        return {**document, "priceType": FREE}
    vat = asked.vat
    document["tax"] = [{"taxCategory": "S", "taxRate": float(vat)} if vat else {"taxCategory": "O"}]
    money = money_document(Money(asked.amount, CURRENCY))
    match asked.kind:
        case "once":
            return {**document, "priceType": ONE_TIME, "price": money}
        case "monthly":
            period: JsonObject = {"recurringChargePeriodType": "month", "recurringChargePeriodLength": 1}
            return {**document, "priceType": PREPAID, "price": money, **period}
        case "requests":
            unit: JsonObject = {"amount": asked.each, "units": "request"}
            return {**document, "priceType": USAGE, "unitOfMeasure": unit, **_tiers(asked, money)}
        case _:
            raise Problem(BadRequestData, f"'{asked.kind[:40]}' is no kind of price.")


def offering(draft: Draft, specification_id: str, price_id: str, base: str) -> JsonObject:
    """The productOffering (TMF620), still in study; `base` is the node's address."""
    document: JsonObject = {
        "name": draft.name,
        "description": draft.description,
        "lifecycleStatus": "In study",
        "productSpecification": {"id": specification_id, "name": draft.name},
        "productOfferingPrice": [{"id": price_id, "name": draft.name}],
        "productOfferingTerm": [term_element(draft.terms, base)],
        "relatedParty": [_provider(draft)],
    }
    return {**document, "approval": "manual"} if draft.approval else document


def _values(draft: Draft) -> JsonObject:
    values: dict[str, Json] = {
        "entityTypes": list[Json](draft.types),
        "attributes": None if draft.attributes is None else list[Json](draft.attributes),
        "area": draft.area,
        "live": draft.live,
        "history": draft.history,
        "rateLimit": draft.rate or None,
        "quota": [{"metric": one.metric, "amount": one.amount, "period": one.period} for one in draft.quotas],
        "purpose": list[Json](draft.terms.purposes),
        "region": list[Json](draft.terms.regions),
    }
    return {name: value for name, value in values.items() if value is not None and value != []}


def _tiers(asked: Asked, money: JsonObject) -> Mapping[str, Json]:
    if not asked.free:
        return {"price": money}
    nothing = money_document(Money(Decimal(0), CURRENCY))
    return {"tier": [{"upTo": asked.free, "price": nothing}, {"price": money}]}


def _provider(draft: Draft) -> JsonObject:
    return {"id": draft.provider, "role": "seller", "@referredType": "Organization"}
