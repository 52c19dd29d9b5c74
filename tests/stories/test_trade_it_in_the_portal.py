"""Trade it, in the portal: a city offers with a service level, a firm buys and uses, an outage becomes a breach,
a credit and a bill. Every form is sent as a browser sends it; the interfaces and the command line see the same."""

import asyncio
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.forms import press
from tests.stories.square import (
    BIKES,
    BILLS,
    CATALOGUE,
    ORDERS,
    PRODUCTS,
    Person,
    Square,
    a_square,
    eventually,
    moment,
    month_over,
    through,
    token_for,
)

pytestmark = pytest.mark.slow

NEW = "/market/selling/new"
OFFER: dict[str, str | list[str]] = {
    "name": "Vélos en direct (simulés)",
    "description": "Chaque vélo, comme il bouge. Simulé.",
    "other_name": "Live bikes (simulated)",
    "price": "requests", "amount": "0,50", "each": "1", "free": "2", "vat": "20", "rate": "50",
    "quota": "1 000", "licence": "ODbL-1.0", "purpose": ["research"], "approval": "1",
    "availability": "99,5", "availability_credit": "10",
    "freshness": "99", "within": "3", "freshness_credit": "10", "greatest": "15",
}  # fmt: skip


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Square]:
    """A node on which a city may sell its bikes; a firm, a rival and an auditor have accounts."""
    with a_square(tmp_path_factory.mktemp("square"), "firm", "rival") as square:
        yield square


@pytest.fixture(scope="module")
def offering(square: Square) -> str:
    """What the city puts on sale: what it claims without proof is refused first."""
    city = square["city"]
    page = _page_with(city, f"/fr{NEW}", "BikeHireDockingStation")
    chosen = press(city, page, f"/fr{NEW}", type=["BikeHireDockingStation"])
    assert chosen.status == 200
    form = chosen.body.decode()
    claiming = press(city, form, f"/fr{NEW}", **OFFER, claims="1.C1.R1.1")
    assert claiming.status == 303, html.unescape(claiming.body.decode())[-3000:]
    address = claiming.headers["location"]
    refused = press(city, city.page(address), address, move="publish")
    said = html.unescape(refused.body.decode())
    assert refused.status == 409
    assert "L’offre revendique 1.C1.R1.1" in said
    made = press(city, form, f"/fr{NEW}", **OFFER)
    address = made.headers["location"]
    assert press(city, city.page(address), address, move="publish").status == 303
    id = address.rpartition("/")[2]
    listed = square["firm"].document(f"{CATALOGUE}/productOffering", lifecycleStatus="Active")
    assert [one["id"] for one in listed] == [id]
    return id


@pytest.fixture(scope="module")
def product(square: Square, offering: str) -> str:
    """What the firm orders in three steps and the city approves."""
    firm, city = square["firm"], square["city"]
    home = f"/en/market/catalogue/{offering}"
    assert home in _page_with(firm, "/en/market?text=bikes", "Live bikes")
    page = html.unescape(firm.page(home))
    assert "not older than 3 seconds" in page
    cost = press(firm, page, home, requests="12")
    assert "€6.00" in html.unescape(cost.body.decode())
    terms = firm.page(f"{home}/order/terms", requests="12")
    confirm = press(firm, terms, f"{home}/order/confirm", agreed=_offered(terms, "agreed"), reference="Story")
    placed = press(firm, confirm.body.decode(), f"{home}/order")
    assert placed.status == 303, placed
    order = placed.headers["location"].rpartition("/")[2]
    waiting = _page_with(city, "/fr/market/selling", order)
    decided = press(city, waiting, f"/fr/market/selling/orders/{order}", decision="approve")
    assert decided.status == 303
    done = eventually(
        lambda: (found := firm.document(f"{ORDERS}/{order}"))["state"] == "completed" and found, "access"
    )
    id = str(done["productOrderItem"][0]["product"]["id"])
    assert f"/en/market/mine/{id}" in firm.page(placed.headers["location"])
    return id


@pytest.fixture(scope="module")
def breach(square: Square, product: str) -> Any:
    """Nobody says anything new of the stations: the monitor misses the freshness that is promised."""
    found = eventually(
        lambda: square["firm"].document("/market/breaches", product=product)["breach"], "the breach"
    )
    return found[0]


