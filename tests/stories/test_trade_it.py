"""Trade it: an offer with claims and terms, an order, access and its end, usage and bills, a breach, in the
portal, over the interfaces and on the command line (US4 of the mission)."""

import hashlib
import html
import json
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.stories.square import (
    BIKES,
    BILLS,
    CATALOGUE,
    ENTITIES,
    ORDERS,
    PRODUCTS,
    USAGE,
    Person,
    Square,
    a_square,
    bought,
    characteristic,
    eventually,
    in_own_words,
    month_over,
    publish,
    through,
    token,
    token_for,
)

pytestmark = pytest.mark.slow

AGREED = {"purpose": "research"}
LEVEL = {
    "@type": "ServiceLevelTerm",
    "objective": [
        {
            "metric": "freshness", "target": 99, "withinSeconds": 3,
            "credit": [{"below": 99, "percent": 10}],
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def square(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Square]:
    """A node that asks for sign-in, on which a city sells to three firms; an auditor looks on."""
    with a_square(tmp_path_factory.mktemp("square"), "firm", "rival", "shop") as square:
        lamp = {"id": "urn:ngsi-ld:Streetlight:1", "type": "Streetlight", "powerState": "on"}
        made = square["operator"].ask("POST", ENTITIES, lamp, **in_own_words(square.node))
        assert made.status == 201, made
        yield square


@pytest.fixture(scope="module")
def offer(square: Square) -> Any:
    return publish(square["city"], "Live bikes (simulated)")


@pytest.fixture(scope="module")
def product(square: Square, offer: Any) -> Any:
    return bought(square["firm"], offer["id"])


def test_an_offer_that_claims_what_was_not_proved_is_not_published(square: Square) -> None:
    claims = characteristic("mimRequirements", ["1.C1.R1.1"])
    endpoint = characteristic("endpointUrl", f"{square.node.origin}/ngsi-ld/v1")
    body = {
        "name": "Claims", "lifecycleStatus": "Active", "prodSpecCharValueUse": [claims, endpoint],
        "relatedParty": [{"id": square["city"].party, "role": "seller", "@referredType": "Organization"}],
    }  # fmt: skip
    refused = square["city"].ask("POST", f"{CATALOGUE}/productOffering", body)
    assert refused.status == 409
    assert "1.C1.R1.1" in refused.json["message"]
    listed = square["firm"].document(f"{CATALOGUE}/productOffering", name="Claims")
    assert listed == []


def test_a_provider_sells_only_what_an_operator_permits(square: Square) -> None:
    city = square["city"]
    assert "BikeHireDockingStation" in square.market("permit", "list")
    lamps = characteristic("entityTypes", ["Streetlight"])
    parties = [{"id": city.party, "role": "seller", "@referredType": "Organization"}]
    body = {"name": "Lamps", "relatedParty": parties, "productSpecCharacteristic": [lamps]}
    refused = city.ask("POST", f"{CATALOGUE}/productSpecification", body)
    assert (refused.status, "'Streetlight'" in refused.json["message"]) == (403, True)
    page = city.get("/en/market/selling/new").body
    assert b'value="BikeHireDockingStation"' in page
    assert b"Streetlight" not in page


def test_the_offer_is_in_every_catalogue(square: Square, offer: Any) -> None:
    firm = square["firm"]
    over_tmf = firm.document(f"{CATALOGUE}/productOffering", lifecycleStatus="Active")
    assert offer["id"] in [each["id"] for each in over_tmf]
    dcat = firm.get("/dcat.ttl")
    assert dcat.status == 200
    assert b"Live bikes (simulated)" in dcat.body


def test_the_price_is_known_before_the_order(square: Square, offer: Any) -> None:
    said = square.market("price", offer["id"], "--requests", "12", "--month", "2026-11")
    assert re.search(r"without tax\W+EUR\W+35\.00", said), said
    assert re.search(r"with tax\W+EUR\W+42\.00", said), said


def test_an_order_becomes_a_signed_agreement_with_terms_that_machines_read(
    product: Any, square: Square
) -> None:
    (reference,) = product["agreement"]
    agreement = square["firm"].document(f"/tmf-api/agreementManagement/v4/agreement/{reference['id']}")
    assert {party["id"] for party in agreement["engagedParty"]} == {
        square["city"].party,
        square["firm"].party,
    }
    assert len(agreement["agreementAuthorization"]) == 2
    (terms,) = [
        term
        for item in agreement["agreementItem"]
        for term in item["termOrCondition"]
        if term.get("@type") == "DataUseTerm"
    ]
    assert terms["licence"]["spdxId"] == "ODbL-1.0"
    assert terms["purpose"] == ["research"]
    changed = square["city"].patch(
        f"/tmf-api/agreementManagement/v4/agreement/{agreement['id']}", {"name": "Other", "agreementItem": []}
    )
    assert changed.status == 409


def test_access_is_what_was_bought_and_nothing_else(product: Any, square: Square) -> None:
    bearer = token(square["firm"], product["id"], **AGREED)
    assert len(through(square.node, bearer, BIKES).json) == 3
    assert through(square.node, bearer, f"{ENTITIES}?type=Streetlight").json == []
    assert through(square.node, bearer, f"{ENTITIES}/urn:ngsi-ld:Streetlight:1").status == 404
    assert square.node.get(BIKES).status == 401


def test_a_token_has_to_state_the_purpose_that_was_agreed(product: Any, square: Square) -> None:
    made = square["firm"].make(f"/market/products/{product['id']}/credentials", {})
    refused = token_for(square.node, made["client_id"], made["client_secret"], purpose="advertising")
    assert refused.status == 400
    assert "advertising" in refused.json["error_description"]


def test_access_ends_and_comes_back_with_the_next_request(square: Square, offer: Any) -> None:
    held = bought(square["firm"], offer["id"])
    bearer = token(square["firm"], held["id"], **AGREED)
    for status, seen in (("suspended", False), ("active", True), ("terminated", False)):
        moved = square["city"].patch(
            f"{PRODUCTS}/{held['id']}", {"status": status, "statusReason": "simulated"}
        )
        assert moved.status == 200, moved
        assert (through(square.node, bearer, BIKES).status == 200) is seen
    assert square["firm"].document(f"{PRODUCTS}/{held['id']}")["status"] == "terminated"


def test_both_sides_hold_the_same_usage_and_either_can_check_it(
    square: Square, offer: Any, tmp_path: Path
) -> None:
    held = bought(square["firm"], offer["id"])
    bearer = token(square["firm"], held["id"], **AGREED)
    for _ in range(5):
        assert through(square.node, bearer, BIKES).status == 200
    rows = [_metered(square[name], held["id"]) for name in ("firm", "city", "auditor")]
    assert rows[0] == rows[1] == rows[2]
    assert rows[0][-1]["meter"]["total"]["requests"] == 5
    for row in rows[0]:
        sealed = {name: value for name, value in row["meter"].items() if name != "hash"}
        text = json.dumps(sealed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert row["meter"]["hash"] == hashlib.sha256(text.encode()).hexdigest()
    assert _metered(square["rival"], held["id"]) == []
    file = tmp_path / "usage.json"
    file.write_text(json.dumps(rows[0]))
    assert "holds" in square.command("market", "verify", str(file)).stdout
    rows[0][0]["meter"]["requests"] -= 1
    file.write_text(json.dumps(rows[0]))
    judged = square.command("market", "verify", str(file))
    assert (judged.exit_code, "breaks" in judged.stdout) == (1, True)
    assert "holds" in square.market("verify", "--product", held["id"])


def test_what_others_trade_does_not_exist_for_a_rival(square: Square, product: Any) -> None:
    rival = square["rival"]
    assert rival.get(f"{PRODUCTS}/{product['id']}").status == 404
    assert rival.document(PRODUCTS) == []
    assert rival.document(ORDERS) == []
    assert rival.ask("POST", f"/market/products/{product['id']}/credentials", {}).status == 404
    assert product["id"] in [each["id"] for each in square["auditor"].document(PRODUCTS, limit="100")]
    assert square["auditor"].ask("POST", f"/market/products/{product['id']}/credentials", {}).status == 403


def test_an_order_that_cannot_be_says_why_and_leaves_nothing(square: Square) -> None:
    firm = square["firm"]
    item = {"id": "1", "action": "add", "productOffering": {"id": "no-such-offering"}}
    before = firm.document(ORDERS, limit="100")
    refused = firm.ask("POST", ORDERS, {"productOrderItem": [item]})
    assert refused.status == 400
    assert "no-such-offering" in refused.json["message"]
    assert firm.document(ORDERS, limit="100") == before


def test_the_bill_comes_on_demand_once_and_as_an_invoice(square: Square, tmp_path: Path) -> None:
    buyer = square["firm"]
    asked = buyer.make(
        f"{BILLS}/customerBillOnDemand",
        {"name": "So far", "relatedParty": {"id": buyer.party, "@referredType": "Organization"}},
    )
    done = eventually(
        lambda: (
            found := buyer.document(f"{BILLS}/customerBillOnDemand/{asked['id']}")
        )["state"] != "inProgress" and found,
        "the bill",
    )  # fmt: skip
    assert done["state"] == "done", done
    bills = buyer.document(f"{BILLS}/customerBill")
    assert len(bills) == 1
    assert square["rival"].document(f"{BILLS}/customerBill") == []
    rates = buyer.document(
        f"{BILLS}/appliedCustomerBillingRate", **{"bill.id": bills[0]["id"], "limit": "100"}
    )
    calls = sum(rate["taxExcludedAmount"]["value"] for rate in rates if rate["name"].endswith("Requests"))
    assert calls == pytest.approx(0.5 * 3), rates
    pdf = tmp_path / "bill.pdf"
    square.market("invoice", bills[0]["id"], "--output", str(pdf), "--language", "en")
    assert pdf.read_bytes().startswith(b"%PDF")


def test_an_outage_becomes_a_breach_that_both_parties_see(square: Square) -> None:
    """Freshness is promised, the stations stay as they are: nobody says anything new of them."""
    offering = publish(square["city"], "Fresh bikes (simulated)", LEVEL)
    held = bought(square["firm"], offering["id"])
    found = eventually(
        lambda: square["firm"].document("/market/breaches", product=held["id"])["breach"], "the breach"
    )
    assert found[0]["objective"] == "freshness"
    assert len(found[0]["evidence"]) >= 3
    assert all(probe["newest"] and probe["sha256"] for probe in found[0]["evidence"])
    of_seller = square["city"].document("/market/breaches", offering=offering["id"])["breach"]
    assert found[0]["id"] in [each["id"] for each in of_seller]
    assert square["rival"].get("/market/breaches", product=held["id"]).status == 404


def test_a_breach_comes_off_the_bill_of_its_month(square: Square, run: Run) -> None:
    """Settled and billed at a moment after the month's end, as the node and the command do then."""
    buyer = square["shop"]
    offering = publish(square["city"], "Bikes for the shop (simulated)", LEVEL)
    held = bought(buyer, offering["id"])
    eventually(lambda: buyer.document("/market/breaches", product=held["id"])["breach"], "the breach")
    results = run(month_over(square))
    assert [result.problem for result in results if result.problem] == []
    (bill,) = buyer.document(f"{BILLS}/customerBill")
    (off,) = bill["allowance"]
    assert "freshness" in off["reason"]
    rates = buyer.document(f"{BILLS}/appliedCustomerBillingRate", **{"bill.id": bill["id"]})
    lines = sum((Decimal(str(rate["taxExcludedAmount"]["value"])) for rate in rates), Decimal(0))
    credit = (lines / 10).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(str(off["amount"]["value"])) == credit
    tax = ((lines - credit) / 5).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(str(bill["amountDue"]["value"])) == lines - credit + tax
    (breach,) = buyer.document("/market/breaches", product=held["id"])["breach"]
    assert breach["credit"]["state"] == "used"


def test_a_person_orders_in_the_portal_and_asks_with_the_secret_shown_once(
    square: Square, offer: Any
) -> None:
    firm = square["firm"]
    home = f"/en/market/catalogue/{offer['id']}"
    assert "Live bikes (simulated)" in firm.page("/en/market", text="bikes")
    assert "Open Database License" in html.unescape(firm.page(home))
    page = firm.page(f"{home}/order/terms")
    (agreed,) = re.findall(r'name="agreed" type="checkbox" value="([^"]+)"', page)
    page = firm.page(f"{home}/order/confirm", agreed=agreed, reference="Story")
    placed = firm.send(f"{home}/order", page)
    assert placed.status == 303, placed
    order = placed.headers["location"].rpartition("/")[2]
    again = firm.send(f"{home}/order", page)
    assert again.headers["location"] == placed.headers["location"]
    done = eventually(
        lambda: (found := firm.document(f"{ORDERS}/{order}"))["state"] == "completed" and found, "access"
    )
    held = done["productOrderItem"][0]["product"]["id"]
    page = firm.page(f"/en/market/mine/{held}")
    shown = firm.send(f"/en/market/mine/{held}/secret", page)
    assert shown.status == 200
    client, secret = _credentials_in(html.unescape(shown.body.decode()))
    assert secret not in firm.page(f"/en/market/mine/{held}")
    bearer = token_for(square.node, client, secret, **AGREED).json["access_token"]
    assert len(through(square.node, bearer, BIKES).json) == 3
    assert square["rival"].get(f"/en/market/mine/{held}").status == 404


def _metered(person: Person, product: str) -> Any:
    """The usage rows that somebody reads, once what was used is counted."""
    person.ask(
        "POST", "/tmf-api/usageConsumption/v4/queryUsageConsumption",
        {"searchCriteria": {"product": [{"id": product}]}},
    )  # fmt: skip
    return person.document(USAGE, **{"meter.product": product, "limit": "100"})


def _credentials_in(page: str) -> tuple[str, str]:
    client, secret = re.search(r"cli_[0-9a-f]+", page), re.search(r"\bsec_[\w-]+|[\w-]{43}", page)
    assert client is not None, page
    assert secret is not None, page
    return client[0], secret[0]


def test_the_log_of_the_whole_story_is_one_chain(square: Square, product: Any) -> None:
    said = square.market("audit", "--verify")
    assert "unchanged and complete" in said
    newest = said.split()[-1]
    assert "unchanged and complete" in square.market("audit", "--known", newest)
