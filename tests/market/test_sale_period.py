"""An offering is on sale within its validFor (TMF620): what it keeps from sale stands in no catalogue."""

import asyncio

import pytest

from beffroi.cli.offer_text import offer_text
from beffroi.kernel.instant import Instant
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.market.operations.dcat import Dcat, contents
from beffroi.market.operations.ordering import Offer
from beffroi.market.operations.services import INDEXERS
from beffroi.market.rules.dcat.dataset import Served
from beffroi.market.rules.offers.sale_period import SalePeriod, sale_period
from beffroi.market.rules.orders.placing import check_on_sale
from beffroi.market.rules.orders.sellable import why_not_sold
from beffroi.store.memory import MemoryStore
from tests.market.faces import ABOUT, OFFERING, SPECIFICATION
from tests.market.prices import once
from tests.market.shop import put

NOW = Instant("2026-11-23T08:00:00.000000Z")
SINCE, UNTIL = "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"
BOTH: JsonObject = {"startDateTime": SINCE, "endDateTime": UNTIL}


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        ("2026-11-23T07:59:59.999999Z", False),
        ("2026-11-23T08:00:00.000000Z", True),
        ("2026-11-23T09:00:00.000000Z", True),
        ("2026-11-23T09:00:00.000001Z", False),
    ],
)
def test_both_ends_belong_to_the_period(now: str, holds: bool) -> None:
    assert sale_period({"validFor": BOTH}).holds(Instant(now)) is holds
    assert SalePeriod().holds(Instant(now))


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ({"startDateTime": "2030-01-01T00:00:00Z"}, "goes on sale at 2030-01-01T00:00:00Z"),
        ({"endDateTime": "2021-12-31T23:00:00Z"}, "was on sale until 2021-12-31T23:00:00Z"),
    ],
)
def test_outside_of_it_nobody_orders_and_dcat_does_not_list_it(period: JsonObject, said: str) -> None:
    offering: JsonObject = {**OFFERING, "validFor": period}
    with pytest.raises(Problem, match=said):
        check_on_sale(offering, "Bikes", NOW)
    assert asyncio.run(_listed(offering)) == []


def test_within_it_dcat_lists_it() -> None:
    offering: JsonObject = {**OFFERING, "validFor": BOTH}
    check_on_sale(offering, "Bikes", NOW)
    assert asyncio.run(_listed(offering)) == [OFFERING["id"]]


BUNDLE: JsonObject = {"isBundle": True}
NOTHING: JsonObject = {"productSpecification": {"id": "none"}}
PRICED: JsonObject = {"productOfferingPrice": [{"id": "p"}]}
SOLD_AT: JsonObject = {**once(5), "id": "p"}
SPENT: JsonObject = {**SOLD_AT, "validFor": {"endDateTime": "2021-12-31T23:00:00Z"}}
TERMLESS: JsonObject = {"productOfferingTerm": [{"@type": "DataUseTerm", "licence": 5}]}


@pytest.mark.parametrize(
    ("change", "price", "said"),
    [
        (BUNDLE, SOLD_AT, "is a bundle"),
        (NOTHING, SOLD_AT, "sells nothing"),
        (PRICED, SPENT, "has no price that is valid at"),
        (PRICED, {**SOLD_AT, "lifecycleStatus": "Retired"}, "has the price 'p', which is 'Retired'"),
        (PRICED, {**SOLD_AT, "id": "other"}, "names the price 'p', which is gone"),
        (TERMLESS, SOLD_AT, "licence"),
    ],
)
def test_what_every_order_would_be_refused_of_is_not_listed(
    change: JsonObject, price: JsonObject, said: str
) -> None:
    offering: JsonObject = {**OFFERING, **change}
    specification = SPECIFICATION if change is not NOTHING else {}
    assert said in why_not_sold(offering, specification, [price], "Bikes", NOW)
    assert asyncio.run(_listed(offering, price)) == []


def test_what_can_be_ordered_at_its_price_is_listed() -> None:
    offering: JsonObject = {**OFFERING, **PRICED}
    assert why_not_sold(offering, SPECIFICATION, [SOLD_AT], "Bikes", NOW) == ""
    assert asyncio.run(_listed(offering, SOLD_AT)) == [OFFERING["id"]]


def test_the_command_line_says_when_an_offer_is_on_sale() -> None:
    shown = Offer({**OFFERING, "validFor": BOTH}, {}, [], NOW)
    said = list(offer_text(shown, {}, "fr"))
    assert f"En vente à partir du {SINCE}." in said
    assert f"En vente jusqu’au {UNTIL}." in said
    assert not [line for line in offer_text(Offer(OFFERING, {}, [], NOW), {}, "en") if "On sale" in line]


async def _listed(offering: JsonObject, *prices: JsonObject) -> list[str]:
    """The ids of the offerings in the catalogue of a node that has this one, of bikes, and these prices."""

    async def served() -> list[Served]:
        return []

    store = MemoryStore(INDEXERS)
    await put(store, "tmf:productOffering", offering)
    await put(store, "tmf:productSpecification", SPECIFICATION)
    await put(store, "tmf:productOfferingPrice", *prices)
    found, _ = await contents(Dcat(store, lambda: NOW, ABOUT, served), served=True)
    return [one.id for one in found.offered]
