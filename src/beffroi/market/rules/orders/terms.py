"""What an order freezes of an offering: its prices, terms and characteristics as they are now (TMF622).

A changed catalogue changes no order. An offering may say in extension members how it is ordered:

| member | value |
| --- | --- |
| `approval` | `manual`: the provider approves each order; absent or `automatic`: nobody has to |
| `orderLimit` | `{"total": 5, "perParty": 1}`: how many may hold it at once, in all and for each party |

A `trial` in a price is given once to each party; later orders are frozen without it.
"""

from collections.abc import Iterable, Mapping
from typing import Final, cast

from beffroi.kernel.instant import Instant
from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.kernel.record import Key, Record
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING_PRICE
from beffroi.market.rules.offers.deliverable import check_deliverable
from beffroi.market.rules.offers.saleable import values_in, values_of
from beffroi.market.rules.offers.translations import MEMBER as TRANSLATION
from beffroi.market.rules.offers.translations import translated
from beffroi.market.rules.orders.configuration import FROZEN as CHOICES
from beffroi.market.rules.orders.configuration import PURPOSE, choices, configured
from beffroi.market.rules.orders.stated import check_prices, check_totals
from beffroi.market.rules.prices.calendar import later, month_of
from beffroi.market.rules.prices.money import Money, money_document, money_of, total
from beffroi.market.rules.prices.preview import preview
from beffroi.market.rules.prices.pricing import plans_of
from beffroi.market.rules.prices.selling import GONE, current, frozen, valid_at
from beffroi.market.rules.terms.data_use_term import terms_of

FROZEN: Final = ("itemPrice", "itemTerm", "itemTotalPrice", CHOICES)
"""What the node writes into an item; nobody changes it afterwards."""

GREATEST_LIMIT: Final = 10_000


def price_keys(offering: JsonObject) -> list[Key]:
    """The prices that an offering names."""
    named = offering.get("productOfferingPrice")
    return [
        PRODUCT_OFFERING_PRICE.key(str(each["id"]))
        for each in (named if isinstance(named, list) else [])
        if isinstance(each, dict) and "id" in each
    ]


def needs_approval(offering: JsonObject) -> bool:
    """Whether a provider approves each order. Raises Problem(BadRequestData) for a word that is none."""
    said = offering.get("approval", "automatic")
    if said not in ("automatic", "manual"):  # compared, not hashed: a client may send an object or a list
        raise Problem(
            BadRequestData, f"The 'approval' of the offering is {str(said)[:40]!r}, not manual or automatic."
        )
    return said == "manual"


def limits_in(offering: JsonObject) -> tuple[int, int]:
    """How many may hold it at once, in all and for each party; 0 for no limit. Raises Problem."""
    said = offering.get("orderLimit", {})
    if not isinstance(said, dict):
        raise Problem(
            BadRequestData, "The 'orderLimit' of the offering is no object with 'total' or 'perParty'."
        )
    return _whole(said, "total"), _whole(said, "perParty")


def check_conditions(offering: JsonObject) -> None:
    """Raise Problem(BadRequestData) for an `approval` or an `orderLimit` that says nothing clear."""
    needs_approval(offering)
    limits_in(offering)


def frozen_item(
    item: JsonObject, offering: JsonObject, known: Mapping[Key, Record], now: Instant, *, trial: bool
) -> JsonObject:
    """An item of an order with what it costs, its terms and its characteristics; `trial` says whether the
    buyer may have one. Raises Problem for what cannot be sold."""
    what = f"The item '{str(item['id'])[:100]}'"
    check_deliverable(offering, _specification(offering, known), f"{what} orders an offering that")
    sold = _prices(offering, known, what, trial=trial)
    prices = valid_at(sold, now, f"{what} orders an offering that")
    plans = plans_of(prices, f"{what} orders an offering that")
    check_prices(item.get("itemPrice"), frozen(prices, what), what)
    sums = preview(plans, {}, month_of(now[:7]), now).sums
    check_totals(item.get("itemTotalPrice"), (sums.net, sums.gross), what)
    result: JsonObject = {
        **item,
        "product": _product(item, offering, known, what),
        "itemPrice": cast("Json", frozen(prices, what)),
        "itemTotalPrice": [_total(sums.net, sums.gross)],
        CHOICES: choices(_specification(offering, known), offering),
    }
    terms = terms_of(offering)
    if terms is not None and terms.duration:
        later(now, *terms.duration)
    stated = offering.get("productOfferingTerm")
    result["itemTerm"] = stated if isinstance(stated, list) else []
    return result