@pytest.fixture(scope="module")
def used(square: Square, product: str) -> str:
    """The firm sees its secret once and asks five times; a token for its product."""
    firm = square["firm"]
    address = f"/en/market/mine/{product}"
    shown = press(firm, firm.page(address), f"{address}/secret")
    text = html.unescape(shown.body.decode())
    client, secret = (re.search(pattern, text) for pattern in (r"cli_[0-9a-f]+", r"sec_[\w-]+"))
    assert client, text
    assert secret, text
    assert secret[0] not in firm.page(address)
    bearer = token_for(square.node, client[0], secret[0], purpose="research").json["access_token"]
    for _ in range(5):
        assert len(through(square.node, bearer, BIKES).json) == 3
    return str(bearer)


def test_a_price_a_quota_and_a_level_stand_on_both_sides(square: Square, offering: str, product: str) -> None:
    (held,) = [one for one in square["firm"].document(PRODUCTS) if one["id"] == product]
    assert held["productOffering"]["id"] == offering
    bought = html.unescape(square["firm"].page(f"/fr/market/mine/{product}"))
    assert "Vélos en direct (simulés)" in bought
    assert "Live bikes (simulated)" in square["firm"].page(f"/en/market/mine/{product}")
    sold = html.unescape(square["city"].page(f"/fr/market/selling/{offering}"))
    assert "firm (simulated)" in sold
    assert "promis 99,5" in sold
    assert "99.5 %" in square.market("levels", offering)
    assert square["rival"].get(f"/en/market/mine/{product}").status == 404
    assert square["rival"].get(f"/en/market/selling/{offering}").status == 403


def test_both_parties_read_the_same_usage_and_take_it_away(
    square: Square, product: str, used: str, tmp_path: Path
) -> None:
    address = f"/en/market/mine/{product}/usage"
    rows = eventually(lambda: square["firm"].document(address), "the usage")
    assert used
    assert sum(row["meter"]["requests"] for row in rows) == 5
    assert square["city"].document(address) == rows == square["auditor"].document(address)
    file = tmp_path / "usage.json"
    file.write_text(json.dumps(rows))
    assert "holds" in square.command("market", "verify", str(file)).stdout
    assert rows[-1]["meter"]["hash"] in square["city"].page(f"/en/market/mine/{product}")


@pytest.mark.usefixtures("used")
def test_a_breach_with_its_evidence_is_on_every_face(
    square: Square, offering: str, product: str, breach: Any
) -> None:
    firm, city = square["firm"], square["city"]
    for person, address in ((firm, f"mine/{product}"), (city, f"selling/{offering}")):
        page = _page_with(person, f"/en/market/{address}", "Evidence of the breach")
        assert breach["evidence"][0]["sha256"][:16] in page
        french = html.unescape(person.page(f"/fr/market/{address}"))
        assert "Fraîcheur" in french
        assert "Preuves du manquement" in french
    assert "is missed since" in html.unescape(firm.page("/en/market/mine"))
    assert "freshness" in square.market("levels", offering)
    assert square["rival"].get("/market/breaches", product=product).status == 404


@pytest.fixture(scope="module")
def bill(square: Square, product: str, used: str, breach: Any) -> Any:
    """What is billed at a moment after the month's end, as the node and the command do then."""
    assert all((product, used, breach))
    early = square.command("market", "bill", "--month", moment()[:7], "--data", str(square.data))
    assert (early.exit_code, "is not over" in str(early.exception)) == (1, True)
    results = asyncio.run(month_over(square))
    assert [result.problem for result in results if result.problem] == []
    (made,) = square["firm"].document(f"{BILLS}/customerBill")
    return made


def test_a_credit_says_why_in_the_language_of_its_reader(
    square: Square, offering: str, product: str, bill: Any
) -> None:
    (off,) = bill["allowance"]
    assert off["level"]["metric"] == "freshness"
    for person, address in ((square["firm"], f"mine/{product}"), (square["city"], f"selling/{offering}")):
        french = html.unescape(person.page(f"/fr/market/{address}"))
        assert re.search(
            r"Niveau de service de \w+ \d{4}, pendant la durée du produit\s: fraîcheur [\d,]+ %, promis 99 %",
            french,
        )
        assert "Service level of" not in french
        english = html.unescape(person.page(f"/en/market/{address}"))
        assert re.search(
            r"Service level of \w+ \d{4}, while the product ran: freshness [\d.]+ %, promised 99 %", english
        )
    said = square.market("levels", offering)
    assert product in said
    assert "used" in said


