"""GET /market/offers/{id}: what clients read of an offering before they order it, and what their order then says."""

from typing import Any

import pytest

from beffroi.app.description import document
from beffroi.kernel.instant import Instant
from beffroi.market.operations.prices import preview_offering
from beffroi.market.rules.prices.calendar import month_of, start_of
from beffroi.market.rules.prices.money import money_document, number_of
from beffroi.market.rules.prices.preview import Preview
from beffroi.market.rules.terms.data_use_term import Terms, term_element
from tests.got import Got
from tests.market.prices import per_use
from tests.market.seller import BASE, Seller, offering, order_of
from tests.market.test_agreed_to import Shop

EXPECTED = {"requests": 2_500, "entities": 7, "bytes": 10**9, "notifications": 3}
TERMS = term_element(Terms("ODbL-1.0", ("research",), ("FR",)))


class Counter(Shop):
    """The same offering with terms, a second price and a name in French, read over the API."""

    def __init__(self, seller: Seller) -> None:
        super().__init__(seller)
        calls = {name: value for name, value in per_use(2, 1000).items() if name != "id"}
        calls |= {"lifecycleStatus": "Active", "translation": {"fr": {"name": "Appels"}}}
        self.calls = str(seller.make("productOfferingPrice", calls)["id"])
        self.patch(
            "productOffering",
            self.offering,
            productOfferingTerm=[TERMS],
            productOfferingPrice=[{"id": self.price}, {"id": self.calls}],
            translation={"fr": {"name": "Vélos en direct"}},
        )

    def ask(self, query: str = "", languages: str = "", id: str = "") -> Got:
        headers = {"accept-language": languages} if languages else {}
        return self.seller.send("GET", f"/market/offers/{id or self.offering}", None, headers, query)

    def shown(self, query: str = "", languages: str = "") -> Any:
        got = self.ask(query, languages)
        assert got.status == 200, got.text
        return got.json

    def order_saying(self, agreed: str) -> Got:
        body = order_of(self.offering, self.firm, items=2)
        for item in body["productOrderItem"]:
            item["agreed"] = agreed
        return self.seller.post("productOrder", body)

    def previewed(self, month: str) -> Preview:
        store, since = self.seller.market.store, start_of(month_of(month).first)
        found: Preview = self.seller.run(
            preview_offering(store, self.offering, EXPECTED, month, since, since)
        )
        return found


@pytest.fixture
def counter(seller: Seller) -> Counter:
    return Counter(seller)


def test_an_order_is_accepted_with_the_fingerprint_that_was_read(counter: Counter) -> None:
    got = counter.order_saying(counter.shown()["agreed"])
    assert got.status == 201, got.text
    assert [item["agreed"] for item in got.json["productOrderItem"]] == [counter.read().reading] * 2


CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "preview": ("productOfferingPrice", "price", {"price": {"unit": "EUR", "value": 31}}),
    "terms": ("productOffering", "offering", {"productOfferingTerm": [term_element(Terms("CC-BY-4.0"))]}),
}
"""What changes, by the member of the answer that shows it."""


@pytest.mark.parametrize("shown", CHANGES)
def test_an_order_with_the_fingerprint_of_what_has_changed_since_is_refused(
    shown: str, counter: Counter
) -> None:
    before, (name, of, said) = counter.shown(), CHANGES[shown]
    counter.patch(name, getattr(counter, of), **said)
    got = counter.order_saying(before["agreed"])
    assert (got.status, "has changed since you read it" in got.json["message"]) == (409, True), got.text
    after = counter.shown()
    assert after["agreed"] != before["agreed"]
    assert after[shown] != before[shown]
    assert counter.order_saying(after["agreed"]).status == 201


