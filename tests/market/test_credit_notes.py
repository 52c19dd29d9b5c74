"""Credit notes: a bill is taken back by another document, once, whole or by lines, to the cent."""

from decimal import Decimal
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import facturx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.kernel.problem import Problem
from beffroi.market.operations.billing import bill_month
from beffroi.market.operations.crediting import credit_bill
from beffroi.market.operations.invoices import read_invoice
from beffroi.market.rules.bills.credit_note import Wanted, wanted_of
from beffroi.market.rules.bills.view import bill_view
from beffroi.market.wire.bill_pdf import bill_pdf
from beffroi.market.wire.cii import SPACES, cii
from beffroi.store.port import Store
from beffroi.web.message import LOCAL, Actor
from tests.market.invoices import BUYER, SELLER
from tests.market.prices import at, monthly, once, per_use
from tests.market.shop import everything, market, product, put, usage
from tests.market.test_billing import BILL, PRODUCT, ROW, november, owed, play
from tests.market.test_charging import to_cents

WHOLE = Wanted("The price was wrong.")
AGAIN = Wanted("The price was wrong.", again=True)
JANUARY = at("2027-01-02")


async def taken_back(store: Store, bill: Any, wanted: Wanted = WHOLE, actor: Actor = LOCAL) -> Any:
    return await credit_bill(market(store, JANUARY), bill["id"], wanted, actor)


def test_a_bill_is_taken_back_once_and_numbered_as_bills_are() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", monthly(30), once(5, id="o")))
        (bill,) = await november(store)
        note = await taken_back(store, bill)
        assert (note["billNo"], note["category"], note["amountDue"]) == (
            "2027-000001",
            "creditNote",
            bill["amountDue"],
        )
        assert note["corrects"]["billNo"] == bill["billNo"]
        after, _ = await everything(store, BILL)
        assert (after["remainingAmount"]["value"], after["amountDue"]) == (0, bill["amountDue"])
        assert after["creditNote"][0]["id"] == note["id"]
        for wrong in (bill, note):
            with pytest.raises(Problem, match=r"taken back already|is a credit note"):
                await taken_back(store, wrong)
        assert await november(store) == await everything(store, BILL)
        assert len(await everything(store, BILL)) == 2
        entries = [each for each in await everything(store, "audit") if each["reason"] == WHOLE.reason]
        assert {(each["id"], each["what"]) for each in entries} == {
            (note["id"], "create"),
            (bill["id"], "change"),
        }

    play(scenario)


def test_lines_are_taken_back_one_by_one() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", monthly(30)), product("b", monthly(7)))
        (bill,) = await november(store)
        with pytest.raises(Problem, match="2 lines, no 3"):
            await taken_back(store, bill, Wanted("x", frozenset({3})))
        first = await taken_back(store, bill, Wanted("x", frozenset({2})))
        assert first["taxExcludedAmount"]["value"] == 7
        with pytest.raises(Problem, match=r"line 2 .* already"):
            await taken_back(store, bill, Wanted("x", frozenset({2})))
        rest = await taken_back(store, bill)
        assert rest["taxExcludedAmount"]["value"] == 30

    play(scenario)


def test_what_is_billed_again_costs_what_it_costs_by_then_and_its_credits_are_open_again() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", monthly(30)))
        await put(store, "credit", owed("1", Decimal(10)))
        (wrong,) = await november(store)
        assert wrong["taxExcludedAmount"]["value"] == 27
        await put(store, PRODUCT, product("a", monthly(20)))
        note = await taken_back(store, wrong, AGAIN)
        assert note["taxExcludedAmount"]["value"] == 27
        right = (await november(store))[-1]
        assert (right["id"] != wrong["id"], right["taxExcludedAmount"]["value"]) == (True, 18)
        assert len(await november(store)) == 3
        (credit,) = await everything(store, "credit")
        assert (credit["state"], [each["bill"] for each in credit["used"]]) == ("used", [right["id"]])

    play(scenario)


def test_a_bill_that_credits_came_off_is_not_taken_back_by_lines() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", monthly(30)), product("b", monthly(7)))
        await put(store, "credit", owed("1", Decimal(10)))
        (bill,) = await november(store)
        with pytest.raises(Problem, match="taken back whole"):
            await taken_back(store, bill, Wanted("x", frozenset({1})))

    play(scenario)


