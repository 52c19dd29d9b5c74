"""Trade it by programs: on a node that asks for sign-in a whole sale, with bearer tokens and no session."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.square import (
    BIKES,
    BILLS,
    ORDERS,
    PRODUCTS,
    USAGE,
    Square,
    a_square,
    bought,
    eventually,
    publish,
    through,
    token,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Square]:
    with a_square(tmp_path_factory.mktemp("square"), "firm", "rival") as square:
        yield square


def test_programs_sell_order_use_and_are_billed_with_nothing_but_their_tokens(
    square: Square, tmp_path: Path
) -> None:
    seller = square.program("shop of the city", square["city"].party, "--account", "city")
    party = square["firm"].party
    buyer = square.program("till of the firm", party, "--role", "buyer", "--party", party)
    offering = publish(seller, "Bikes for programs (simulated)")
    offer = buyer.document(f"/market/offers/{offering['id']}")
    assert offer["agreed"]
    product = bought(buyer, offering["id"])["id"]
    for _ in range(3):
        answer = through(square.node, token(buyer, product, purpose="research"), BIKES)
        assert len(answer.json) == 3
    catalogue = square.node.get("/dcat.ttl").body.decode()
    (address,) = re.findall(r"accessURL <https?://[^/]+(/ngsi-ld[^>]+BikeHireDockingStation)>", catalogue)
    bearer = {"authorization": f"Bearer {token(buyer, product, purpose='research')}"}
    assert len(square.node.get(address, bearer).json) == 3
    buyer.ask(
        "POST", "/tmf-api/usageConsumption/v4/queryUsageConsumption",
        {"searchCriteria": {"product": [{"id": product}]}},
    )  # fmt: skip
    rows = [each.document(USAGE, **{"meter.product": product}) for each in (buyer, seller)]
    assert rows[0] == rows[1]
    assert rows[0][-1]["meter"]["total"]["requests"] == 4
    asked = buyer.make(
        f"{BILLS}/customerBillOnDemand",
        {"name": "So far", "relatedParty": {"id": party, "@referredType": "Organization"}},
    )
    eventually(
        lambda: buyer.document(f"{BILLS}/customerBillOnDemand/{asked['id']}")["state"] == "done", "the bill"
    )
    bills = buyer.document(f"{BILLS}/customerBill")
    assert [one["id"] for one in bills] == [one["id"] for one in seller.document(f"{BILLS}/customerBill")]
    pdf = buyer.get(f"/market/bills/{bills[0]['id']}/invoice.pdf")
    assert pdf.body.startswith(b"%PDF"), pdf
    entries = square["auditor"].document("/market/audit", limit="1000")
    placed = next(one for one in entries if one["resource"] == "productOrder" and one["what"] == "create")
    assert (placed["actor"], placed["party"]) == ("till of the firm", party)
    published = next(
        one for one in entries if (one["resource"], one["id"]) == ("productOffering", offering["id"])
    )
    assert (published["actor"], published["party"]) == ("city", square["city"].party)


def test_a_token_of_a_party_sees_no_more_than_its_session_and_goes_with_its_account(square: Square) -> None:
    firm, rival = square["firm"], square["rival"]
    mine = square.program("mine", firm.party, "--account", "firm")
    other = square.program("other", rival.party, "--role", "buyer", "--party", rival.party)
    assert mine.document(PRODUCTS) == firm.document(PRODUCTS) != []
    assert (other.document(PRODUCTS), other.document(ORDERS)) == ([], [])
    assert other.get(f"{PRODUCTS}/{firm.document(PRODUCTS)[0]['id']}").status == 404
    assert mine.get("/ngsi-ld/v1/entities?type=BikeHireDockingStation").status == 403
    gone = square.command("token", "remove", "other", "--data", str(square.data))
    assert "1 taken back" in gone.stdout
    assert other.get(PRODUCTS).status == 401
    assert square.command("user", "remove", "firm", "--data", str(square.data)).exit_code == 0
    assert mine.get(PRODUCTS).status == 401