@pytest.mark.parametrize("month", ["2026-11", "2028-02"])
def test_the_preview_is_that_of_the_bill(month: str, counter: Counter) -> None:
    query = "&".join(f"{name}={count}" for name, count in {**EXPECTED, "month": month}.items())
    found, preview = counter.previewed(month), counter.shown(query)["preview"]
    assert preview == {
        "month": month,
        "line": [
            {
                "name": line.name,
                "quantity": number_of(line.quantity),
                "unit": line.unit,
                "price": money_document(line.price),
                "base": number_of(line.base),
                "taxExcludedAmount": money_document(line.net),
            }
            for line in found.lines
        ],
        "taxExcludedAmount": money_document(found.sums.net),
        "taxAmount": money_document(found.sums.tax),
        "taxIncludedAmount": money_document(found.sums.gross),
    }
    assert preview["taxIncludedAmount"] == {"unit": "EUR", "value": 42}


def test_without_parameters_it_is_the_whole_of_this_month_and_nothing_used(counter: Counter) -> None:
    preview = counter.shown()["preview"]
    assert (preview["month"], preview["taxExcludedAmount"]["value"]) == ("2026-11", 30)
    counter.seller.clock.now = Instant("2027-03-31T23:59:59.000000Z")
    assert counter.shown()["preview"]["month"] == "2027-03"


@pytest.mark.parametrize(
    ("languages", "code"),
    [("fr", "fr"), ("de, fr-BE;q=0.5, en;q=0.4", "fr"), ("en, fr", "en"), ("fr;q=0, *", "en"), ("", "en")],
)
def test_names_and_terms_are_in_the_language_of_who_asks(languages: str, code: str, counter: Counter) -> None:
    got = counter.ask("requests=1", languages)
    assert (got.headers["content-language"], got.headers["vary"]) == (code, "accept-language")
    assert got.headers["content-type"].startswith("application/json")
    assert got.headers["cache-control"] == "no-cache"
    french = code == "fr"
    assert got.json["offering"] == {
        "id": counter.offering,
        "href": f"{BASE}/tmf-api/productCatalogManagement/v4/productOffering/{counter.offering}",
        "name": "Vélos en direct" if french else "Live bikes",
    }
    assert got.json["preview"]["line"][1]["name"] == ("Appels" if french else "Calls")
    research = "recherche" if french else "research"
    assert any(research in sentence for sentence in got.json["terms"])
    assert any("France" in sentence for sentence in got.json["terms"])


def test_the_fingerprint_and_the_amounts_are_the_same_in_each_language(counter: Counter) -> None:
    french, english = (counter.shown("requests=2500", code) for code in ("fr", "en"))
    assert french["agreed"] == english["agreed"]
    assert french["preview"]["taxIncludedAmount"] == english["preview"]["taxIncludedAmount"]


def test_an_offering_without_terms_has_none_and_one_without_prices_costs_nothing(counter: Counter) -> None:
    bare = offering(counter.seller)
    got = counter.ask(id=bare).json
    assert got["terms"] == []
    assert (got["preview"]["line"], got["preview"]["taxIncludedAmount"]["value"]) == ([], 0)


def test_where_no_bill_can_be_written_the_rest_still_comes_and_says_why(counter: Counter) -> None:
    counter.patch("productOfferingPrice", counter.price, lifecycleStatus="Retired")
    shown = counter.shown()
    assert "preview" not in shown
    assert f"has the price '{counter.price}', which is 'Retired'." in shown["notOrderable"]
    assert (len(shown["agreed"]), shown["terms"] != []) == (32, True)
    got = counter.order_saying(shown["agreed"])
    assert (got.status, "is 'Retired'." in got.json["message"]) == (409, True), got.text


def test_what_is_not_on_sale_has_a_preview_and_says_so(counter: Counter) -> None:
    assert "notOrderable" not in counter.shown()
    counter.patch("productOffering", counter.offering, validFor={"startDateTime": "2027-01-01T00:00:00Z"})
    shown = counter.shown()
    assert shown["preview"]["taxExcludedAmount"]["value"] == 30
    assert shown["notOrderable"] == "The offer 'Live bikes' goes on sale at 2027-01-01T00:00:00Z."


def test_that_the_last_is_taken_is_said_before_an_order(counter: Counter) -> None:
    counter.patch("productOffering", counter.offering, orderLimit={"total": 2})
    agreed = counter.shown()["agreed"]
    assert "notOrderable" not in counter.shown()
    assert counter.order_saying(agreed).status == 201
    shown = counter.shown()
    assert shown["notOrderable"] == "The offering 'Live bikes' is sold out: of its 2 units 2 are taken."
    assert (shown["agreed"], shown["preview"]["taxExcludedAmount"]["value"]) == (agreed, 30)
    refused = counter.order_saying(agreed)
    assert (refused.status, "is sold out: of its 2 units 2 are taken." in refused.json["message"]) == (
        409,
        True,
    )


