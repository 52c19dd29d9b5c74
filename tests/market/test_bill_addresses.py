"""The addresses in bills, their lines and demands for them, as the outside reads them."""

from collections.abc import Iterator
from typing import Any

import pytest

from beffroi.market.operations.demand import bill_demanded
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.bills.on_demand import LANE
from tests.market.invoices import BUYER, SELLER
from tests.market.prices import monthly
from tests.market.seller import BASE, Seller
from tests.market.shop import product, put

KINDS = ("customerBillOnDemand", "customerBill", "appliedCustomerBillingRate")


@pytest.fixture
def engine() -> str:
    return "memory"


@pytest.fixture
def billed(seller: Seller) -> Seller:
    """A seller that has billed a firm on demand."""
    market = seller.market
    seller.run(put(market.store, "tmf:organization", {**SELLER, "id": "city"}, {**BUYER, "id": "firm"}))
    seller.run(put(market.store, "tmf:product", product("a", monthly(30, "recurring-prepaid"))))
    seller.make("customerBillOnDemand", {"relatedParty": {"id": "firm", "role": "buyer"}})
    seller.run(bill_demanded(market, seller.run(market.store.pending(LANE, 1))))
    return seller


def test_every_address_is_whole_and_leads_to_its_document(billed: Seller) -> None:
    found = {kind: billed.list(kind).json for kind in KINDS}
    (demand,), (bill,), rates = found.values()
    path = f"{BASE}{RESOURCES['customerBill'].path}/{bill['id']}"
    assert [demand["customerBill"]["href"], bill["href"], rates[0]["bill"]["href"]] == [path] * 3
    for address in set(addresses_in(found)):
        assert address.startswith(f"{BASE}/"), address
        assert billed.send("GET", address.removeprefix(BASE)).status == 200, address


def test_a_bill_names_its_invoice_as_pdf_and_as_xml_in_the_language_that_is_asked_for(billed: Seller) -> None:
    (bill,) = billed.list("customerBill").json
    pdf, xml = (each["href"].removeprefix(BASE) for each in bill["billDocument"])
    assert [each["mimeType"] for each in bill["billDocument"]] == ["application/pdf", "application/xml"]
    shown = billed.send("GET", pdf, headers={"accept-language": "fr"})
    assert shown.headers["content-language"] == "fr"
    assert shown.text != billed.send("GET", pdf).text
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"] == f'attachment; filename="{bill["billNo"]}.pdf"'
    for code in ("fr", "en"):
        told = billed.send("GET", xml, headers={"accept-language": code})
        assert told.headers["content-language"] == code
        assert told.text.startswith(b"<?xml")
        assert bill["billNo"].encode() in told.text


def test_a_bill_changes_its_state_and_may_be_sent_back_as_it_was_read(billed: Seller) -> None:
    (bill,) = billed.list("customerBill").json
    assert billed.patch("customerBill", bill["id"], {"state": "onHold"}).json["state"] == "onHold"
    again = billed.patch("customerBill", bill["id"], {**bill, "state": "validated"})
    assert (again.status, again.json["billDocument"]) == (200, bill["billDocument"])
    assert billed.patch("customerBill", bill["id"], {"billDocument": []}).status == 400


def test_an_invoice_is_read_by_whose_bill_it_is(billed: Seller) -> None:
    (bill,) = billed.list("customerBill").json
    addresses = [each["href"].removeprefix(BASE) for each in bill["billDocument"]]
    for party, status in (("firm", 200), ("city", 200), ("other", 404)):
        reader = billed.acting(party, "browse", party=party)
        assert [reader.send("GET", address).status for address in addresses] == [status, status], party
    assert billed.send("GET", addresses[0].replace("invoice", "other")).status == 404
    assert billed.send("GET", addresses[0], query="lang=fr").status == 400
    assert billed.send("GET", "/market/bills/none/invoice.pdf").status == 404


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
