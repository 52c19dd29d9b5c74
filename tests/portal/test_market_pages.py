"""The market's lists with more documents than a page shows: nothing is missing, and what is counted is all."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.market.shop import put
from tests.portal.node import Node
from tests.portal.test_mine import see, send, state, text
from tests.portal.trading import ACTIVE, AUDITOR, BILL, CITY, FIRM, OFFER, OTHER, trading_node

from beffroi.kernel.json import JsonObject
from beffroi.market.rules.apis.tmf620 import PRODUCT_OFFERING
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.portal.reading.market.newest import ROWS

MANY = 2 * ROWS + 5
ONCE = "offer-2"


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with trading_node() as made:
        made.run(trade_much(made))
        yield made


async def trade_much(node: Node) -> None:
    """MANY more of every kind; then one offer with one product, the newest of all."""
    store = node.portal.store
    (bikes,) = (await store.read([PRODUCT.key(ACTIVE)])).values()
    (order,) = (await store.read([PRODUCT_ORDER.key("order-1")])).values()
    (offer,) = (await store.read([PRODUCT_OFFERING.key(OFFER)])).values()
    (bill,) = (await store.read([CUSTOMER_BILL.key(BILL)])).values()
    numbers = range(1, MANY + 1)
    ended = {"status": "terminated", "terminationDate": "2026-11-10T00:00:00Z"}
    await put(store, PRODUCT.kind, *(copy(bikes.body, "product", n, "Simulé") for n in numbers))
    await put(store, PRODUCT.kind, *(copy(bikes.body, "ended", n, "Fini", **ended) for n in numbers))
    await put(store, PRODUCT_ORDER.kind, *(copy(order.body, "order-more", n, "Commande") for n in numbers))
    await put(store, PRODUCT_OFFERING.kind, *(copy(offer.body, "offer-more", n, "Offre") for n in numbers))
    bills = [copy(bill.body, "bill-more", n, "", billNo=f"S-{n:06}") for n in numbers]
    await put(store, CUSTOMER_BILL.kind, *bills)
    await put(store, PRODUCT_OFFERING.kind, {**offer.body, "id": ONCE, "name": "Offre neuve (simulée)"})
    newest: JsonObject = {"id": ONCE, "name": "Offre neuve (simulée)"}
    await put(
        store,
        PRODUCT.kind,
        {**bikes.body, "id": "newest", "name": "Produit neuf (simulé)", "productOffering": newest},
    )
    meters = [spent(f"product-{n}", 10) for n in numbers]
    await put(store, "meter", *meters, spent("newest", 7))


def copy(body: JsonObject, id: str, n: int, name: str, **more: Any) -> JsonObject:
    return {**body, "id": f"{id}-{n}", "name": f"{name} {n}", **more}


def spent(product: str, requests: int) -> JsonObject:
    return {
        "id": product, "last": None, "total": {}, "day": "2026-11-22", "month": "2026-11",
        "byDay": {}, "byMonth": {"requests": requests},
    }  # fmt: skip


def row_of(page: str, id: str) -> str:
    """The row of an offer, with one space between its words."""
    (row,) = re.findall(rf'<tr role="row">\s*<th[^>]*><a href="[^"]*/{id}">.*?</tr>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


def turned(node: Node, address: str, what: str, name: str = "page") -> list[str]:
    """What a pattern finds on one page after another, as the links of a list lead."""
    found = list[str]()
    while address:
        page = text(node, CITY if "selling" in address else FIRM, address)
        found += re.findall(what, page)
        following = re.search(rf'<a href="([^"]+[?]{name}=[^"]+)" rel="next">', page)
        address = following[1] if following else ""
    return found


def test_a_new_offer_says_who_holds_it(node: Node) -> None:
    page = text(node, CITY, f"/en/market/selling/{ONCE}")
    assert "Nobody yet." not in page
    assert "/market/mine/newest" in page


def test_every_holder_is_found_page_by_page(node: Node) -> None:
    held = turned(node, f"/en/market/selling/{OFFER}", r"/market/mine/([\w-]+)")
    assert held[0] == f"product-{MANY}"
    assert len(held) == len(set(held)) == 2 * MANY + 1
    assert f"{2 * MANY + 1} products" in text(node, CITY, f"/en/market/selling/{OFFER}")


def test_my_offers_count_every_product(node: Node) -> None:
    first = text(node, CITY, "/en/market/selling")
    assert row_of(first, ONCE) == "Offre neuve (simulée) on sale 1 7 0 Simville"
    last = text(node, CITY, "/en/market/selling?page=99")
    requests = f"{16_400 + 10 * MANY:,}"
    assert row_of(last, OFFER) == f"Vélos en direct (simulés) on sale {MANY + 1} {requests} 0 Simville"


def test_every_offer_is_on_some_page_the_newest_first(node: Node) -> None:
    offers = turned(node, "/en/market/selling", r'<th[^>]*><a href="[^"]*/market/selling/([^"]+)">')
    assert offers[:2] == [ONCE, f"offer-more-{MANY}"]
    assert len(set(offers)) == len(offers) == MANY + 3


def test_the_newest_product_of_a_buyer_comes_first_and_those_that_ended_last(node: Node) -> None:
    products = turned(node, "/fr/market/mine", r'<h2><a href="[^"]*/market/mine/([^"]+)">')
    assert products[:2] == ["newest", f"product-{MANY}"]
    assert products[-1] == "lamps-1"
    assert len(set(products)) == len(products) == 2 * MANY + 4
    assert f"{2 * MANY + 4} produits" in text(node, FIRM, "/fr/market/mine")


def test_every_bill_is_on_some_page_the_newest_first(node: Node) -> None:
    bills = turned(node, "/en/market/bills", r'<a href="[^"]*/market/bills/([^"]+)">')
    assert bills[0] == f"bill-more-{MANY}"
    assert bills[-1] == BILL
    assert len(set(bills)) == len(bills) == MANY + 1


def test_the_revenue_is_that_of_all_bills(node: Node) -> None:
    page = text(node, CITY, "/en/market/selling")
    (sum_of_month,) = re.findall(r"October 2026</time></th><td[^>]*><data value=\"([\d.]+)\"", page)
    assert float(sum_of_month) == pytest.approx(99.33 * (MANY + 1))
    assert "October 2026" not in text(node, FIRM, "/en/market/selling")


def test_the_bills_of_a_product_are_found_among_many(node: Node) -> None:
    assert f"/market/bills/{BILL}" in text(node, FIRM, f"/en/market/mine/{ACTIVE}")


def test_orders_after_the_first_page_can_be_approved(node: Node) -> None:
    assert f"{MANY + 1} orders" in text(node, CITY, "/en/market/selling")
    waiting = turned(node, "/en/market/selling?orders=1", r"/market/selling/orders/([\w-]+)", "orders")
    assert len(set(waiting)) == MANY + 1
    last = "/en/market/selling?orders=99"
    assert "/market/selling/orders/order-1" in text(node, CITY, last)
    send(node, CITY, last, "/en/market/selling/orders/order-1", decision="approve")
    assert f"{MANY} orders" in text(node, CITY, "/en/market/selling")


def test_others_see_none_of_it_and_an_auditor_all(node: Node) -> None:
    assert "/market/mine/newest" not in text(node, OTHER, "/en/market/mine")
    assert "/market/bills/bill-more-" not in text(node, OTHER, "/en/market/bills")
    assert "/market/selling/offer-" not in text(node, FIRM, "/en/market/selling")
    assert f"{MANY + 3} offers" in text(node, AUDITOR, "/en/market/selling")
    assert see(node, AUDITOR, "/en/market/mine?page=nonsense").status == 200
    assert state(node, "newest") == "active"
