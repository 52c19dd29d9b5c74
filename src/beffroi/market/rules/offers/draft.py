"""Drafts: the documents that put something into the catalogue, from what a provider decided.

A productSpecification says what is given (data of this node, or a service elsewhere), a
productOfferingPrice what it costs, a productOffering under which terms and in which languages.
`draft_check` says what is wrong with one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from beffroi.kernel.grant import Quota
from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.rules.offers.publishing import CLAIM
from beffroi.market.rules.offers.saleable import DATA, SAMPLE, SERVICE
from beffroi.market.rules.prices.money import Money, money_document
from beffroi.market.rules.prices.pricing import FREE, ONE_TIME, PREPAID, USAGE
from beffroi.market.rules.service_level.promise import Promise
from beffroi.market.rules.service_level.stated import promise_element
from beffroi.market.rules.terms.data_use_term import Terms, term_element

CURRENCY: Final = "EUR"
INTERFACE: Final = "/ngsi-ld/v1"
"""Where data of this node is asked for, and what a check of its claims looks at."""


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
class Service:
    """A service elsewhere. `access` is gate or webhook (`saleable.ACCESS`); with webhook the node asks
    `credentials` for those of each product. `posts`: it may be asked with POST, too. `sample` is an example
    of what it answers."""

    endpoint: str
    description: str = ""
    access: str = "gate"
    credentials: str = ""
    posts: bool = False
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a provider decided. Either `types` of this node's data or a `service` elsewhere is sold.
    `attributes` None: all; `sample`: everybody sees the first entities; `rate` 0: no limit; `approval`: each
    order waits for the provider. `total` and `per_party` are how many may hold it at once, 0 for no limit.
    `translation` has name and description by language. `promise` is the service level, `claims` are ids of
    MIM requirements that the service's address, or this node's for its data, is said to meet."""

    name: str
    description: str
    provider: str
    types: Sequence[str]
    terms: Terms
    attributes: Sequence[str] | None = None
    area: Json = None
    live: bool = False
    history: bool = False
    sample: bool = False
    rate: float = 0.0
    quotas: tuple[Quota, ...] = ()
    price: Asked = field(default_factory=Asked)
    approval: bool = False
    service: Service | None = None
    total: int = 0
    per_party: int = 0
    translation: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    promise: Promise | None = None
    claims: Sequence[str] = ()


def specification(draft: Draft) -> JsonObject:
    """The productSpecification (TMF620)."""
    types = {name: one.value_type for name, one in {**DATA, **SERVICE}.items()}
    types[SAMPLE] = "boolean" if draft.service is None else "string"
    characteristics: list[Json] = [
        {
            "name": name,
            "valueType": types[name],
            "configurable": False,
            "productSpecCharacteristicValue": [{"value": value, "isDefault": True}],
        }
        for name, value in characteristics_of(draft).items()
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
    names = {code: row["name"] for code, row in draft.translation.items() if "name" in row}
    if names:
        document["translation"] = {code: {"name": name} for code, name in names.items()}
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
        "productOfferingTerm": _terms(draft, base),
        "relatedParty": [_provider(draft)],
    }
    if draft.claims:
        document["prodSpecCharValueUse"] = _claims(draft, base)
    if draft.approval:
        document["approval"] = "manual"
    limit = {"total": draft.total, "perParty": draft.per_party}
    if any(limit.values()):
        document["orderLimit"] = {name: most for name, most in limit.items() if most}
    if draft.translation:
        document["translation"] = {code: dict[str, Json](row) for code, row in draft.translation.items()}
    return document


def characteristics_of(draft: Draft) -> JsonObject:
    """What the specification says that is given, by the names of `saleable`."""
    values: dict[str, Json] = {
        "entityTypes": list[Json](draft.types),
        "attributes": None if draft.attributes is None else list[Json](draft.attributes),
        "area": draft.area,
        "live": draft.live,
        "history": draft.history,
        SAMPLE: draft.sample or None,
        "rateLimit": draft.rate or None,
        "quota": [{"metric": one.metric, "amount": one.amount, "period": one.period} for one in draft.quotas],
        "purpose": list[Json](draft.terms.purposes),
        "region": list[Json](draft.terms.regions),
    }
    if draft.service is not None:
        values = {name: values[name] for name in ("rateLimit", "quota", "purpose", "region")}
        values |= _service(draft.service)
    return {name: value for name, value in values.items() if value is not None and value != []}


def _terms(draft: Draft, base: str) -> list[Json]:
    promised = [promise_element(draft.promise, base)] if draft.promise is not None else []
    return [term_element(draft.terms, base), *promised]


def _claims(draft: Draft, base: str) -> list[Json]:
    """What is claimed; for data of this node with the address at which it is asked for."""
    stated: list[tuple[str, str, Json]] = [(CLAIM, "array", list[Json](draft.claims))]
    if draft.service is None:
        stated.append(("endpointUrl", "string", f"{base}{INTERFACE}"))
    return [
        {"name": name, "valueType": kind, "productSpecCharacteristicValue": [{"value": value}]}
        for name, kind, value in stated
    ]


def _service(service: Service) -> JsonObject:
    return {
        "endpointUrl": service.endpoint,
        "endpointDescription": service.description or None,
        "access": service.access,
        "credentialsUrl": service.credentials or None,
        "methods": ["POST"] if service.posts else [],
        SAMPLE: service.sample or None,
    }


def _tiers(asked: Asked, money: JsonObject) -> Mapping[str, Json]:
    if not asked.free:
        return {"price": money}
    nothing = money_document(Money(Decimal(0), CURRENCY))
    return {"tier": [{"upTo": asked.free, "price": nothing}, {"price": money}]}


def _provider(draft: Draft) -> JsonObject:
    return {"id": draft.provider, "role": "seller", "@referredType": "Organization"}