def test_what_a_party_may_hold_is_said_to_that_party_alone(counter: Counter) -> None:
    counter.patch("productOffering", counter.offering, orderLimit={"perParty": 2})
    assert counter.order_saying(counter.shown()["agreed"]).status == 201
    assert "notOrderable" not in counter.shown()
    own = counter.seller
    for party, held in ((counter.firm, True), (counter.city, False)):
        counter.seller = own.acting("one", "trade", party=party)
        assert ("holds 2 of the offering" in counter.shown().get("notOrderable", "")) == held


def test_why_it_cannot_be_ordered_is_said_in_the_language_of_who_asks(counter: Counter) -> None:
    counter.patch("productOffering", counter.offering, orderLimit={"total": 2})
    assert counter.order_saying(counter.shown()["agreed"]).status == 201
    sold_out = counter.shown(languages="fr")["notOrderable"]
    assert sold_out == "L’offre «\xa0Vélos en direct\xa0» est épuisée (unités prises\xa0: 2 sur 2)."
    counter.patch("productOfferingPrice", counter.price, lifecycleStatus="Retired")
    assert "L’offre «\xa0" in counter.shown(languages="fr")["notOrderable"]
    counter.patch("productOffering", counter.offering, lifecycleStatus="Retired", productOfferingPrice=[])
    retired = counter.shown(languages="fr")["notOrderable"]
    assert retired == "L’offre «\xa0Vélos en direct\xa0» n’est plus en vente."


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("litres=1", "The parameter 'litres' is not known here."),
        ("requests=many", "The parameter 'requests' is 'many' and no whole number"),
        ("requests=-1", "The parameter 'requests' is '-1' and no whole number"),
        ("entities=1.5", "The parameter 'entities' is '1.5' and no whole number"),
        ("bytes=", "The parameter 'bytes' is '' and no whole number"),
        ("notifications=%D9%A3", "The parameter 'notifications' is '٣' and no whole number"),
        ("bytes=1000000000000000", "no whole number of up to 15 digits."),
        ("month=2026-13", "The parameter 'month' is '2026-13' and no month such as 2026-11."),
        ("month=0001-01", "The parameter 'month' is '0001-01' and no month"),
        ("month=", "The parameter 'month' is '' and no month"),
        ("requests=1&requests=2", "The parameter 'requests' is given more than once."),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(query: str, said: str, counter: Counter) -> None:
    got = counter.ask(query)
    assert (got.status, said in got.json["message"]) == (400, True), got.text


def test_a_bill_that_no_number_can_say_is_refused(counter: Counter) -> None:
    counter.patch("productOfferingPrice", counter.calls, price={"unit": "EUR", "value": 10**9})
    got = counter.ask(f"requests={'9' * 15}")
    assert (got.status, "has more than 15 digits." in got.json["message"]) == (400, True), got.text
    assert counter.ask("requests=9").status == 200


def test_what_is_no_offering_for_the_asker_is_none_here(counter: Counter) -> None:
    for id in ("absent", counter.price, counter.specification):
        got, resource = counter.ask("requests=1", id=id), counter.seller.get("productOffering", id)
        assert (got.status, got.json) == (404, resource.json), got.text


def test_who_only_trades_reads_it(counter: Counter) -> None:
    counter.seller = counter.seller.acting("firm", "trade", party=counter.firm)
    assert counter.shown()["agreed"] == counter.read().reading


def test_the_description_of_the_node_holds_it() -> None:
    described: Any = document("Sample City", "https://data.city.example")
    operation = described["paths"]["/market/offers/{id}"]["get"]
    assert operation["summary"].startswith("What an offering says now")
    assert {"requests", "entities", "bytes", "notifications", "month"} <= {
        each.get("name") or each["$ref"].rpartition(".")[2] for each in operation["parameters"]
    }
