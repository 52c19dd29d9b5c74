"""The account, a party's own data, taking it along, erasing a person's; and the log for auditors."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.portal.node import Node
from tests.portal.test_mine import see, send, text
from tests.portal.test_selling import kept
from tests.portal.trading import AUDITOR, FIRM, OTHER, trading_node

from beffroi.app.access import add_token
from beffroi.app.accounts import add_account
from beffroi.kernel.json import Json, JsonObject
from beffroi.portal.services import Doors
from beffroi.web.message import Request

PAGE = "/en/market/account"
ANNE = replace(FIRM, name="anne", party="person-1")
FORGOTTEN: list[str] = []


async def forget(name: str, _: str) -> None:
    FORGOTTEN.append(name)


@pytest.fixture
def node() -> Iterator[Node]:
    FORGOTTEN.clear()
    with trading_node(Doors(forget=forget)) as made:
        person: JsonObject = {
            "id": "person-1",
            "givenName": "Personne",
            "familyName": "Simulée",
            "status": "validated",
        }
        made.keep("tmf:individual", "person-1", person)
        yield made


def test_the_data_for_bills_is_shown_and_changed(node: Node) -> None:
    assert "FR40303265045" in text(node, FIRM, PAGE)
    said = {
        "name": "Société simulée SAS",
        "street1": "2 rue",
        "postCode": "59000",
        "city": "Lille",
        "country": "FR",
    }
    assert send(node, FIRM, PAGE, PAGE, **said, siret="40483304800022").status == 303
    firm = next(one for one in kept(node, "organization") if one["id"] == "firm")
    assert firm["tradingName"] == "Société simulée SAS"
    assert firm["organizationIdentification"] == [
        {"identificationType": "SIRET", "identificationId": "40483304800022"}
    ]
    assert next(one for one in kept(node, "organization") if one["id"] == "city")["tradingName"] == "Simville"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"siret": "123"}, "123"),
        ({"vat": "FR00000000000"}, "FR00000000000"),
        ({"country": "France"}, "no country"),
        ({"name": ""}, "has no name"),
    ],
)
def test_what_cannot_be_changes_nothing(node: Node, said: dict[str, str], sentence: str) -> None:
    before = kept(node, "organization")
    refused = send(node, FIRM, PAGE, PAGE, **({"name": "X", "country": "FR"} | said))
    assert refused.status == 422
    (told,) = re.findall(r'role="alert">(.*?)</p>', refused.body.decode())
    assert sentence in told
    assert kept(node, "organization") == before


def test_a_character_that_xml_cannot_write_is_refused(node: Node) -> None:
    before = kept(node, "organization")
    page = PAGE.replace("/en/", "/fr/")
    refused = send(node, FIRM, page, page, name="Ville\x01", country="FR")
    assert refused.status == 400
    assert "contient le caractère U+0001" in refused.body.decode()
    assert kept(node, "organization") == before


def test_the_export_holds_what_names_the_party_and_nothing_of_others(node: Node) -> None:
    told = json.loads(see(node, FIRM, f"{PAGE}/export").body)
    assert {"organization", "product", "customerBill", "usage", "agreement"} <= told["documents"].keys()
    assert [one["id"] for one in told["documents"]["organization"]] == ["firm"]
    assert "product" not in json.loads(see(node, OTHER, f"{PAGE}/export").body)["documents"]


def test_a_person_is_erased_with_the_account_and_bills_stay(node: Node) -> None:
    bills = kept(node, "customerBill")
    assert send(node, ANNE, f"{PAGE}/erase", f"{PAGE}/erase").status == 303
    (person,) = kept(node, "individual")
    assert (person["givenName"], person["familyName"]) == ("erased", "erased")
    assert FORGOTTEN == ["anne"]
    assert kept(node, "customerBill") == bills
    assert "own request" in text(node, AUDITOR, "/en/market/audit")


@pytest.mark.parametrize(("code", "said"), [("en", "an erased person"), ("fr", "une personne effacée")])
def test_an_erased_person_is_called_so_on_pages(node: Node, code: str, said: str) -> None:
    send(node, ANNE, f"{PAGE}/erase", f"{PAGE}/erase")
    entry: JsonObject = {
        "actor": "anne", "time": "2026-11-22T12:00:00Z", "resource": "quote", "id": "q", "what": "create",
        "reason": "", "party": "person-1",
    }  # fmt: skip
    node.keep("audit", "~1", entry)
    page = text(node, AUDITOR, f"/{code}/market/audit")
    assert said in page
    assert "erased erased" not in page


def test_the_question_before_the_erasure_says_what_stays(node: Node) -> None:
    page = text(node, ANNE, f"{PAGE}/erase")
    assert "Products and orders that have ended stay" in page
    assert "The stars that you gave stay" in page


@pytest.mark.parametrize(
    ("kind", "document", "said"),
    [
        (
            "product",
            {"id": "p-1", "name": "Vélos simulés", "status": "active", "relatedParty": [{"id": "person-1", "role": "buyer"}]},
            "The product &#39;Vélos simulés&#39; (p-1) is &#39;active&#39;; end it first.",
        ),
        (
            "productOrder",
            {
                "id": "o-1", "state": "pending", "relatedParty": [{"id": "person-1", "role": "buyer"}],
                "productOrderItem": [{"id": "1", "productOffering": {"id": "x", "name": "Vélos simulés"}}],
            },
            "The order of &#39;Vélos simulés&#39; (o-1) is &#39;pending&#39;; cancel it first.",
        ),
    ],
)  # fmt: skip
def test_a_refused_erasure_names_what_stands_against_it(
    node: Node, kind: str, document: JsonObject, said: str
) -> None:
    node.keep(f"tmf:{kind}", str(document["id"]), document)
    refused = send(node, ANNE, f"{PAGE}/erase", f"{PAGE}/erase")
    assert (refused.status, said in refused.body.decode()) == (409, True), refused.body.decode()[-2500:]


def test_bills_of_an_erased_person_keep_its_name(node: Node) -> None:
    bill = kept(node, "customerBill")[0]
    parties: Json = [{"id": "city", "role": "seller"}, {"id": "person-1", "role": "buyer"}]
    node.keep("tmf:customerBill", bill["id"], {**bill, "relatedParty": parties})
    address: JsonObject = {"street1": "2 rue", "postCode": "59000", "city": "Lille", "country": "FR"}
    person = kept(node, "individual")[0]
    media: Json = [{"mediumType": "postalAddress", "characteristic": address}]
    node.keep("tmf:individual", "person-1", {**person, "contactMedium": media})
    assert send(node, ANNE, f"{PAGE}/erase", f"{PAGE}/erase").status == 303
    assert "contactMedium" not in kept(node, "individual")[0]
    assert "Personne Simulée" in text(node, AUDITOR, f"/en/market/bills/{bill['id']}")


def test_the_log_is_read_page_by_page_and_filtered(node: Node) -> None:
    for n in range(60):
        entry: JsonObject = {
            "actor": f"robot-{n}",
            "time": "2026-11-22T12:00:00Z",
            "resource": "quote",
            "id": "q",
            "what": "create",
            "reason": "",
            "party": "",
        }
        node.keep("audit", f"~{n:03}", entry)
    first = text(node, AUDITOR, "/en/market/audit")
    assert "robot-59" in first
    assert "robot-9<" not in first
    older = node.ask(Request("GET", "/en/market/audit", "page=2", {}, base="http://node.test", actor=AUDITOR))
    assert b"robot-9<" in older.body
    assert b"robot-59" not in older.body
    one = node.ask(
        Request("GET", "/en/market/audit", "actor=robot-7", {}, base="http://node.test", actor=AUDITOR)
    )
    assert b"1 entry" in one.body


def test_an_organization_is_not_erased_by_who_acts_for_it(node: Node) -> None:
    refused = send(node, FIRM, f"{PAGE}/erase", f"{PAGE}/erase")
    assert refused.status == 409
    assert next(one for one in kept(node, "organization") if one["id"] == "firm")["tradingName"] != "erased"


def test_the_log_shows_accounts_and_tokens(node: Node) -> None:
    store, at = node.portal.store, node.clock()
    node.run(add_account(store, "eve", "a long password", ["provider"], "firm", at))
    node.run(add_token(store, "robot", ["read", "write"], at))
    english, french = (text(node, AUDITOR, f"/{code}/market/audit") for code in ("en", "fr"))
    assert 'title="account">account<' in english
    assert 'title="token">token<' in english
    assert "provider · " in english
    assert '<span title="firm">Petite société simulée</span>' in english
    assert "read, write" in english
    assert 'title="account">compte<' in french
    assert 'title="token">jeton<' in french


def test_the_log_is_for_auditors(node: Node) -> None:
    assert see(node, FIRM, "/en/market/audit").status == 403
    page = text(node, AUDITOR, "/en/market/audit")
    assert 'title="productOffering">offer<' in page
    assert "cleo" in page
    french = text(node, AUDITOR, "/fr/market/audit")
    assert 'title="customerBill">facture<' in french
    assert "facture de 2026-10" in french
    assert "le nœud" in french
    asked = Request(
        "GET", "/fr/market/audit", "resource=customerBill", {}, base="http://node.test", actor=AUDITOR
    )
    only = node.ask(asked).body.decode()
    assert '<option value="customerBill" selected>facture</option>' in only
    assert 'title="productOffering"' not in only
    assert "Audit log" not in text(node, FIRM, PAGE)