def test_the_bill_is_one_record_that_each_side_reads_in_its_language(
    square: Square, product: str, bill: Any, tmp_path: Path
) -> None:
    address = f"market/bills/{bill['id']}"
    rates = square["firm"].document(f"{BILLS}/appliedCustomerBillingRate", **{"bill.id": bill["id"]})
    assert {rate["product"]["id"] for rate in rates} == {product}
    for name in ("firm", "city", "auditor"):
        french = html.unescape(square[name].page(f"/fr/{address}"))
        english = html.unescape(square[name].page(f"/en/{address}"))
        assert "Vélos en direct (simulés)" in french
        assert "fraîcheur" in french
        assert "Live bikes" not in french
        assert "Live bikes (simulated)" in english
        assert "freshness" in english
        assert "Vélos en direct" not in english
        assert bill["billNo"] in square[name].page("/fr/market/bills")
        assert square[name].get(f"/fr/{address}/pdf").body.startswith(b"%PDF")
        assert "Vélos en direct" in square[name].get(f"/fr/{address}/xml").body.decode()
    assert square["rival"].get(f"/fr/{address}").status == 404
    assert bill["id"] in square["firm"].page(f"/fr/market/mine/{product}")
    # two of five requests are free, three at 0.50; a credit of 10 %, VAT of 20 % of what is left
    assert [rate["taxExcludedAmount"]["value"] for rate in rates] == [0, 1.5]
    assert bill["amountDue"]["value"] == 1.62
    pdf = tmp_path / "facture.pdf"
    assert bill["billNo"] in square.market("invoice", bill["id"], "--output", str(pdf), "--language", "fr")
    assert pdf.read_bytes().startswith(b"%PDF")


def test_the_provider_sees_what_came_in_and_the_auditor_who_did_what(square: Square, bill: Any) -> None:
    assert bill["id"]
    assert "1,62" not in html.unescape(square["rival"].page("/fr/market/selling"))
    said = html.unescape(square["auditor"].page("/fr/market/audit"))
    assert "city" in said
    assert "firm" in said
    assert "unchanged and complete" in square.market("audit", "--verify")


def test_the_provider_suspends_and_resumes_and_the_next_request_feels_it(
    square: Square, product: str, used: str
) -> None:
    city, address = square["city"], f"/fr/market/mine/{product}"
    for move, status in (("suspended", 403), ("active", 200)):
        moved = press(city, city.page(address), f"{address}/state", move=move, reason="Essai (simulé)")
        assert moved.status == 303, html.unescape(moved.body.decode())[-2000:]
        seen = through(square.node, used, BIKES).status
        assert seen == status or (move == "suspended" and seen in {401, 403}), seen
        assert square["firm"].document(f"{PRODUCTS}/{product}")["status"] == move


def test_a_buyer_rates_what_it_holds_and_nobody_else_can(square: Square, offering: str, product: str) -> None:
    firm, address = square["firm"], f"/fr/market/mine/{product}"
    rated = press(firm, firm.page(address), f"{address}/rating", stars="4", words="Fiable (simulé).")
    assert rated.status == 303
    assert "Fiable (simulé)." in html.unescape(square["rival"].page(f"/fr/market/catalogue/{offering}"))
    found = square["rival"].document("/market/ratings", offering=offering)
    assert (found["count"], found["average"]) == (1, 4)
    assert 'name="stars"' not in square["city"].page(address)


def test_the_buyer_ends_it_and_its_records_stay(square: Square, product: str, used: str, bill: Any) -> None:
    firm, address = square["firm"], f"/fr/market/mine/{product}"
    ended = press(firm, firm.page(f"{address}/end"), f"{address}/end", reason="Plus besoin (simulé)")
    assert ended.status == 303
    assert through(square.node, used, BIKES).status in {401, 403}
    page = html.unescape(firm.page(address))
    assert bill["billNo"] in page
    assert 'name="move"' not in square["city"].page(address)


def _page_with(person: Person, path: str, words: str) -> str:
    """A page as soon as it has these words."""

    def look() -> str:
        page = html.unescape(person.page(path))
        return page if words in page else ""

    return str(eventually(look, f"'{words}' on {path}"))


def _offered(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])
