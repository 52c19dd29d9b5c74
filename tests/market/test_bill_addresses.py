"""The addresses in bills, their lines and demands for them, as the outside reads them."""

from collections.abc import Iterator
from typing import Any

import pytest

from beffroi.kernel.json import JsonObject
from beffroi.market.operations.demand import bill_demanded
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.bills.on_demand import LANE
from tests.market.prices import monthly
from tests.market.seller import BASE, Seller
from tests.market.shop import product, put

KINDS = ("customerBillOnDemand", "customerBill", "appliedCustomerBillingRate")


@pytest.fixture
def engine() -> str:
    return "memory"


def test_every_address_is_whole_and_leads_to_its_document(seller: Seller) -> None:
    market = seller.market
    party: JsonObject = {"id": "firm", "tradingName": "Firm (simulated)"}
    seller.run(put(market.store, "tmf:organization", party))
    seller.run(put(market.store, "tmf:product", product("a", monthly(30, "recurring-prepaid"))))
    seller.make("customerBillOnDemand", {"relatedParty": {"id": "firm", "role": "buyer"}})
    seller.run(bill_demanded(market, seller.run(market.store.pending(LANE, 1))))
    found = {kind: seller.list(kind).json for kind in KINDS}
    (demand,), (bill,), rates = found.values()
    path = f"{BASE}{RESOURCES['customerBill'].path}/{bill['id']}"
    assert [demand["customerBill"]["href"], bill["href"], rates[0]["bill"]["href"]] == [path] * 3
    for address in set(addresses_in(found)):
        assert address.startswith(f"{BASE}/"), address
        assert seller.send("GET", address.removeprefix(BASE)).status == 200, address


def addresses_in(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for name, member in value.items():
                yield from [member] if name == "href" else addresses_in(member)
        case list():
            for each in value:
                yield from addresses_in(each)
        case _:
            return