def order_total(items: Iterable[JsonObject], stated: Json) -> list[Json]:
    """The member `orderTotalPrice`; `stated` is what the client says that it is.

    Raises Problem: BadRequestData for items in several currencies, Conflict for what is said and not so.
    """
    prices = [
        cast("JsonObject", objects_in(item["itemTotalPrice"])[0]["price"])
        for item in items
        if item.get("itemTotalPrice")
    ]
    if not prices:
        check_totals(stated, None, "The order")
        return []
    nets = [money_of(price["dutyFreeAmount"], "The total") for price in prices]
    currencies = sorted({net.currency for net in nets if net}) or [nets[0].currency]
    if len(currencies) > 1:
        raise Problem(
            BadRequestData, f"The order has prices in {' and '.join(currencies)}; one currency is needed."
        )
    grosses = [money_of(price["taxIncludedAmount"], "The total") for price in prices]
    (currency,) = currencies
    net, gross = total(filter(bool, nets), currency), total(filter(bool, grosses), currency)
    check_totals(stated, (net, gross), "The order")
    return [_total(net, gross)]


def trials_in(offering: JsonObject, known: Mapping[Key, Record], now: Instant) -> list[str]:
    """The ids of the offering's prices that are valid now and have a trial."""
    prices = [known[key].body for key in price_keys(offering) if key in known]
    return [str(price["id"]) for price in current(prices, now) if price.get("trial")]


def _prices(offering: JsonObject, known: Mapping[Key, Record], what: str, *, trial: bool) -> list[JsonObject]:
    found = list[JsonObject]()
    for key in price_keys(offering):
        record = known.get(key)
        if record is None:
            raise Problem(Conflict, f"{what} orders an offering whose price '{key.id[:100]}' does not exist.")
        price = record.body
        if str(price.get("lifecycleStatus", "")).lower() in GONE:
            raise Problem(
                Conflict,
                f"{what} orders an offering whose price '{key.id[:100]}' is '{price['lifecycleStatus']}'.",
            )
        found.append(price if trial else {name: part for name, part in price.items() if name != "trial"})
    return found


def _product(item: JsonObject, offering: JsonObject, known: Mapping[Key, Record], what: str) -> JsonObject:
    """What is ordered, configured; its specification is the offering's, never one that a buyer names."""
    given = item.get("product")
    product = dict(given) if isinstance(given, dict) else {}
    reference, specification = offering.get("productSpecification"), _specification(offering, known)
    product.pop("productSpecification", None)
    if isinstance(reference, dict):
        product["productSpecification"] = reference
    allowed = _with_purposes(specification, offering)
    product["productCharacteristic"] = cast("Json", configured(specification, allowed, product, what))
    product.setdefault("name", offering.get("name"))
    product.pop(TRANSLATION, None)
    names = translated(offering, "name")
    if names and product["name"] == offering.get("name"):
        product[TRANSLATION] = {code: {"name": name} for code, name in names.items()}
    return product


def _with_purposes(specification: JsonObject, offering: JsonObject) -> JsonObject:
    """The offering with the purposes of its terms as a characteristic, where nothing else states them."""
    terms = terms_of(offering)
    used = offering.get("prodSpecCharValueUse")
    listed = used if isinstance(used, list) else []
    stated = values_of(specification, PURPOSE) or values_in(used, PURPOSE)
    if terms is None or not terms.purposes or stated:
        return offering
    values: list[Json] = [{"value": each} for each in terms.purposes]
    purposes: JsonObject = {"name": PURPOSE, "productSpecCharacteristicValue": values}
    return {**offering, "prodSpecCharValueUse": [*listed, purposes]}


def _specification(offering: JsonObject, known: Mapping[Key, Record]) -> JsonObject:
    reference = offering.get("productSpecification")
    if not isinstance(reference, dict):
        return {}
    record = known.get(Key("", "tmf:productSpecification", str(reference.get("id"))))
    return record.body if record else {}


def _total(net: Money, gross: Money) -> JsonObject:
    """What the rest of this month costs, nothing being used."""
    return {
        "name": "The month of the order, without usage",
        "priceType": "total",
        "price": {"dutyFreeAmount": money_document(net), "taxIncludedAmount": money_document(gross)},
    }


def _whole(said: JsonObject, name: str) -> int:
    value = said.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= GREATEST_LIMIT:
        raise Problem(
            BadRequestData,
            f"The '{name}' of the 'orderLimit' is {str(value)[:40]}, no whole number up to {GREATEST_LIMIT}.",
        )
    return value