def test_only_an_operator_takes_bills_back() -> None:
    async def scenario(store: Store) -> None:
        await put(store, PRODUCT, product("a", monthly(30)))
        (bill,) = await november(store)
        seller = Actor("cleo", frozenset({"read", "trade"}), party="city", roles=frozenset({"provider"}))
        with pytest.raises(Problem, match="does not operate"):
            await taken_back(store, bill, WHOLE, seller)
        with pytest.raises(Problem, match="no customerBill"):
            await taken_back(store, {"id": "none"})

    play(scenario)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"reason": " "},
        {"reason": 7},
        {"reason": "x", "lines": [0]},
        {"reason": "x", "lines": [True]},
        {"reason": "x", "billAgain": 1},
    ],
)
def test_what_is_no_demand_for_a_note_is_refused(given: Any) -> None:
    with pytest.raises(Problem):
        wanted_of(given)


def test_a_note_is_an_invoice_of_type_381_that_names_the_bill() -> None:
    async def scenario(store: Store) -> None:
        await put(store, "tmf:organization", {**SELLER, "id": "city"}, {**BUYER, "id": "firm"})
        await put(store, PRODUCT, product("a", monthly(30)))
        await put(store, "credit", owed("1", Decimal(10)))
        (bill,) = await november(store)
        note = await taken_back(store, bill)
        files = [f"/market/bills/{note['id']}/invoice.{ending}" for ending in ("pdf", "xml")]
        assert [each["href"] for each in note["billDocument"]] == files
        invoice = await read_invoice(store, note["id"])
        xml = cii(invoice)
        assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
        root = ElementTree.fromstring(xml)
        assert root.findtext(".//rsm:ExchangedDocument/ram:TypeCode", "", SPACES) == "381"
        named = ".//ram:InvoiceReferencedDocument/ram:IssuerAssignedID"
        assert root.findtext(named, "", SPACES) == bill["billNo"]
        assert root.findtext(".//ram:GrandTotalAmount", "", SPACES) == f"{note['amountDue']['value']:.2f}"
        for language, title in (("fr", "Avoir"), ("en", "Credit note")):
            view = bill_view(invoice, language)
            assert view.title == f"{title} {note['billNo']}"
            assert WHOLE.reason in view.notes
            assert bill["billNo"] in view.facts[-1][1]
            assert b"%PDF" in bill_pdf(invoice, language)[:10]

    play(scenario)


PART = st.tuples(st.integers(0, 99_999), st.integers(0, 400))


@given(
    st.lists(PART, min_size=1, max_size=4),
    st.lists(st.booleans(), min_size=1, max_size=4),
    st.integers(0, 100),
)
@settings(max_examples=40, deadline=None)
def test_bills_less_notes_come_to_the_month_to_the_cent(
    parts: list[tuple[int, int]], rounds: list[bool], percent: int
) -> None:
    """Each round takes the newest bill back; what is billed again is billed at once."""

    async def scenario(store: Store) -> None:
        for number, (price, used) in enumerate(parts):
            name = f"p{number}"
            await put(store, PRODUCT, product(name, monthly(str(Decimal(price) / 100)), per_use("0.13", 1)))
            await put(store, ROW, *usage(name, [{"requests": used}]))
            if percent:
                await put(store, "credit", owed(f"c{number}", Decimal(percent), of=name))
        bills = await november(store)
        for again in rounds:
            if not bills:
                break
            newest = [each for each in await everything(store, BILL) if "corrects" not in each][-1]
            if newest.get("creditNote"):
                break
            await taken_back(store, newest, AGAIN if again else WHOLE)
            await bill_month(market(store, JANUARY), "2026-11")
        standing = sum(
            (-1 if "corrects" in each else 1) * to_cents(Fraction(str(each["taxExcludedAmount"]["value"])))
            for each in await everything(store, BILL)
        )
        month = [to_cents(Fraction(price, 100)) + used * 13 for price, used in parts]
        owing = sum(cents - to_cents(Fraction(cents * percent, 10_000)) for cents in month)
        assert standing == (owing if all(rounds) else 0)

    play(scenario)
