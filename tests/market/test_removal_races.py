"""What is removed, erased or ended while something else is decided about it: one of the two is told, and nothing
dangles. Every race is run at many moments, on every engine."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import facturx
import pytest

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Commit
from beffroi.market.operations.billing import bill_month, bill_now
from beffroi.market.operations.invoices import read_invoice
from beffroi.market.operations.parties import erase_person
from beffroi.market.operations.writing import Asker, change, create, remove
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.documents.removal import mark
from beffroi.market.wire.cii import cii
from beffroi.web.message import LOCAL, Actor
from tests.market.prices import monthly, tiered
from tests.market.seller import Seller, offering, order_of
from tests.market.shop import everything, product, put, usage

ASKER = Asker(LOCAL)
OFFERING, ORDER = RESOURCES["productOffering"], RESOURCES["productOrder"]
Act = Callable[[], Coroutine[Any, Any, Any]]
MOMENTS = range(-40, 40)


async def at_once(moment: int, first: Act, second: Act) -> tuple[Any, Any]:
    """Both at once, the second one begun so many turns of the loop later, or the first one where that is
    negative; a Problem stands for what it refuses."""

    async def begun(after: int, act: Act) -> Any:
        for _ in range(min(after, 20)):
            await asyncio.sleep(0)
        if after > 20:
            await asyncio.sleep((after - 20) * 0.0002)
        return await act()

    one, other = begun(-moment, first), begun(moment, second)
    found = await asyncio.gather(one, other, return_exceptions=True)
    for each in found:
        if isinstance(each, BaseException) and not isinstance(each, Problem):
            raise each
    return found[0], found[1]


def test_no_order_names_an_offering_that_was_removed(seller: Seller) -> None:
    market = seller.market
    for moment in MOMENTS:
        id = offering(seller)
        order, gone = seller.run(
            at_once(
                moment,
                partial(remove, market, OFFERING, id, ASKER),
                partial(create, market, ORDER, order_of(id), ASKER),
            )
        )[::-1]
        sold, stays = isinstance(order, dict), isinstance(gone, Problem)
        assert sold == (seller.get("productOffering", id).status == 200) == stays, (moment, order, gone)


@pytest.mark.parametrize("other", ["category", "organization"])
def test_no_document_names_one_that_was_removed(seller: Seller, other: str) -> None:
    market, kind = seller.market, RESOURCES[other]
    for moment in MOMENTS:
        named = seller.make(other, {"name": "x"} if other == "category" else {"tradingName": "x"})["id"]
        member = "category" if other == "category" else "relatedParty"
        body: dict[str, Any] = {"name": "y", member: [{"id": named, "role": "seller"}]}
        gone, made = seller.run(
            at_once(
                moment,
                partial(remove, market, kind, named, ASKER),
                partial(create, market, OFFERING, dict(body), ASKER),
            )
        )
        assert isinstance(gone, Problem) == isinstance(made, dict), (moment, gone, made)
        assert (seller.get(other, named).status == 200) == isinstance(made, dict)


def test_no_change_names_a_document_that_was_removed(seller: Seller) -> None:
    market = seller.market
    for moment in MOMENTS:
        named = seller.make("category", {"name": "x"})["id"]
        id = seller.make("productOffering", {"name": "y"})["id"]

        def with_category(body: Any, named: str = named) -> Any:
            return {**body, "category": [{"id": named}]}

        gone, made = seller.run(
            at_once(
                moment,
                partial(remove, market, RESOURCES["category"], named, ASKER),
                partial(change, market, OFFERING, id, with_category, ASKER),
            )
        )
        assert isinstance(gone, Problem) == isinstance(made, dict), (moment, gone, made)


def person(seller: Seller, name: str) -> Actor:
    id = seller.make("individual", {"givenName": name, "familyName": "Simulated"})["id"]
    return Actor(name, frozenset({"read", "trade"}), party=id)


def test_nobody_orders_for_a_person_that_was_erased(seller: Seller) -> None:
    market, sold = seller.market, offering(seller)
    for moment in MOMENTS:
        actor = person(seller, f"ana-{moment}")
        gone, made = seller.run(
            at_once(
                moment,
                partial(erase_person, market, actor),
                partial(create, market, ORDER, order_of(sold), Asker(actor)),
            )
        )
        who = seller.get("individual", actor.party).json
        assert isinstance(gone, Problem) == isinstance(made, dict), (moment, gone, made)
        assert (who["givenName"] == "erased") == (gone is None)
        if isinstance(gone, Problem):
            assert "cancel it first" in gone.detail
        else:
            assert made.kind.name == "Forbidden"


def test_a_person_who_holds_a_product_ends_it_first(seller: Seller) -> None:
    market, actor = seller.market, person(seller, "ana")
    parties: Json = [{"id": "city", "role": "seller"}, {"id": actor.party, "role": "buyer"}]
    held: JsonObject = {**product("p", tiered((None, 2), amount=1)), "relatedParty": parties}
    seller.run(put(market.store, "tmf:product", held))
    with pytest.raises(Problem, match=r"The product 'Bikes p' \(p\) is 'active'; end it first"):
        seller.run(erase_person(market, actor))
    assert seller.get("individual", actor.party).json["givenName"] == "ana"
    ended: JsonObject = {**held, "status": "terminated", "terminationDate": "2026-11-22T00:00:00Z"}
    seller.run(put(market.store, "tmf:product", ended))
    seller.run(erase_person(market, actor))
    seller.run(erase_person(market, actor))  # once more changes nothing
    (copy,) = seller.run(everything(market.store, "billed-party"))
    assert copy["givenName"] == "ana"
    assert seller.get("individual", actor.party).json["givenName"] == "erased"


ADDRESS = {"street1": "1 rue Simulée", "postCode": "59000", "city": "Simville", "country": "FR"}
OF_A_PERSON: dict[str, Any] = {
    "givenName": "Ana", "familyName": "Simulated", "gender": "female", "birthDate": "1990-01-01T00:00:00Z",
    "contactMedium": [
        {"mediumType": "email", "characteristic": {"emailAddress": "ana@firm.example"}},
        {"mediumType": "postalAddress", "characteristic": {**ADDRESS, "phoneNumber": "+33000000"}},
        {"mediumType": "mobile", "characteristic": {"phoneNumber": "+33000001"}},
    ],
    "individualIdentification": [
        {"identificationType": "VAT", "identificationId": "FR40303265045", "issuingAuthority": "a town"},
        {"identificationType": "passport", "identificationId": "99"},
    ],
    "partyCharacteristic": [
        {"name": "iban", "value": "FR1420041010050500013M02606"}, {"name": "hobby", "value": "kites"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_of_an_erased_person_stays_what_its_bills_have_to_say(seller: Seller, role: str) -> None:
    market = seller.market
    person, other = seller.make("individual", OF_A_PERSON)["id"], seller.make("individual", OF_A_PERSON)["id"]
    sells, buys = (other, person) if role == "buyer" else (person, other)
    parties: Json = [{"id": sells, "role": "seller"}, {"id": buys, "role": "buyer"}]
    sold: JsonObject = {
        **product("p", monthly(30)), "relatedParty": parties, "status": "terminated",
        "terminationDate": "2026-11-22T00:00:00Z",
    }  # fmt: skip
    seller.run(put(market.store, "tmf:product", sold))
    seller.run(bill_now(market, buys, ""))
    (bill,) = seller.list("customerBill").json
    before = seller.run(read_invoice(market.store, bill["id"]))
    actor = Actor("Ana", frozenset({"read", "trade"}), party=person)
    seller.run(erase_person(market, actor))
    (copy,) = seller.run(everything(market.store, "billed-party"))
    kept: dict[str, Any] = {
        "id": person, "givenName": "Ana", "familyName": "Simulated",
        "individualIdentification": [{"identificationType": "VAT", "identificationId": "FR40303265045"}],
        "contactMedium": [{"mediumType": "postalAddress", "characteristic": ADDRESS}],
    }  # fmt: skip
    if role == "seller":
        kept["partyCharacteristic"] = OF_A_PERSON["partyCharacteristic"][:1]
    assert copy == kept
    after = seller.run(read_invoice(market.store, bill["id"]))
    gone = {"email": ""} if role == "seller" else {"email": "", "iban": ""}
    erased = replace(getattr(before, role), **gone)
    assert after == replace(before, **{role: erased})
    written = cii(after)
    assert facturx.xml_check_xsd(written, flavor="factur-x", level="en16931")
    assert b"Ana Simulated" in written


def test_a_mark_of_a_removal_that_was_cut_off_holds_nobody_up_for_long(seller: Seller) -> None:
    id, market = offering(seller), seller.market
    change_of_mark = mark(OFFERING.key(id), "somebody", market.now())
    seller.run(market.store.transact([], lambda _: Commit((change_of_mark,))))
    refused = seller.post("productOrder", order_of(id))
    assert (refused.status, "is being removed" in refused.json["message"]) == (409, True)
    assert seller.delete("productOffering", id).status == 409
    seller.clock.to("2026-11-22T10:01:00+00:00")
    assert seller.post("productOrder", order_of(id)).status == 201


def test_a_product_that_ends_while_its_bill_is_written_is_billed_once_and_whole(seller: Seller) -> None:
    market = seller.market
    bills: list[float] = []

    def ended(body: JsonObject) -> JsonObject:
        return {**body, "status": "terminated"}

    for moment in range(12):
        buyer = f"firm-{moment}"
        sold = product(f"p-{moment}", monthly(30), tiered((None, 2), amount=1), buyer=buyer)
        rows = usage(str(sold["id"]), [{"requests": 5}, {"requests": 7}])
        seller.run(put(market.store, "tmf:product", sold))
        seller.run(put(market.store, "tmf:usage", *rows))
        seller.clock.to("2026-12-02T10:00:00+00:00")
        gone, results = seller.run(
            at_once(
                moment,
                partial(change, market, RESOURCES["product"], str(sold["id"]), ended, ASKER),
                lambda: bill_month(market, "2026-11"),
            )
        )
        assert isinstance(gone, dict), gone
        assert [each.problem for each in results] == [""]
        assert seller.run(bill_month(market, "2026-11")) == []
        bills.append(results[0].bill["taxExcludedAmount"]["value"])
    assert bills == [54.0] * 12


def test_an_account_is_not_removed_while_it_is_billed(seller: Seller) -> None:
    market, kind = seller.market, RESOURCES["billingAccount"]
    for moment in range(-10, 10):
        buyer = seller.make("organization", {"tradingName": "x"})["id"]
        parties = [{"id": buyer, "role": "buyer"}]
        account = seller.make("billingAccount", {"name": "a", "relatedParty": parties})["id"]
        reference = {"id": account, "@referredType": "BillingAccount"}
        sold = product(f"p-{moment}", monthly(30), buyer=buyer, billingAccount=reference)
        seller.run(put(market.store, "tmf:product", sold))
        seller.clock.to("2026-12-02T10:00:00+00:00")
        gone, _ = seller.run(
            at_once(
                moment,
                partial(remove, market, kind, account, ASKER),
                lambda: bill_month(market, "2026-11"),
            )
        )
        assert isinstance(gone, Problem)
        assert seller.get("billingAccount", account).status == 200
